"""Counts on Redis or Valkey, through the settings of a ``CACHES`` alias: Django's or django-redis's."""

from __future__ import annotations

from hashlib import sha1
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from django_http4xx.throttling.algorithm import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.core.cache import BaseCache

    from django_http4xx.throttling.algorithm import Demand

_SCRIPT = Path(__file__).with_name("gcra.lua").read_text("ascii")
_SHA1 = sha1(_SCRIPT.encode("ascii"), usedforsecurity=False).hexdigest()

# They belong to the pool that they were made for.
_OF_THE_POOL = ("maint_notifications", "oss_cluster", "connection_pool", "event_dispatcher")


class RedisStore:
    """One Lua script, in one trip for all policies of a hit, on the server's clock.

    It has a client of its own, made once, that gives up after ``timeout`` seconds and does not try
    again: a client of the cache would be made anew each time and wait as long as a cache may.
    """

    is_local = False

    def __init__(self, cache: BaseCache, timeout: float) -> None:
        self.prefix = f"{cache.key_prefix}:http4xx:"
        self.client = _impatient(_client_of(cache), timeout)
        self._in_turn = isinstance(self.client, RedisCluster)
        # `evalsha` of the client builds the same command, more slowly.
        self._execute: Any = self.client.execute_command

    def take(self, demands: Sequence[Demand], now: int | None = None) -> list[int]:
        if self._in_turn and len(demands) > 1:
            return self._take_in_turn(demands, now)
        return self._take_at_once(demands, now)

    def _take_at_once(self, demands: Sequence[Demand], now: int | None) -> list[int]:
        prefix = self.prefix
        keys: list[str] = []
        numbers: list[int] = []
        for key, cost, capacity in demands:
            keys.append(prefix + key)
            numbers += (cost, capacity)
        if now is not None:
            numbers.append(now)
        levels: list[int]
        try:
            levels = self._execute("EVALSHA", _SHA1, len(keys), *keys, *numbers)
        except NoScriptError:
            levels = self._execute("EVAL", _SCRIPT, len(keys), *keys, *numbers)
        return levels

    def _take_in_turn(self, demands: Sequence[Demand], now: int | None) -> list[int]:
        """Where keys live on several servers: those of one tag at a time, given back on refusal."""
        levels: list[int] = []
        taken: list[Demand] = []
        refused = False
        for _tag, group in groupby(demands, key=lambda demand: demand.key.partition("}")[0]):
            part = list(group)
            asked = [demand._replace(cost=0) for demand in part] if refused else part
            found = self._take_at_once(asked, now)
            levels += found
            if fits(part, found):
                taken += [] if refused else part
            else:
                refused = True
        if refused and taken:
            for demand in taken:
                self._take_at_once([demand._replace(cost=-demand.cost)], now)
        return levels

    def forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._execute("DEL", self.prefix + key)

    def close(self) -> None:
        self.client.close()


def _client_of(cache: Any) -> Redis | RedisCluster:
    """The client that a cache backend writes with."""
    # Django has no public way to its client; django-redis has one.
    backend = cache.client if hasattr(cache, "client") else cache._cache
    client: Redis | RedisCluster = backend.get_client(write=True)
    return client


def _impatient(client: Any, timeout: float) -> Redis | RedisCluster:
    """A client of the same servers that waits no longer than ``timeout`` and never tries again."""
    limits = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    if isinstance(client, RedisCluster):
        nodes = client.nodes_manager
        return RedisCluster(
            startup_nodes=list(nodes.startup_nodes.values()),
            retry=Retry(NoBackoff(), 1),  # once more, so that it can follow a slot that moved
            **{**_own(nodes.connection_kwargs), **limits},
        )
    pool = client.connection_pool
    options = {**_own(pool.connection_kwargs), **limits, "retry": Retry(NoBackoff(), 0)}
    options.update(retry_on_error=[], retry_on_timeout=False)
    if isinstance(pool, SentinelConnectionPool):
        sentinel = pool.sentinel_manager
        addresses = [
            (kwargs["host"], kwargs["port"])
            for kwargs in (node.connection_pool.connection_kwargs for node in sentinel.sentinels)
        ]
        asked = Sentinel(  # type: ignore[no-untyped-call]
            addresses,
            sentinel_kwargs={**sentinel.sentinel_kwargs, **limits, "retry": options["retry"]},
        )
        # What the pool sets by itself.
        for name in ("host", "port"):
            options.pop(name, None)
        return Redis(
            connection_pool=type(pool)(
                pool.service_name, asked, is_master=pool.is_master, **options
            )
        )
    kind: Any = type(pool)
    if hasattr(pool, "timeout"):  # a BlockingConnectionPool waits for a free connection, too
        options["timeout"] = timeout
    return Redis(
        connection_pool=kind(
            connection_class=pool.connection_class,
            max_connections=pool.max_connections,
            **options,
        )
    )


def _own(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in options.items()
        if not name.startswith(_OF_THE_POOL) and name not in ("retry", "host_resolver")
    }
