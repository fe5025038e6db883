"""A database connection of the throttles' own, on a thread of its own, so that who asks can go on."""

from __future__ import annotations

import copy
import os
import socket
from concurrent.futures import Future
from contextlib import suppress
from math import ceil
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DatabaseError, InterfaceError, connections

from django_http4xx.throttling.threads import begin

from .connections import left
from .terms import TERMS, decided

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from .terms import Terms

_Result = TypeVar("_Result")

# What the drivers call their waits, which are in whole seconds.
_TIMEOUTS = {
    "postgresql": ("connect_timeout",),
    "mysql": ("connect_timeout", "read_timeout", "write_timeout"),
}
# What a connection of ours has no use for: the requests' pool, and what would set other terms.
_OF_THE_REQUESTS = ("pool", "isolation_level", "server_side_binding")


class Lane:
    """A connection, and the thread that alone uses it. Who asked may stop waiting, and close it."""

    def __init__(self, alias: str, timeout: float) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._connection: BaseDatabaseWrapper | None = None
        self._terms: Terms
        self._is_busy = False
        if not begin(self._run, "database"):
            raise RuntimeError("There can be no more threads.")
        try:
            self._do(lambda: self._connect(alias, timeout), float("inf"))
        except BaseException:
            self.close()
            raise

    def ask(self, work: Callable[[BaseDatabaseWrapper], _Result], deadline: float) -> _Result:
        """What work on the connection gives, by ``time.monotonic`` until the deadline.

        Raises ``TimeoutError``, or what the work raised: ``Undecided`` where others had the rows.
        """
        connection = self._connection
        if connection is None:
            raise InterfaceError("The connection is closed.")
        return self._do(lambda: decided(connection, self._terms, work, deadline), deadline)

    def close(self) -> None:
        """Close the connection, also in the middle of a question."""
        self._jobs.put(None)
        connection = self._connection
        if self._is_busy and connection is not None:
            # The thread, which waits for the server, then finds that the line is dead.
            with suppress(Exception):
                line = os.dup(connection.connection.fileno())
                with socket.socket(fileno=line) as opened:
                    opened.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """In a child process: let nothing of it reach the server, which the parent talks to."""
        if self._connection is not None:
            # A driver says goodbye when its connection goes, at the latest when the process ends.
            with suppress(Exception), Path(os.devnull).open("r+b") as nothing:
                os.dup2(nothing.fileno(), self._connection.connection.fileno())

    def _do(self, call: Callable[[], _Result], deadline: float) -> _Result:
        future: Future[_Result] = Future()
        self._jobs.put((call, future))
        try:
            return future.result(left(deadline))
        except TimeoutError as error:
            raise TimeoutError("No answer came in time.") from error

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, future = job
            self._is_busy = True
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            self._is_busy = False
        if self._connection is not None:
            # What has died can fail to be closed, too.
            with suppress(DatabaseError, InterfaceError):
                self._connection.close()

    def _connect(self, alias: str, timeout: float) -> None:
        connection: BaseDatabaseWrapper = connections.create_connection(alias)
        settings = copy.deepcopy(connection.settings_dict)
        for name in _TIMEOUTS[connection.vendor]:
            settings["OPTIONS"][name] = ceil(timeout)
        for name in _OF_THE_REQUESTS:
            settings["OPTIONS"].pop(name, None)
        settings["ATOMIC_REQUESTS"] = False
        connection.settings_dict = settings
        connection.ensure_connection()
        if not connection.get_autocommit():
            connection.set_autocommit(True)
        self._terms = TERMS[connection.vendor](connection, timeout)
        self._connection = connection
