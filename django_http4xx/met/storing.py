"""Add counts up in the database, in one statement, and remove old ones."""

# ruff: noqa: S608 - what is put in are the names of our own table and columns

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections, transaction
from django.db.models import F

from .counting import MAX_KEYS, without_part
from .models import OTHER_PARTS, ErrorCount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from django.db.backends.base.base import BaseDatabaseWrapper

    from .counting import Key, Where

KEPT_DAYS = 90
MAX_ADDRESSES = 200

_COLUMNS = ("day", "problem_type", "part", "link", "address")
_ROWS_IN_A_REMOVAL = 5000


@contextmanager
def connected(where: Where) -> Iterator[BaseDatabaseWrapper]:
    """The connection of this thread, in the schema of a tenant. It is closed if it was not open."""
    alias, schema = where
    connection: Any = connections[alias]
    was_open = connection.connection is not None
    tenant = getattr(connection, "tenant", None)
    changes = bool(schema) and getattr(connection, "schema_name", schema) != schema
    if changes:
        connection.set_schema(schema)
    try:
        yield connection
    finally:
        if changes and tenant is not None:
            connection.set_tenant(tenant)
        if not was_open:
            connection.close()


def write(connection: BaseDatabaseWrapper, counts: Mapping[Key, int]) -> None:
    """Add counts to the rows of their keys. Each day has at most ``MAX_KEYS`` rows or so.

    Characters that a database does not take cost the parts of the site, not the counts.
    """
    rows = _bounded(connection, _merged(counts))
    try:
        _add_up(connection, rows)
    except (DatabaseError, ValueError):
        if all(part.isascii() and address.isascii() for _, _, part, _, address in rows):
            raise
        without: dict[Key, int] = {}
        for key, count in rows.items():
            _add(without, without_part(key), count)
        _add_up(connection, without)


def _add(rows: dict[Key, int], key: Key, count: int) -> None:
    rows[key] = rows.get(key, 0) + count


def _merged(counts: Mapping[Key, int]) -> dict[Key, int]:
    """The counts by what the columns hold: long patterns are cut."""
    rows: dict[Key, int] = {}
    for (day, problem_type, part, link, address), count in counts.items():
        _add(rows, (day, problem_type[:100], part[:200], link, address), count)
    return rows


def _bounded(connection: BaseDatabaseWrapper, rows: Mapping[Key, int]) -> dict[Key, int]:
    """Count without a part or an address what a day has no room for; the largest counts go first."""
    found: dict[Key, int] = {}
    for day in {key[0] for key in rows}:
        stored = ErrorCount.objects.using(connection.alias).filter(day=day).order_by()
        known = set(stored.values_list(*_COLUMNS))
        addresses = {key[4] for key in known}
        of_day = [pair for pair in rows.items() if pair[0][0] == day]
        for key, count in sorted(of_day, key=lambda pair: -pair[1]):
            kept = key
            if key not in known:
                kept = _with_room(key, known, addresses)
                known.add(kept)
                addresses.add(kept[4])
            _add(found, kept, count)
    return found


def _with_room(key: Key, known: Collection[Key], addresses: Collection[str]) -> Key:
    day, problem_type, part, link, address = key
    # The empty address is one of them.
    if address and address not in addresses and len(addresses - {""}) >= MAX_ADDRESSES:  # type: ignore[operator]
        key = (day, problem_type, part, link, "")
    if part != OTHER_PARTS and key not in known and len(known) >= MAX_KEYS:
        return without_part(key)
    return key


def _add_up(connection: BaseDatabaseWrapper, rows: Mapping[Key, int]) -> None:
    # In one order: two processes that write the same rows do not wait for each other.
    values = [(*key, count) for key, count in sorted(rows.items())]
    if not values:
        return
    features = connection.features
    if not (features.supports_update_conflicts or features.supports_update_conflicts_with_target):
        _add_up_one_by_one(connection, values)
        return
    table = connection.ops.quote_name(ErrorCount._meta.db_table)
    *columns, count = map(connection.ops.quote_name, (*_COLUMNS, "count"))
    if features.supports_update_conflicts_with_target:
        adding = f"ON CONFLICT ({', '.join(columns)}) DO UPDATE SET {count} = {table}.{count} + EXCLUDED.{count}"
    else:
        adding = f"ON DUPLICATE KEY UPDATE {count} = {count} + VALUES({count})"
    places = ", ".join([f"({', '.join(['%s'] * 6)})"] * len(values))
    sql = f"INSERT INTO {table} ({', '.join((*columns, count))}) VALUES {places} {adding}"
    adapt = connection.ops.adapt_datefield_value
    parameters: list[Any] = [v for day, *others in values for v in (adapt(day), *others)]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _add_up_one_by_one(connection: BaseDatabaseWrapper, values: list[tuple[Any, ...]]) -> None:
    """For a database without such a statement, such as Oracle."""
    stored = ErrorCount.objects.using(connection.alias)
    with transaction.atomic(using=connection.alias):
        for *key, count in values:
            row = dict(zip(_COLUMNS, key, strict=True))
            if not stored.filter(**row).update(count=F("count") + count):
                stored.create(**row, count=count)


def remove_old(connection: BaseDatabaseWrapper, today: date) -> int:
    """Remove rows of more than ``KEPT_DAYS`` ago, some thousands at most; return how many."""
    rows = ErrorCount.objects.using(connection.alias)
    old = rows.filter(day__lt=today - timedelta(days=KEPT_DAYS)).order_by()
    keys = list(old.values_list("pk", flat=True)[:_ROWS_IN_A_REMOVAL])
    if keys:
        rows.filter(pk__in=keys).delete()
    return len(keys)
