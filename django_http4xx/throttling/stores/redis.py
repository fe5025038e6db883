"""Counts on Redis, through the settings of a ``CACHES`` alias: Django's or django-redis's."""

from __future__ import annotations

from functools import partial
from hashlib import sha1
from pathlib import Path
from struct import pack, unpack
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from redis import ConnectionPool, Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError,  # noqa: A004
    MovedError,
    NoScriptError,
    ResponseError,
    SlotNotCoveredError,
    TryAgainError,
)
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from django_http4xx.throttling.exceptions import Undecided

from .connections import Connections, in_time
from .protocol import FOREVER, PROBE, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.core.cache import BaseCache

    from django_http4xx.throttling.algorithm import Demand, Level

_SCRIPT = Path(__file__).with_name("hits.lua").read_bytes()
_SHA1 = sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()

# They belong to the pool that they were made for.
_OF_THE_POOL = ("maint_notifications", "oss_cluster", "connection_pool", "event_dispatcher")


class RedisStore(Store):
    """One Lua script, in one trip for all policies of a hit, on the server's clock.

    It has connections of its own, at most ``most`` to a server, which are made as the cache's settings
    say, but wait no longer than ``timeout`` and try nothing again.
    """

    def __init__(self, cache: BaseCache, timeout: float, most: int) -> None:
        self.prefix = f"{cache.key_prefix}:http4xx:"
        self._cache = cache
        self._timeout = timeout
        self._most = most
        self._client: Any = None
        self._by_server: dict[str, Connections[Any]] = {}
        self._opening = Lock()
        self._refreshing = Lock()

    def open(self) -> None:
        with self._opening:
            if self._client is None:
                client = _impatient(_client_of(self._cache), self._timeout)
                self.has_several_servers = isinstance(client, RedisCluster)
                self._client = client

    def server_of(self, key: str) -> str:
        node = self._node_of(self.prefix + key)
        return "" if node is None else str(node.name)

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[Level]:
        count = len(demands)
        keys = [self.prefix + demand[0] for demand in demands]
        numbers = [number for demand in demands for number in demand[1:]]
        arguments = [b"%d" % count, *map(str.encode, keys), pack(f">{4 * count}q", *numbers)]
        if now is not None:
            arguments.append(b"%d" % now)
        try:
            reply = self._asked(keys[0], deadline, b"EVALSHA", _SHA1, *arguments)
        except NoScriptError:
            reply = self._asked(keys[0], deadline, b"EVAL", _SCRIPT, *arguments)
        moment, *found = unpack(f">{1 + 3 * count}Q", reply)
        return [(*found[at : at + 3], moment) for at in range(0, 3 * count, 3)]

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        for key in keys:
            self._asked(self.prefix + key, deadline, b"DEL", (self.prefix + key).encode())

    def probe(self, server: str, deadline: float) -> None:
        if not self.has_several_servers:
            super().probe(server, deadline)
            return
        # Others may have taken its place since.
        in_time(self._client.nodes_manager.initialize, deadline)
        if key := self._key_on(server):
            self.take([PROBE._replace(key=key)], None, deadline)

    def close(self) -> None:
        for connections in self._by_server.values():
            connections.close()
        if self._client is not None:
            self._client.close()

    def _asked(self, key: str, deadline: float, *words: bytes) -> bytes:
        """The answer of the server that keeps a key, which may send on to another once."""
        command = _packed(*words)
        if not self.has_several_servers:
            return self._answer(self._connections_to("", self._client), deadline, command)
        try:
            return self._answer(self._connections_of(key), deadline, command)
        except MovedError:
            in_time(self._refresh, deadline)
            return self._answer(self._connections_of(key), deadline, command)
        except AskError as error:
            node = self._client.get_node(error.host, error.port)
            connections = self._connections_to(node.name, node.redis_connection)
            return self._answer(connections, deadline, command, is_sent_on=True)
        except TryAgainError as error:
            raise Undecided("The keys of a client are moving to another server.") from error

    def _answer(
        self,
        connections: Connections[Any],
        deadline: float,
        command: bytes,
        *,
        is_sent_on: bool = False,
    ) -> bytes:
        def ask(connection: Any) -> bytes:
            until = min(deadline, monotonic() + self._timeout)
            if is_sent_on:
                _ask(connection, until, _packed(b"ASKING"))
            return _ask(connection, until, command)

        return connections.use(ask, deadline)

    def _connections_of(self, key: str) -> Connections[Any]:
        node = self._node_of(key)
        if node is None:
            raise ClusterDownError("No server of the cluster has the key.")
        return self._connections_to(node.name, node.redis_connection)

    def _connections_to(self, server: str, client: Any) -> Connections[Any]:
        connections = self._by_server.get(server)
        if connections is None:
            made: Connections[Any] = Connections(
                partial(_connected, client),
                _close,
                most=self._most,
                timeout=self._timeout,
                answered=(NoScriptError, AskError, TryAgainError),
                died=(ConnectionError, ResponseError),
            )
            connections = self._by_server.setdefault(server, made)
        return connections

    def _node_of(self, key: str) -> Any:
        try:
            return self._client.get_node_from_key(key)
        except SlotNotCoveredError:
            return None

    def _key_on(self, server: str) -> str:
        """A key of nobody's on a server; empty where it has no keys any more."""
        nodes = self._client.get_primaries()
        if all(node.name != server for node in nodes):
            return ""
        names = (f"{{probe-{number}}}" for number in range(1000 * len(nodes)))
        return next((name for name in names if self.server_of(name) == server), "")

    def _refresh(self) -> None:
        with self._refreshing:
            self._client.nodes_manager.initialize()


def _connected(client: Redis) -> Any:
    pool = client.connection_pool
    connection = pool.connection_class(**pool.connection_kwargs)
    connection.connect()
    return connection


def _packed(*words: bytes) -> bytes:
    """A command as Redis reads it."""
    return b"*%d\r\n%b" % (
        len(words),
        b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words]),
    )


def _ask(connection: Any, until: float, command: bytes) -> bytes:
    """The reply to a packed command, all of it by ``until``, however slowly it drips in.

    The library's own reading gives each part of a reply the whole time, and takes longer by itself.
    """
    line = connection._sock
    reply, value = b"", None
    try:
        line.settimeout(_left(until))
        line.sendall(command)
        while value is None:
            part = line.recv(4096)
            if not part:
                raise ConnectionError("The server closed the connection.")
            reply += part
            value = _value(reply, connection)
            if value is None:
                line.settimeout(_left(until))
    except TimeoutError:
        raise
    except OSError as error:
        raise ConnectionError(str(error)) from error
    return value


def _value(reply: bytes, connection: Any) -> bytes | None:
    """What a reply says, or ``None`` while some of it is missing. Raises what an error stands for."""
    head, is_there, body = reply.partition(b"\r\n")
    if not is_there:
        return None
    if head.startswith(b"-"):
        raise connection._parser.parse_error(head[1:].decode(errors="replace"))
    if not head.startswith(b"$"):
        return head[1:]
    length = int(head[1:])
    return body[:length] if len(body) >= length + 2 else None


def _left(until: float) -> float:
    remaining = until - monotonic()
    if remaining <= 0:
        raise TimeoutError("The time for a decision is up.")
    return remaining


def _close(connection: Any) -> None:
    connection.disconnect()


def _client_of(cache: Any) -> Redis | RedisCluster:
    """The client that a cache backend writes with; one of a cluster asks for its servers when made."""
    # Django has no public way to its client; django-redis has one.
    backend = cache.client if hasattr(cache, "client") else cache._cache
    client: Redis | RedisCluster = backend.get_client(write=True)
    return client


def _impatient(client: Any, timeout: float) -> Redis | RedisCluster:
    """A client of the same servers that waits no longer than ``timeout`` and never tries again."""
    # `_value` reads the second protocol, in which a server says nothing unless it is asked.
    limits = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "protocol": 2}
    if isinstance(client, RedisCluster):
        nodes = client.nodes_manager
        return RedisCluster(
            startup_nodes=list(nodes.startup_nodes.values()),
            retry=Retry(NoBackoff(), 1),  # once more, so that it can follow a slot that moved
            **{**_own(nodes.connection_kwargs), **limits, "decode_responses": False},
        )
    pool = client.connection_pool
    options = {**_own(pool.connection_kwargs), **limits, "retry": Retry(NoBackoff(), 0)}
    options.update(retry_on_error=[], retry_on_timeout=False, health_check_interval=0)
    options["decode_responses"] = False
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
    return Redis(connection_pool=ConnectionPool(connection_class=pool.connection_class, **options))


def _own(options: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in options.items()
        if not name.startswith(_OF_THE_POOL) and name not in ("retry", "host_resolver")
    }
