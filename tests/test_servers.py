"""What reaches the wire: real servers on loopback, read raw off the socket."""

import json
import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from django_http4xx.statuses import STATUSES
from tests.requirements import missing

ROOT = Path(__file__).parent.parent
SERVERS = {
    "gunicorn sync": ("gunicorn", ["--bind", "fd://{fd}", "{site}:wsgi"]),
    "gunicorn gthread": (
        "gunicorn",
        ["--bind", "fd://{fd}", "--worker-class", "gthread", "{site}:wsgi"],
    ),
    "uvicorn": ("uvicorn", ["--fd", "{fd}", "--http", "h11", "{site}:asgi"]),
}
UNDER_ASGI = {"uvicorn"}


class Server:
    """A server that listens on a free port; ``site`` is the module of what it serves."""

    def __init__(self, name, site="tests.served"):
        module, arguments = SERVERS[name]
        if not find_spec(module):
            missing(f"{module} is not installed.")
        self.is_async = name in UNDER_ASGI
        self.listener = socket.create_server(("127.0.0.1", 0))
        fd = self.listener.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *(part.format(fd=fd, site=site) for part in arguments)],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            pass_fds=[fd],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.listener.close()

    def raw(self, sent):
        """All that the server sends back, until it closes."""
        with socket.create_connection(self.listener.getsockname(), timeout=30) as connection:
            connection.sendall(sent)
            received = b""
            try:
                while part := connection.recv(65536):
                    received += part
            except ConnectionResetError:
                # Where a server closes without reading the body to its end.
                pass
            return received

    def ask(self, method, target, *fields, body=b""):
        """The status, the fields as sent, and the content of an answer."""
        lines = [f"{method} ".encode() + target + b" HTTP/1.1", b"Host: testserver", *fields]
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        sent = b"\r\n".join([*lines, b"Connection: close", b"", body])
        head, _, content = self.raw(sent).partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) if ": " in line else (line, "") for line in rest)
        return int(first.split()[1]), {k.title(): v for k, v in headers.items()}, content


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    running = Server(request.param)
    yield running
    running.stop()


JSON = b"Accept: application/problem+json"


@pytest.mark.parametrize("status", STATUSES)
def test_every_code_reaches_the_wire(server, status):
    for door in ("raise", "async/raise", "bare"):
        answered, headers, content = server.ask("GET", f"/{door}/{status}/".encode(), JSON)
        body = json.loads(content)
        assert (answered, body["status"]) == (status, status)
        assert headers["Content-Type"] == "application/problem+json"
        assert headers["Content-Length"] == str(len(content))
        assert headers["Content-Language"] == "en"


@pytest.mark.parametrize("accept", [JSON, b"Accept: text/html", b"Accept: text/plain"])
@pytest.mark.parametrize("status", [401, 404, 405, 413, 416, 426, 429])
def test_head_has_the_fields_of_get_and_no_content(server, status, accept):
    reference = b"X-Request-ID: abc"
    target = f"/raise/{status}/".encode()
    _, of_get, content = server.ask("GET", target, accept, reference)
    answered, of_head, nothing = server.ask("HEAD", target, accept, reference)
    assert (answered, nothing) == (status, b"")
    assert of_head["Content-Length"] == str(len(content))
    assert {**of_head, "Date": ""} == {**of_get, "Date": ""}


HOP_BY_HOP = {
    407: ("challenge", {"Proxy-Authenticate": 'Basic realm="proxy"'}),
    408: ("", {"Connection": "close"}),
    426: ("upgrade", {"Upgrade": "TLS/1.2, websocket", "Connection": "upgrade"}),
}


@pytest.mark.parametrize("door", ["raise", "bare"])
@pytest.mark.parametrize("status", HOP_BY_HOP)
def test_a_hop_by_hop_field_is_sent_where_the_gateway_carries_it(server, status, door):
    member, demanded = HOP_BY_HOP[status]
    answered, headers, content = server.ask("GET", f"/{door}/{status}/".encode(), JSON)
    assert answered == status
    if server.is_async:
        assert demanded.items() <= headers.items()
    else:
        # PEP 3333 forbids them; gunicorn closes by itself, since the request asks for it.
        sent = {name: value for name, value in headers.items() if name in demanded}
        assert sent in ({}, {"Connection": "close"})
    if member:
        assert json.loads(content)[member]


@pytest.mark.parametrize(
    "target",
    [
        b"/nowhere/",
        b"/%00",
        b"/%ff%fe",
        b"/%0d%0aX-Injected:%201/",
        b"/%c0%ae%c0%ae/",
        b"/%ed%a0%80/",
        b"//evil.example/raise/404",
        b"/../../etc/passwd",
        b"/a;b?c=%zz&&=&%00",
        b"/%3Cscript%3Ealert(1)%3C/script%3E/",
        b"/raise/404/?" + b"a&" * 2000,
        b"/" + b"x" * 3000,
        b"http://testserver/nowhere/",
        b"*",
        b"/\xff\xfe",
        b"/ \x01",
        b"nowhere",
    ],
    ids=lambda target: repr(target[:20]),
)
def test_an_odd_address(server, target):
    for method in ("GET", "HEAD", "POST", "BREW"):
        for accept in (JSON, b"Accept: text/html"):
            answered, headers, content = server.ask(method, target, accept)
            assert 400 <= answered < 500
            assert "X-Injected" not in headers
            assert b"<script>" not in content


@pytest.mark.parametrize(
    "fields",
    [
        [b"Accept: \xff\xfe/\x80"],
        [b"Accept: " + b"*/*;q=0.1, " * 600],
        [b"Accept-Language: zh-" + b"x" * 4000],
        [b"X-Request-ID: <script>", b'Referer: http://testserver/"><script>'],
        [b"X-Request-ID: a\tb\x80"],
        [b'Cookie: sessionid=\xff; csrftoken="\\"'],
        [b"Content-Type: text/plain; charset=\xff"],
        [b"Content-Type: multipart/form-data; boundary=\xff"],
        [b"Content-Length: nonsense"],
        [b"Content-Length: -1"],
        [b"Expect: nonsense"],
        [b"Range: bytes=9-1,x", b"If-Match: nonsense"],
        [b"X-Forwarded-Host: a b", b"X-Forwarded-For: \xff"],
        [b"HX-Request: true", b"Sec-Fetch-Dest: empty"],
        [b"Authorization: Basic \xff"],
        [b"Host: other.example"],
        [b": nothing"],
        [b"A B: c"],
    ],
    ids=lambda fields: repr(fields[0][:24]),
)
def test_an_odd_field(server, fields):
    for method in ("GET", "POST"):
        for target in (b"/raise/409/", b"/bare/404/", b"/nowhere/"):
            answered, _, content = server.ask(method, target, *fields)
            assert 400 <= answered < 500
            assert b"<script>" not in content


@pytest.mark.parametrize(
    "host, status",
    [(b"other.example", 421), (b"a b", 400), (b"<script>", 400), (b"", 400)],
)
def test_a_host_that_is_not_ours(server, host, status):
    answer = server.raw(
        b"GET /nowhere HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    )
    assert int(answer.split()[1]) == status
    assert b"<script>" not in answer


def test_no_field_can_be_added_by_a_value(server):
    """Text that is not ASCII, and line breaks, in every place that takes a text."""
    answered, headers, _ = server.ask("GET", b"/odd/", JSON)
    assert answered == 409
    assert headers["X-Odd"] == "a X-Injected: 1 ? b"
    assert "X-Injected" not in headers
