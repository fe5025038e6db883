"""The example project, served for real: each server is started once and asked over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.requirements import chromium

from .editing import LAPTOP, Editor, write

ROOT = Path(__file__).parent.parent.parent
PROJECT = ROOT / "example_project"

# By the name that a test gives: the arguments of `python`, in the folder of `manage.py`.
SERVERS = {
    "demo": "manage.py demo --port {port}",
    "strict": "manage.py demo --port {port} --settings tests.example_project.strict_settings",
    "rtl": "manage.py demo --port {port} --settings tests.example_project.rtl_settings",
    "token": "manage.py demo --port {port} --settings tests.example_project.token_settings",
    "runserver": "manage.py runserver --noreload 127.0.0.1:{port}",
    "gunicorn": "-m gunicorn --bind 127.0.0.1:{port} --threads 4 --log-level error example.wsgi",
    "uvicorn": "-m uvicorn --port {port} --lifespan off --log-level error example.asgi:application",
}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self):
        return json.loads(self.content)


@dataclass
class Site:
    port: int

    def ask(self, path, *, method="GET", body=None, **fields) -> Answer:
        """The answer to a request; ``Accept_Language="en"`` is the field ``Accept-Language``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        try:
            is_chunked = "Transfer-Encoding" in headers
            connection.request(method, path, body, headers, encode_chunked=is_chunked)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def send(self, request: bytes) -> Answer:
        """The answer to the bytes of a request."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response.status, response.headers, response.read())

    def problem(self, path, **kwargs):
        """The problem that a path answers with."""
        return self.ask(path, Accept="application/problem+json", **kwargs).json()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), str(PROJECT)])
    return {**os.environ, "PYTHONPATH": path, "EXAMPLE_DATABASE": str(folder / "db.sqlite3")}


def manage(folder: Path, *arguments: str) -> str:
    """What ``manage.py`` prints, with a database in the folder."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment(folder) | {"DJANGO_SETTINGS_MODULE": "example.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def serve(name: str, folder: Path, port: int) -> subprocess.Popen:
    log = (folder / f"{name}-{port}.log").open("w")
    return subprocess.Popen(
        [sys.executable, *SERVERS[name].format(port=port).split()],
        cwd=PROJECT,
        env=environment(folder) | {"DJANGO_SETTINGS_MODULE": "example.settings"},
        stdout=log,
        stderr=log,
    )


def wait_for(server: subprocess.Popen, port: int) -> None:
    for _ in range(600):
        assert server.poll() is None, "The server stopped."
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("The server did not start.")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the database of a shop that is set up."""
    folder = tmp_path_factory.mktemp("example_project")
    manage(folder, "migrate", "--verbosity", "0")
    return folder


@pytest.fixture(scope="session")
def start(folder):
    """Start a server by its name, once."""
    running: dict[str, tuple[subprocess.Popen, Site]] = {}

    def start(name: str) -> Site:
        if name not in running:
            port = free_port()
            running[name] = serve(name, folder, port), Site(port)
            wait_for(running[name][0], port)
        return running[name][1]

    yield start
    for server, _site in running.values():
        server.terminate()
    for server, _site in running.values():
        server.wait(10)


@pytest.fixture(params=[name for name in SERVERS if name != "strict"])
def any_site(request, start):
    """The example project behind each server in turn."""
    return start(request.param)


@pytest.fixture
def site(start):
    """The example project as ``make demo`` serves it."""
    return start("demo")


@pytest.fixture(scope="session")
def editor():
    """An editor by name, who signs in to a site once: a password takes its time to check."""
    signed_in: dict[tuple[int, str], Editor] = {}

    def editor(site: Site, name: str) -> Editor:
        key = site.port, name
        if key not in signed_in:
            signed_in[key] = Editor(site, name)
        return signed_in[key]

    return editor


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_tab(browser, site):
    """A page of a new browser; ``asked`` lists what it asked, and an error of a script fails the test."""
    contexts, complaints = [], []

    def open_tab(at=site, **options):
        options = {"viewport": LAPTOP, "base_url": f"http://127.0.0.1:{at.port}", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.asked = []
        page.on("dialog", lambda dialog: (page.asked.append(dialog.type), dialog.accept()))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def texts_of_others(start, editor):
    """After a file of tests there are the texts of before: the next file may write of the same error."""
    admin = editor(start("demo"), "admin")
    before = admin.texts()
    yield
    for address in admin.texts() - before:
        admin.delete(address)


@pytest.fixture
def sign_in(open_tab, texts_of_others, editor, site):
    """A page of a new browser, in which somebody has signed in to the admin."""

    def sign_in(name="demo", at=site, **options):
        page = open_tab(at, **options)
        editor(at, name).is_in(page.context)
        return page

    return sign_in


@pytest.fixture
def form(sign_in, editor, site):
    """The form of a text, in a browser; the text is deleted at the end."""
    page = sign_in()
    page.address = write(page, "length-required")
    page.goto(page.address)
    yield page
    editor(site, "admin").delete(page.address)
