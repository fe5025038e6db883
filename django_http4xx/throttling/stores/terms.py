"""On which terms a database is asked: at which level of isolation, and how long it may take."""

from __future__ import annotations

from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from django_http4xx.throttling.exceptions import Undecided

from .connections import left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol, TypeVar

    from django.db.backends.base.base import BaseDatabaseWrapper

    _Result = TypeVar("_Result")

    class Terms(Protocol):
        """What holds for the statements inside; ``seconds``: how long the server may take."""

        def within(self, seconds: float) -> Any: ...


# Of the time that a decision has, so much is the server's, which then says that it took too long.
_SERVERS_SHARE = 0.8

# How a server says that others were faster, or had a lock for too long: PostgreSQL's SQLSTATE, MariaDB's
# and MySQL's numbers, SQLite's SQLITE_BUSY and SQLITE_LOCKED.
_OTHERS = frozenset(
    {"40001", "40P01", "55P03", "57014", 1020, 1205, 1213, 1317, 1969, 3024, 3572}
    | {("sqlite", 5), ("sqlite", 6)}
)


def decided(
    connection: BaseDatabaseWrapper,
    terms: Terms,
    work: Callable[[BaseDatabaseWrapper], _Result],
    deadline: float,
) -> _Result:
    """What work on a connection gives. Raises ``Undecided`` where others had the rows or the table."""
    try:
        with terms.within(left(deadline) * _SERVERS_SHARE):
            return work(connection)
    except DatabaseError as error:
        if _codes(error) & _OTHERS:
            raise Undecided(str(error)) from error
        raise


def _codes(error: DatabaseError) -> set[object]:
    cause: Any = error.__cause__
    codes = {getattr(cause, name, None) for name in ("sqlstate", "pgcode")}
    if isinstance(number := next(iter(getattr(cause, "args", ())), None), int):
        codes.add(number)
    if isinstance(number := getattr(cause, "sqlite_errorcode", None), int):
        codes.add(("sqlite", number & 0xFF))
    return codes


class RequestsOwn:
    """Those of the request, on its own connection in tests."""

    def __init__(self, connection: BaseDatabaseWrapper, timeout: float) -> None:
        """There is nothing to set."""

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        yield


class PostgreSQL:
    """``SET LOCAL``, in the trip of the first statement of each transaction.

    What is set for a session would get lost, or reach others, where PgBouncer shares connections.
    """

    def __init__(self, connection: BaseDatabaseWrapper, timeout: float) -> None:
        self._connection: Any = connection
        self._prelude = ""

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        milliseconds = max(1, min(int(seconds * 1000), 2**31 - 1))
        self._prelude = (
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; "
            f"SET LOCAL lock_timeout = {milliseconds}; "
            f"SET LOCAL statement_timeout = {milliseconds}; "
        )
        with self._connection.execute_wrapper(self._execute):
            yield

    def _execute(
        self,
        execute: Any,
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001
        context: dict[str, Any],
    ) -> Any:
        raw = self._connection.connection
        is_first = raw is None or raw.info.transaction_status == 0
        if many or not is_first:
            return execute(sql, params, many, context)
        result = execute(self._prelude + sql, params, many, context)
        # psycopg 3 begins with the results of the first statement, psycopg2 has those of the last.
        cursor = context["cursor"].cursor
        if hasattr(cursor, "results"):
            while cursor.nextset():
                pass
        return result


class MySQL:
    """Settings of the session, set anew only where more time is given than a decision has."""

    def __init__(self, connection: BaseDatabaseWrapper, timeout: float) -> None:
        self._connection: Any = connection
        self._usual = timeout * _SERVERS_SHARE
        self._seconds = 0.0
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        wanted = max(min(seconds, 3600.0), self._usual)
        if wanted != self._seconds:
            longest = (
                f"max_statement_time = {wanted:.3f}"
                if self._connection.mysql_is_mariadb
                else f"max_execution_time = {wanted * 1000:.0f}"
            )
            with self._connection.cursor() as cursor:
                cursor.execute(
                    f"SET SESSION innodb_lock_wait_timeout = {ceil(wanted)}, "
                    f"lock_wait_timeout = {ceil(wanted)}, {longest}"
                )
            self._seconds = wanted
        yield


class SQLite:
    """How long the request's own connection waits for who writes, and as before afterwards."""

    def __init__(self, connection: BaseDatabaseWrapper, timeout: float) -> None:
        self._connection = connection

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self._connection.ensure_connection()
        raw: Any = self._connection.connection
        ((before,),) = raw.execute("PRAGMA busy_timeout").fetchall()
        raw.execute(f"PRAGMA busy_timeout = {min(before, int(seconds * 1000))}")
        try:
            yield
        finally:
            raw.execute(f"PRAGMA busy_timeout = {before}")


TERMS: dict[str, Callable[[BaseDatabaseWrapper, float], Terms]] = {
    "postgresql": PostgreSQL,
    "mysql": MySQL,
    "sqlite": SQLite,
}
