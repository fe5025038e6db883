"""What a store does for the throttles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from django_http4xx.throttling.algorithm import Demand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django_http4xx.throttling.algorithm import Level

FOREVER = float("inf")

# No client's key, and always free.
PROBE = Demand("{probe}", 1, 1_000_000)


class Store(ABC):
    """Keeps one state for each key, and decides a hit on several of them in one go.

    Each ``deadline`` is by ``time.monotonic``: by then it has answered or raised. What concerns one hit
    alone, as that others have its key, it raises as ``Undecided``; all else may mean that it is down.
    ``is_local``: asking waits for nobody, so that a coroutine may. ``has_several_servers``, once it is
    open: ``server_of`` tells them apart.
    """

    is_local: bool = False
    has_several_servers: bool = False

    def open(self) -> None:  # noqa: B027 - most have nothing to find out
        """Find out, however long it takes, what it needs to know before the first question."""

    def server_of(self, key: str) -> str:
        """The name of the server that keeps a key; all keys of a client are on one."""
        return ""

    @abstractmethod
    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> Sequence[Level]:
        """Take all demands, whose keys are on one server, if each has room, else none.

        Returns for each where the client stood before. ``now``: microseconds
        since the epoch, in place of the store's own clock.
        """

    @abstractmethod
    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        """Let keys start anew."""

    def probe(self, server: str, deadline: float) -> None:
        """Raise unless a server does what ``take`` needs; no client's key is touched."""
        self.take([PROBE], None, deadline)

    def close(self) -> None:  # noqa: B027 - memory has nothing to let go of
        """Let go of what connections there are."""

    def abandon(self) -> None:  # noqa: B027 - to close a socket is enough for most
        """In a child process: let go of what is the parent's without a word on its connections."""
