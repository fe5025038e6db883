"""The same rows on other databases: on PostgreSQL, on MariaDB, and where a router chooses."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.requirements import missing

ROOT = Path(__file__).parent.parent.parent
SERVERS = {
    "PostgreSQL": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
    },
    "MariaDB": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "",
        "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PWD", ""),
        # As MariaDB is by default: equal are texts that differ in case, or in spaces at their end.
        "OPTIONS": {"charset": "utf8mb4"},
    },
}
DRIVERS = {"PostgreSQL": "psycopg", "MariaDB": "MySQLdb"}
TESTS = ["tests/explanations/test_models.py", "tests/explanations/test_freshness.py"]
WANTED = "test_models or TestThisProcess or TestInATransaction or test_threads"


def in_process(code, databases, **environment):
    """Run Python with a project that has these databases, and give what it prints."""
    done = subprocess.run(
        [sys.executable, *code],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASES": json.dumps(databases),
            "DJANGO_SETTINGS_MODULE": "tests.explanations.elsewhere",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def running(name):
    """A database on a server that answers."""
    if not find_spec(DRIVERS[name]):
        missing(f"The driver of {name} is not installed.")
    database = SERVERS[name]
    code = "import django; django.setup(); from django.db import connection as c; c.connect()"
    failed, said = in_process(["-c", code], {"default": database})
    if failed:
        missing(f"{name} does not answer: {said.splitlines()[-1]}")
    return database


@pytest.fixture(params=SERVERS)
def server(request):
    return running(request.param)


def test_rows_are_kept_and_read_alike(server):
    database = {**server, "TEST": {"NAME": f"test_http4xx_{os.getpid()}"}}
    failed, said = in_process(
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--create-db", "-k", WANTED, *TESTS],
        {"default": database},
        DJANGO_SETTINGS_MODULE="tests.explanations.elsewhere",
    )
    assert not failed, said


@pytest.mark.parametrize("name", ["SQLite", *SERVERS])
def test_a_table_that_is_missing_is_told_in_one_line(name, tmp_path):
    if name == "SQLite":
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "db")}
    else:
        database = running(name)
        # One that is always there, and never has our tables.
        database = {**database, "NAME": database["NAME"] or "mysql"}
    failed, said = in_process(["-c", SITE + NOT_MIGRATED_YET], {"default": database})
    assert not failed, said


class ReadsFromTheReplica:
    """A router: what is written to one database is read from another."""

    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, one, other, **hints):
        return True


SITE = """
import logging, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django_http4xx.models import CatalogueRevision, Explanation

def told():
    answer = Client().get("/nowhere/", headers={"Accept": "application/json"})
    return answer.json()["explanation"]

def row(explanation, using="default"):
    Explanation(problem_type="not-found", explanation=explanation).save(using=using)
"""

REPLICA = """
for alias in ("default", "replica"):
    call_command("migrate", database=alias, verbosity=0)
row("Written.")
assert told() == "There is nothing at this address.", "the replica lags"
row("Copied.", using="replica")
assert told() == "Copied.", "what is read is the replica"
"""

NOTHING_IS_LEFT_OPEN = """
import threading
call_command("migrate", verbosity=0)
row("Ours.")
found = []

def in_thread():
    from django.http import HttpRequest
    from django_http4xx.exceptions import NotFound
    from django_http4xx.problems import explain
    request = HttpRequest()
    request.META["HTTP_HOST"] = "testserver"
    found.append((str(explain(request, NotFound(), "en").explanation), connection.connection))

thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
assert found == [("Ours.", None)], found
"""

FORKED = """
import os
from django_http4xx.words import snapshots
call_command("migrate", verbosity=0)
row("First.")
assert told() == "First."
connections.close_all()
# Another thread of the parent is just reading.
snapshots._of("default").lock.acquire()
child = os.fork()
if not child:
    row("Second.") if Explanation.objects.all().delete() else None
    os._exit(0 if told() == "Second." else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

COMMITTED_MEANWHILE = """
import threading
call_command("migrate", verbosity=0)
row("First.")
written = []

def write():
    Explanation.objects.update(explanation="Second.")
    connection.close()

def meanwhile(execute, sql, *args):
    result = execute(sql, *args)
    if not written and "remedy" in sql:
        written.append(threading.Thread(target=write))
        written[0].start()
        written[0].join()
    return result

with connection.execute_wrapper(meanwhile):
    told()
assert written, "nothing was read"
assert told() == "Second."
"""

UNMIGRATED = """
assert told() == "There is nothing at this address."
"""

NOT_MIGRATED_YET = """
records = []

class Keeps(logging.Handler):
    def emit(self, record):
        records.append((record.levelname, self.format(record)))

logging.getLogger("django_http4xx").addHandler(Keeps(logging.WARNING))
asked = []

def note(execute, sql, *args):
    # What a driver does on connecting reads no table.
    asked.extend([sql] if "FROM" in sql else [])
    return execute(sql, *args)

with connection.execute_wrapper(note):
    assert {told(), told()} == {"There is nothing at this address."}
(level, line), = records
assert level == "WARNING", level
assert "manage.py migrate" in line, line
assert "\\n" not in line, line
assert len(asked) == 1, asked
"""

UNREACHABLE = """
connections["default"].settings_dict["NAME"] = "/no/such/folder/db.sqlite3"
assert told() == "There is nothing at this address."
"""


NO_DATABASE = """
class Fails(logging.Handler):
    def emit(self, record):
        raise AssertionError(record.getMessage())

logging.getLogger("django_http4xx").addHandler(Fails(logging.WARNING))
assert told() == "There is nothing at this address."
"""


def test_a_project_without_a_database_hears_nothing_of_it():
    failed, said = in_process(["-c", SITE + NO_DATABASE], {})
    assert not failed, said


@pytest.mark.parametrize(
    "code, router",
    [
        (REPLICA, "tests.explanations.test_databases.ReadsFromTheReplica"),
        (NOTHING_IS_LEFT_OPEN, ""),
        (FORKED, ""),
        (COMMITTED_MEANWHILE, ""),
        (UNMIGRATED, ""),
        (UNREACHABLE, ""),
    ],
    ids=["replica", "thread", "fork", "meanwhile", "unmigrated", "unreachable"],
)
def test_a_process_on_its_own(tmp_path, code, router):
    databases = {
        name: {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(tmp_path / name),
            # One thread writes while another reads.
            "OPTIONS": {"init_command": "PRAGMA journal_mode=wal"},
        }
        for name in ("default", "replica")
    }
    failed, said = in_process(["-c", SITE + code], databases, DATABASE_ROUTERS=router)
    assert not failed, said
