"""Counts in this process's memory: for one process, as in development and tests."""

from __future__ import annotations

from heapq import nsmallest
from threading import Lock
from time import time_ns
from typing import TYPE_CHECKING

from .protocol import FOREVER, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_http4xx.throttling.algorithm import Demand


class MemoryStore(Store):
    """A dict and a lock. ``max_keys``: how many clients it remembers.

    Beyond that it forgets first those that are free to go ahead anyway, then those nearest to it.
    """

    is_local = True

    def __init__(self, max_keys: int) -> None:
        self.max_keys = max_keys
        self._arrivals: dict[str, int] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[int]:
        with self._lock:
            if now is None:
                now = time_ns() // 1000
            arrivals = self._arrivals
            levels: list[int] = []
            after: dict[str, int] = {}
            has_room = True
            # `taken_up` and `fits`, written out: calls would be a third of the time.
            for key, cost, capacity in demands:
                level = arrivals.get(key, 0) - now
                if level < 0:
                    level = 0
                elif level > capacity:
                    level = capacity
                levels.append(level)
                if level + cost > capacity:
                    has_room = False
                elif cost:
                    after[key] = now + level + cost
            if not has_room:
                self._settle(demands, now)
                return levels
            arrivals.update(after)
            if len(arrivals) > self.max_keys:
                self._make_room(now)
            return levels

    def _settle(self, demands: Sequence[Demand], now: int) -> None:
        """Bring back what lies beyond the capacity, so that waiting as told is enough."""
        for key, _cost, capacity in demands:
            if self._arrivals.get(key, 0) > now + capacity:
                self._arrivals[key] = now + capacity

    def _make_room(self, now: int) -> None:
        # A tenth at a time: looking at all of them then costs each new key next to nothing.
        surplus = len(self._arrivals) - self.max_keys * 9 // 10
        free = [key for key, arrival in self._arrivals.items() if arrival <= now]
        if len(free) < surplus:
            free = nsmallest(surplus, self._arrivals, key=self._arrivals.__getitem__)
        for key in free:
            del self._arrivals[key]

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        with self._lock:
            for key in keys:
                self._arrivals.pop(key, None)

    def close(self) -> None:
        self._arrivals.clear()
