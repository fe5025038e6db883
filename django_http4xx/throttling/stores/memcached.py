"""Counts on memcached, with ``gets`` and ``cas``, through the settings of a ``CACHES`` alias."""

from __future__ import annotations

from functools import partial
from random import SystemRandom
from time import monotonic, sleep, time_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from pymemcache.exceptions import MemcacheError  # type: ignore[import-untyped]

from django_http4xx.throttling.algorithm import fits, taken_up
from django_http4xx.throttling.exceptions import Undecided
from django_http4xx.throttling.rates import SECOND
from django_http4xx.throttling.window import hit

from .connections import Connections, Turns
from .protocol import FOREVER, PROBE, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.core.cache import BaseCache

    from django_http4xx.throttling.algorithm import Demand, Level

# Seconds to wait at most after the first lost race and after any.
_FIRST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.02
# Beyond, memcached takes an expiry for a date.
_LONGEST_EXPIRY = 30 * 86_400

# Processes that were forked draw different numbers, and a project's seed is left alone.
_random = SystemRandom()


class MemcachedStore(Store):
    """Reads, decides and writes back unless somebody else wrote meanwhile; then once more.

    Several policies are written in turn, and given back where one of them was not to be had. It
    counts on this machine's clock.
    """

    def __init__(self, cache: BaseCache, timeout: float, most: int) -> None:
        self.prefix = f"{cache.key_prefix}:http4xx:"
        self.timeout = timeout
        self._most = most
        settings: Any = cache
        given = {
            **settings._options,
            "timeout": timeout,
            "connect_timeout": timeout,
            "ignore_exc": False,
            "use_pooling": False,
        }
        given.pop("serde", None)
        # Django has no public way to its client. This one is never asked: it knows the servers, which
        # has which key, and how to talk to them.
        self._cluster: Any = settings._class(settings.client_servers, **given)
        self.has_several_servers = len(self._cluster.clients) > 1
        self._by_server = {name: self._connections_to(name) for name in self._cluster.clients}
        self._turns = Turns()

    def server_of(self, key: str) -> str:
        # By the text between the braces, so that all keys of a client are on one server.
        server: str = self._cluster.hasher.get_node(key.partition("}")[0])
        return server

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[Level]:
        with self._turns.of([demand.key for demand in demands], deadline):
            return self._asked(self.server_of(demands[0].key), demands, now, deadline)

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        for key in keys:
            self._by_server[self.server_of(key)].use(partial(self._delete, key, deadline), deadline)

    def probe(self, server: str, deadline: float) -> None:
        self._asked(server or next(iter(self._by_server)), [PROBE], None, deadline)

    def close(self) -> None:
        for connections in self._by_server.values():
            connections.close()

    def _asked(
        self, server: str, demands: Sequence[Demand], now: int | None, deadline: float
    ) -> list[Level]:
        return self._by_server[server].use(
            lambda client: self._talk(client, deadline).decide(demands, now), deadline
        )

    def _delete(self, key: str, deadline: float, client: Any) -> None:
        self._talk(client, deadline).delete(key)

    def _talk(self, client: Any, deadline: float) -> _Talk:
        return _Talk(client, self.prefix, deadline, self.timeout)

    def _connections_to(self, server: str) -> Connections[Any]:
        return Connections(
            partial(self._connected, server),
            _close,
            most=self._most,
            timeout=self.timeout,
            answered=(),
            died=(ConnectionError, MemcacheError),
        )

    def _connected(self, server: str) -> Any:
        client = self._cluster.client_class(
            self._cluster.clients[server].server, **self._cluster.default_kwargs
        )
        client.version()
        return client


class _Talk(NamedTuple):
    """What is said on one connection about one hit, until its time is up."""

    connection: Any
    prefix: str
    deadline: float
    timeout: float

    def decide(self, demands: Sequence[Demand], now: int | None) -> list[Level]:
        attempt = 0
        while True:
            moment = time_ns() // 1000 if now is None else now
            found = [self._client().gets(self.prefix + demand.key) for demand in demands]
            after = [
                _hit(value or b"", demand, moment)
                for demand, (value, _) in zip(demands, found, strict=True)
            ]
            levels = [level for level, _value, _length in after]
            if self._write(demands, found, after, moment):
                return levels
            sleep(_random.uniform(0, min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)))
            attempt += 1

    def delete(self, key: str) -> None:
        self._client().delete(self.prefix + key, noreply=False)

    def _client(self) -> Any:
        """The connection, for what remains of the time. Raises ``Undecided`` where none does."""
        remaining = self.deadline - monotonic()
        if remaining <= 0:
            raise Undecided("Others wrote the same keys all the time.")
        self.connection.sock.settimeout(min(remaining, self.timeout))
        return self.connection

    def _write(
        self,
        demands: Sequence[Demand],
        found: Sequence[tuple[Any, Any]],
        after: Sequence[tuple[Level, bytes | None, int]],
        now: int,
    ) -> bool:
        """Whether all was written that had to be."""
        rows = list(zip(demands, found, after, strict=True))
        if not fits(demands, [level for level, _value, _length in after]):
            for demand, (_, token), (level, value, length) in rows:
                # The clock was put back, or the rate lowered: waiting as told has to be enough.
                if value is not None and level[0] + demand.cost > demand.capacity:
                    self._set(demand.key, token, value, length)
            return True
        written: list[Demand] = []
        for demand, (_, token), (_, value, length) in rows:
            if not demand.cost or value is None:
                continue
            if not self._set(demand.key, token, value, length):
                for earlier in written:
                    self.decide([earlier._replace(cost=-earlier.cost, moment=now)], now)
                return False
            written.append(demand)
        return True

    def _set(self, key: str, token: Any, value: bytes, length: int) -> bool:
        name = self.prefix + key
        expiry = length // SECOND + 1
        if expiry > _LONGEST_EXPIRY:
            expiry += time_ns() // 1_000_000_000
        if token is None:
            return bool(self._client().add(name, value, expiry, noreply=False))
        return bool(self._client().cas(name, value, token, expiry, noreply=False))


def _hit(value: bytes, demand: Demand, now: int) -> tuple[Level, bytes | None, int]:
    """Where a client stood, what to keep, and for how many microseconds; ``None`` for what is kept already."""
    if demand.window:
        level, kept = hit(value, demand, now)
        return level, None if kept is value else kept, demand.window
    arrival = int(value or 0)
    used = taken_up(arrival, now, demand.capacity)
    has_room = used + demand.cost <= demand.capacity
    after = max(used + demand.cost, 0) if has_room else used
    is_changed = has_room or arrival > now + demand.capacity
    return (used, 0, 0, now), str(now + after).encode() if is_changed else None, after


def _close(client: Any) -> None:
    client.close()
