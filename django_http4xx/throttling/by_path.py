"""``HTTP4XX["THROTTLES"]``: limits by path prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_http4xx import conf
from django_http4xx.path_prefixes import ByPathPrefix

from .limits import Limit


def read_throttles(value: object) -> Mapping[str, tuple[Limit, ...]]:
    """Check ``HTTP4XX["THROTTLES"]``: by path prefix what ``@throttle`` takes, once or several times.

    >>> read_throttles({"/api/": "100/min", "/health/": None})
    {'/health/': (), '/api/': (<Limit api 100/min by ip>,)}

    Raises ``TypeError`` or ``ValueError``.
    """
    if not isinstance(value, Mapping):
        raise TypeError("must be a dict by path prefix, such as {'/api/': '100/min'}")
    limits = {}
    # Of several faults the one of the longest prefix is told; paths are compared elsewhere.
    for prefix in sorted(value, key=len, reverse=True):
        if not isinstance(prefix, str) or not prefix.startswith("/"):
            raise ValueError(f"must have path prefixes that begin with '/'; {prefix!r} does not")
        try:
            limits[prefix] = tuple(_limits(prefix, value[prefix]))
        except (TypeError, ValueError) as error:
            raise conf.WrongPart(f"for {prefix!r}: {error} (it is {value[prefix]!r})") from error
    return limits


def _limits(prefix: str, given: object) -> list[Limit]:
    if given is None:
        return []
    several = given if isinstance(given, (list, tuple)) else [given]
    name = prefix.strip("/") or "site"
    limits: list[Limit] = []
    for each in several:
        arguments: dict[str, Any] = dict(each) if isinstance(each, Mapping) else {"rate": each}
        if "rate" not in arguments:
            raise ValueError("must have a rate, such as {'rate': '100/min'}")
        own = f"{name} {arguments['rate']}" if len(several) > 1 else name
        if "name" not in arguments:
            # "/" and "/site/" are called alike.
            arguments |= {"name": own, "scope": f"path {prefix} {len(limits)}"}
        limits.append(Limit(**arguments))
    return limits


def _throttles(value: object) -> ByPathPrefix[tuple[Limit, ...]]:
    return ByPathPrefix.from_setting(read_throttles(value))


LIMITS_BY_PATH = conf.Key("THROTTLES", _throttles, {})
