"""The host that a request asks for, if Django accepts it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import DisallowedHost
from django.http.request import split_domain_port

if TYPE_CHECKING:
    from django.http import HttpRequest


def host_of(request: HttpRequest) -> str:
    """The host of a request, with its port if that was sent; ``""`` if Django refuses it.

    >>> host_of(request)
    'shop.example:8000'
    """
    try:
        return request.get_host()
    except DisallowedHost:
        return ""


def hostname_of(request: HttpRequest) -> str:
    """The host of a request without its port; ``""`` if Django refuses it."""
    return _without_port(host_of(request))


@lru_cache(maxsize=1024)  # never emptied: depends on its argument only
def _without_port(host: str) -> str:
    return split_domain_port(host)[0]
