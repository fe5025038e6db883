"""The recipes of the page about proxies, with the header fields that these proxies send."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.test import RequestFactory

from django_http4xx.throttling import address_of
from tests.documents import page
from tests.requirements import missing

ROOT = Path(__file__).parent.parent.parent
TABLE = (
    page("how-to/run-behind-a-proxy").partition("| in front of Django |")[2].partition("\n\n")[0]
)
RECIPES = {
    name.strip(): int(number)
    for name, number in re.findall(r"^\| ([^|]+) \| `(\d+)` \|", TABLE, re.MULTILINE)
}
VISITOR = "203.0.113.7"
FORGED = "198.51.100.66"

# By recipe: what a visitor's request looks like where they sent `X-Forwarded-For: {sent}` themselves.
# Each of these proxies hands on what it got, followed by the address of whoever it got it from.
SENT = {
    "nothing": {"REMOTE_ADDR": VISITOR, "HTTP_X_FORWARDED_FOR": FORGED, "HTTP_FORWARDED": FORGED},
    "nginx": {
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_FORWARDED_FOR": f"{FORGED}, {VISITOR}",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_REAL_IP": VISITOR,
    },
    "nginx, and Django on a unix socket": {
        "REMOTE_ADDR": "",
        "HTTP_X_FORWARDED_FOR": f"{FORGED}, {VISITOR}",
        "HTTP_X_REAL_IP": VISITOR,
    },
    "Cloudflare": {
        "REMOTE_ADDR": "172.70.85.12",
        "HTTP_X_FORWARDED_FOR": f"{FORGED},{VISITOR}",
        "HTTP_FORWARDED": f"for={FORGED}",
        "HTTP_CF_CONNECTING_IP": VISITOR,
        "HTTP_CF_RAY": "230b030023ae2822-SJC",
        "HTTP_CF_VISITOR": '{"scheme":"https"}',
        "HTTP_CF_IPCOUNTRY": "DE",
        "HTTP_CDN_LOOP": "cloudflare; loops=1",
    },
    "Cloudflare, then nginx": {
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_FORWARDED_FOR": f"{FORGED},{VISITOR}, 172.70.85.12",
        "HTTP_CF_CONNECTING_IP": VISITOR,
        "HTTP_X_REAL_IP": "172.70.85.12",
    },
    "AWS Application Load Balancer": {
        "REMOTE_ADDR": "10.0.1.14",
        "HTTP_X_FORWARDED_FOR": f"{FORGED}, {VISITOR}",
        "HTTP_FORWARDED": f"for={FORGED}",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_PORT": "443",
        "HTTP_X_AMZN_TRACE_ID": "Root=1-67891233-abcdef012345678912345678",
    },
    "CloudFront, then an AWS Application Load Balancer": {
        "REMOTE_ADDR": "10.0.1.14",
        "HTTP_X_FORWARDED_FOR": f"{FORGED}, {VISITOR}, 64.252.86.11",
        "HTTP_VIA": "2.0 ebc123.cloudfront.net (CloudFront)",
        "HTTP_X_AMZ_CF_ID": "abc==",
    },
}


def test_each_recipe_is_tested():
    assert RECIPES.keys() == SENT.keys()


@pytest.mark.parametrize("recipe", SENT)
@pytest.mark.parametrize("forges", [True, False])
def test_a_recipe_finds_the_visitor_whatever_they_send(settings, recipe, forges):
    settings.HTTP4XX = {"TRUSTED_PROXIES": RECIPES[recipe]}
    sent = dict(SENT[recipe])
    if not forges:
        sent.pop("HTTP_FORWARDED", None)
        if "HTTP_X_FORWARDED_FOR" in sent:
            sent["HTTP_X_FORWARDED_FOR"] = re.sub(f"{FORGED},? ?", "", sent["HTTP_X_FORWARDED_FOR"])
    assert address_of(RequestFactory().get("/", **sent)) == VISITOR


def test_a_load_balancer_may_keep_the_port_of_the_visitor(settings):
    settings.HTTP4XX = {"TRUSTED_PROXIES": RECIPES["AWS Application Load Balancer"]}
    for written, expected in (("203.0.113.7:4711", VISITOR), ("[2001:db8::7]:4711", "2001:db8::7")):
        request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=f"{FORGED}, {written}")
        assert address_of(request) == expected


SERVERS = {
    "gunicorn": ["--bind", "unix:{path}", "tests.throttling.behind:wsgi"],
    "uvicorn": ["--uds", "{path}", "tests.throttling.behind:asgi"],
}


@pytest.mark.parametrize("server", SERVERS)
def test_a_real_server_on_a_unix_socket(server, tmp_path):
    if not find_spec(server):
        missing(f"{server} is not installed.")
    path = str(tmp_path / "s")
    process = subprocess.Popen(
        [sys.executable, "-m", server, *(part.format(path=path) for part in SERVERS[server])],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.throttling.behind"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = _asked(path, f"{FORGED}, {VISITOR}")
    finally:
        process.terminate()
        process.wait(20)
    assert answer.partition("\r\n\r\n")[2] == VISITOR


def _asked(path, forwarded_for):
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(30)
                connection.connect(path)
                fields = f"Host: localhost\r\nX-Forwarded-For: {forwarded_for}\r\nConnection: close"
                connection.sendall(f"GET / HTTP/1.1\r\n{fields}\r\n\r\n".encode())
                received = b""
                while part := connection.recv(65536):
                    received += part
                return received.decode()
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline
            time.sleep(0.05)
