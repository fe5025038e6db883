"""The counts of this process, in memory until they are written. Nothing here makes a query."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.utils import timezone

from django_http4xx import conf
from django_http4xx.testcases import is_test_run

from . import descriptions
from .models import OTHER_PARTS, ErrorCount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

    from django_http4xx.problems import Problem

# Day, problem type, part of the site, link and address: the columns of a row, in this order.
Key: TypeAlias = "tuple[date, str, str, str, str]"
# The alias of a database, and the schema of a tenant (django-tenants) or an empty string.
Where: TypeAlias = "tuple[str, str]"
# A key preceded by where it is written: one flat tuple takes less time than two.
_Entry: TypeAlias = "tuple[Where, date, str, str, str, str]"

# With more than these, errors are counted without the part of the site: memory stays bounded.
MAX_KEYS = 1000


class Counts:
    """Counts by database and row. ``on_first``: called when there is something to write.

    ``are_of_tests``: what a test run has counted is not written of itself.
    """

    def __init__(self, on_first: Callable[[], object]) -> None:
        self._on_first = on_first
        self.forget()

    def forget(self) -> None:
        """Start anew, also with the lock: a thread of a parent process may have held it."""
        self._lock = threading.Lock()
        self._counts: dict[_Entry, list[int]] = {}
        self.are_of_tests = False

    def add(self, entry: _Entry, count: int = 1) -> None:
        """Count an occurrence; with ``MAX_KEYS`` counted, without its part of the site."""
        with self._lock:
            counts = self._counts
            if (known := counts.get(entry)) is not None:
                # In a list, so that the entry is hashed only once.
                known[0] += count
                return
            if len(counts) >= MAX_KEYS:
                where, *key = entry
                entry = (where, *without_part(tuple(key)))  # type: ignore[arg-type]
            counts.setdefault(entry, [0])[0] += count
        self._note_new()

    def _note_new(self) -> None:
        if is_test_run():
            self.are_of_tests = True
        else:
            self._on_first()

    def take(self) -> dict[Where, dict[Key, int]]:
        """What has been counted, which is no longer here then."""
        with self._lock:
            taken, self._counts = self._counts, {}
        found: dict[Where, dict[Key, int]] = {}
        for (where, *key), [count] in taken.items():
            found.setdefault(where, {})[tuple(key)] = count  # type: ignore[index]
        return found

    def put_back(self, where: Where, counts: Mapping[Key, int]) -> None:
        """Add again what could not be written."""
        for key, count in counts.items():
            self.add((where, *key), count)

    def __len__(self) -> int:
        return len(self._counts)


def without_part(key: Key) -> Key:
    """The row that counts what there is no room for."""
    day, problem_type, _part, link, _address = key
    return (day, problem_type, OTHER_PARTS, link, "")


class Days:
    """The day in the site's time zone (``TIME_ZONE``), whatever zone a visitor has chosen.

    Asking is cheap, since the calendar is looked at once a day.
    """

    def __init__(self) -> None:
        self._day = date.min
        self._begins = self._ends = 0.0

    def today(self) -> date:
        if not self._begins <= time.time() < self._ends:
            self._look()
        return self._day

    def _look(self) -> None:
        zone = timezone.get_default_timezone()
        day = datetime.now(zone).date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        next_day = day + timedelta(days=1)
        # By the calendar: where clocks are changed, a day has 23 or 25 hours.
        ends = datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone)
        self._day, self._begins, self._ends = day, midnight.timestamp(), ends.timestamp()

    def forget(self) -> None:
        self._begins = self._ends = 0.0


@cache
def _only_place() -> Where | None:
    """Where all counts of this project are written; ``None`` if that depends on the request."""
    is_tenant = hasattr(connections[DEFAULT_DB_ALIAS], "schema_name")
    return None if settings.DATABASE_ROUTERS or is_tenant else (DEFAULT_DB_ALIAS, "")


def where_to_write() -> Where:
    """The database that the counts of this request belong to, and the tenant's schema."""
    alias = router.db_for_write(ErrorCount) if settings.DATABASE_ROUTERS else DEFAULT_DB_ALIAS
    schema = getattr(connections[alias], "schema_name", None)
    return (alias, schema or "")


def described(request: HttpRequest, problem: Problem, day: date) -> _Entry:
    """The row that an occurrence belongs to, and where it is written."""
    where = _only_place() or where_to_write()
    is_missing = problem.status == 404
    part, link, address = descriptions.described(request, is_missing=is_missing)
    return (where, day, problem.problem_type, part, link, address)


conf.forget_on_change({"DATABASES", "DATABASE_ROUTERS"}, _only_place.cache_clear)
