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
            if len(demands) == 1:
                levels = [self._take_one(demands[0], now)]
            else:
                levels = self._take_all(demands, now)
            if len(self._until) > self.max_keys:
                self._make_room(now)
            return levels

    def _take_one(self, demand: Demand, now: int) -> Level:
        level, until, steps = self._hit(demand, now)
        if until:
            self._keep(demand, until, steps)
        return level

    def _take_all(self, demands: Sequence[Demand], now: int) -> list[Level]:
        found = [self._hit(demand, now) for demand in demands]
        levels = [level for level, _until, _steps in found]
        has_room = fits(demands, levels)
        for demand, (level, until, steps) in zip(demands, found, strict=True):
            # What has no room is kept where the clock was put back, so that waiting as told is enough.
            if until and (has_room or (demand[1] > 0 and level[0] + demand[1] > demand[2])):
                self._keep(demand, until, steps)
        return levels

    def _hit(self, demand: Demand, now: int) -> tuple[Level, int, bytes]:
        """Where a client stood; and what to keep of it, until when, which is 0 where it stays as it is."""
        key, cost, capacity, period, _moment = demand
        if period:
            before = self._windows.get(key, b"")
            level, steps = hit(before, demand, now)
            return level, 0 if steps is before else now + period, steps
        before_until = self._until.get(key, 0)
        used = taken_up(before_until, now, capacity)
        level = (used, 0, 0, now)
        if used + cost <= capacity:
            return level, now + used + cost if cost else 0, b""
        return level, now + used if before_until > now + used else 0, b""

    def _keep(self, demand: Demand, until: int, steps: bytes) -> None:
        key = demand[0]
        self._until[key] = until
        if steps:
            self._windows[key] = steps
        elif demand[3]:
            self._remove([key])

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
