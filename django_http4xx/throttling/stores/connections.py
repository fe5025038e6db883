"""A store's own connections to one server: bounded, made and waited for within a decision's time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from django_http4xx.throttling.exceptions import NoneFree

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE = 60.0  # seconds for which a connection is kept that nobody uses

_Connection = TypeVar("_Connection")
_Result = TypeVar("_Result")


def in_time(
    call: Callable[[], _Result],
    deadline: float,
    *,
    late: Callable[[_Result], object] = lambda result: None,
    failed: Callable[[], object] = lambda: None,
) -> _Result:
    """What a call returns, from a thread of its own, since looking up a name heeds no time-out.

    ``deadline``: by ``time.monotonic``. What comes later goes to ``late``; ``failed`` is told of a call
    that raised. Raises ``TimeoutError``, or what the call raised.
    """
    future: Future[_Result] = Future()

    def run() -> None:
        try:
            result = call()
        except BaseException as error:
            failed()
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(result)
            else:
                late(result)

    Thread(target=run, daemon=True).start()
    try:
        return future.result(max(deadline - monotonic(), 0))
    except TimeoutError:
        if future.cancel():
            raise
        return future.result()


class Connections(Generic[_Connection]):
    """At most ``most`` connections. Who finds none free waits; those that nobody uses are closed.

    As in::

        connection = connections.borrow(monotonic() + 0.25)
        try:
            ...
        except BaseException:
            connections.drop(connection)
            raise
        connections.give_back(connection)
    """

    def __init__(
        self,
        make: Callable[[], _Connection],
        close: Callable[[_Connection], object],
        most: int,
        idle: float = IDLE,
    ) -> None:
        self._make = make
        self._close = close
        self._idle = idle
        # Who holds a ticket may have a connection. This queue is much faster than a semaphore.
        self._tickets: SimpleQueue[None] = SimpleQueue()
        for _ in range(most):
            self._tickets.put(None)
        # The latest used is the next, so that those beyond need go unused.
        self._kept: deque[tuple[_Connection, float]] = deque()
        self._closer: Timer | None = None
        self._is_closed = False

    def borrow(self, deadline: float) -> tuple[_Connection, bool]:
        """A connection, and whether it was kept from an earlier use, since when it may have died.

        Raises ``NoneFree`` where all were in use until the deadline, ``TimeoutError`` where there was
        none by then, or what making it raised.
        """
        try:
            self._tickets.get(timeout=max(deadline - monotonic(), 0))
        except Empty:
            raise NoneFree("All connections of the throttles were in use.") from None
        try:
            return self._kept.pop()[0], True
        except IndexError:
            pass
        made = in_time(
            self._make, deadline, late=self.give_back, failed=lambda: self._tickets.put(None)
        )
        return made, False

    def give_back(self, connection: _Connection) -> None:
        """Let others use it."""
        if self._is_closed or not self._idle:
            self.drop(connection)
            return
        self._kept.append((connection, monotonic()))
        self._tickets.put(None)
        if self._closer is None:
            self._close_later()

    def drop(self, connection: _Connection) -> None:
        """Close it, so that another is made in its stead."""
        self._close(connection)
        self._tickets.put(None)

    def close(self) -> None:
        """Close those that nobody uses, and the others as they are given back."""
        self._is_closed = True
        if self._closer is not None:
            self._closer.cancel()
        self.close_kept()

    def close_kept(self, until: float = float("inf")) -> None:
        """Close those that nobody has used since."""
        try:
            while self._kept[0][1] <= until:
                self._close(self._kept.popleft()[0])
        except IndexError:
            pass

    def _close_later(self) -> None:
        self._closer = Timer(self._idle, self._close_idle)
        self._closer.daemon = True
        self._closer.start()

    def _close_idle(self) -> None:
        self.close_kept(monotonic() - self._idle)
        self._closer = None
        if self._kept and not self._is_closed:
            self._close_later()
