"""Counts are added up on each database, by several processes at once, outside of any transaction."""

import pytest

from tests.explanations.test_databases import in_process, running

SITE = """
import logging, os, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django_http4xx.met.flushing import flusher
from django_http4xx.met.models import ErrorCount

client = Client()
def meet(path="/nowhere/", **headers):
    return client.get(path, headers=headers).status_code

def counts():
    return sorted(ErrorCount.objects.values_list("part", "count"))
"""

ADDED_UP = """
call_command("migrate", verbosity=0)
ErrorCount.objects.all().delete()
for path in ("/nowhere/", "/Nowhere/", "/%00/", "/茶/", "/raise/409/", "/🫖/"):
    meet(path, **{"Sec-Fetch-Site": "same-origin", "Referer": "http://testserver/"})
assert flusher.flush() == 6
for _ in range(2):
    meet()
    assert flusher.flush() == 1
assert sum(count for _, count in counts()) == 8, counts()
assert dict(counts())["/nowhere/"] >= 2
connections.close_all()

children = []
for _ in range(4):
    child = os.fork()
    if not child:
        for number in range(50):
            meet(f"/{number % 7}/")
            if number % 10 == 9:
                flusher.flush()
        os._exit(len(flusher.counts))
    children.append(child)
assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
assert sum(count for _, count in counts()) == 8 + 200, counts()
ErrorCount.objects.all().delete()
"""

IN_A_TRANSACTION_OF_SOMEBODY = """
call_command("migrate", verbosity=0)
with transaction.atomic():
    meet()
    flusher.counts.are_of_tests = False
    thread = threading.Thread(target=flusher._flush_in_thread)
    thread.start()
    thread.join()
    transaction.set_rollback(True)
assert counts() == [("/nowhere/", 1)], counts()
"""

FORKED = """
call_command("migrate", verbosity=0)
meet()
connections.close_all()
child = os.fork()
if not child:
    meet("/in/the/child/")
    # The child's end is an orderly one: `atexit` is called.
    raise SystemExit
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert counts() == [("/in/the/", 1)], counts()
flusher.flush()
assert counts() == [("/in/the/", 1), ("/nowhere/", 1)], counts()
"""

NOT_MIGRATED = """
assert meet() == 404
assert flusher.flush() == 0
call_command("migrate", verbosity=0)
assert flusher.flush() == 1
assert counts() == [("/nowhere/", 1)], counts()
"""

UNREACHABLE = """
said = []

class Keeps(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())

logging.getLogger("django_http4xx").addHandler(Keeps(logging.WARNING))
connections["default"].settings_dict["NAME"] = "/no/such/folder/db.sqlite3"
for _ in range(3):
    assert meet() == 404
    assert flusher.flush() == 0
said = [line for line in said if "counts" in line]
assert len(said) == 1 and "\\n" not in said[0], said
assert len(flusher.counts) == 1
"""

NO_DATABASE = """
assert meet() == 404
assert flusher.flush() == 1
assert not len(flusher.counts)
"""

A_TEST_RUN = """
call_command("migrate", verbosity=0)
from django.test.utils import setup_test_environment, teardown_test_environment
setup_test_environment()
meet()
teardown_test_environment()
flusher.flush_at_end()
assert counts() == [], "what a test run counts is not written into the site's own database"
"""


@pytest.mark.parametrize(
    "name, charset",
    [
        ("PostgreSQL", ""),
        ("MariaDB", " CHARACTER SET utf8mb4"),
        # It does not hold every text: then the parts are lost, and no count.
        ("MariaDB", " CHARACTER SET latin1"),
    ],
)
def test_counts_are_added_up_on_a_server(name, charset):
    database = running(name)
    database = {**database, "NAME": f"http4xx_met_{name.lower()}"}
    plain = running(name)
    create = (
        "import django; django.setup(); from django.db import connection as c\n"
        "with c.cursor() as cursor: cursor.execute('{} DATABASE {}{}')"
    )
    quoted = database["NAME"]
    in_process(["-c", create.format("DROP", quoted, "")], {"default": plain})
    failed, said = in_process(["-c", create.format("CREATE", quoted, charset)], {"default": plain})
    assert not failed, said
    try:
        failed, said = in_process(["-c", SITE + ADDED_UP], {"default": database})
        assert not failed, said
    finally:
        in_process(["-c", create.format("DROP", quoted, "")], {"default": plain})


@pytest.mark.parametrize(
    "code",
    [ADDED_UP, IN_A_TRANSACTION_OF_SOMEBODY, FORKED, NOT_MIGRATED, UNREACHABLE, A_TEST_RUN],
    ids=["added up", "transaction", "fork", "not migrated", "unreachable", "a test run"],
)
def test_a_process_on_its_own(tmp_path, code):
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "db.sqlite3"),
        "OPTIONS": {"timeout": 20, "init_command": "PRAGMA journal_mode=wal"},
    }
    failed, said = in_process(["-c", SITE + code], {"default": database})
    assert not failed, said


def test_a_project_without_a_database():
    failed, said = in_process(["-c", SITE + NO_DATABASE], {})
    assert not failed, said
