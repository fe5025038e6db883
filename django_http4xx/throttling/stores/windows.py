"""Counts in any other cache: windows of fixed length, by ``add`` and ``incr``."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

from django.core.cache import caches

from django_http4xx.throttling.algorithm import fits
from django_http4xx.throttling.rates import SECOND

from .protocol import FOREVER, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_http4xx.throttling.algorithm import Demand, Level


class WindowStore(Store):
    """What serves where a cache can neither run a script nor compare and set.

    A window begins with the first hit and lasts as long as the burst takes to be free again. It is as
    exact as the cache's ``incr``, and lets up to twice the burst through around a window's edge; the
    system checks say so.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[Level]:
        if now is None:
            now = time_ns() // 1000
        levels: list[Level] = []
        taken: list[tuple[str, int]] = []
        for demand in demands:
            level, key = self._count(demand, now)
            levels.append(level)
            if demand.cost:
                taken.append((key, demand.cost))
        if not fits(demands, levels):
            for key, cost in taken:
                self._add(key, -cost)
        return levels

    def _count(self, demand: Demand, now: int) -> tuple[Level, str]:
        """Count a hit in the window that runs; what was counted in it before, and its key."""
        cache = caches[self.alias]
        start_key = f"http4xx:{demand.key}"
        # For a bucket as long as its capacity: a client that keeps to its rate never fills a window.
        length = demand.window or demand.capacity
        seconds = -(-length // SECOND)
        if demand.cost:
            cache.add(start_key, now, seconds)
        start = cache.get(start_key)
        if not isinstance(start, int) or not 0 <= now - start < length:
            if not demand.cost:
                return (0, 0, length, now), ""
            cache.set(start_key, now, seconds)
            start = now
        key = f"{start_key}:{start}"
        cache.add(key, 0, seconds)
        used = self._add(key, demand.cost) if demand.cost else int(cache.get(key, 0))
        wait = start + length - now
        if used <= demand.capacity:
            return (used - demand.cost, wait, wait, now), key
        # Nothing becomes free before the window ends.
        before = demand.capacity if demand.window else demand.capacity - demand.cost + wait
        return (before, wait, wait, now), key

    def _add(self, key: str, cost: int) -> int:
        try:
            return int(caches[self.alias].incr(key, cost))
        except ValueError:
            # It has just expired, or the cache keeps nothing.
            return cost

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        caches[self.alias].delete_many([f"http4xx:{key}" for key in keys])

    def close(self) -> None:
        caches[self.alias].close()
