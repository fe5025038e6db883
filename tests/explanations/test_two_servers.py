"""Two servers, one database: what is edited at one is told by the other, and the queries it takes."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.requirements import missing

ROOT = Path(__file__).parent.parent.parent
MAX_AGE = 1.5  # seconds


class Server:
    def __init__(self, port):
        self.port = port

    def ask(self, path):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            fields = {"Host": "testserver", "Accept": "application/json"}
            connection.request("GET", path, headers=fields)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def told(self):
        return json.loads(self.ask("/nowhere/"))["detail"]

    def edit(self, explanation):
        assert self.ask(f"/edit/?explanation={quote(explanation)}") == "saved"

    def queries(self):
        """The tables that the server has read since the last time, one for each query."""
        asked = json.loads(self.ask("/queries/"))
        return ["revision" if "cataloguerevision" in sql else "rows" for sql in asked]


@contextmanager
def served(module, arguments, environment):
    if not find_spec(module):
        missing(f"{module} is not installed.")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *(part.format(fd=fd) for part in arguments)],
            cwd=ROOT,
            env=environment,
            pass_fds=[fd],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Server(listener.getsockname()[1])
        finally:
            process.terminate()
            process.wait(20)


SERVERS = {
    "WSGI": ("gunicorn", ["--bind", "fd://{fd}", "tests.served:wsgi"]),
    "ASGI": ("uvicorn", ["--fd", "{fd}", "tests.served:asgi"]),
}


@pytest.fixture(params=SERVERS)
def servers(request, tmp_path):
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "db.sqlite3")}
    environment = {
        **os.environ,
        "DATABASES": json.dumps({"default": database}),
        "DJANGO_SETTINGS_MODULE": "tests.explanations.elsewhere",
        "ROOT_URLCONF": "tests.explanations.urls",
        "EXPLANATIONS_MAX_AGE": str(MAX_AGE),
    }
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    with ExitStack() as stack:
        yield [stack.enter_context(served(*SERVERS[request.param], environment)) for _ in range(2)]


def test_an_edit_at_one_is_told_by_the_other_in_time(servers):
    here, there = servers
    here.edit("First.")
    asked_at = time.monotonic()
    assert there.told() == "First."
    answered_at = time.monotonic()
    assert there.queries() == ["revision", "rows"]

    here.edit("Second.")
    assert here.told() == "Second."
    while True:
        told, queries = there.told(), there.queries()
        if time.monotonic() >= asked_at + MAX_AGE:
            break
        assert (told, queries) == ("First.", [])

    time.sleep(max(0, answered_at + MAX_AGE - time.monotonic()))
    assert there.told() == "Second."
    assert (queries + there.queries()).count("rows") == 1

    asked_at = time.monotonic()
    while time.monotonic() < asked_at + 2 * MAX_AGE:
        assert there.told() == "Second."
    queries = there.queries()
    assert set(queries) == {"revision"}
    assert len(queries) <= 1 + (time.monotonic() - asked_at) / MAX_AGE
