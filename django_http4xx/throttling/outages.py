"""When a server of a store does not answer: it is left alone, one probe finds out, the log says so."""

from __future__ import annotations

import errno
import os
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING

from django.db import connections

from .exceptions import NoneFree, StoreUnavailable, Undecided
from .log import logger
from .threads import begin, begin_later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Timer
    from typing import TypeAlias

    from .algorithm import Demand, Level
    from .stores.memory import MemoryStore

    Question: TypeAlias = Callable[[Sequence[Demand], int | None, float], Sequence[Level]]

RETRY_AFTER = 1.0  # seconds between two probes of a server that is down
_UNTIL_FREE = 0.05  # seconds after which a probe that found no connection tries again


class Breaker:
    """One server of a store. While nobody knows whether it answers, it is not asked.

    What concerns one hit alone (others had the key, or all connections) says nothing of the server.
    Anything else that fails starts a probe, one at a time, which touches no client's key. ``ask`` and
    ``probe`` get the moment by ``time.monotonic`` at which they have to be done. ``mirror`` notes what
    this process lets pass; one that ``is_local`` needs none. ``unanswered``: when a question was left
    without an answer last.
    """

    def __init__(
        self,
        name: str,
        ask: Question,
        probe: Callable[[float], object],
        timeout: float,
        mirror: MemoryStore,
    ) -> None:
        self.name = name
        self.ask = ask
        self._probe = probe
        self._timeout = timeout
        self.mirror = mirror
        self.is_local = False
        self._lock = Lock()
        self._closed = Event()
        self.is_suspected = False
        self._is_down = False
        self._counted_here = 0
        self._reporter: Timer | None = None
        self.unanswered: float | None = None

    def take(self, demands: Sequence[Demand], now: int | None, deadline: float) -> Sequence[Level]:
        """The store's ``take``. Raises ``StoreUnavailable``, at once where a probe is under way."""
        if self.is_left_alone():
            raise StoreUnavailable(self.name)
        try:
            return self.ask(demands, now, deadline)
        except Exception as error:
            self.unanswered = monotonic()
            self.failed(error)
            raise StoreUnavailable(self.name) from error

    def is_left_alone(self) -> bool:
        """Whether a probe is under way, so that a question that there would be has no answer."""
        if self.is_suspected:
            self.unanswered = monotonic()
        return self.is_suspected

    def failed(self, error: Exception) -> None:
        """Find out what a failed question means."""
        if isinstance(error, Undecided):
            return
        with self._lock:
            if self.is_suspected or self._closed.is_set():
                return
            self.is_suspected = True
        if _is_refused(error):
            self._goes_down(error)
        if not begin(self._find_out, "probe"):
            self.is_suspected = False  # the next hit has to find out

    def counted_here(self) -> None:
        """Remember for the log that a hit was let through by this process's own count."""
        with self._lock:
            self._counted_here += 1
            if self._reporter is None and not self.is_suspected:
                self._reporter = begin_later(RETRY_AFTER, self.report)

    def report(self) -> None:
        """Log how many hits were counted here; while it is down, that waits for its coming back."""
        with self._lock:
            self._reporter = None
            if self._is_down and not self._closed.is_set():
                return
            counted, self._counted_here = self._counted_here, 0
        if counted:
            self._log(counted)

    def close(self) -> None:
        """End the probe, and log what is left."""
        self._closed.set()
        if self._reporter is not None:
            self._reporter.cancel()
        self.report()

    def _find_out(self) -> None:
        try:
            self._ask_until_it_answers()
        finally:
            connections.close_all()  # those of this thread, where the store has none of its own

    def _ask_until_it_answers(self) -> None:
        pause = RETRY_AFTER if self._is_down else 0.0
        while not self._closed.wait(pause):
            try:
                self._probe(monotonic() + self._timeout)
            except NoneFree:
                pause = _UNTIL_FREE
            except Undecided:
                break
            except Exception as error:
                self._goes_down(error)
                pause = RETRY_AFTER
            else:
                break
        self._comes_back()

    def _goes_down(self, error: Exception) -> None:
        was_down, self._is_down = self._is_down, True
        if not was_down and not self._closed.is_set():
            logger.error(
                "The throttle store %r cannot be asked: %s. ON_OUTAGE decides until it answers.",
                self.name,
                str(error) or type(error).__name__,
                exc_info=error,
            )

    def _comes_back(self) -> None:
        if self._closed.is_set():
            return
        with self._lock:
            was_down = self._is_down
            self._is_down = self.is_suspected = False
            counted, self._counted_here = self._counted_here, 0
        if was_down:
            logger.warning(
                "The throttle store %r answers again; meanwhile %d hits were counted here.",
                self.name,
                counted,
                extra={"counted_here": counted},
            )
        elif counted:
            self._log(counted)

    def _log(self, counted: int) -> None:
        logger.warning(
            "The throttle store %r left hits undecided; %d were counted here.",
            self.name,
            counted,
            extra={"counted_here": counted},
        )


def _is_refused(error: BaseException) -> bool:
    """Whether nobody listens there. Drivers of databases tell it only in words."""
    refused = os.strerror(errno.ECONNREFUSED), f"({errno.ECONNREFUSED})"
    return any(
        isinstance(each, ConnectionRefusedError) or any(text in str(each) for text in refused)
        for each in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
