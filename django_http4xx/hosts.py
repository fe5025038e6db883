"""The host that a request asks for, if Django accepts it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import DisallowedHost
from django.http.request import HttpRequest, split_domain_port, validate_host

from . import conf

if TYPE_CHECKING:
    from collections.abc import Callable


def host_of(request: HttpRequest) -> str:
    """The host of a request, with its port if that was sent; ``""`` if Django refuses it.

    >>> host_of(request)
    'shop.example:8000'
    """
    allowed = conf.of_django("ALLOWED_HOSTS")
    # With `DEBUG=True`, Django accepts hosts that are not in an empty list.
    if not allowed or type(request).get_host is not _DJANGOS_OWN:
        try:
            return request.get_host()
        except DisallowedHost:
            return ""
    host: str = request._get_raw_host()  # type: ignore[attr-defined]
    return host if _is_allowed(host, tuple(allowed)) else ""


_DJANGOS_OWN: Callable[[HttpRequest], str] = HttpRequest.get_host


@lru_cache(maxsize=1024)  # never emptied: depends on its arguments only
def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether Django accepts a host; it takes several microseconds to find that out."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def hostname_of(request: HttpRequest) -> str:
    """The host of a request without its port; ``""`` if Django refuses it."""
    return _hostname(host_of(request))


@lru_cache(maxsize=1024)  # never emptied: depends on its argument only
def _hostname(host: str) -> str:
    return split_domain_port(host)[0]
