"""Words come from memory: when the rows are read, by whom, and what happens where they cannot be."""

import asyncio
import logging
import threading
import time
from contextlib import contextmanager

import pytest
from django.core import checks
from django.db import OperationalError, connection, transaction
from django.test import AsyncClient, Client, RequestFactory, SimpleTestCase, TestCase

from django_http4xx.exceptions import NotFound
from django_http4xx.models import Explanation
from django_http4xx.responses import problem_response
from django_http4xx.words import snapshots

BUILT_IN = "There is nothing at this address."
JSON = {"Accept": "application/json"}


@pytest.fixture
def fresh_process():
    """The test starts as a process does: knowing nothing."""
    snapshots.forget("default")


def committing(test):
    """The transactions of the test are committed."""
    return pytest.mark.django_db(transaction=True)(pytest.mark.usefixtures("fresh_process")(test))


def told(path="/nowhere/"):
    return Client().get(path, headers=JSON).json()["explanation"]


def row(explanation="Ours.", **fields):
    return Explanation.objects.create(problem_type="not-found", explanation=explanation, **fields)


def max_age(settings, seconds):
    settings.HTTP4XX = {"EXPLANATIONS_MAX_AGE": seconds}


@contextmanager
def queries():
    """What reaches the database, whether it is counted or not."""
    seen = []

    def note(execute, sql, *args):
        seen.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield seen


def written_elsewhere(explanation):
    """A row that another process has written, as this one meets it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_http4xx_explanation SET explanation = %s", [explanation])
        cursor.execute(
            "UPDATE django_http4xx_cataloguerevision SET revision = %s", [f"{time.monotonic_ns()}"]
        )


@committing
class TestThisProcess:
    def test_uses_what_it_wrote_at_once(self):
        assert told() == BUILT_IN
        one = row("First.")
        assert told() == "First."
        one.explanation = "Second."
        one.save()
        assert told() == "Second."
        Explanation.objects.update(explanation="Third.")
        assert told() == "Third."
        one.delete()
        assert told() == BUILT_IN

    def test_uses_what_it_wrote_even_if_nothing_is_ever_read_again(self, settings):
        max_age(settings, None)
        assert told() == BUILT_IN
        row("Ours.")
        assert told() == "Ours."

    def test_does_not_use_what_is_not_committed(self):
        with transaction.atomic():
            row("Ours.")
            assert told() == BUILT_IN
        assert told() == "Ours."

    def test_does_not_use_what_is_rolled_back(self):
        with transaction.atomic():
            row("Ours.")
            transaction.set_rollback(True)
        assert told() == BUILT_IN


@committing
class TestAnotherProcess:
    def test_is_noticed_after_the_age_that_is_set(self, settings, monkeypatch):
        row("First.")
        assert told() == "First."
        written_elsewhere("Second.")
        assert told() == "First."
        later = time.monotonic() + 5
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert told() == "Second."

    def test_is_never_noticed_where_that_is_set(self, settings, monkeypatch):
        max_age(settings, None)
        row("First.")
        assert told() == "First."
        written_elsewhere("Second.")
        later = time.monotonic() + 10**6
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert told() == "First."


@committing
class TestQueries:
    def test_there_are_two_at_first_and_none_afterwards(self):
        row()
        with queries() as seen:
            for _ in range(10):
                assert told() == "Ours."
        assert ["revision" in sql.lower() for sql in seen] == [True, False]

    def test_there_is_one_each_time_the_age_is_reached(self, settings):
        row()
        assert told() == "Ours."
        max_age(settings, 0)
        with queries() as seen:
            assert told() == told() == "Ours."
        assert len(seen) == 2
        assert all("cataloguerevision" in sql for sql in seen)

    def test_there_is_none_in_a_transaction(self, settings):
        row()
        max_age(settings, 0)
        with transaction.atomic(), queries() as seen:
            assert told() == BUILT_IN
        assert seen == []

    def test_there_is_none_on_an_event_loop(self, caplog):
        row()

        async def on_the_loop():
            return problem_response(RequestFactory().get("/"), NotFound())

        with queries() as seen:
            assert BUILT_IN in asyncio.run(on_the_loop()).content.decode()
        assert seen == []
        assert caplog.records == []

    def test_nobody_counts_ours(self, settings, django_assert_num_queries):
        row()
        max_age(settings, 0)
        with django_assert_num_queries(0), queries() as seen:
            assert told() == "Ours."
        assert len(seen) == 2

    @pytest.mark.parametrize("number", [0, 1, 50])
    def test_their_number_does_not_grow_with_the_rows(self, number):
        Explanation.objects.bulk_create(
            Explanation(problem_type="not-found", path_prefix=f"/{index}", title="x")
            for index in range(number)
        )
        with queries() as seen:
            told("/7/")
        assert len(seen) == 2


@contextmanager
def meanwhile(table, write):
    """Somebody commits a row just when this process has read from a table, or begun to."""
    waiting = [write]

    def note(execute, sql, *args):
        result = execute(sql, *args)
        if waiting and sql.startswith("SELECT") and f'FROM "django_http4xx_{table}"' in sql:
            waiting.pop()()
        return result

    with connection.execute_wrapper(note):
        yield
    assert not waiting, "Nothing was read."


@committing
@pytest.mark.parametrize("table", ["cataloguerevision", "explanation"])
class TestARowThatIsCommittedWhileRowsAreRead:
    @pytest.fixture(autouse=True)
    def rows(self):
        # The first of them has been fetched when the second is written.
        return [row("First."), row("Of the part.", path_prefix="/part")]

    def test_is_used_next_where_this_process_wrote_it(self, table, settings):
        max_age(settings, None)
        with meanwhile(table, lambda: Explanation.objects.update(explanation="Second.")):
            told()
        assert (told(), told("/part/")) == ("Second.", "Second.")

    def test_is_noticed_where_another_process_wrote_it(self, table, monkeypatch):
        with meanwhile(table, lambda: written_elsewhere("Second.")):
            told()
        later = time.monotonic() + 5
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert (told(), told("/part/")) == ("Second.", "Second.")

    def test_is_used_after_a_second_one_was_written_while_that_is_read(self, table, settings):
        max_age(settings, None)
        with meanwhile(table, lambda: Explanation.objects.update(explanation="Second.")):
            told()
        with meanwhile(table, lambda: Explanation.objects.update(explanation="Third.")):
            told()
        assert (told(), told("/part/")) == ("Third.", "Third.")


@contextmanager
def broken_database():
    def refuse(*args):
        raise OperationalError("the server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


@committing
class TestABrokenDatabase:
    def test_leaves_the_built_in_words(self):
        row()
        with broken_database():
            assert told() == BUILT_IN

    def test_leaves_the_last_words_known(self, settings):
        max_age(settings, 0)
        row()
        assert told() == "Ours."
        with broken_database():
            assert told() == "Ours."

    def test_is_told_once_and_asked_less_and_less(self, settings, monkeypatch, caplog):
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now)
        asked = []
        with queries() as seen, broken_database(), caplog.at_level(logging.INFO, "django_http4xx"):
            for _ in range(1200):
                told()
                asked.append(len(seen))
                now += 1
        tries = [second for second in range(1, 1200) if asked[second] > asked[second - 1]]
        pauses = [later - earlier for earlier, later in zip([0, *tries], tries, strict=False)]
        assert pauses == [5, 10, 20, 40, 80, 160, 300, 300]
        failures = [record for record in caplog.records if "cannot be read" in record.message]
        assert [record.exc_info[0] for record in failures] == [OperationalError]

    def test_is_forgiven_when_it_works_again(self, monkeypatch):
        row()
        with broken_database():
            told()
        later = time.monotonic() + 6
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert told() == "Ours."

    def test_is_asked_at_once_by_who_could_write(self):
        with broken_database():
            told()
        row()
        assert told() == "Ours."


class BrokenRouter:
    def db_for_read(self, model, **hints):
        raise LookupError("no such tenant")


def test_a_router_that_fails_leaves_the_built_in_words(settings, caplog):
    settings.DATABASE_ROUTERS = [f"{__name__}.BrokenRouter"]
    assert told() == BUILT_IN
    assert "cannot be looked up" in caplog.text


@pytest.mark.parametrize("seconds", ["5", True, -1, float("nan"), [5]])
def test_an_age_that_is_none_is_reported_and_the_default_used(settings, seconds):
    max_age(settings, seconds)
    # Tests before may have left throttles, which have checks of their own.
    (message,) = (one for one in checks.run_checks() if one.id.startswith("django_http4xx."))
    assert message.id == "django_http4xx.E002"
    assert "EXPLANATIONS_MAX_AGE" in message.msg
    assert told() == BUILT_IN


@pytest.mark.usefixtures("fresh_process")
class TestWithoutADatabase(SimpleTestCase):
    def test_the_words_are_the_built_in_ones(self):
        with self.assertLogs("django_http4xx", "WARNING") as logged:
            assert [told(), told(), told()] == [BUILT_IN] * 3
        assert_told_without_alarm(logged.records)


@pytest.mark.usefixtures("fresh_process")
def test_what_blocks_the_database_does_no_harm(caplog):
    assert [told(), told()] == [BUILT_IN] * 2
    assert_told_without_alarm(
        [record for record in caplog.records if record.name == "django_http4xx"]
    )


def assert_told_without_alarm(records):
    """One line says that a test keeps from the database: nothing has failed, so no traceback."""
    (record,) = records
    assert "this test may not use the database 'default'" in record.getMessage()
    assert record.exc_info is None


class TestInATransactionOfATest(TestCase):
    """``TestCase`` never commits; whoever writes a row and asks for the page sees it all the same."""

    @classmethod
    def setUpTestData(cls):
        row("Of the class.", path_prefix="/class")

    def test_a_row_of_the_class_is_seen(self):
        assert told("/class/") == "Of the class."

    def test_1_a_row_of_the_test_is_seen_without_a_query(self):
        row("Of the test.")
        with self.assertNumQueries(0), queries() as seen:
            assert told() == "Of the test."
            assert told("/class/") == "Of the class."
        assert seen == []

    def test_2_a_row_of_another_test_is_forgotten(self):
        assert told() == BUILT_IN
        assert told("/class/") == "Of the class."

    def test_each_change_is_seen(self):
        one = row("First.")
        Explanation.objects.filter(pk=one.pk).update(explanation="Second.")
        assert told() == "Second."
        one.delete()
        assert told() == BUILT_IN

    def test_a_block_that_is_rolled_back_is_forgotten(self):
        row("Before.")
        with transaction.atomic():
            Explanation.objects.filter(path_prefix="").update(explanation="Inside.")
            assert told() == "Inside."
            transaction.set_rollback(True)
        assert told() == "Before."

    def test_a_block_that_is_kept_is_seen(self):
        with transaction.atomic():
            row("Inside.")
        assert told() == "Inside."

    def test_hooks_that_wait_for_the_commit_may_run(self):
        with self.captureOnCommitCallbacks(execute=True):
            row("Ours.")
        assert told() == "Ours."

    async def test_an_async_test_sees_its_rows_too(self):
        await Explanation.objects.acreate(problem_type="not-found", explanation="Async.")
        answer = await AsyncClient().get("/nowhere/", headers=JSON)
        assert answer.json()["explanation"] == "Async."

    def test_who_writes_nothing_makes_no_queries(self):
        with self.assertNumQueries(0), queries() as seen:
            told()
        assert seen == []


@pytest.mark.django_db
def test_a_test_that_writes_a_row_sees_it():
    row("Ours.")
    assert told() == "Ours."


@committing
def test_threads_that_start_together_all_know_the_rows():
    row()
    start, answers = threading.Barrier(8), []

    def ask():
        start.wait()
        answers.append(told())
        connection.close()

    workers = [threading.Thread(target=ask) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert answers == ["Ours."] * 8
