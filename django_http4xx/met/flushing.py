"""When counts are written: in a thread of its own, at most once a minute, and when the process ends.

A thread, since no request waits for it then, it is in nobody's transaction, and it does not need
another request to come. The process's end is heard of by ``atexit``; ``asgi`` helps where a server
ends by a signal.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from django.db import connections

from django_http4xx import conf
from django_http4xx.log import logger

from . import storing
from .counting import Counts, Days, described

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest

    from django_http4xx.problems import Problem

    from .counting import Key, Where

_SECONDS_BETWEEN = 60.0
# The first error is not written at once: others often follow.
_SECONDS_BEFORE_THE_FIRST = 5.0
_SECONDS_AT_THE_END = 10.0


class Flusher:
    """Writes the counts of this process."""

    def __init__(self) -> None:
        self.counts = Counts(self._begin_later)
        self.days = Days()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._flushed_at = float("-inf")
        self._failing: set[Where] = set()
        self._removed: dict[Where, date] = {}

    def forget(self) -> None:
        """Start anew, as in the child of a fork: the counts so far are the parent's."""
        self.counts.forget()
        self._begin_anew()

    def count(self, request: HttpRequest, problem: Problem, **kwargs: object) -> None:
        """The receiver of ``client_error_explained``: counts an error that was sent."""
        self.counts.add(described(request, problem, self.days.today()))

    def _begin_later(self) -> None:
        if self._timer is not None:
            return
        waited = time.monotonic() - self._flushed_at
        seconds = max(_SECONDS_BETWEEN - waited, _SECONDS_BEFORE_THE_FIRST)
        timer = threading.Timer(seconds, self._flush_in_thread)
        timer.name = "http4xx met: writing counts"
        timer.daemon = True
        self._timer = timer
        try:
            timer.start()
        except RuntimeError:
            # There can be no more threads: the next new row, or the process's end, tries again.
            self._timer = None

    def _flush_in_thread(self) -> None:
        # From here on, a new row starts the next timer.
        self._timer = None
        try:
            self.flush()
        finally:
            connections.close_all()

    def flush(self, *, is_last: bool = False) -> int:
        """Write what this process has counted; return how many errors that were. Never raises.

        What cannot be written is kept, and written later. ``is_last``: do not wait again for a
        database that was silent the last time.
        """
        written = 0
        with self._lock:
            self._flushed_at = time.monotonic()
            for where, counts in self.counts.take().items():
                if is_last and where in self._failing:
                    continue
                if self._is_written(where, counts):
                    written += sum(counts.values())
                else:
                    self.counts.put_back(where, counts)
        return written

    def _is_written(self, where: Where, counts: dict[Key, int]) -> bool:
        try:
            with storing.connected(where) as connection:
                # Django's dummy backend, for projects without a database.
                if connection.vendor != "unknown":
                    storing.write(connection, counts)
                    self._remove_old_once_a_day(where, connection)
        except Exception as error:
            if where not in self._failing:
                logger.warning(
                    "The counts of errors cannot be written; they are kept and written later "
                    "(%s: %s). If the table is missing, run: manage.py migrate http4xx_met",
                    type(error).__name__,
                    error,
                )
            self._failing.add(where)
            return False
        self._failing.discard(where)
        return True

    def _remove_old_once_a_day(self, where: Where, connection: Any) -> None:
        today = self.days.today()
        if self._removed.get(where) == today:
            return
        try:
            storing.remove_old(connection, today)
        except Exception:
            # The counts are written all the same, so they must not be added again.
            logger.warning("Old counts of errors cannot be removed.", exc_info=True)
        self._removed[where] = today

    def flush_at_end(self) -> None:
        """Write the last counts when the process ends; not again while the database is silent."""
        if self.counts.are_of_tests or not len(self.counts):
            return
        if self._lock.acquire(timeout=_SECONDS_AT_THE_END):
            # A thread that was just writing is done.
            self._lock.release()
            self.flush(is_last=True)


flusher = Flusher()
conf.forget_on_change({"TIME_ZONE", "USE_TZ"}, flusher.days.forget)
atexit.register(flusher.flush_at_end)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=flusher.forget)
