"""Real servers in real trouble: the limit holds, nobody waits long, and others are not concerned."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from django.db import connections, transaction
from django.test import override_settings

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.exceptions import Undecided
from django_http4xx.throttling.models import Arrival
from django_http4xx.throttling.stores import database as database_store
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.stores.connections import Connections

from .conftest import (
    PATIENCE,
    PATIENT,
    Kind,
    cache_settings,
    close,
    database_settings,
    in_force,
    seconds_of,
)
from .servers import Server, hanging_up, memcached_server, redis_server, relay, running
from .test_stores_at_once import ROOT, in_processes

LOGGER = "django_http4xx.throttling"
URL = {"redis": "redis://127.0.0.1:{}/0", "memcached": "127.0.0.1:{}"}
SERVERS = {"redis": redis_server, "memcached": memcached_server}
DATABASES = ["postgresql", "mariadb"]

# TIMEOUT is 0.25 seconds, or where a slow answer would spoil the test, UNHURRIED. The machine may be busy:
# without a deadline these would hang.
UNHURRIED = {"TIMEOUT": 1.5}
SOON = 3


def hit_at_once(throttle, times, key="a", threads=16):
    """Decisions of several threads on one key, and how long the slowest took."""
    waited = []

    def hit(_):
        start = time.monotonic()
        decision = throttle.hit(key)
        waited.append(time.monotonic() - start)
        return decision

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(hit, range(times))), max(waited)


def allowed(decisions):
    return sum(decision.allowed for decision in decisions)


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_it_answers(throttle):
    until(lambda: not throttle.hit(uuid.uuid4()).outage)


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    return lambda: [record.levelname for record in caplog.records if record.name == LOGGER]


@contextmanager
def cache_on(name, port, **options):
    with override_settings(**cache_settings(name, URL[name].format(port)), **options):
        yield
        close()


@contextmanager
def database_in_force(name, request, **limits):
    """The test's database, with the limits of time that a project has."""
    with in_force(name, request), override_settings(**database_settings(name, **limits)):
        yield
        close()


@contextmanager
def database_on(name, port, request, limits=None, **options):
    """The test's database by way of another port."""
    settings = request.getfixturevalue(name)
    with in_force(name, request):
        given = connections.settings[name]
        more = {**given["OPTIONS"], **options}
        connections.settings["behind"] = {**given, "PORT": str(port), "OPTIONS": more}
        with override_settings(**database_settings("behind", **(limits or {}))):
            yield settings
            close()
        connections["behind"].close()
        del connections["behind"]
        del connections.settings["behind"]


@pytest.fixture(params=[*SERVERS, *DATABASES])
def relayed(request):
    """A store behind a port that can swallow what is sent."""
    name = request.param
    if name in SERVERS:
        with (
            running(SERVERS[name]()) as server,
            relay(server.port) as line,
            cache_on(name, line.port),
        ):
            yield line
    else:
        port = int(request.getfixturevalue(name)["PORT"])
        with relay(port) as line, database_on(name, line.port, request):
            yield line


def test_a_network_that_swallows_packets_keeps_nobody_waiting(relayed, log):
    throttle = Throttle("9/h", name="export")
    until(lambda: not throttle.hit("a").outage)
    with relayed.swallowing():
        decisions, longest = hit_at_once(throttle, 40)
        assert longest < SOON
        assert allowed(decisions) == 8
        assert all(decision.outage for decision in decisions if decision.allowed)
        until(lambda: "ERROR" in log())
        assert min(seconds_of(lambda: throttle.hit("b")) for _ in range(9)) < 0.05
    until_it_answers(throttle)
    assert not throttle.hit("a").allowed


def test_an_answer_that_drips_keeps_nobody_waiting(redis):
    with relay(redis.port) as line, cache_on("redis", line.port):
        throttle = Throttle("9/h", name="export")
        until_it_answers(throttle)
        with line.dripping():
            decisions, longest = hit_at_once(throttle, 40)
        assert longest < SOON
        assert allowed(decisions) == 9
        assert all(decision.outage for decision in decisions if decision.allowed)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_stands_still_lets_no_more_through(name):
    with running(SERVERS[name]()) as server, cache_on(name, server.port):
        throttle = Throttle("20/h", name="export")
        before = [throttle.hit("a") for _ in range(5)]
        with server.suspended():
            during, longest = hit_at_once(throttle, 40)
        assert longest < SOON
        until_it_answers(throttle)
        after, _ = hit_at_once(throttle, 40)
        assert allowed([*before, *during, *after]) == 20


@pytest.mark.parametrize(
    "command", ["CLIENT PAUSE 700 WRITE", "CLIENT PAUSE 700 ALL", "DEBUG SLEEP 0.7"]
)
def test_a_redis_that_takes_its_time_lets_no_more_through(command):
    import redis as library

    server = redis_server("--enable-debug-command", "yes")
    with running(server), cache_on("redis", server.port):
        throttle = Throttle("20/h", name="export")
        before = [throttle.hit("a") for _ in range(5)]
        client = library.Redis(port=server.port)
        busy = threading.Thread(target=client.execute_command, args=command.split())
        busy.start()
        time.sleep(0.05)
        during, longest = hit_at_once(throttle, 40)
        busy.join()
        assert longest < SOON
        until_it_answers(throttle)
        after, _ = hit_at_once(throttle, 40)
        assert allowed([*before, *during, *after]) == 20


@contextmanager
def locked(name, statement, unlock="ROLLBACK"):
    """Somebody else's lock, on the connection of the test."""
    with connections[name].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(statement)
        try:
            yield
        finally:
            cursor.execute(unlock)


LOCKS = {
    "postgresql": ("LOCK TABLE http4xx_throttling_arrival", "ROLLBACK"),
    "mariadb": ("LOCK TABLES http4xx_throttling_arrival WRITE", "UNLOCK TABLES"),
}


@pytest.mark.parametrize("rates", ["9/h", ["9/h", "50/day"]])
@pytest.mark.parametrize("name", DATABASES)
def test_a_locked_table_keeps_nobody_waiting_and_is_no_outage(name, rates, request, log):
    with database_in_force(name, request, **UNHURRIED):
        throttle = Throttle(rates, name="export")
        throttle.hit("a")
        with locked(name, *LOCKS[name]):
            decisions, longest = hit_at_once(throttle, 10)
            assert longest < SOON
            assert allowed(decisions) == 8
        assert "ERROR" not in log()
        until_it_answers(throttle)
        assert not throttle.hit("a").allowed


@pytest.mark.parametrize("rates", ["9/h", ["9/h", "50/day"]])
@pytest.mark.parametrize("name", DATABASES)
def test_a_locked_row_concerns_its_client_alone(name, rates, request, log):
    with database_in_force(name, request, **UNHURRIED):
        throttle = Throttle(rates, name="export")
        throttle.hit("a")
        key = throttle.demands("a", 1)[0].key
        with transaction.atomic(name):
            Arrival.objects.using(name).select_for_update().get(client=key)
            held = threading.Thread(target=hit_at_once, args=(throttle, 8))
            held.start()
            decisions = [throttle.hit(f"b{number}") for number in range(20)]
            held.join()
        assert not any(decision.outage for decision in decisions)
        assert "ERROR" not in log()


def test_who_writes_on_sqlite_keeps_nobody_waiting(sqlite, request, log):
    import sqlite3

    with database_in_force("sqlite", request):
        throttle = Throttle("5/h", name="export")
        throttle.hit("a")
        writer = sqlite3.connect(sqlite["NAME"], isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        assert min(seconds_of(lambda: throttle.hit("a")) for _ in range(3)) < SOON
        assert [throttle.hit("a").allowed for _ in range(3)] == [True, False, False]
        writer.execute("ROLLBACK")
        writer.close()
        assert "ERROR" not in log()


def test_a_level_of_isolation_of_the_projects_own_lets_no_more_through(request, log):
    from psycopg import IsolationLevel

    port = int(request.getfixturevalue("postgresql")["PORT"])
    serializable = {"isolation_level": IsolationLevel.SERIALIZABLE}
    limits = {"TIMEOUT": PATIENCE}
    with database_on("postgresql", port, request, limits, **serializable):
        decisions, _ = hit_at_once(Throttle(["50/h", "60/day"], name="export"), 300)
        assert allowed(decisions) == 50
        assert not any(decision.outage for decision in decisions)
        assert log() == []


@pytest.mark.parametrize("name", SERVERS)
def test_who_finds_no_connection_free_waits_for_one(name):
    patient = {"HTTP4XX": {"THROTTLE": {"CONNECTIONS": 1, "TIMEOUT": PATIENCE}}}
    with running(SERVERS[name]()) as server, cache_on(name, server.port, **patient):
        decisions, _ = hit_at_once(Throttle("100/h", name="export"), 300, threads=50)
    assert allowed(decisions) == 100
    assert not any(decision.outage for decision in decisions)


OTHERS = {
    "postgresql": "SELECT COUNT(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mariadb": "SELECT COUNT(*) FROM information_schema.processlist "
    "WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}


def test_who_waits_for_a_connection_on_a_busy_machine_stops_in_time():
    pool = Connections(object, id, most=1, timeout=1, answered=(), died=())
    end, waits = time.monotonic() + 3, []

    def go_on(call, *arguments):
        while time.monotonic() < end:
            call(*arguments)

    def use():
        start = time.monotonic()
        with suppress(Undecided):
            pool.give_back(pool.borrow(start + 0.006)[0])
        waits.append(time.monotonic() - start)

    def pass_on():
        pool.give_back(held.pop())
        with suppress(Undecided):
            held.append(pool.borrow(0)[0])
        while not held:
            with suppress(Undecided):
                held.append(pool.borrow(time.monotonic() + 1)[0])
        time.sleep(0.001)

    held = [pool.borrow(time.monotonic() + 1)[0]]
    calls = [use] * 8 + [lambda: sum(range(100))] * 2 + [pass_on]
    threads = [threading.Thread(target=go_on, args=[call], daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON + 3)
    assert not any(thread.is_alive() for thread in threads)
    assert max(waits) < 1


def others_on(name):
    with connections[name].cursor() as cursor:
        cursor.execute(OTHERS[name])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("name", DATABASES)
def test_40_threads_need_no_more_than_4_connections_and_keep_them_for_a_while(
    name, request, monkeypatch
):
    monkeypatch.setattr(database_store, "IDLE", 1.0)
    # A test's own connections are closed at once, so that its database can be removed.
    monkeypatch.setattr(database_store, "is_test_run", lambda: False)
    with in_force(name, request):
        throttle = Throttle("1000/h", name="export")
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(throttle.hit, range(200)))
            assert 0 < others_on(name) <= 4
        until(lambda: others_on(name) == 0)
        throttle.hit("a")
        assert others_on(name) == 1
        close()
        until(lambda: others_on(name) == 0)


def test_redis_has_no_more_than_4_connections_and_keeps_them_for_a_while(redis, monkeypatch):
    import redis as library

    with running(redis_server()) as server, cache_on("redis", server.port):
        client = library.Redis(port=server.port)
        throttle = Throttle("1000/h", name="export")
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(throttle.hit, range(400)))
        assert client.info("clients")["connected_clients"] <= 5
        close()
        until(lambda: client.info("clients")["connected_clients"] == 1)


def has_caught_up(replica, primary):
    replicated = replica.info("replication")
    written = primary.info("replication")["master_repl_offset"]
    is_up = replicated["master_link_status"] == "up"
    return is_up and replicated["slave_repl_offset"] == written


def test_a_failover_behind_one_address_is_followed_and_back(log):
    import redis as library

    with running(redis_server()) as one, running(redis_server()) as other, relay(one.port) as line:
        first, second = library.Redis(port=one.port), library.Redis(port=other.port)
        second.replicaof("127.0.0.1", one.port)
        until(lambda: second.info("replication")["master_link_status"] == "up")
        with cache_on("redis", line.port, **PATIENT):
            throttle = Throttle("9/h", name="export")
            for _ in range(3):
                throttle.hit("a")
            for old, new, server in ((first, second, other), (second, first, one)):
                new.replicaof("NO", "ONE")
                line.target = server.port
                old.replicaof("127.0.0.1", server.port)
                decisions = [throttle.hit("b") for _ in range(3)]
                assert not any(decision.outage for decision in decisions)
                until(lambda old=old, new=new: has_caught_up(old, new))
            assert throttle.peek("b").remaining == 3
    assert log() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There is no fork here.")
def test_a_hit_before_a_fork_spoils_nothing(shared_kind):
    forking = [sys.executable, "-m", "tests.throttling.forking", json.dumps(shared_kind.settings)]
    told = subprocess.run(forking, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=60)
    assert json.loads(told.stdout) == [30, 0]


def test_a_hot_key_on_memcached_lets_no_more_through(memcached):
    kind = Kind("memcached", cache_settings("memcached", URL["memcached"].format(memcached.port)))
    (passed,), told = in_processes(kind, ["100/day"], 3, threads=16, on_outage="count-here")
    assert 100 <= passed <= 100 + sum(each["counted_here"] for each in told)
    assert max(each["longest"] for each in told) < SOON


def test_a_memcached_of_several_that_is_gone_is_down_for_its_own_keys_only():
    with running(memcached_server()) as one, running(memcached_server()) as other:
        location = [URL["memcached"].format(server.port) for server in (one, other)]
        with override_settings(
            **cache_settings("memcached", location), HTTP4XX={"THROTTLE": UNHURRIED}
        ):
            throttle = Throttle(["2/h", "9/day"], name="export")
            with other.suspended():
                decisions = {key: [throttle.hit(key) for _ in range(3)] for key in range(30)}
            lost = {key for key, three in decisions.items() if any(each.outage for each in three)}
            assert 0 < len(lost) < 30
            assert all(allowed(three) == 2 for three in decisions.values())
            close()


def test_questions_that_fail_together_start_one_probe():
    with hanging_up() as (port, calls), cache_on("redis", port):
        store_for(None).deadline()  # importing the library is no part of it
        hit_at_once(Throttle("9/h", name="export"), 200, threads=16)
        time.sleep(0.5)
        asked = len(calls)
        assert asked <= 16 + 1
        until(lambda: len(calls) > asked)
        assert len(calls) == asked + 1


@pytest.fixture
def pgbouncer(request, tmp_path):
    """PgBouncer in transaction mode, where others share two connections."""
    database = request.getfixturevalue("postgresql")
    path, users = tmp_path / "pgbouncer.ini", tmp_path / "users.txt"
    users.write_text('"{USER}" "{PASSWORD}"\n'.format(**database))
    server = Server("pgbouncer", "-q", str(path))
    path.write_text(
        f"[databases]\n{database['NAME']} = host={database['HOST']} port={database['PORT']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {server.port}\n"
        f"unix_socket_dir =\nauth_type = trust\nauth_file = {users}\n"
        "pool_mode = transaction\ndefault_pool_size = 2\n"
    )
    for readable in (tmp_path, *list(tmp_path.parents)[:2], path, users):
        readable.chmod(0o755)
    if os.getuid() == 0:  # it refuses to be root
        server.arguments = ("-u", "nobody", *server.arguments)
    with running(server):
        yield server


@pytest.mark.parametrize("rates", ["50/h", ["50/h", "60/day"]])
def test_behind_pgbouncer_the_terms_are_those_of_each_transaction(pgbouncer, rates, request, log):
    with database_on("postgresql", pgbouncer.port, request, UNHURRIED):
        throttle = Throttle(rates, name="export")
        until_it_answers(throttle)
        decisions, _ = hit_at_once(throttle, 200)
        assert 50 <= allowed(decisions) <= 50 + sum(decision.outage for decision in decisions)
        with connections["behind"].cursor() as cursor:
            for _ in range(4):
                cursor.execute("SELECT current_setting('lock_timeout')")
                assert cursor.fetchone() == ("0",)
        with locked("postgresql", *LOCKS["postgresql"]):
            assert min(seconds_of(lambda: throttle.hit("b")) for _ in range(3)) < SOON
        assert "ERROR" not in log()


def statuses_of(port, path, times):
    """The answers to requests that are sent at once."""

    async def ask():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    async def ask_all():
        return await asyncio.gather(*(ask() for _ in range(times)))

    return asyncio.run(ask_all())


@pytest.mark.parametrize("path", ["/plain/", "/coroutine/"])
@pytest.mark.parametrize("name", ["redis", "memcached", *DATABASES])
def test_300_requests_at_once_under_uvicorn_are_served_as_often_as_the_limit_says(
    name, path, request
):
    pytest.importorskip("uvicorn")
    with in_force(name, request) as kind:
        settings = {**kind.settings, "HTTP4XX": {}}  # with default options
        if name in DATABASES:
            settings.update(database_settings(name))
        command = ["-m", "uvicorn", "--port", "{port}", "--backlog", "512", "--log-level", "error"]
        server = Server(sys.executable, *command, "tests.throttling.served:asgi")
        server.environment = {"THROTTLING_SETTINGS": json.dumps(settings)}
        with running(server):
            statuses = statuses_of(server.port, path, 300)
            if name in DATABASES:
                assert others_on(name) <= 4
    assert sorted(set(statuses)) == [200, 429]
    assert statuses.count(200) == 100
