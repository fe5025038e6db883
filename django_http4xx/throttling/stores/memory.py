"""Counts in this process's memory: for one process, as in development and tests."""

from __future__ import annotations

from heapq import nsmallest
from threading import Lock
from time import time_ns
from typing import TYPE_CHECKING

from django_http4xx.throttling.algorithm import fits, taken_up
from django_http4xx.throttling.window import hit

from .protocol import FOREVER, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_http4xx.throttling.algorithm import Demand, Level


class MemoryStore(Store):
    """A dict and a lock. ``max_keys``: how many clients it remembers.

    Beyond that it forgets first those that are free to go ahead anyway, then those nearest to it.
    """

    is_local = True

    def __init__(self, max_keys: int) -> None:
        self.max_keys = max_keys
        # Until when a client's hits take up something: of a bucket that is all.
        self._until: dict[str, int] = {}
        self._windows: dict[str, bytes] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._until)

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[Level]:
        with self._lock:
            if now is None:
                now = time_ns() // 1000
            found = [self._hit(demand, now) for demand in demands]
            levels = [level for level, _until, _window in found]
            has_room = fits(demands, levels)
            for demand, (level, until, window) in zip(demands, found, strict=True):
                if has_room:
                    if demand[1]:
                        self._keep(demand, until, window)
                elif level[0] + demand[1] > demand[2] and until < self._until.get(demand[0], 0):
                    # The clock was put back: waiting as told has to be enough.
                    self._keep(demand, until, window)
            if len(self._until) > self.max_keys:
                self._make_room(now)
            return levels

    def _hit(self, demand: Demand, now: int) -> tuple[Level, int, bytes]:
        """Where a client stood, and what to keep of it."""
        key, cost, capacity, period, _moment = demand
        if period:
            level, window = hit(self._windows.get(key, b""), demand, now)
            until = now + period if cost > 0 and not level[1] else self._until.get(key, now)
            return level, min(until, now + period), window
        used = taken_up(self._until.get(key, 0), now, capacity)
        # Nobody is to wait for a clock that was put back.
        until = now + used + (cost if used + cost <= capacity else 0)
        return (used, 0, 0, now), until, b""

    def _keep(self, demand: Demand, until: int, window: bytes) -> None:
        key, _cost, _capacity, period, _moment = demand
        if period and not window:
            self._until.pop(key, None)
            self._windows.pop(key, None)
            return
        self._until[key] = until
        if period:
            self._windows[key] = window

    def _make_room(self, now: int) -> None:
        # A tenth at a time: looking at all of them then costs each new key next to nothing.
        surplus = len(self._until) - self.max_keys * 9 // 10
        free = [key for key, until in self._until.items() if until <= now]
        if len(free) < surplus:
            free = nsmallest(surplus, self._until, key=self._until.__getitem__)
        self._remove(free)

    def _remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._until.pop(key, None)
            self._windows.pop(key, None)

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        with self._lock:
            self._remove(keys)

    def close(self) -> None:
        with self._lock:
            self._until.clear()
            self._windows.clear()
