from __future__ import annotations

import os
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from django.core.cache import caches
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test import override_settings

from django_http4xx.throttling import stores
from django_http4xx.throttling.models import Arrival
from tests.requirements import missing

from .servers import memcached_server, redis_server, running

BACKENDS = {
    "memory": "django.core.cache.backends.locmem.LocMemCache",
    "redis": "django.core.cache.backends.redis.RedisCache",
    "django-redis": "django_redis.cache.RedisCache",
    "memcached": "django.core.cache.backends.memcached.PyMemcacheCache",
}
DATABASES = ["postgresql", "mariadb", "sqlite"]

# That a machine is slow is no outage.
PATIENCE = 30
PATIENT = {"HTTP4XX": {"THROTTLE": {"TIMEOUT": PATIENCE}}}


@pytest.fixture(scope="session")
def redis():
    with running(redis_server()) as server:
        yield server


@pytest.fixture(scope="session")
def memcached():
    with running(memcached_server()) as server:
        yield server


@dataclass
class Kind:
    """A kind of store: what chooses it here and in other processes, and whether they share it."""

    name: str
    overrides: dict
    elsewhere: dict = field(default_factory=dict)

    @property
    def settings(self):
        return {**self.overrides, **self.elsewhere}


def cache_settings(name, location, **more):
    backend = {"BACKEND": BACKENDS[name], "LOCATION": location, "KEY_PREFIX": uuid.uuid4().hex}
    return {"CACHES": {"default": {**backend, **more}}}


def database_settings(alias, **more):
    return {"HTTP4XX": {"THROTTLE": {"STORE": "database", "DATABASE": alias, **more}}}


def kind_of(name, request):
    if name == "memory":
        return Kind(name, cache_settings(name, uuid.uuid4().hex))
    if name in ("redis", "django-redis"):
        pytest.importorskip("redis")
        port = request.getfixturevalue("redis").port
        return Kind(name, {**cache_settings(name, f"redis://127.0.0.1:{port}/0"), **PATIENT})
    if name == "memcached":
        pytest.importorskip("pymemcache")
        port = request.getfixturevalue("memcached").port
        return Kind(name, {**cache_settings(name, f"127.0.0.1:{port}"), **PATIENT})
    database = request.getfixturevalue(name)
    request.getfixturevalue("django_db_blocker").unblock()
    default = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    return Kind(
        name,
        database_settings(name, TIMEOUT=PATIENCE),
        {"DATABASES": {"default": default, name: database}},
    )


@contextmanager
def in_force(name, request):
    kind = kind_of(name, request)
    with override_settings(**kind.overrides):
        yield kind
        close()
    if kind.elsewhere:
        with connections[name].cursor() as cursor:
            cursor.execute("DELETE FROM http4xx_throttling_arrival")
        request.getfixturevalue("django_db_blocker").restore()


@pytest.fixture(params=["memory", "redis", "django-redis", "memcached", *DATABASES])
def kind(request):
    """Every store in turn, in force for the test."""
    with in_force(request.param, request) as kind:
        yield kind


@pytest.fixture(params=["redis", "memcached", *DATABASES])
def shared_kind(request):
    """Every store that several processes share."""
    with in_force(request.param, request) as kind:
        yield kind


@contextmanager
def reachable(alias, settings):
    """A database under an alias of its own, with the table that throttles need."""
    handler = ConnectionHandler({"default": {}, alias: settings})
    connections.settings[alias] = handler.settings[alias]
    try:
        with connections[alias].schema_editor() as editor:
            editor.create_model(Arrival)
        yield settings
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def new_database(alias, settings):
    """A new database on a server, for as long as it is needed."""
    name = f"http4xx_throttling_{uuid.uuid4().hex[:8]}"
    server = ConnectionHandler({"default": settings})["default"]
    try:
        server.ensure_connection()
    except Exception as error:
        missing(f"There is no {alias} at {settings['HOST']}:{settings['PORT']}: {error}.")
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        with reachable(alias, {**settings, "NAME": name}) as reached:
            yield reached
    finally:
        with server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
        server.close()


@contextmanager
def unblocked(django_db_blocker, database):
    """A database that is set up and removed, and in between as forbidden to tests as any other."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            settings = stack.enter_context(database)
        yield settings
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture(scope="session")
def postgresql(django_db_blocker):
    pytest.importorskip("psycopg")
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": os.environ.get("POSTGRES_USER", "postgres"),
        "PASSWORD": os.environ.get("POSTGRES_PASSWORD", ""),
        "HOST": os.environ.get("POSTGRES_HOST", "127.0.0.1"),
        "PORT": os.environ.get("POSTGRES_PORT", "5432"),
    }
    with unblocked(django_db_blocker, new_database("postgresql", settings)) as reached:
        yield reached


@pytest.fixture(scope="session")
def mariadb(django_db_blocker):
    pytest.importorskip("MySQLdb")
    settings = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "mysql",
        "USER": os.environ.get("MARIADB_USER", "root"),
        "PASSWORD": os.environ.get("MARIADB_PASSWORD", ""),
        "HOST": os.environ.get("MARIADB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("MARIADB_PORT", "3306"),
    }
    with unblocked(django_db_blocker, new_database("mariadb", settings)) as reached:
        yield reached


@pytest.fixture(scope="session")
def sqlite(django_db_blocker, tmp_path_factory):
    settings = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path_factory.mktemp("throttling") / "db.sqlite3"),
        "OPTIONS": {
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }
    with unblocked(django_db_blocker, reachable("sqlite", settings)) as reached:
        yield reached


def seconds_of(call):
    """How long a call takes. Of several the quickest counts: a busy machine can only slow one down."""
    start = time.monotonic()
    call()
    return time.monotonic() - start


def close():
    stores.close_all()
    caches.close_all()
