"""What ``HTTP4XX["THROTTLE"]`` and ``["TRUSTED_PROXIES"]`` take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeAlias

from django_http4xx import conf

from . import header_fields

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
        raise TypeError(f"must be a dict with any of the keys {', '.join(known)}")
    if unknown := [key for key in value if key not in known]:
        raise ValueError(f"has no key {unknown[0]!r}; the known keys are: {', '.join(known)}")
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
        raise TypeError(f"{where} must be an alias, such as 'default'")


def on_outage(value: object, where: str) -> None:
    """Check an ``on_outage``. Raises ``ValueError``."""
    if value not in OUTAGE:
        raise ValueError(f"{where} must be 'count-here', 'allow' or 'deny', not {value!r}")


def _timeout(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 60:
        raise ValueError(f"{where} must be a number of seconds above 0 and up to 60")


def _connections(value: object, where: str) -> None:
    if not conf.is_whole(value) or not 1 <= value <= 1000:
        raise ValueError(f"{where} must be a number of connections from 1 to 1000")


def _fields(value: object, where: str) -> None:
    known = ", ".join(header_fields.VOCABULARIES)
    if not isinstance(value, Sequence) or not set(value) <= set(header_fields.VOCABULARIES):
        raise ValueError(f"{where} must be a list of any of these: {known}")


def _ipv6_prefix(value: object, where: str) -> None:
    if not conf.is_whole(value) or not 1 <= value <= 128:
        raise ValueError(f"{where} must be a number of bits from 1 to 128")


def _enabled(value: object, where: str) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{where} must be True or False")


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
    if conf.is_whole(value):
        if value < 0:
            raise ValueError("must be 0 proxies or more")
        return value
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise TypeError(
            "must be a number of proxies, such as 1, or their networks, such as ['10.0.0.0/8']"
        )
    return networks(value)


def networks(value: Sequence[object]) -> Networks:
    """Networks, or single addresses, as ``ipaddress`` reads them. Raises ``ValueError``."""
    return tuple(ip_network(network) for network in value)  # type: ignore[arg-type]


conf.CHECK_MODULES.append("django_http4xx.throttling.checks")
THROTTLE = conf.Key("THROTTLE", read_options, {})
TRUSTED_PROXIES = conf.Key("TRUSTED_PROXIES", read_trusted_proxies, None)
