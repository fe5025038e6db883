"""417, 425 and 426: how a request may be sent."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from django_http4xx import header_fields
from django_http4xx.exceptions import ExpectationFailed, TooEarly, UpgradeRequired
from django_http4xx.requirements import (
    SAFE_METHODS,
    P,
    R,
    Requirement,
    ViewDecorator,
    decorator_for,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest

_HTTP_VERSION = re.compile(r"(?:HTTP/)?(\d)(?:\.(\d))?", re.ASCII)


def meet_expectations() -> ViewDecorator:
    """Refuse every expectation but ``100-continue``: 417 (RFC 9110 §10.1.1).

    Some servers answer other expectations by themselves; this is for those that pass them on. ::

        @meet_expectations()
        def upload(request): ...
    """
    return decorator_for(_EXPECTATIONS_MET)


def _check_expectations(request: HttpRequest) -> None:
    expected = request.META.get("HTTP_EXPECT")
    if expected is None:
        return
    # An empty member of a list means nothing (RFC 9110 §5.6.1.2).
    if any(name.strip().lower() not in ("", "100-continue") for name in expected.split(",")):
        raise ExpectationFailed


_EXPECTATIONS_MET = Requirement(417, _check_expectations)


def refuse_early_data(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse an unsafe method in TLS early data, which can be replayed: 425 (RFC 8470 §5).

    The gateway that takes early data says so with ``Early-Data: 1``. ::

        @refuse_early_data
        def pay(request): ...
    """
    return require(view, _NOT_EARLY)


def _check_not_early(request: HttpRequest) -> None:
    # Any other value, or several, mean 1 (RFC 8470 §5.1).
    if "HTTP_EARLY_DATA" in request.META and request.method not in SAFE_METHODS:
        raise TooEarly


_NOT_EARLY = Requirement(425, _check_not_early)


def require_protocol(protocol: str, *, upgrade: str | Iterable[str] = ()) -> ViewDecorator:
    """Refuse a version of HTTP older than ``protocol``: 426 (RFC 9110 §15.5.22).

    ``protocol``: as ``"HTTP/2.0"``. ``upgrade``: the protocols to change to, for ``Upgrade``, the
    preferred one first; by default ``protocol``. Behind a proxy the version is the proxy's. ::

        @require_protocol("HTTP/2.0")
        def stream(request): ...

    Raises ``ValueError`` for what is no version of HTTP.
    """
    wanted = _version(protocol)
    if wanted is None:
        raise ValueError(
            f"require_protocol() takes a version of HTTP, as 'HTTP/2.0', not {protocol!r}."
        )
    where = "require_protocol(upgrade=...)"
    protocols = header_fields.protocols(upgrade or protocol, where)

    def check(request: HttpRequest) -> None:
        spoken = _version(_spoken_protocol(request))
        # A gateway that does not tell is not held against the client.
        if spoken is not None and spoken < wanted:
            raise UpgradeRequired(protocols)

    return decorator_for(Requirement(426, check))


def _spoken_protocol(request: HttpRequest) -> str:
    scope = getattr(request, "scope", None)
    if scope is not None:
        return str(scope.get("http_version", ""))
    return str(request.META.get("SERVER_PROTOCOL", ""))


@lru_cache(maxsize=64)
def _version(protocol: str) -> tuple[int, int] | None:
    match = _HTTP_VERSION.fullmatch(protocol)
    return (int(match[1]), int(match[2] or 0)) if match else None
