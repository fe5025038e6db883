"""Who is asking: by address, user, session or header field, or as the project says."""

from __future__ import annotations

from functools import lru_cache
from inspect import iscoroutinefunction
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from asgiref.sync import async_to_sync, sync_to_async
from django.core.exceptions import ImproperlyConfigured

from django_http4xx import conf

from . import options
from .log import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from django.http import HttpRequest

    Key: TypeAlias = (
        str | Callable[[HttpRequest], object] | Callable[[HttpRequest], Awaitable[object]]
    )

_warned: list[str] = []


class Client:
    """Tells one client from another, for ``key=`` of a throttle.

    ``"ip"``; ``"user"`` (nobody who is not signed in); ``"user_or_ip"``; ``"session"`` and
    ``"header:X-API-Key"`` (by address where there is none); or a callable, sync or async, that takes
    the request and returns what identifies the client, ``None`` for one that is not limited.

    >>> Client("ip").of(request)
    'ip:203.0.113.7'

    Raises ``ValueError`` or ``TypeError`` for any other key.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.header = ""
        if isinstance(key, str):
            kind, _, header = key.partition(":")
            if kind == "header" and header:
                self.header = f"HTTP_{header.upper().replace('-', '_')}"
            elif key not in _KINDS:
                raise ValueError(
                    f"{key!r} does not say who is asking. Take {', '.join(map(repr, _KINDS))}, "
                    "'header:X-API-Key', or a callable that takes the request."
                )
        elif not callable(key):
            raise TypeError(f"A key is a text, as 'ip', or a callable, not {key!r}.")

    def __str__(self) -> str:
        return self.key if isinstance(self.key, str) else getattr(self.key, "__name__", "callable")

    @property
    def uses_address(self) -> bool:
        """Whether some clients are told apart by their address."""
        return isinstance(self.key, str) and self.key != "user"

    def of(self, request: HttpRequest) -> str | None:
        """What identifies the client; ``None`` where it is not limited."""
        if self.header:
            return self._by_header(request)
        if isinstance(self.key, str):
            return _KINDS[self.key](request)
        found: Any = (
            async_to_sync(self.key)(request) if iscoroutinefunction(self.key) else self.key(request)
        )
        return None if found is None else f"own:{found}"

    async def aof(self, request: HttpRequest) -> str | None:
        """``of``, for coroutines: what may ask a database is asked in a thread."""
        if self.header or self.key == "ip":
            return self.of(request)
        if not isinstance(self.key, str) and iscoroutinefunction(self.key):
            found = await self.key(request)
            return None if found is None else f"own:{found}"
        identity: str | None = await sync_to_async(self.of)(request)
        return identity

    def _by_header(self, request: HttpRequest) -> str:
        value = request.META.get(self.header)
        return f"{self.header}:{value}" if value else by_address(request)


def by_address(request: HttpRequest) -> str:
    """The client's address, as far as ``HTTP4XX["TRUSTED_PROXIES"]`` lets us believe it."""
    return f"ip:{grouped(address_of(request))}"


def grouped(address: str) -> str:
    """An address as one client: IPv6 by its network, of which each subscriber has a whole one.

    >>> grouped("2001:db8::17")
    '2001:db8::/64'
    """
    return _grouped(address, options.current().ipv6_prefix)


def _by_user(request: HttpRequest) -> str | None:
    user = getattr(request, "user", None)
    if user is None:
        raise ImproperlyConfigured(
            "A throttle by user needs django.contrib.auth.middleware.AuthenticationMiddleware "
            "above it in MIDDLEWARE."
        )
    return f"user:{user.pk}" if user.is_authenticated else None


def _by_user_or_address(request: HttpRequest) -> str:
    return _by_user(request) or by_address(request)


def _by_session(request: HttpRequest) -> str:
    session = getattr(request, "session", None)
    if session is None:
        raise ImproperlyConfigured(
            "A throttle by session needs django.contrib.sessions.middleware.SessionMiddleware "
            "above it in MIDDLEWARE."
        )
    # A cookie may name any session; one that is loaded and not there loses its key.
    session.has_key("")
    return f"session:{session.session_key}" if session.session_key else by_address(request)


_KINDS: dict[str, Callable[[HttpRequest], str | None]] = {
    "ip": by_address,
    "user": _by_user,
    "user_or_ip": _by_user_or_address,
    "session": _by_session,
}


def address_of(request: HttpRequest, trusted: int | options.Networks | None = None) -> str:
    """``REMOTE_ADDR``, or the address that trusted proxies say they got the request from.

    A number of proxies believes that many hops, networks believe each hop that lies in one of them.
    ``X-Forwarded-For`` is read, and ``Forwarded`` (RFC 7239) where there is none. What is no address
    there changes nothing. ``trusted`` takes the place of the setting.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if trusted is None:
        trusted = conf.current().trusted_proxies
    if trusted is None:
        _warn_of_proxy(request, peer)
        return peer
    if isinstance(trusted, int):
        return _hop(request, trusted) or peer
    client = peer
    if peer and not _is_in(peer, trusted):
        return peer
    for hop in _hops(request):
        address = _plain(hop)
        if not address:
            break
        client = address
        if not _is_in(address, trusted):
            break
    return client


def _hop(request: HttpRequest, number: int) -> str:
    """The address that so many proxies before us wrote down; empty where there is none."""
    if not number:
        return ""
    last = ""
    for hop, _ in zip(_hops(request), range(number), strict=False):
        last = hop
    return _plain(last)


def _hops(request: HttpRequest) -> Iterator[str]:
    """What proxies wrote down, the nearest first: what stands further left may be forged."""
    if forwarded_for := request.META.get("HTTP_X_FORWARDED_FOR"):
        yield from reversed(forwarded_for.split(","))
        return
    for element in reversed(request.META.get("HTTP_FORWARDED", "").split(",")):
        pairs = (pair.partition("=") for pair in element.split(";"))
        yield next(
            (value.strip().strip('"') for name, _, value in pairs if name.strip().lower() == "for"),
            "",
        )


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _plain(text: str) -> str:
    address = _parsed(text)
    return str(address) if address else ""


@lru_cache(maxsize=4096)
def _is_in(text: str, networks: options.Networks) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


@lru_cache(maxsize=4096)
def _grouped(text: str, ipv6_prefix: int) -> str:
    address = _parsed(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, ipv6_prefix), strict=False))
    return str(address or text)


def _warn_of_proxy(request: HttpRequest, peer: str) -> None:
    meta = request.META
    if _warned or not ("HTTP_X_FORWARDED_FOR" in meta or "HTTP_FORWARDED" in meta):
        return
    address = _parsed(peer)
    if address is None or address.is_private or address.is_loopback:
        _warned.append(peer)
        logger.warning(
            "Requests come through a proxy, and HTTP4XX['TRUSTED_PROXIES'] is not set: throttles by "
            "address take all visitors for one. Set it to the number of proxies, or to 0 if there "
            "are none."
        )
