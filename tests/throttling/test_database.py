"""What is particular to counting in a database."""

from __future__ import annotations

import io
import time
import unittest
from contextlib import suppress

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connections, transaction
from django.test import TestCase, override_settings

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.models import Arrival

from .conftest import close, database_settings, in_force, seconds_of
from .servers import free_port, silent_port

SERVERS = ["postgresql", "mariadb"]

OTHERS = {
    "postgresql": "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mariadb": "SELECT id FROM information_schema.processlist "
    "WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}
KILL = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}


def others(cursor, server):
    """The connections to the test's database but for this one."""
    cursor.execute(OTHERS[server])
    return [process for (process,) in cursor.fetchall()]


@pytest.fixture(params=SERVERS)
def server(request):
    with in_force(request.param, request) as kind:
        yield kind.name


@pytest.fixture(params=[*SERVERS, "sqlite"])
def database(request):
    with in_force(request.param, request) as kind:
        yield kind.name


def test_a_rollback_forgets_no_hit(server, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.send_mail("An e-mail", "that is kept in memory", None, ["a@example.com"])
    throttle = Throttle("5/h", name="export")
    with transaction.atomic(server):
        throttle.hit("a")
        transaction.set_rollback(rollback=True, using=server)
    assert throttle.peek("a").remaining == 4


def test_a_test_case_rolls_its_hits_back(database):
    throttle = Throttle("5/h", name="export")

    class Tests(TestCase):
        databases = {database}

        def test_a_hit(self):
            assert throttle.hit("a").remaining == 4

        def test_another(self):
            assert throttle.hit("a").remaining == 4

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert throttle.peek("a").remaining == 5


def test_an_open_transaction_keeps_nobody_waiting(server):
    throttle = Throttle(["5/h", "9/day"], name="export")
    with transaction.atomic(server):
        Arrival.objects.using(server).count()
        throttle.hit("a")
        assert min(seconds_of(lambda: throttle.hit("a")) for _ in range(3)) < 0.5


def test_in_a_transaction_too_a_refusal_is_one(database):
    throttle = Throttle("2/h", name="export")
    with transaction.atomic(database):
        assert [throttle.hit("a").allowed for _ in range(4)] == [True, True, False, False]


@pytest.mark.django_db
def test_in_tests_hits_are_rolled_back_with_the_test():
    with override_settings(**database_settings("default")):
        with transaction.atomic():
            Throttle("5/h", name="export").hit("a")
            assert Arrival.objects.count() == 1
            transaction.set_rollback(rollback=True)
        assert Arrival.objects.count() == 0
        close()


def test_a_connection_that_died_is_no_outage(server):
    throttle = Throttle("5/h", name="export")
    throttle.hit("a")
    with connections[server].cursor() as cursor:
        for process in others(cursor, server):
            # One may end by itself meanwhile, which MariaDB calls an error.
            with suppress(OperationalError):
                cursor.execute(KILL[server].format(process))
    assert throttle.hit("a").remaining == 3


def count_rows(database):
    return Arrival.objects.using(database).count()


@pytest.fixture
def old_rows(database):
    rows = [Arrival(client=f"old-{number}", arrival=number) for number in range(5000)]
    Arrival.objects.using(database).bulk_create(rows)


@pytest.mark.usefixtures("old_rows")
def test_the_command_removes_old_rows_and_no_other(database):
    Throttle("5/h", name="export").hit("a")
    output = io.StringIO()
    call_command("clearthrottles", stdout=output)
    assert output.getvalue() == "Removed 5000 rows.\n"
    assert count_rows(database) == 1


@pytest.mark.usefixtures("old_rows")
def test_old_rows_are_removed_in_passing(database):
    throttle = Throttle("5/h", name="export")
    for _ in range(1000):
        throttle.hit("a")
    deadline = time.monotonic() + 10
    while not 1 < count_rows(database) <= 3001:  # nobody waits for it
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_refusal_writes_nothing(database):
    throttle = Throttle("1/h", name="export")
    throttle.hit("a")
    before = Arrival.objects.using(database).values_list("client", "arrival").get()
    for _ in range(3):
        assert not throttle.hit("a").allowed
    assert Arrival.objects.using(database).values_list("client", "arrival").get() == before


@pytest.fixture
def unreachable(request):
    """A database server whose port is closed, or accepts and never answers."""

    def use(kind, port):
        settings = dict(request.getfixturevalue(kind), PORT=str(port))
        connections.settings["down"] = {**connections.settings[kind], **settings}

    yield use
    close()
    if "down" in connections.settings:
        connections["down"].close()
        del connections["down"]
        del connections.settings["down"]


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("answer", ["closed", "silent"])
def test_an_outage_is_decided_in_time_and_then_at_once(
    kind, answer, unreachable, django_db_blocker
):
    throttle = Throttle("1/h", name="export", on_outage="allow")
    with silent_port() as silent, django_db_blocker.unblock():
        unreachable(kind, silent if answer == "silent" else free_port())
        with override_settings(**database_settings("down")):
            first, later, decided = [], [], []
            for _ in range(3):
                close()
                first.append(seconds_of(lambda: decided.append(throttle.hit("a"))))
                later.append(
                    seconds_of(lambda: decided.extend(throttle.hit("a") for _ in range(20)))
                )
            assert all(decision.outage and decision.allowed for decision in decided)
            assert min(first) < 0.8  # TIMEOUT is 0.25 seconds
            assert min(later) < 0.1


@pytest.mark.django_db
def test_the_migrations_are_complete():
    call_command("makemigrations", "http4xx_throttling", check=True, dry_run=True, verbosity=0)
