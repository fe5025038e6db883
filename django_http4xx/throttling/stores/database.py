"""Counts in a database: PostgreSQL, SQLite and MariaDB in one statement, MySQL in a transaction."""

from __future__ import annotations

import copy
import os
from collections import deque
from contextlib import contextmanager, suppress
from itertools import count
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any

from django.core import mail
from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction

from django_http4xx.throttling.algorithm import fits, taken_up
from django_http4xx.throttling.log import logger

from .sql import DIALECTS, Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from django_http4xx.throttling.algorithm import Demand

# Once in so many hits of a process, so many old rows go.
_HITS_BETWEEN_CLEANINGS = 1000
_ROWS_IN_A_CLEANING = 2000

# Seconds for which to try again where others were faster on the same row.
_PATIENCE = 2.0

# The shortest waits that the drivers know, in seconds.
_IMPATIENT = {
    "postgresql": {"connect_timeout": 1},
    "mysql": {"connect_timeout": 1, "read_timeout": 1, "write_timeout": 1},
}


class DatabaseStore:
    """Counts in the table of ``django_http4xx.throttling``, on connections of its own.

    In the request's transaction a rollback would forget the hits, and another request of the same
    client would wait for its end. On SQLite, which has one writer, and in tests, whose database is
    another, the request's connection is used.
    """

    is_local = False

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.vendor = connections[alias].vendor
        self.dialect: Dialect = DIALECTS[self.vendor]
        self._idle: deque[BaseDatabaseWrapper] = deque()
        self._process = os.getpid()
        self._hits = count(1)

    def take(self, demands: Sequence[Demand], now: int | None = None) -> list[int]:
        if not demands:
            return []
        levels: list[int] = self._tried(lambda connection: self._take(connection, demands, now))
        if next(self._hits) % _HITS_BETWEEN_CLEANINGS == 0:
            try:
                self._tried(self._remove_some)
            except DatabaseError:
                logger.exception("Old rows of throttles cannot be removed.")
        return levels

    def forget(self, keys: Iterable[str]) -> None:
        wanted = list(keys)

        def remove(connection: BaseDatabaseWrapper) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(self.dialect.forget, [(key,) for key in wanted])

        self._tried(remove)

    def close(self) -> None:
        while self._idle:
            _close(self._idle.pop())

    def remove_old(self) -> int:
        """Remove the rows of clients that are free to go ahead; how many there were."""
        removed = 0
        while some := self._tried(self._remove_some):
            removed += some
        return removed

    def _take(
        self, connection: BaseDatabaseWrapper, demands: Sequence[Demand], now: int | None
    ) -> list[int]:
        (first, *others) = demands
        if not others and not first.cost:
            return [self._look(connection, first, now)]
        if others or not self.dialect.take:
            return self._take_in_transaction(connection, demands, now)
        return [self._take_one(connection, first, now)]

    def _look(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(self._with_clock(self.dialect.look, now), {"key": demand.key})
            row = cursor.fetchone()
        return taken_up(row[0], now or row[1], demand.capacity) if row else 0

    def _has_room(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> bool:
        return self._look(connection, demand, now) + demand.cost <= demand.capacity

    def _take_one(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> int:
        """One guarded upsert; once more where others were faster, so that it saw what has gone."""
        deadline = monotonic() + _PATIENCE
        moment = now
        while True:
            if not self.dialect.now and now is None:
                moment = _now()
            # Reading is cheaper than the lock that a write takes; in a transaction that has read,
            # SQLite may refuse to write.
            reads_first = self.dialect.begins_by_writing and not connection.in_atomic_block
            row = None
            if not reads_first or self._has_room(connection, demand, moment):
                row = self._asked(connection, demand, moment)
            level, is_taken = row or (self._look(connection, demand, moment), False)
            if is_taken:
                return level
            if level + demand.cost > demand.capacity:
                if level == demand.capacity:
                    self._settle(connection, demand, moment)
                return level
            if monotonic() > deadline:
                raise TimeoutError("Others wrote the same row all the time.")

    def _asked(
        self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None
    ) -> tuple[int, bool] | None:
        """The level before the hit and whether it was taken; ``None`` where that is not told."""
        with connection.cursor() as cursor:
            cursor.execute(self.dialect.take, {**demand._asdict(), "now": now})
            row = cursor.fetchone()
        return None if row is None else (int(row[0]), bool(row[1]))

    def _settle(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> None:
        """Bring back what lies beyond the capacity, so that waiting as told is enough."""
        with connection.cursor() as cursor:
            cursor.execute(self._with_clock(self.dialect.look, now), {"key": demand.key})
            row = cursor.fetchone()
            latest = (now or row[1]) + demand.capacity if row else 0
            if row and row[0] > latest:
                cursor.execute(self.dialect.set, {"arrival": latest, "key": demand.key})

    def _take_in_transaction(
        self, connection: BaseDatabaseWrapper, demands: Sequence[Demand], now: int | None
    ) -> list[int]:
        """All rows locked in the order of their keys, so that nobody waits for one another."""
        with _short_transaction(connection), connection.cursor() as cursor:
            found = self._locked(cursor, sorted({demand.key for demand in demands}), now)
            levels = [taken_up(*found[demand.key], capacity=demand.capacity) for demand in demands]
            has_room = fits(demands, levels)
            changed: list[dict[str, str | int]] = []
            for demand, level in zip(demands, levels, strict=True):
                arrival, moment = found[demand.key]
                after = moment + level + (demand.cost if has_room else 0)
                if (has_room and demand.cost) or arrival > moment + demand.capacity:
                    changed.append({"arrival": after, "key": demand.key})
            if changed:
                cursor.executemany(self.dialect.set, changed)
        return levels

    def _locked(
        self, cursor: CursorWrapper, keys: list[str], now: int | None
    ) -> dict[str, tuple[int, int]]:
        """Arrival and time for each key, whose row is made where there is none."""
        marks = f"({', '.join(['%s'] * len(keys))})"
        statement = self._with_clock(self.dialect.lock, now).format(keys=marks)
        insert = self.dialect.insert.format(rows=", ".join(["(%s, 0, 0)"] * len(keys)))
        if self.dialect.begins_by_writing:
            cursor.execute(insert, keys)
        cursor.execute(statement, keys)
        found = cursor.fetchall()
        if len(found) < len(keys):
            cursor.execute(insert, keys)
            cursor.execute(statement, keys)
            found = cursor.fetchall()
        return {key: (arrival, moment) for key, arrival, moment, *_ in found}

    def _remove_some(self, connection: BaseDatabaseWrapper) -> int:
        with connection.cursor() as cursor:
            statement = self.dialect.remove.format(now=self.dialect.now or "%(now)s")
            cursor.execute(statement, {"now": _now(), "rows": _ROWS_IN_A_CLEANING})
            return int(cursor.rowcount)

    def _with_clock(self, statement: str, now: int | None) -> str:
        moment = now if now is not None or self.dialect.now else _now()
        clock = self.dialect.now if moment is None else str(moment)
        return statement.replace("{now}", clock)

    def _tried(self, work: Callable[[BaseDatabaseWrapper], Any]) -> Any:
        """Do something on a connection; once more where the one that was kept has died meanwhile."""
        if self._uses_shared_connection():
            return self._on(connections[self.alias], work)
        connection, is_kept = self._connection()
        try:
            result = self._on(connection, work)
        except (OperationalError, InterfaceError):
            was_alive = connection.is_usable()
            _close(connection)
            if was_alive or not is_kept:
                raise
            self.close()
            connection, _ = self._connection()
            result = self._on(connection, work)
        except BaseException:
            _close(connection)
            raise
        self._idle.append(connection)
        return result

    def _on(
        self, connection: BaseDatabaseWrapper, work: Callable[[BaseDatabaseWrapper], Any]
    ) -> Any:
        # Only a connection can tell; django-stubs knows the attributes of one vendor only.
        if self.vendor == "mysql" and getattr(connection, "mysql_is_mariadb", False):
            self.dialect = DIALECTS["mariadb"]
        return work(connection)

    def _uses_shared_connection(self) -> bool:
        # Django's test runners make it, and nothing else does.
        return self.vendor == "sqlite" or hasattr(mail, "outbox")

    def _connection(self) -> tuple[BaseDatabaseWrapper, bool]:
        """A connection that nobody uses at the moment, and whether it was there before."""
        if self._process != os.getpid():
            # They are the parent process's; closing them would close its own.
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop(), True
        except IndexError:
            return self._made(), False

    def _made(self) -> BaseDatabaseWrapper:
        connection: BaseDatabaseWrapper = connections.create_connection(self.alias)
        settings = copy.deepcopy(connection.settings_dict)
        settings["OPTIONS"].update(_IMPATIENT.get(connection.vendor, {}))
        settings["OPTIONS"].pop("pool", None)  # it would be the requests' pool
        settings["ATOMIC_REQUESTS"] = False
        connection.settings_dict = settings
        connection.inc_thread_sharing()  # one thread after the other
        connection.ensure_connection()
        if not connection.get_autocommit():
            connection.set_autocommit(True)
        return connection


def _close(connection: BaseDatabaseWrapper) -> None:
    # What has died can fail to be closed, too.
    with suppress(DatabaseError, InterfaceError):
        connection.close()


def _now() -> int:
    return time_ns() // 1000


@contextmanager
def _short_transaction(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connections[connection.alias] is connection:
        with transaction.atomic(connection.alias):
            yield
        return
    # `atomic` knows only the requests' connections.
    connection.set_autocommit(False)
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        if connection.connection is not None:
            connection.set_autocommit(True)
