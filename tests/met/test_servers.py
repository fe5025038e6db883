"""Servers with four processes: each error is counted once when they have stopped in order."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.requirements import missing

ROOT = Path(__file__).parent.parent.parent
GUNICORN = ("gunicorn", ["--bind", "fd://{fd}", "--workers", "4", "--log-level", "error"])
SERVERS = {
    "gunicorn sync": (GUNICORN[0], [*GUNICORN[1], "tests.met.served:wsgi"]),
    "gunicorn preload": (GUNICORN[0], [*GUNICORN[1], "--preload", "tests.met.served:wsgi"]),
    "gunicorn gthread": (
        GUNICORN[0],
        [*GUNICORN[1], "--worker-class", "gthread", "--threads", "4", "tests.met.served:wsgi"],
    ),
    "gunicorn that renews its workers": (
        GUNICORN[0],
        [*GUNICORN[1], "--max-requests", "100", "tests.met.served:wsgi"],
    ),
    "uvicorn": ("uvicorn", ["--fd", "{fd}", "--workers", "4", "tests.met.served:asgi"]),
}
COUNT = """
import json
from django.db.models import Sum
from django_http4xx.met.models import ErrorCount
rows = ErrorCount.objects.values_list("problem_type", "part").annotate(Sum("count"))
print(json.dumps(list(rows)))
"""
PATHS = ("/raise/404/", "/raise/409/", "/bare/403/", "/nowhere/")


@pytest.fixture
def environment(tmp_path):
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "db.sqlite3"),
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
    environment = {
        **os.environ,
        "DATABASES": json.dumps({"default": database}),
        "DJANGO_SETTINGS_MODULE": "tests.explanations.elsewhere",
    }
    migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    return environment


@contextmanager
def served(name, environment):
    module, arguments = SERVERS[name]
    if not find_spec(module):
        missing(f"{module} is not installed.")
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
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
            yield listener.getsockname(), process
        finally:
            process.terminate()
            process.wait(60)


def status_of(address, path):
    with socket.create_connection(address, timeout=20) as connection:
        lines = (f"GET {path} HTTP/1.1", "Host: testserver", "Accept: application/json")
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    return int(received.split()[1])


def asked_at_once(address, number, threads=8):
    """Send so many requests for each path; give how many got the answer that they should."""
    paths = list(PATHS) * number
    answers = Counter()

    def ask():
        while paths:
            try:
                path = paths.pop()
            except IndexError:
                return
            answers[path, status_of(address, path)] += 1

    all_threads = [threading.Thread(target=ask) for _ in range(threads)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    return answers


def counted(environment):
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(){COUNT}"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return {(name, part): count for name, part, count in json.loads(done.stdout)}


@pytest.mark.parametrize("name", SERVERS)
def test_each_error_is_counted_once(name, environment):
    number = 250
    with served(name, environment) as (address, _process):
        assert status_of(address, "/nowhere/") == 404
        answers = asked_at_once(address, number)
    assert sum(answers.values()) == 4 * number
    rows = counted(environment)
    loaded = rows.pop(("not-found", "/while-loading/"))
    assert rows == {
        ("not-found", "/raise/<int:status>/"): number,
        ("conflict", "/raise/<int:status>/"): number,
        ("forbidden", "/bare/<int:status>/"): number,
        ("not-found", "/nowhere/"): number + 1,
    }
    if name == "gunicorn preload":
        # The parent loaded the site once; its children do not count that again.
        assert loaded == 1


def test_counts_are_written_while_a_server_runs_without_another_request(environment):
    with served("gunicorn sync", environment) as (address, process):
        assert status_of(address, "/nowhere/") == 404
        written_by = time.monotonic() + 30
        while ("not-found", "/nowhere/") not in counted(environment):
            assert time.monotonic() < written_by, "nothing was written"
            time.sleep(1)
        process.send_signal(signal.SIGTERM)
    assert counted(environment)["not-found", "/nowhere/"] == 1
