"""Counts in a database: PostgreSQL, SQLite and MariaDB in one statement, MySQL in a transaction."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from django.db import DatabaseError, InterfaceError, connections, transaction

from django_http4xx.testcases import is_in_test_case, is_test_run
from django_http4xx.throttling.algorithm import fits, taken_up
from django_http4xx.throttling.exceptions import Undecided
from django_http4xx.throttling.log import logger
from django_http4xx.throttling.threads import begin
from django_http4xx.throttling.window import hit

from .connections import IDLE, Connections, Turns
from .lanes import Lane
from .protocol import FOREVER, Store
from .sql import DIALECTS, Dialect
from .terms import TERMS, RequestsOwn, decided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from django_http4xx.throttling.algorithm import Demand, Level

# Once in so many hits of a process, so many old rows go.
_HITS_BETWEEN_CLEANINGS = 1000
_ROWS_IN_A_CLEANING = 2000
_SECONDS_FOR_A_CLEANING = 10.0


class DatabaseStore(Store):
    """Counts in the table of ``django_http4xx.throttling``, on connections of its own, at most ``most``.

    In the request's transaction a rollback would forget the hits, and another request of the same
    client would wait for its end. On SQLite, which has one writer, and in tests, whose database is
    another, the request's connection is used.
    """

    def __init__(self, alias: str, most: int, timeout: float) -> None:
        self.alias = alias
        self.vendor = connections[alias].vendor
        self.dialect: Dialect = DIALECTS[self.vendor]
        self._timeout = timeout
        self._all_lanes: WeakSet[Lane] = WeakSet()
        self._lanes: Connections[Lane] = Connections(
            self._lane,
            Lane.close,
            most=most,
            timeout=timeout,
            answered=(),
            died=(DatabaseError, InterfaceError),
            # A test's database can be removed only once nobody is connected.
            idle=0 if is_test_run() else IDLE,
        )
        self._turns = Turns()
        self._hits = count(1)

    def take(
        self, demands: Sequence[Demand], now: int | None = None, deadline: float = FOREVER
    ) -> list[Level]:
        with self._turns.of([demand.key for demand in demands], deadline):
            levels: list[Level] = self._done(
                lambda connection: self._take(connection, demands, now, deadline), deadline
            )
        if next(self._hits) % _HITS_BETWEEN_CLEANINGS == 0:
            if self._uses_shared_connection():
                self._clean()
            else:
                begin(self._clean, "cleaning")
        return levels

    def forget(self, keys: Iterable[str], deadline: float = FOREVER) -> None:
        wanted = list(keys)

        def remove(connection: BaseDatabaseWrapper) -> None:
            with connection.cursor() as cursor:
                for key in wanted:
                    cursor.execute(self.dialect.forget, (key,))

        self._done(remove, deadline)

    def close(self) -> None:
        self._lanes.close()

    def abandon(self) -> None:
        for lane in self._all_lanes:
            lane.abandon()

    def remove_old(self) -> int:
        """Remove the rows of clients that are free to go ahead; how many there were."""
        removed = 0
        while some := self._done(self._remove_some, monotonic() + _SECONDS_FOR_A_CLEANING):
            removed += some
        return removed

    def _lane(self) -> Lane:
        lane = Lane(self.alias, self._timeout)
        self._all_lanes.add(lane)
        return lane

    def _clean(self) -> None:
        try:
            self._done(self._remove_some, monotonic() + _SECONDS_FOR_A_CLEANING)
        except Exception:
            logger.exception("Old rows of throttles cannot be removed.")

    def _take(
        self,
        connection: BaseDatabaseWrapper,
        demands: Sequence[Demand],
        now: int | None,
        deadline: float,
    ) -> list[Level]:
        (first, *others) = demands
        if others:
            return self._take_in_transaction(connection, demands, now)
        if first.window:
            level = self._take_window(connection, first, now)
        elif not first.cost or first.cost > first.capacity:
            # What could never pass is not asked for: a client without a row would get it.
            level = (self._look(connection, first, now), 0, 0, now or _now())
        elif self.dialect.take:
            level = (self._take_one(connection, first, now, deadline), 0, 0, now or _now())
        else:
            level = None
        return self._take_in_transaction(connection, demands, now) if level is None else [level]

    def _take_window(
        self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None
    ) -> Level | None:
        """One look, and one write where there is something to write; ``None`` where rows have to be locked."""
        if self.dialect.begins_by_writing and connection.in_atomic_block and demand.cost:
            return None
        row = self._row(connection, demand.key, now)
        if row is None and demand.cost:
            return None
        arrival, moment, steps, version = row or (0, now or _now(), b"", 0)
        before = bytes(steps or b"")
        level, after = hit(before, demand, moment)
        if not demand.cost or after is before:
            return level
        kept = {"arrival": moment + demand.window, "steps": after, "key": demand.key}
        with connection.cursor() as cursor:
            cursor.execute(
                self.dialect.keep_version, {**kept, "before": arrival, "version": version}
            )
            return level if cursor.rowcount == 1 else None

    def _row(self, connection: BaseDatabaseWrapper, key: str, now: int | None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(self._with_clock(self.dialect.look, now), {"key": key})
            row = cursor.fetchone()
        return row and (row[0], row[1] if now is None else now, *row[2:])

    def _look(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> int:
        row = self._row(connection, demand.key, now)
        return taken_up(row[0], row[1], demand.capacity) if row else 0

    def _has_room(self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None) -> bool:
        return self._look(connection, demand, now) + demand.cost <= demand.capacity

    def _take_one(
        self, connection: BaseDatabaseWrapper, demand: Demand, now: int | None, deadline: float
    ) -> int:
        """One guarded upsert; once more where others were faster, so that it saw what has gone."""
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
                raise Undecided("Others wrote the same row all the time.")

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
        row = self._row(connection, demand.key, now)
        latest = row[1] + demand.capacity if row else 0
        if row and row[0] > latest:
            with connection.cursor() as cursor:
                cursor.execute(self.dialect.set, {"arrival": latest, "key": demand.key})

    def _take_in_transaction(
        self, connection: BaseDatabaseWrapper, demands: Sequence[Demand], now: int | None
    ) -> list[Level]:
        """All rows locked in the order of their keys, so that nobody waits for one another."""
        with _short_transaction(connection), connection.cursor() as cursor:
            rows = self._locked(cursor, sorted({demand.key for demand in demands}), now)
            found = [self._hit(rows[demand.key], demand) for demand in demands]
            levels = [level for level, _changes in found]
            has_room = fits(demands, levels)
            for demand, (level, changes) in zip(demands, found, strict=True):
                is_over = level[0] + demand.cost > demand.capacity
                if changes and (is_over or (has_room and demand.cost)):
                    cursor.execute(
                        self.dialect.keep if demand.window else self.dialect.set, changes
                    )
        return levels

    def _hit(self, row: tuple[int, int, bytes], demand: Demand) -> tuple[Level, dict[str, Any]]:
        """Where a client stood, and what of its row would change."""
        arrival, moment, before = row
        if demand.window:
            level, after = hit(before, demand, moment)
            kept = {"arrival": moment + demand.window, "steps": after, "key": demand.key}
            return level, kept if after is not before else {}
        level = (taken_up(arrival, moment, demand.capacity), 0, 0, moment)
        has_room = level[0] + demand.cost <= demand.capacity
        is_changed = has_room or arrival > moment + demand.capacity
        later = moment + level[0] + (demand.cost if has_room else 0)
        return level, {"arrival": later, "key": demand.key} if is_changed else {}

    def _locked(
        self, cursor: CursorWrapper, keys: list[str], now: int | None
    ) -> dict[str, tuple[int, int, bytes]]:
        """Arrival, time and steps for each key, whose row is made where there is none."""
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
        return {
            key: (arrival, moment, bytes(steps or b"")) for key, arrival, moment, steps, *_ in found
        }

    def _remove_some(self, connection: BaseDatabaseWrapper) -> int:
        with connection.cursor() as cursor:
            statement = self.dialect.remove.format(now=self.dialect.now or "%(now)s")
            cursor.execute(statement, {"now": _now(), "rows": _ROWS_IN_A_CLEANING})
            return int(cursor.rowcount)

    def _with_clock(self, statement: str, now: int | None) -> str:
        moment = now if now is not None or self.dialect.now else _now()
        clock = self.dialect.now if moment is None else str(moment)
        return statement.replace("{now}", clock)

    def _done(self, work: Callable[[BaseDatabaseWrapper], Any], deadline: float) -> Any:
        """What work on a connection of ours gives, or where that would not do, on the request's."""
        if not self._uses_shared_connection():
            return self._lanes.use(
                lambda lane: lane.ask(lambda connection: self._on(connection, work), deadline),
                deadline,
            )
        connection = connections[self.alias]
        terms = TERMS["sqlite"] if self.vendor == "sqlite" else RequestsOwn
        return decided(
            connection,
            terms(connection, self._timeout),
            lambda connection: self._on(connection, work),
            deadline,
        )

    def _on(
        self, connection: BaseDatabaseWrapper, work: Callable[[BaseDatabaseWrapper], Any]
    ) -> Any:
        # Only a connection can tell; django-stubs knows the attributes of one vendor only.
        if self.vendor == "mysql" and getattr(connection, "mysql_is_mariadb", False):
            self.dialect = DIALECTS["mariadb"]
        return work(connection)

    def _uses_shared_connection(self) -> bool:
        return self.vendor == "sqlite" or is_in_test_case(connections[self.alias])


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
