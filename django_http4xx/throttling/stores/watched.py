"""A store as throttles use it: which of its servers keeps a key, and what this process let pass."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from django_http4xx.throttling.exceptions import StoreUnavailable
from django_http4xx.throttling.outages import Breaker

from .connections import in_time
from .memory import MemoryStore
from .protocol import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django_http4xx.throttling.algorithm import Demand, Level

    from .protocol import Store

MIRRORED = 10_000  # how many keys a process remembers for when the store does not answer


class Watched:
    """A store that is made at the first question, so that one that cannot even be made is down, too.

    ``mirror`` notes what this process let pass, whoever decided it. ``is_local``, once it is made: asking
    waits for nobody.
    """

    def __init__(self, name: str, make: Callable[[], Store], timeout: float) -> None:
        self.name = name
        self.is_local = False
        self.mirror = MemoryStore(MIRRORED)
        self._make = make
        self._timeout = timeout
        self._store: Store | None = None
        self._is_open = False
        self._has_several_servers = False
        self._lock = Lock()
        self._only = self._breaker("")
        self._by_server: dict[str, Breaker] = {}

    def deadline(self) -> float:
        """By ``time.monotonic``, when a decision that begins now has to be there."""
        if self._store is None:
            # Importing a library is no part of a decision; what fails now fails again when asked.
            with suppress(Exception):
                self._made()
        return FOREVER if self.is_local else monotonic() + self._timeout

    def server_of(self, key: str, deadline: float) -> Breaker:
        """Whom to ask about a key."""
        only = self._only
        if not self._is_open and not only.is_suspected:
            try:
                self._opened(deadline)
            except Exception as error:
                only.failed(error)
        if self._store is None or not self._has_several_servers:
            return only
        server = self._store.server_of(key)
        breaker = self._by_server.get(server)
        return breaker or self._by_server.setdefault(server, self._breaker(server))

    def take(self, demands: Sequence[Demand], now: int | None = None) -> Sequence[Level]:
        """The store's ``take``, for keys of one server. Raises ``StoreUnavailable``."""
        deadline = self.deadline()
        if not demands:
            return []
        return self.server_of(demands[0].key, deadline).take(demands, now, deadline)

    def forget(self, keys: Sequence[str]) -> None:
        """Let keys start anew, here, too. Raises ``StoreUnavailable``."""
        deadline = self.deadline()
        for key in keys:
            server = self.server_of(key, deadline)
            if server.is_suspected:
                raise StoreUnavailable(self.name)
            try:
                self._opened(deadline).forget([key], deadline)
            except Exception as error:
                server.failed(error)
                raise StoreUnavailable(self.name) from error
        self.mirror.forget(keys)

    def begin_anew(self) -> None:
        """Forget all counts of this process."""
        self.mirror.close()
        if self.is_local and self._store is not None:
            self._store.close()

    def close(self) -> None:
        """Let go of the store's connections."""
        for breaker in (self._only, *self._by_server.values()):
            breaker.close()
        if self._store is not None:
            self._store.close()

    def abandon(self) -> None:
        """In a child process: leave to the parent what is the parent's."""
        if self._store is not None:
            self._store.abandon()

    def _breaker(self, server: str) -> Breaker:
        return Breaker(
            f"{self.name} {server}".strip(),
            lambda demands, now, deadline: self._opened(deadline).take(demands, now, deadline),
            lambda deadline: self._opened(deadline).probe(server, deadline),
            self._timeout,
            self.mirror,
        )

    def _made(self) -> Store:
        with self._lock:
            if self._store is None:
                store = self._make()
                if store.is_local:
                    self._is_open = self.is_local = self._only.is_local = True
                    self._only.ask = store.take
                self._store = store
            return self._store

    def _opened(self, deadline: float) -> Store:
        store = self._store or self._made()
        if not self._is_open:
            in_time(store.open, deadline)
            self._has_several_servers = store.has_several_servers
            self._only.ask = store.take
            self._is_open = True
        return store
