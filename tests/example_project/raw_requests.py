"""Both handlers of the example project, asked below any server, which would refuse much of it first.

Reads a request from each line of its input and writes the answer to it: JSON, in which a character
is a byte.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import traceback
from urllib.parse import unquote

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception
from example.asgi import application as asgi
from example.wsgi import application as wsgi

assert isinstance(wsgi, WSGIHandler)

_FAILURES: list[str] = []


def _note_failure(**kwargs):
    _FAILURES.append(traceback.format_exc())


def over_wsgi(request):
    """The status, the fields and the content that a WSGI server gets."""
    environ = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request["path"], "latin-1"),
        "RAW_URI": request["path"],
        "QUERY_STRING": request["query"],
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request["body"].encode("latin-1")),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request["fields"]:
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    started = []
    response = wsgi(environ, lambda status, fields: started.append((status, fields)))
    content = b"".join(response)
    response.close()
    ((status, fields),) = started
    return int(status[:3]), fields, content


async def over_asgi(request):
    """The status, the fields and the content that an ASGI server gets."""
    path = request["path"].encode("latin-1")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request["method"],
        "scheme": "http",
        "path": unquote(request["path"]),
        "raw_path": path,
        "query_string": request["query"].encode("latin-1"),
        "root_path": "",
        "headers": [
            (name.lower().encode(), value.encode("latin-1")) for name, value in request["fields"]
        ],
        "client": ["127.0.0.1", 50000],
        "server": ["127.0.0.1", 8000],
    }
    sent = [{"type": "http.request", "body": request["body"].encode("latin-1")}]
    received = []

    async def receive():
        # The client stays until it has its answer.
        return sent.pop() if sent else await asyncio.Event().wait()

    async def send(message):
        received.append(message)

    await asgi(scope, receive, send)
    start, *parts = received
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return start["status"], fields, b"".join(part.get("body", b"") for part in parts)


def answer(request):
    _FAILURES.clear()
    try:
        if request["handler"] == "wsgi":
            status, fields, content = over_wsgi(request)
        else:
            status, fields, content = asyncio.run(over_asgi(request))
    except Exception:
        status, fields, content = 500, [], b""
        _note_failure()
    return {
        "status": status,
        "fields": fields,
        "content": content.decode("latin-1"),
        "failures": _FAILURES,
    }


if __name__ == "__main__":
    got_request_exception.connect(_note_failure)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
