"""Keep the editors' rows in memory, so that explaining an error needs no query.

Snapshots are kept per database and tenant: by alias, database name and the connection's
``schema_name`` (django-tenants), else by what ``HTTP4XX["ROWS_KEY"]`` returns. Rows are never read
on an event loop or in an open transaction. A process uses the rows that it writes at once; the
others notice when they next read the revision, which is one cheap query.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import OrderedDict, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction

from django_http4xx import conf
from django_http4xx.connections import connection_at
from django_http4xx.log import logger
from django_http4xx.path_prefixes import ByPathPrefix, as_prefix
from django_http4xx.testcases import Uncommitted, is_in_test_case, is_query_forbidden

from .scopes import as_host, as_language

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper


_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds
_WAIT = 1.0  # seconds


def _max_age(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("must be a number of seconds, or None to never check again")
    if not value >= 0:
        raise ValueError("must be a number of seconds that is not negative")
    return float(value)


def _rows_key(value: object) -> Callable[[], object] | None:
    if value is None:
        return None
    key = conf.imported(value, "the function")
    if not callable(key):
        raise TypeError("must be a dotted path to a function, such as 'shop.tenants.current'")
    return cast("Callable[[], object]", key)


EXPLANATIONS_MAX_AGE = conf.Key("EXPLANATIONS_MAX_AGE", _max_age, 5)
ROWS_KEY = conf.Key("ROWS_KEY", _rows_key, None)


class Row(NamedTuple):
    """The words of one explanation, and the part of the site that they are for."""

    problem_type: str
    language: str
    host: str
    path_prefix: str
    title: str = ""
    explanation: str = ""
    remedy: str = ""
    help_url: str = ""
    help_label: str = ""


# By problem type, host, path prefix and language.
_Found: TypeAlias = "dict[str, dict[str, dict[str, dict[str, Row]]]]"


class Snapshot:
    """The active rows at one revision, indexed for lookup.

    ``words`` caches what ``wording`` makes of them; a new snapshot starts with an empty one.
    """

    def __init__(self, rows: Iterable[Row] = (), revision: str | None = None) -> None:
        self.revision = revision
        self.rows = tuple(rows)
        self.words: dict[Any, Any] = {}
        found: _Found = {}
        for row in self.rows:
            by_prefix = found.setdefault(row.problem_type, {}).setdefault(as_host(row.host), {})
            by_language = by_prefix.setdefault(as_prefix(row.path_prefix), {})
            by_language[as_language(row.language)] = row
        self._found = {
            problem_type: {host: ByPathPrefix(by_prefix) for host, by_prefix in by_host.items()}
            for problem_type, by_host in found.items()
        }

    def with_draft(self, draft: Row, saved: Row | None) -> Snapshot:
        """A copy with an unsaved row, which overrides the row for the same language, host and path.

        ``saved``: the row that it will replace, even if that is for another part of the site.
        """
        others = (row for row in self.rows if row[:4] != (saved and saved[:4]))
        return Snapshot((*others, draft))

    def has_any(self, problem_types: Collection[str]) -> bool:
        """Whether there are rows for one of these."""
        return not self._found.keys().isdisjoint(problem_types)

    def rows_for(
        self, problem_type: str, host: Callable[[], str], path: str
    ) -> list[Mapping[str, Row]]:
        """The rows for a problem type at a host and path, by language, the most specific first."""
        by_host = self._found.get(problem_type)
        if by_host is None:
            return []
        names = ("",) if len(by_host) == 1 and "" in by_host else (host(), "")
        return [rows for name in names if name in by_host for rows in by_host[name].at(path)]


@dataclass
class _Known:
    """What this process knows of the rows of one database or tenant."""

    alias: str
    snapshot: Snapshot = field(default_factory=Snapshot)
    uncommitted: Uncommitted[Snapshot] = field(default_factory=Uncommitted)
    # Each commit of this process sets `wanted` to a new object; a read sets `seen` to `wanted`.
    wanted: object = field(default_factory=object)
    seen: object = None
    checked_at: float = 0.0
    pause: float = 0.0
    not_before: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Snapshot:
        if (snapshot := self.uncommitted.latest()) is not None:
            return snapshot
        if self._is_due() and self._may_read():
            self._refresh()
        return self.snapshot

    def _is_due(self) -> bool:
        now = time.monotonic()
        if now < self.not_before:
            return False
        max_age = EXPLANATIONS_MAX_AGE.value
        is_old = max_age is not None and now - self.checked_at >= max_age
        return is_old or self.seen is not self.wanted

    def _may_read(self) -> bool:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            connection = connections[self.alias]
            # Django's dummy backend, for projects without a database.
            if connection.vendor == "unknown":
                return False
            is_manual = connection.connection is not None and not connection.autocommit
            return not (connection.in_atomic_block or is_manual)
        return False

    def _refresh(self) -> None:
        # While another thread reads, use the old rows. Wait only if there are none yet, or if this
        # process has written newer ones.
        if not self.lock.acquire(timeout=0 if self.seen is self.wanted else _WAIT):
            return
        try:
            if self._is_due():
                self._read_again()
        finally:
            self.lock.release()

    def _read_again(self) -> None:
        wanted = self.wanted
        try:
            self.snapshot = _read(self.alias, self.snapshot)
        except Exception as error:
            if not self.pause:
                self._tell(error)
            self.pause = min(self.pause * 2 or _FIRST_PAUSE, _LONGEST_PAUSE)
            self.not_before = time.monotonic() + self.pause
        else:
            self.seen = wanted
            self.checked_at = time.monotonic()
            self.pause = 0.0

    def _tell(self, error: Exception) -> None:
        if _is_table_missing(error):
            logger.warning(
                "Errors use the built-in words: the database %r has no table of "
                "explanations yet. To create it, run: manage.py migrate django_http4xx",
                self.alias,
            )
        elif is_query_forbidden(error):
            logger.warning(
                "Errors use the built-in words: this test may not query the database %r.",
                self.alias,
            )
        else:
            logger.warning("Could not read the explanations; will try again.", exc_info=True)

    def committed(self) -> None:
        self.wanted = object()
        self.not_before = 0.0


# PostgreSQL's SQLSTATE, MariaDB's error number, SQLite's message.
_TABLE_MISSING = ("42P01", 1146, "no such table")


def _is_table_missing(error: Exception) -> bool:
    """Whether a query failed because the table is missing, as it is before ``migrate``."""
    cause = error.__cause__
    codes = [getattr(cause, name, None) for name in ("sqlstate", "pgcode")]
    said = [text.partition(":")[0] if isinstance(text, str) else text for text in error.args[:1]]
    return any(code in _TABLE_MISSING for code in codes + said)


# The alias, the name of the database, and the schema or tenant.
_Whereabouts: TypeAlias = "tuple[str, str, object]"

_MOST_KNOWN = 1000
# Once there are `_MOST_KNOWN`, the least recently used is first; beyond that it is dropped.
_known: OrderedDict[_Whereabouts, _Known] = OrderedDict()
_lock = threading.Lock()


def current() -> Snapshot:
    """The rows to explain an error with. Never raises.

    Return no rows if the database or the tenant is unknown: never use another tenant's words.
    """
    try:
        # Without routers, Django chooses the default.
        alias = router.db_for_read(_explanation()) if router.routers else DEFAULT_DB_ALIAS
        return _of(alias).current()
    except Exception:
        logger.exception("Could not look up the explanations; using built-in words.")
        return Snapshot()


@cache  # the registry's lookup is slower; models do not change
def _explanation() -> Any:
    return apps.get_model("django_http4xx", "Explanation")


def _of(alias: str) -> _Known:
    """What is known of the rows that this thread's connection at an alias would read."""
    where = _whereabouts(alias)
    known = _known.get(where)
    if known is not None and len(_known) < _MOST_KNOWN:
        return known
    with _lock:
        known = _known.get(where)
        if known is None:
            known = _known[where] = _Known(alias)
            if len(_known) > _MOST_KNOWN:
                _known.popitem(last=False)
        else:
            _known.move_to_end(where)
    return known


def _whereabouts(alias: str) -> _Whereabouts:
    connection = connection_at(alias)
    schema: object = getattr(connection, "schema_name", None)
    if not schema and (rows_key := ROWS_KEY.value):
        schema = rows_key()
    return alias, str(connection.settings_dict.get("NAME")), schema


def _all_at(*aliases: str) -> list[_Known]:
    with _lock:
        return [known for known in _known.values() if known.alias in aliases]


def _read(alias: str, known: Snapshot) -> Snapshot:
    """Read the rows; return ``known`` if the revision has not changed."""
    revisions = apps.get_model("django_http4xx", "CatalogueRevision")._base_manager.using(alias)
    explanations = _explanation()._base_manager.using(alias)
    with _unnoticed(connections[alias]):
        # Before the rows: if some are written in between, the next check reads them again.
        revision = revisions.filter(pk=1).values_list("revision", flat=True).first() or ""
        if revision == known.revision:
            return known
        rows = explanations.filter(is_active=True).order_by("pk").values_list(*Row._fields)
        return Snapshot((Row(*row) for row in rows.iterator()), revision)


@contextmanager
def _unnoticed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Leave no trace of a query on a connection.

    Keep it out of ``queries_log``, since ``assertNumQueries`` counts a project's own queries. Close
    a connection that was not open, since nobody else would.
    """
    was_open = connection.connection is not None
    log, connection.queries_log = connection.queries_log, deque(maxlen=1)
    try:
        yield
    finally:
        connection.queries_log = log
        if not was_open:
            connection.close()


def note_written(using: str, **kwargs: object) -> None:
    """Have rows that this process wrote read again: after the commit, in a ``TestCase`` at once."""
    read_from = router.db_for_read(_explanation())
    aliases = dict.fromkeys((using, read_from))

    def hook() -> None:
        # The thread may have switched tenants since, and tenants may share the table.
        for known in _all_at(*aliases):
            known.committed()

    transaction.on_commit(hook, using=using)
    connection = connections[using]
    # A `TestCase` never commits its transaction.
    if is_in_test_case(connection):
        for alias in aliases:
            _of(alias).uncommitted.add(connection, hook, _read(alias, Snapshot()))


def forget(using: str, **kwargs: object) -> None:
    """Forget the rows of a database that was migrated or flushed."""
    with _lock:
        for where in [where for where in _known if where[0] == using]:
            del _known[where]


def _forget_words() -> None:
    for known in list(_known.values()):
        for snapshot in (known.snapshot, *known.uncommitted.values()):
            snapshot.words.clear()


def _renew_locks() -> None:
    # Another thread of the parent process may have held one during the fork.
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    for known in _known.values():
        known.lock = threading.Lock()


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _forget_words)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_locks)
