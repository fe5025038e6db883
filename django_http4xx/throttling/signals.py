"""The signal of a refusal, for counters: it tells nothing about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.dispatch import Signal
from django.urls import Resolver404, resolve

from .exceptions import QuotaExceeded
from .log import logger

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Sent for each refusal, and for what would have been one (``enforced=False``), with ``limit``: the name
#: of the limit, ``key``: the kind of key that clients are told apart by, such as ``"ip"``, and ``route``:
#: the pattern of the URL, such as ``orders/<int:number>/``. What a receiver raises is logged and goes no
#: further.
request_refused = Signal()


def announce(request: HttpRequest, limit: str, key: str, *, enforced: bool) -> None:
    """Log a refusal, and send ``request_refused``."""
    told = {"limit": limit, "key": key, "route": route_of(request), "enforced": enforced}
    logger.warning(
        "The limit %s by %s %s a request for %r.",
        limit,
        key,
        "refused" if enforced else "would have refused",
        told["route"],
        extra=told,
    )
    request_refused.send_robust(sender=QuotaExceeded, **told)


def route_of(request: HttpRequest) -> str:
    """The pattern of a request's URL; empty where none fits, as for a middleware above it."""
    match = getattr(request, "resolver_match", None)
    try:
        match = match or resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return ""
    return str(match.route)
