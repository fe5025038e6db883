"""What each database is asked, for the store ``"database"``. Data."""

# ruff: noqa: S608 - what is put in is the name of our own table and other constants

from __future__ import annotations

from typing import NamedTuple

from django_http4xx.throttling.models import Arrival

TABLE = Arrival._meta.db_table


_KEEP = (
    f"UPDATE {TABLE} SET arrival = %(arrival)s, steps = %(steps)s, taken_up = taken_up + 1 "
    "WHERE client = %(key)s"
)


class Dialect(NamedTuple):
    """The statements of one database; ``take`` is empty where it has no guarded upsert.

    ``now``: the server's clock in microseconds, empty where it has none so fine. ``take`` returns the
    level before the hit, and whether it was taken where that does not follow from the level. The
    others are for several keys at once: ``insert`` a row where there is none, ``lock`` the rows,
    ``set`` a bucket, ``keep`` a window, ``remove`` old ones. ``keep_version`` keeps a window unless others
    did since it was read. ``begins_by_writing``: who reads first may not write any more.
    """

    now: str
    take: str
    insert: str
    lock: str
    remove: str
    set: str = f"UPDATE {TABLE} SET arrival = %(arrival)s WHERE client = %(key)s"
    keep: str = _KEEP
    keep_version: str = f"{_KEEP} AND arrival = %(before)s AND taken_up = %(version)s"
    begins_by_writing: bool = False
    forget: str = f"DELETE FROM {TABLE} WHERE client = %s"
    look: str = f"SELECT arrival, {{now}}, steps, taken_up FROM {TABLE} WHERE client = %(key)s"


_REMOVE = (
    f"DELETE FROM {TABLE} WHERE arrival < {{now}} AND client IN "
    f"(SELECT client FROM {TABLE} WHERE arrival < {{now}} LIMIT %(rows)s{{skip}})"
)
_INSERT = f"INSERT INTO {TABLE} (client, arrival, taken_up) VALUES {{rows}}"
_LOCK = f"SELECT client, arrival, {{now}}, steps{{more}} FROM {TABLE} WHERE client IN {{keys}} ORDER BY client"

# It reads first, so that a refusal writes nothing: no row version, no log, no transaction id. In the
# update `EXCLUDED.arrival` is the time plus the cost.
_POSTGRESQL_NOW = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"
# Counts need not outlive a crash of the server: nobody waits for the disk.
_NO_WAIT = "set_config('synchronous_commit', 'off', true)"
_POSTGRESQL_LEVEL = (
    "LEAST(GREATEST(t.arrival - EXCLUDED.arrival + %(cost)s, 0), %(capacity)s::bigint)"
)
_POSTGRESQL_TAKE = f"""
WITH clock AS MATERIALIZED (
  SELECT COALESCE(%(now)s::bigint, {_POSTGRESQL_NOW}) AS now,
    {_NO_WAIT}
), found AS MATERIALIZED (
  SELECT LEAST(GREATEST(t.arrival - clock.now, 0), %(capacity)s::bigint) AS level
  FROM {TABLE} AS t, clock WHERE t.client = %(key)s
), taken AS (
  INSERT INTO {TABLE} AS t (client, arrival, taken_up)
  SELECT %(key)s, clock.now + %(cost)s, 0 FROM clock
  WHERE NOT EXISTS (SELECT FROM found WHERE level + %(cost)s > %(capacity)s)
  ON CONFLICT (client) DO UPDATE
    SET taken_up = {_POSTGRESQL_LEVEL}, arrival = EXCLUDED.arrival + {_POSTGRESQL_LEVEL}
    WHERE {_POSTGRESQL_LEVEL} + %(cost)s <= %(capacity)s
  RETURNING t.taken_up
)
SELECT taken_up, true FROM taken
UNION ALL SELECT level, false FROM found WHERE NOT EXISTS (SELECT FROM taken)
"""

_SQLITE_LEVEL = "MIN(MAX(t.arrival - %(now)s, 0), %(capacity)s)"
_SQLITE_TAKE = f"""
INSERT INTO {TABLE} AS t (client, arrival, taken_up) VALUES (%(key)s, %(now)s + %(cost)s, 0)
ON CONFLICT (client) DO UPDATE
  SET taken_up = {_SQLITE_LEVEL}, arrival = excluded.arrival + {_SQLITE_LEVEL}
  WHERE {_SQLITE_LEVEL} + %(cost)s <= %(capacity)s
RETURNING taken_up, 1
"""

# MariaDB assigns from left to right, so that the second sees what the first has set.
_MYSQL_NOW = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
_MARIADB_NOW = f"COALESCE(%(now)s, {_MYSQL_NOW})"
_MARIADB_TAKE = f"""
INSERT INTO {TABLE} (client, arrival, taken_up)
VALUES (%(key)s, {_MARIADB_NOW} + %(cost)s, 0)
ON DUPLICATE KEY UPDATE
  taken_up = LEAST(GREATEST(arrival - {_MARIADB_NOW}, 0), %(capacity)s),
  arrival = IF(
    taken_up + %(cost)s <= %(capacity)s,
    {_MARIADB_NOW} + taken_up + %(cost)s,
    LEAST(arrival, {_MARIADB_NOW} + %(capacity)s)
  )
RETURNING taken_up, taken_up + %(cost)s <= %(capacity)s
"""

_MYSQL = Dialect(
    now=_MYSQL_NOW,
    take="",
    # IGNORE would share the lock that both of two transactions then want for themselves.
    insert=_INSERT + " ON DUPLICATE KEY UPDATE arrival = arrival",
    lock=_LOCK.replace("{more}", "") + " FOR UPDATE",
    remove=f"DELETE FROM {TABLE} WHERE arrival < {{now}} LIMIT %(rows)s",
)

DIALECTS = {
    "postgresql": Dialect(
        now=_POSTGRESQL_NOW,
        take=_POSTGRESQL_TAKE,
        insert=_INSERT + " ON CONFLICT DO NOTHING",
        lock=_LOCK.replace("{more}", f", {_NO_WAIT}") + " FOR UPDATE",
        remove=_REMOVE.format(now="{now}", skip=" FOR UPDATE SKIP LOCKED"),
        keep_version=(
            f"WITH quick AS MATERIALIZED (SELECT {_NO_WAIT}) UPDATE {TABLE} AS t SET "
            "arrival = %(arrival)s, steps = %(steps)s, taken_up = taken_up + 1 FROM quick "
            "WHERE client = %(key)s AND arrival = %(before)s AND taken_up = %(version)s"
        ),
    ),
    "sqlite": Dialect(
        now="",
        take=_SQLITE_TAKE,
        insert=_INSERT + " ON CONFLICT DO NOTHING",
        lock=_LOCK.replace("{more}", ""),
        begins_by_writing=True,
        remove=_REMOVE.format(now="{now}", skip=""),
    ),
    "mariadb": _MYSQL._replace(take=_MARIADB_TAKE),
    "mysql": _MYSQL,
}
