"""A store's own connections to one server: bounded, made and waited for within a decision's time."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from threading import TIMEOUT_MAX, Condition, Lock
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from django_http4xx.throttling.exceptions import NoneFree, Undecided
from django_http4xx.throttling.threads import begin, begin_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from threading import Timer

IDLE = 60.0  # seconds for which a connection is kept that nobody uses
_TICK = 0.005  # how much earlier than asked for the systems' time-outs may come

_Connection = TypeVar("_Connection")
_Result = TypeVar("_Result")


def left(deadline: float) -> float:
    """The seconds until then."""
    return min(max(deadline - monotonic(), 0), TIMEOUT_MAX)


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

    if not begin(run, "connecting"):
        failed()
        raise RuntimeError("There can be no more threads.")
    try:
        return future.result(left(deadline))
    except TimeoutError:
        if future.cancel():
            raise TimeoutError("No answer came in time.") from None
        return future.result()


class Connections(Generic[_Connection]):
    """At most ``most`` connections. Who finds none free waits; those that nobody uses are closed.

    ``timeout``: the seconds of a whole decision. ``answered``: exceptions after which a connection is as
    good as before. ``died``: those that call for a new connection, where one was used that was kept.
    """

    def __init__(
        self,
        make: Callable[[], _Connection],
        close: Callable[[_Connection], object],
        *,
        most: int,
        timeout: float,
        answered: tuple[type[Exception], ...],
        died: tuple[type[Exception], ...],
        idle: float = IDLE,
    ) -> None:
        self._make = make
        self._close = close
        self._timeout = timeout
        self._answered: tuple[type[Exception], ...] = (Undecided, *answered)
        self._died = died
        self._idle = idle
        # Who holds a ticket may have a connection. To take one from here is much faster than a semaphore.
        self._tickets: deque[None] = deque([None] * most)
        self._returned = Condition()
        self._waiting = 0
        # The latest used is the next, so that those beyond need go unused.
        self._kept: deque[tuple[_Connection, float]] = deque()
        self._closer: Timer | None = None
        self._is_closed = False

    def use(self, work: Callable[[_Connection], _Result], deadline: float) -> _Result:
        """Do something on a connection, and on a new one where one that was kept is no good any more.

        It may have died with a server that was restarted, or lead to one that was demoted. Raises
        ``Undecided`` where too little of the time was left to tell who is to blame.
        """
        while True:
            connection, is_kept = self.borrow(deadline)
            begun = monotonic()
            try:
                result = work(connection)
            except self._answered:
                self.give_back(connection)
                raise
            except BaseException as error:
                self.drop(connection)
                self.close_kept()  # they are no better
                if monotonic() >= deadline - _TICK and deadline - begun < self._timeout / 2:
                    raise Undecided("Others had all connections for most of the time.") from error
                if not is_kept or not isinstance(error, self._died):
                    raise
            else:
                self.give_back(connection)
                return result

    def borrow(self, deadline: float) -> tuple[_Connection, bool]:
        """A connection, and whether it was kept from an earlier use, since when it may have died.

        Raises ``NoneFree`` where all were in use until the deadline, ``TimeoutError`` where there was
        none by then, or what making it raised.
        """
        try:
            self._tickets.pop()
        except IndexError:
            self._wait_for_ticket(deadline)
        try:
            return self._kept.pop()[0], True
        except IndexError:
            pass
        made = in_time(self._make, deadline, late=self.give_back, failed=self._return_ticket)
        return made, False

    def _wait_for_ticket(self, deadline: float) -> None:
        # No `SimpleQueue`: up to Python 3.12, who is woken too late to get anything waits for ever.
        with self._returned:
            # Before it looks again: who returns a ticket after that sees that somebody waits.
            self._waiting += 1
            try:
                if not self._returned.wait_for(self._has_got_ticket, left(deadline)):
                    raise NoneFree("All connections of the throttles were in use.")
            finally:
                self._waiting -= 1

    def _has_got_ticket(self) -> bool:
        try:
            self._tickets.pop()
        except IndexError:
            return False
        return True

    def _return_ticket(self) -> None:
        self._tickets.append(None)
        if self._waiting:
            with self._returned:
                self._returned.notify()

    def give_back(self, connection: _Connection) -> None:
        """Let others use it."""
        if self._is_closed or not self._idle:
            self.drop(connection)
            return
        self._kept.append((connection, monotonic()))
        self._return_ticket()
        if self._closer is None:
            self._close_later()

    def drop(self, connection: _Connection) -> None:
        """Close it, so that another is made in its stead."""
        self._close(connection)
        self._return_ticket()

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
        self._closer = begin_later(self._idle, self._close_idle)

    def _close_idle(self) -> None:
        self.close_kept(monotonic() - self._idle)
        self._closer = None
        if self._kept and not self._is_closed:
            self._close_later()


class Turns:
    """One hit of a client at a time, in this process: so that no hot key takes all connections."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: dict[str, tuple[Lock, int]] = {}

    @contextmanager
    def of(self, keys: Iterable[str], deadline: float) -> Iterator[None]:
        """Wait for the turn of all keys. Raises ``Undecided`` where it did not come in time."""
        with ExitStack() as turns:
            # The client is between the braces. In order, so that nobody waits for one another.
            for client in sorted({key.partition("}")[0] for key in keys}):
                turns.enter_context(self._of(client, deadline))
            yield

    @contextmanager
    def _of(self, client: str, deadline: float) -> Iterator[None]:
        with self._guard:
            lock, waiting = self._locks.get(client) or (Lock(), 0)
            self._locks[client] = lock, waiting + 1
        is_ours = lock.acquire(timeout=left(deadline))
        try:
            if not is_ours:
                raise Undecided("Others had the client's turn.")
            yield
        finally:
            if is_ours:
                lock.release()
            with self._guard:
                _, waiting = self._locks[client]
                if waiting > 1:
                    self._locks[client] = lock, waiting - 1
                else:
                    del self._locks[client]
