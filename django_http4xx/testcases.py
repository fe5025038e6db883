"""Support Django's ``TestCase``, which commits nothing: words in it apply once they are written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

_T = TypeVar("_T")

# The modules that raise an exception for a query when a test may not use the database.
_RUNNERS = ("django.test.testcases", "pytest_django.plugin")


def is_in_test_case(connection: BaseDatabaseWrapper) -> bool:
    """Whether a ``TestCase`` will roll back this connection. Django marks its blocks privately."""
    return any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def is_test_run() -> bool:
    """Whether a test runner has set up its environment."""
    # Not imported: only tests need `django.test`, and it loads a hundred modules.
    state = getattr(sys.modules.get("django.test.utils"), "_TestState", None)
    return hasattr(state, "saved_data")


def is_query_forbidden(error: Exception) -> bool:
    """Whether ``SimpleTestCase`` or pytest-django refused a query, judging by who raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") in _RUNNERS


class _Written(NamedTuple, Generic[_T]):
    connection: BaseDatabaseWrapper
    hook: Callable[[], None]
    savepoints: tuple[str, ...]
    value: _T

    def is_there(self) -> bool:
        """Whether the write still exists: a rollback removes the hook that waits for its commit."""
        return any(waiting[1] is self.hook for waiting in self.connection.run_on_commit)


class Uncommitted(Generic[_T]):
    """Values read after each write in the transaction of a test; the last one not undone counts."""

    def __init__(self) -> None:
        self._written: list[_Written[_T]] = []

    def latest(self) -> _T | None:
        """The value of the last write that was not rolled back."""
        while self._written:
            if self._written[-1].is_there():
                return self._written[-1].value
            self._written.pop()
        return None

    def add(self, connection: BaseDatabaseWrapper, hook: Callable[[], None], value: _T) -> None:
        """Keep a value until a rollback removes ``hook``, which waits for the commit."""
        savepoints = tuple(name for name in connection.savepoint_ids if name)
        if self._written and self._written[-1].savepoints == savepoints:
            self._written.pop()
        self._written.append(_Written(connection, hook, savepoints, value))

    def values(self) -> list[_T]:
        """All values that are kept."""
        return [written.value for written in self._written]
