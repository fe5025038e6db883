"""A site with everything that sites have, under real servers, with our app and without it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .packages import EXISTS_FOR, require

ROOT = Path(__file__).parent.parent.parent
SITE = "tests.company.whole_site"
SERVERS = {
    "gunicorn": ["-m", "gunicorn", "--bind", "fd://{fd}", f"{SITE}.served:wsgi"],
    "uvicorn": ["-m", "uvicorn", "--fd", "{fd}", f"{SITE}.served:asgi"],
}
PACKAGES = [
    *("django-allauth", "django-cors-headers", "django-csp", "django-debug-toolbar"),
    *("django-filter", "django-htmx", "djangorestframework-simplejwt", "sentry-sdk"),
]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Dest": "document"}
PROGRAM = {"Accept": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Site:
    """The site as one server serves it."""

    def __init__(self, server, folder, ours, *, debug=False):
        folder.mkdir()
        self.folder = folder
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": f"{SITE}.settings",
            "WHOLE_SITE": ours,
            "WHOLE_SITE_FOLDER": str(folder),
            **({"WHOLE_SITE_DEBUG": "1"} if debug else {}),
        }
        for command in (["migrate", "-v0"], ["collectstatic", "-v0", "--no-input"]):
            subprocess.run(
                [sys.executable, "-m", "django", *command], cwd=ROOT, env=environment, check=True
            )
        self.listener = socket.create_server(("127.0.0.1", 0))
        fd = self.listener.fileno()
        self.process = subprocess.Popen(
            [sys.executable, *(part.format(fd=fd) for part in SERVERS[server])],
            cwd=ROOT,
            env=environment,
            pass_fds=[fd],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.listener.close()

    def ask(self, method, path, headers, content=None):
        import httpx

        address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=30) as client:
            # What a body that is shorter or longer than it says does, httpx raises.
            return client.request(method, path, headers=headers, content=content)

    def events(self):
        """What the error tracker was told."""
        noted = self.folder / "events.txt"
        return noted.read_text().split() if noted.exists() else []


@pytest.fixture(scope="module", params=SERVERS)
def sites(request, tmp_path_factory):
    for package in PACKAGES:
        require(package)
    folder = tmp_path_factory.mktemp(request.param)
    running = [Site(request.param, folder / name, name) for name in ("with ours", "without")]
    yield running
    for site in running:
        site.stop()


SUCCESSES = [
    ("GET", "/fine/", BROWSER),
    ("HEAD", "/fine/", BROWSER),
    ("GET", "/fine/later/", PROGRAM),
    ("GET", "/fine/stream/", BROWSER),
    ("GET", "/admin/login/", BROWSER),
    ("GET", "/accounts/login/", BROWSER),
    ("GET", "/static/admin/css/base.css", BROWSER),
    ("GET", "/api/users/", PROGRAM),
    ("GET", "/api/users/?id=1", PROGRAM),
    ("OPTIONS", "/api/users/", PROGRAM),
    ("GET", "/admin/", BROWSER),
    (
        "OPTIONS",
        "/api/users/",
        {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"},
    ),
]


def changing(text):
    """A text without what differs from one request to the next."""
    return re.sub(r'(csrfmiddlewaretoken" value="|nonce-|nonce=")[^"\']+', r"\1", text)


@pytest.mark.parametrize(("method", "path", "headers"), SUCCESSES)
def test_a_success_is_the_same_with_ours_and_without(sites, method, path, headers):
    ours, without = (site.ask(method, path, headers) for site in sites)
    assert ours.status_code == without.status_code < 400
    assert changing(ours.text) == changing(without.text)
    differing = {"date", "expires", "set-cookie", "content-security-policy"}
    fields = [{n: v for n, v in r.headers.items() if n not in differing} for r in (ours, without)]
    assert fields[0] == fields[1]


# What is asked, and the status that it has with ours and without.
ERRORS = [
    ("GET", "/nowhere/", {}, None, 404),
    ("GET", "/missing/", {}, None, 404),
    ("GET", "/missing/later/", {}, None, 404),
    ("GET", "/missing/row/", {}, None, 404),
    ("GET", "/denied/", {}, None, 403),
    ("GET", "/bare/", {}, None, 409),
    ("GET", "/post/", {}, None, 405),
    ("POST", "/post/", FORM, b"a=1", 403),
    ("GET", "/static/admin/css/none.css", {}, None, 404),
    ("POST", "/accounts/login/", FORM, b"login=a&password=b", 403),
    ("GET", "/api/missing/", {}, None, 404),
    ("GET", "/api/users/12/", {}, None, 404),
    ("POST", "/api/users/", {"Content-Type": "application/json"}, b"{}", 401),
    ("DELETE", "/api/missing/", {}, None, 405),
    ("GET", "/api/users/", {"Authorization": "Bearer nonsense"}, None, 401),
    ("POST", "/api/token/", {"Content-Type": "application/json"}, b"{", 400),
    ("GET", "/api/users/?id=abc", {}, None, 400),
    ("GET", "/missing/", {"HX-Request": "true", "Sec-Fetch-Dest": "empty"}, None, 404),
]


@pytest.mark.parametrize("headers", [BROWSER, PROGRAM], ids=["browser", "program"])
@pytest.mark.parametrize(("method", "path", "more", "content", "status"), ERRORS)
def test_an_error_has_its_status_its_fields_and_words(
    sites, method, path, more, content, status, headers
):
    sent = {**headers, "Origin": "https://app.example", **more}
    ours, without = (site.ask(method, path, sent, content) for site in sites)
    assert (ours.status_code, without.status_code) == (status, status)
    # What cross-origin scripts, frames and clients go by is there as it is without us.
    for name in ("access-control-allow-origin", "allow", "www-authenticate", "x-frame-options"):
        assert ours.headers.get(name) == without.headers.get(name), name
    # Nobody may frame a page that shows what was typed.
    has_form = headers is not PROGRAM and more is FORM
    framing = "'none'" if has_form else "'self'"
    assert f"frame-ancestors {framing}" in ours.headers["content-security-policy"]
    if headers is PROGRAM:
        assert ours.json()["status"] == status
        assert ours.json()["detail"]
    else:
        assert ours.headers["content-type"].startswith(("text/html", "application/problem+json"))


@pytest.mark.parametrize("path", ["/nowhere/", "/missing/", "/denied/", "/api/missing/", "/bare/"])
@pytest.mark.parametrize("headers", [BROWSER, PROGRAM], ids=["browser", "program"])
def test_head_has_the_fields_of_get(sites, path, headers):
    ours, _without = sites
    of_get, of_head = (ours.ask(method, path, headers) for method in ("GET", "HEAD"))
    changes = {"date", "set-cookie", "content-security-policy", "x-request-id"}
    fields = [{n: v for n, v in r.headers.items() if n not in changes} for r in (of_get, of_head)]
    assert of_get.status_code == of_head.status_code
    assert fields[0] == fields[1]
    assert not of_head.content


@pytest.mark.parametrize("path", ["/own/", "/own/json/"])
def test_words_of_the_sites_own_stay(sites, path):
    ours, without = (site.ask("GET", path, PROGRAM) for site in sites)
    assert (ours.status_code, ours.content) == (without.status_code, without.content)


def test_the_limit_of_another_package_is_kept(sites):
    for site in sites:
        assert site.ask("GET", "/accounts/login/", BROWSER).status_code == 200
    statuses = [[tried(site).status_code for _try in range(5)] for site in sites]
    assert statuses[0] == statuses[1]
    assert 429 in statuses[0]
    refused = tried(sites[0], PROGRAM)
    assert refused.status_code == 429


def tried(site, headers=BROWSER):
    token = "a" * 32
    fields = {**headers, **FORM, "Cookie": f"csrftoken={token}"}
    body = f"login=ana&password=wrong&csrfmiddlewaretoken={token}".encode()
    return site.ask("POST", "/accounts/login/", fields, body)


@pytest.mark.parametrize("path", ["/bug/", "/bug/later/"])
def test_a_bug_is_a_500_that_the_tracker_is_told_of_once(sites, path):
    before = [site.events() for site in sites]
    ours, without = (site.ask("GET", path, PROGRAM) for site in sites)
    assert (ours.status_code, ours.content) == (500, without.content)
    time.sleep(0.2)
    for site, had in zip(sites, before, strict=True):
        assert site.events()[len(had) :] == ["ZeroDivisionError"]


def test_an_error_of_the_client_is_none_of_the_trackers_business(sites):
    before = [site.events() for site in sites]
    for path in ("/missing/", "/denied/", "/bare/", "/api/missing/", "/nowhere/"):
        for site in sites:
            site.ask("GET", path, PROGRAM)
    time.sleep(0.2)
    assert [site.events() for site in sites] == before


def test_an_api_that_says_that_it_is_unavailable_says_so_with_ours(sites):
    ours, without = (site.ask("GET", "/api/unavailable/", PROGRAM) for site in sites)
    assert (ours.status_code, without.status_code) == (503, 503)
    assert ours.json()["detail"] == without.json()["detail"] == "Back soon."


@pytest.mark.parametrize("server", SERVERS)
def test_while_debugging_pages_are_whole_and_programs_get_problems(server, tmp_path):
    for package in PACKAGES:
        require(package)
    site = Site(server, tmp_path / "site", "with ours", debug=True)
    try:
        assert "djDebug" in site.ask("GET", "/fine/", BROWSER).text
        assert "DEBUG = True" in site.ask("GET", "/missing/", BROWSER).text
        for path, status in (("/missing/", 404), ("/denied/", 403), ("/bare/", 409)):
            problem = site.ask("GET", path, PROGRAM)
            assert (problem.status_code, problem.json()["status"]) == (status, status)
        assert site.ask("GET", "/bug/", BROWSER).status_code == 500
    finally:
        site.stop()


def test_every_package_of_the_site_is_one_of_the_table():
    assert set(PACKAGES) <= EXISTS_FOR.keys()
