"""A path prefix is whole segments of the path below the script's prefix, for whoever takes one."""

from __future__ import annotations

import itertools
from urllib.parse import unquote_to_bytes

import pytest
from asgiref.sync import async_to_sync
from django.core import checks
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import re_path

from django_http4xx.exceptions import NotFound
from django_http4xx.models import Explanation

MIDDLEWARE = [
    "django_http4xx.middleware.Http4xxMiddleware",
    "django_http4xx.throttling.ThrottleMiddleware",
]


def nothing(request):
    raise NotFound


urlpatterns = [
    re_path("^seen/", lambda request: HttpResponse("seen")),
    re_path("", nothing),
]

# A prefix, the path that is asked for as it is sent, and whether the path has the prefix.
TABLE = [
    ("/api", "/api", True),
    ("/api", "/api/", True),
    ("/api", "/api/teas/", True),
    ("/api/", "/api", True),
    ("/api/", "/api/teas", True),
    ("/api//", "/api/teas", True),
    (" /api/ ", "/api/teas", True),
    ("/api/v1", "/api/v1/teas", True),
    ("/", "/", True),
    ("/", "/anything/at/all", True),
    ("/api", "/", False),
    ("/api", "/apiary/", False),
    ("/api", "/api.json", False),
    ("/api/", "/apiary/", False),
    ("/api/v1", "/api/v10", False),
    ("/api/v1", "/api/", False),
    ("/api", "/the/api/", False),
    # Case counts, and so do empty segments: Django's URL patterns tell them apart, too.
    ("/api", "/API/", False),
    ("/API", "/api/", False),
    ("/api", "//api/", False),
    ("//api", "//api/teas", True),
    ("/a/b", "/a//b", False),
    ("/a//b", "/a//b/c", True),
    # Both are decoded, once.
    ("/caf%C3%A9/", "/caf%C3%A9/", True),
    ("/café", "/caf%C3%A9/", True),
    ("/caf%c3%a9", "/caf%C3%A9/teas", True),
    ("/my teas", "/my%20teas/", True),
    ("/100%25ab", "/100%25ab/", True),
    ("/50%off", "/50%25off/", True),
    ("/a%2541", "/aA/", False),
    ("/%ff", "/%ff/", True),
]


numbers = itertools.count()


def ask(path, **environ):
    # A client of a test would take `//api/` for a host.
    decoded = unquote_to_bytes(path).decode("latin-1")
    return Client().get("/", PATH_INFO=decoded, **environ)


def says_json(prefix, path, settings, **environ):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {prefix: "json"}}
    return ask(path, **environ)["Content-Type"] == "application/json"


def throttles(prefix, path, settings, **environ):
    limit = {"rate": "1/h", "name": f"part {next(numbers)}"}
    settings.HTTP4XX = {"THROTTLES": {prefix.strip(): limit}}
    return {ask(path, **environ).status_code for _ in range(2)} == {404, 429}


def shows_words(prefix, path, settings, **environ):
    Explanation.objects.create(problem_type="not-found", path_prefix=prefix, title="Ours")
    return b"Ours" in ask(path, **environ).content


def shows_words_written_in_a_form(prefix, path, settings, **environ):
    row = Explanation(problem_type="not-found", path_prefix=prefix, title="Ours")
    # Who saves it again changes nothing.
    for _ in range(2):
        row.full_clean()
        row.save()
    return b"Ours" in ask(path, **environ).content


USERS = [says_json, throttles, shows_words, shows_words_written_in_a_form]


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = MIDDLEWARE


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(("prefix", "path", "has_it"), TABLE)
def test_formats_throttles_and_explanations_mean_one_thing(prefix, path, has_it, user, settings):
    assert user(prefix, path, settings) is has_it


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("path", ["/api/teas/", "/apiary/"])
@pytest.mark.parametrize("name", ["/shop", "/shop/", "/api"])
def test_the_scripts_prefix_is_no_part_of_the_path(name, path, user, settings):
    settings.FORCE_SCRIPT_NAME = name

    assert user("/api", path, settings) is (path == "/api/teas/")


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
def test_the_scripts_prefix_may_be_known_to_the_server_only(user, settings):
    assert user("/api", "/api/", settings, SCRIPT_NAME="/shop")


def test_the_scripts_prefix_is_no_part_of_the_path_under_asgi(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/api": "json"}}
    settings.FORCE_SCRIPT_NAME = "/shop"

    response = async_to_sync(AsyncClient().get)("/shop/api/teas/")

    assert response["Content-Type"] == "application/json"


def test_the_longest_prefix_decides_whatever_the_order(settings):
    settings.HTTP4XX = {
        "DEFAULT_FORMAT": {"/": "text", "/a/b/c/": "html", "/a/": "json", "/a/b": "problem+xml"}
    }

    found = {path: Client().get(path)["Content-Type"] for path in ("/x", "/a/", "/a/b/", "/a/b/c")}

    assert [kind.partition(";")[0] for kind in found.values()] == [
        "text/plain",
        "application/json",
        "application/problem+xml",
        "text/html",
    ]


def test_a_part_of_the_site_can_be_free_of_its_throttle(settings):
    settings.HTTP4XX = {"THROTTLES": {"/": {"rate": "1/h", "name": "part"}, "/seen": None}}
    client = Client()

    assert [client.get("/seen/").status_code for _ in range(3)] == [200, 200, 200]
    assert [client.get("/seenery/").status_code for _ in range(2)] == [404, 429]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"api/": "json"}, "begin with '/'; 'api/' does not"),
        ({"/api": "json", "/api/": "html"}, "has '/api' and '/api/', which are one path prefix"),
        ({"/caf%C3%A9": "json", "/café/": "html"}, "which are one path prefix"),
    ],
)
def test_the_check_refuses_prefixes_that_mean_nothing_or_two_things(value, said, settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": value}

    assert said in str([message.msg for message in checks.run_checks()])


def test_a_prefix_that_is_written_twice_with_one_value_is_no_fault(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/api": "json", "/api/": "json"}}

    assert not [m for m in checks.run_checks() if m.id == "django_http4xx.E002"]
