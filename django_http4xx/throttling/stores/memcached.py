"""Counts on memcached, with ``gets`` and ``cas``, through the settings of a ``CACHES`` alias."""

from __future__ import annotations

from time import monotonic, sleep, time_ns
from typing import TYPE_CHECKING, Any

from pymemcache.exceptions import (  # type: ignore[import-untyped]
    MemcacheUnexpectedCloseError,
)

from django_http4xx.throttling.algorithm import fits, taken_up
from django_http4xx.throttling.rates import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.core.cache import BaseCache

    from django_http4xx.throttling.algorithm import Demand

_ATTEMPTS = 1000
# Beyond, memcached takes an expiry for a date.
_LONGEST_EXPIRY = 30 * 86_400


class MemcachedStore:
    """Reads, decides and writes back unless somebody else wrote meanwhile; then once more.

    Several policies are written in turn, and given back where one of them was not to be had. It
    counts on this machine's clock.
    """

    is_local = False

    def __init__(self, cache: BaseCache, timeout: float) -> None:
        self.prefix = f"{cache.key_prefix}:http4xx:"
        self.timeout = timeout
        settings: Any = cache
        # Django has no public way to its client; this one gives up in time, and asks again at once.
        given = {
            **settings._options,
            "timeout": timeout,
            "connect_timeout": timeout,
            "retry_attempts": 0,
            "dead_timeout": 0,
            "ignore_exc": False,
            "use_pooling": True,
        }
        given.pop("serde", None)
        self.client: Any = settings._class(settings.client_servers, **given)

    def take(self, demands: Sequence[Demand], now: int | None = None) -> list[int]:
        deadline = monotonic() + self.timeout
        for attempt in range(_ATTEMPTS):
            moment = time_ns() // 1000 if now is None else now
            found = self._found(demands)
            levels = [
                taken_up(int(value or 0), moment, demand.capacity)
                for demand, (value, _) in zip(demands, found, strict=True)
            ]
            if self._write(demands, found, levels, moment):
                return levels
            if monotonic() > deadline:
                break
            sleep(min(attempt, 10) / 10_000)
        raise TimeoutError("Others wrote the same keys all the time.")

    def _found(self, demands: Sequence[Demand]) -> list[tuple[Any, Any]]:
        try:
            return [self.client.gets(self.prefix + demand.key) for demand in demands]
        except (ConnectionError, MemcacheUnexpectedCloseError):
            # The server was restarted since: the connections that are kept lead nowhere.
            self.client.disconnect_all()
            return [self.client.gets(self.prefix + demand.key) for demand in demands]

    def _write(
        self,
        demands: Sequence[Demand],
        found: Sequence[tuple[Any, Any]],
        levels: Sequence[int],
        now: int,
    ) -> bool:
        """Whether all was written that had to be."""
        if not fits(demands, levels):
            for demand, (value, token), level in zip(demands, found, levels, strict=True):
                if int(value or 0) > now + demand.capacity:
                    self._set(demand.key, token, now, level)
            return True
        written: list[Demand] = []
        for demand, (_, token), level in zip(demands, found, levels, strict=True):
            if not demand.cost:
                continue
            if not self._set(demand.key, token, now, max(level + demand.cost, 0)):
                for earlier in written:
                    self.take([earlier._replace(cost=-earlier.cost)], now)
                return False
            written.append(demand)
        return True

    def _set(self, key: str, token: Any, now: int, level: int) -> bool:
        name, value = self.prefix + key, str(now + level)
        expiry = level // SECOND + 1
        if expiry > _LONGEST_EXPIRY:
            expiry += time_ns() // 1_000_000_000
        if token is None:
            return bool(self.client.add(name, value, expiry, noreply=False))
        return bool(self.client.cas(name, value, token, expiry, noreply=False))

    def forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.client.delete(self.prefix + key)

    def close(self) -> None:
        self.client.close()
