"""Who is asking: by address, user, session or header field, or as the project says."""

from __future__ import annotations

from functools import lru_cache
from inspect import isawaitable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured

from . import options
from .callables import asaid, said
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

    ``"ip"``; ``"user"`` (nobody who is not signed in); ``"user_or_ip"``; ``"session"`` (by address where
    there is none, or where it is kept in a cookie) and ``"header:X-API-Key"`` (by address where there is
    none); or a callable, sync or async, that takes the request and returns what identifies the client,
    ``None`` for one that is not limited.

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
            raise TypeError(f"A key must be a string, such as 'ip', or a callable, not {key!r}.")

    def __str__(self) -> str:
        return self.key if isinstance(self.key, str) else getattr(self.key, "__name__", "callable")

    def named(self, text: str) -> str:
        """What identifies a client that somebody names: by address, user, value, or as a callable says.

        >>> Client("ip").named("203.0.113.7")
        'ip:203.0.113.7'
        """
        kind, separator, _ = text.partition(":")
        is_whole = separator and kind in {"ip", "user", "session", "own", self.header}
        if is_whole and _parsed(text) is None:
            return text
        by = "own" if not isinstance(self.key, str) else self.header or self.key
        if by == "user_or_ip":
            by = "ip" if _parsed(text) else "user"
        return f"ip:{grouped(text)}" if by == "ip" else f"{by}:{text}"

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
        return _own(said(self.key, request))

    async def aof(self, request: HttpRequest) -> str | None:
        """``of``, for coroutines: what may ask a database is asked in a thread."""
        if self.header or self.key == "ip":
            return self.of(request)
        if not isinstance(self.key, str):
            return _own(await asaid(self.key, request))
        identity: str | None = await sync_to_async(self.of)(request)
        return identity

    def _by_header(self, request: HttpRequest) -> str:
        value = request.META.get(self.header)
        return f"{self.header}:{value}" if value else by_address(request)


def _own(found: object) -> str | None:
    return None if found is None else f"own:{text_of(found)}"


def text_of(key: Any) -> str:
    """A key as text, by which one client is told from another.

    Raises ``TypeError`` for what is written anew each time, so that it would never be limited: something
    to await or to call, an iterator, an object without a text of its own.
    """
    if isinstance(key, str):
        return key
    if isinstance(key, (tuple, list)):
        for part in key:
            text_of(part)
        return str(key)
    cls: Any = type(key)
    has_no_text = cls.__str__ is object.__str__ and cls.__repr__ is object.__repr__
    if has_no_text or callable(key) or any(hasattr(key, name) for name in _TO_RUN):
        if isawaitable(key) and hasattr(key, "close"):
            key.close()
        raise TypeError(
            f"A throttle cannot tell clients apart by a {cls.__name__}: it is another each time. A key must "
            "be a text, a number or the like, such as str(user.pk)."
        )
    return str(key)


_TO_RUN = ("__await__", "__next__", "__anext__")


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
    key = session.session_key
    # Where the cookie is the session, its key changes with each change of the data.
    is_known = key and not _is_in_cookie(session)
    return f"session:{key}" if is_known else by_address(request)


def _is_in_cookie(session: Any) -> bool:
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    return isinstance(session, SessionStore)


_KINDS: dict[str, Callable[[HttpRequest], str | None]] = {
    "ip": by_address,
    "user": _by_user,
    "user_or_ip": _by_user_or_address,
    "session": _by_session,
}


def address_of(request: HttpRequest, trusted: int | options.Networks | None = None) -> str:
    """The client's address: ``REMOTE_ADDR``, or what trusted proxies say they got the request from.

    A number of proxies believes that many hops, networks believe each hop that lies in one of them; so
    they do what came through a unix socket, which is this machine's. ``X-Forwarded-For`` is read, and
    ``Forwarded`` (RFC 7239) where that field is missing. What is no address there changes nothing.
    ``trusted`` takes the place of ``HTTP4XX["TRUSTED_PROXIES"]``. Empty where nobody knows it.

    >>> address_of(request)
    '203.0.113.7'
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if trusted is None:
        trusted = options.TRUSTED_PROXIES.value
    if trusted is None:
        _warn_of_proxy(request, peer)
        return peer
    if isinstance(trusted, int):
        return _hop(request, trusted) or peer
    client = peer
    if not _is_socket(peer) and not _is_in(peer, trusted):
        return peer
    for hop in _hops(request):
        if hop and _is_socket(hop):
            continue
        address = _plain(hop)
        if not address:
            break
        client = address
        if not _is_in(address, trusted):
            break
    return client


def is_from(request: HttpRequest, networks: options.Networks) -> bool:
    """Whether a client's address lies in one of these networks.

    Never through a proxy that nobody said to trust: its own address would do for all clients.
    """
    if options.TRUSTED_PROXIES.value is None and _is_forwarded(request):
        return False
    return _is_in(address_of(request), networks)


def _is_socket(text: str) -> bool:
    """Whether it names a unix socket: nginx writes ``unix:``, and WSGI servers nothing."""
    text = text.strip()
    return not text or text.startswith("unix:")


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
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR")
    # A proxy that sends it empty sends no other: what else there is may be the client's.
    if forwarded_for is not None:
        yield from (hop.strip() for hop in reversed(forwarded_for.split(",")))
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
    address = _address(text)
    if address is None and text.count(":") > 2:
        # Azure writes an IPv6 address and a port without brackets.
        host, _, port = text.rpartition(":")
        address = _address(host) if port.isdecimal() else None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _plain(text: str) -> str:
    address = _parsed(text)
    return str(address) if address else ""


@lru_cache(maxsize=4096)
def _is_in(text: str, networks: options.Networks) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


# Networks whose addresses have an IPv4 address in them, and where: the bits that follow it. Of NAT64
# (RFC 6052) and Teredo (RFC 4380) many clients have one /64, of 6to4 (RFC 3056) each client many.
_WITH_IPV4 = (
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2001::/32"), 0),
    (IPv6Network("2002::/16"), 80),
)
_TEREDO = _WITH_IPV4[1][0]


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address of the client that an IPv6 address was made for."""
    for network, bits in _WITH_IPV4:
        if address in network:
            number = int(address) >> bits & 0xFFFFFFFF
            return IPv4Address(number ^ 0xFFFFFFFF if network is _TEREDO else number)
    return None


@lru_cache(maxsize=4096)
def _grouped(text: str, ipv6_prefix: int) -> str:
    address = _parsed(text)
    if isinstance(address, IPv6Address):
        address = _inner(address) or address
    if isinstance(address, IPv6Address):
        return str(ip_network((address, ipv6_prefix), strict=False))
    return str(address or text)


def _is_forwarded(request: HttpRequest) -> bool:
    return "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META


def _warn_of_proxy(request: HttpRequest, peer: str) -> None:
    if _warned or not _is_forwarded(request):
        return
    address = _parsed(peer)
    if address is None or address.is_private or address.is_loopback:
        _warned.append(peer)
        logger.warning(
            "Requests come through a proxy, and HTTP4XX['TRUSTED_PROXIES'] is not set: throttles by "
            "address take all visitors for one. Set it to the number of proxies, or to 0 if there "
            "are none."
        )
