"""What Django's ``TestCase`` makes different: it commits nothing, and what it writes is seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

_T = TypeVar("_T")

# What raises in place of a query where a test keeps from the database.
_RUNNERS = ("django.test.testcases", "pytest_django.plugin")


def is_in_test_case(connection: BaseDatabaseWrapper) -> bool:
    """Whether a ``TestCase`` rolls back what the connection does, as Django marks it."""
    return any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def is_query_forbidden(error: Exception) -> bool:
    """Whether ``SimpleTestCase`` or pytest-django refused a query; the latter has no class for it."""
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
        """Whether it is not rolled back: with it goes what waits for its commit."""
        return any(waiting[1] is self.hook for waiting in self.connection.run_on_commit)


class Uncommitted(Generic[_T]):
    """What was read after each write in the transaction around a test; the last that is not undone counts."""

    def __init__(self) -> None:
        self._written: list[_Written[_T]] = []

    def latest(self) -> _T | None:
        """The value of the last write that is not rolled back."""
        while self._written:
            if self._written[-1].is_there():
                return self._written[-1].value
            self._written.pop()
        return None

    def add(self, connection: BaseDatabaseWrapper, hook: Callable[[], None], value: _T) -> None:
        """Keep a value until ``hook``, which waits for the commit, is rolled back."""
        savepoints = tuple(name for name in connection.savepoint_ids if name)
        if self._written and self._written[-1].savepoints == savepoints:
            self._written.pop()
        self._written.append(_Written(connection, hook, savepoints, value))

    def values(self) -> list[_T]:
        """All that is kept."""
        return [written.value for written in self._written]
