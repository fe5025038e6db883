"""What ``HTTP4XX["THROTTLE"]``, ``["THROTTLES"]`` and ``["TRUSTED_PROXIES"]`` take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from django_http4xx import conf
from django_http4xx.path_prefixes import ByPathPrefix

from . import header_fields

if TYPE_CHECKING:
    from .limits import Limit

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

DATABASE = "database"
COUNT_HERE = "count-here"
DENY = "deny"
OUTAGE = (COUNT_HERE, "allow", DENY)


@dataclass(frozen=True)
class ThrottleOptions:
    """``HTTP4XX["THROTTLE"]``, key by key.

    ``store``: a ``CACHES`` alias, or ``"database"``. ``database``: the ``DATABASES`` alias of that.
    ``on_outage``: what happens while the store does not answer: each process counts by itself
    (``"count-here"``), ``"allow"`` or ``"deny"``. ``timeout``: the seconds that a decision may take.
    ``connections``: how many a process has to a server. ``fields``: the header fields that clients are
    told with.
    ``ipv6_prefix``: how many bits of an IPv6 address tell one client from another. ``enabled``:
    ``False`` turns all throttles off.
    """

    store: str = "default"
    database: str = "default"
    on_outage: str = COUNT_HERE
    timeout: float = 0.25
    connections: int = 4
    fields: tuple[str, ...] = ("RateLimit",)
    ipv6_prefix: int = 64
    enabled: bool = True


def current() -> ThrottleOptions:
    """The options in force."""
    return THROTTLE.value


def read_options(value: object) -> ThrottleOptions:
    """Check ``HTTP4XX["THROTTLE"]``. Raises ``TypeError`` or ``ValueError``."""
    known = [field.name.upper() for field in fields(ThrottleOptions)]
    if not isinstance(value, Mapping):
        raise TypeError(f"takes a dict with any of the keys {', '.join(known)}")
    if unknown := [key for key in value if key not in known]:
        raise ValueError(f"has no key {unknown[0]!r}; the keys that there are: {', '.join(known)}")
    given: dict[str, Any] = {key.lower(): item for key, item in value.items()}
    if isinstance(given.get("fields"), str):
        given["fields"] = (given["fields"],)
    for name, item in given.items():
        _CHECKS[name](item, f"['{name.upper()}']")
    if "fields" in given:
        given["fields"] = tuple(given["fields"])
    return ThrottleOptions(**given)


def _alias(value: object, where: str) -> None:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{where} takes an alias, as 'default'")


def on_outage(value: object, where: str) -> None:
    """Check an ``on_outage``. Raises ``ValueError``."""
    if value not in OUTAGE:
        raise ValueError(f"{where} takes 'count-here', 'allow' or 'deny', not {value!r}")


def _timeout(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 60:
        raise ValueError(f"{where} takes seconds, above 0 and up to 60")


def _connections(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise ValueError(f"{where} takes a number of connections from 1 to 1000")


def _fields(value: object, where: str) -> None:
    known = ", ".join(header_fields.VOCABULARIES)
    if not isinstance(value, Sequence) or not set(value) <= set(header_fields.VOCABULARIES):
        raise ValueError(f"{where} takes a list of these: {known}")


def _ipv6_prefix(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 128:
        raise ValueError(f"{where} takes a number of bits from 1 to 128")


def _enabled(value: object, where: str) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{where} takes True or False")


_CHECKS = {
    "store": _alias,
    "database": _alias,
    "on_outage": on_outage,
    "timeout": _timeout,
    "connections": _connections,
    "fields": _fields,
    "ipv6_prefix": _ipv6_prefix,
    "enabled": _enabled,
}


def read_trusted_proxies(value: object) -> int | Networks | None:
    """Check ``HTTP4XX["TRUSTED_PROXIES"]``: how many proxies, or their networks.

    >>> read_trusted_proxies(["10.0.0.0/8"])
    (IPv4Network('10.0.0.0/8'),)

    Raises ``TypeError`` or ``ValueError``.
    """
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError("takes 0 proxies or more")
        return value
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError("takes a number of proxies, as 1, or their networks, as ['10.0.0.0/8']")
    return networks(value)


def networks(value: Sequence[object]) -> Networks:
    """Networks, or single addresses, as ``ipaddress`` reads them. Raises ``ValueError``."""
    return tuple(ip_network(network) for network in value)  # type: ignore[arg-type]


def read_throttles(value: object) -> Mapping[str, tuple[Limit, ...]]:
    """Check ``HTTP4XX["THROTTLES"]``: by path prefix what ``@throttle`` takes, once or several times.

    >>> read_throttles({"/api/": "100/min", "/health/": None})
    {'/health/': (), '/api/': (<Limit api 100/min by ip>,)}

    Raises ``TypeError`` or ``ValueError``.
    """
    if not isinstance(value, Mapping):
        raise TypeError("takes a dict by path prefix, as {'/api/': '100/min'}")
    limits = {}
    # Of several faults the one of the longest prefix is told; paths are compared elsewhere.
    for prefix in sorted(value, key=len, reverse=True):
        if not isinstance(prefix, str) or not prefix.startswith("/"):
            raise ValueError(f"takes path prefixes that begin with '/'; {prefix!r} does not")
        try:
            limits[prefix] = tuple(_limits(prefix, value[prefix]))
        except (TypeError, ValueError) as error:
            raise conf.WrongPart(f"for {prefix!r}: {error} (it is {value[prefix]!r})") from error
    return limits


def _limits(prefix: str, given: object) -> list[Limit]:
    from .limits import Limit

    if given is None:
        return []
    several = given if isinstance(given, (list, tuple)) else [given]
    name = prefix.strip("/") or "site"
    limits: list[Limit] = []
    for each in several:
        arguments: dict[str, Any] = dict(each) if isinstance(each, Mapping) else {"rate": each}
        if "rate" not in arguments:
            raise ValueError("takes a rate, as {'rate': '100/min'}")
        own = f"{name} {arguments['rate']}" if len(several) > 1 else name
        if "name" not in arguments:
            # "/" and "/site/" are called alike.
            arguments |= {"name": own, "scope": f"path {prefix} {len(limits)}"}
        limits.append(Limit(**arguments))
    return limits


def _throttles(value: object) -> ByPathPrefix[tuple[Limit, ...]]:
    return ByPathPrefix.from_setting(read_throttles(value))


conf.CHECK_MODULES.append("django_http4xx.throttling.checks")
THROTTLE = conf.Key("THROTTLE", read_options, {})
THROTTLES = conf.Key("THROTTLES", _throttles, {})
TRUSTED_PROXIES = conf.Key("TRUSTED_PROXIES", read_trusted_proxies, None)
