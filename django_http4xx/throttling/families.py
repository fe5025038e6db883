"""Throttles that a framework makes of its own classes, as ``check`` and ``manage.py throttle`` find them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .throttles import Throttle


@dataclass(frozen=True)
class Family:
    """The throttles of one framework that views have.

    ``stores``: where they count, ``None`` for the default. ``by_address``: the names of those that
    count by an address that may be a proxy's. ``counts_of``: given a throttle's name and a client, the
    throttles of that name and the keys that they know the client by.
    """

    stores: Callable[[], Iterable[str | None]]
    by_address: Callable[[], Iterable[str]]
    counts_of: Callable[[str, str], Iterable[tuple[Throttle, str]]]


# Whoever has such classes adds an entry as it is imported.
FAMILIES: list[Family] = []
