"""A request in, a response out: the decorator and the middleware."""

from __future__ import annotations

import asyncio
import re

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncClient, Client, override_settings

from django_http4xx.throttling import throttle

MIDDLEWARE = "django_http4xx.throttling.ThrottleMiddleware"
VIEWS = ["plain", "coroutine", "class", "async-class", "method"]

pytestmark = pytest.mark.urls("tests.throttling.urls")


class Sync:
    """Django's test client, through WSGI's handler."""

    def get(self, path, **kwargs):
        return Client().get(path, **kwargs)


class Async:
    """Django's test client, through ASGI's handler."""

    def get(self, path, **kwargs):
        return asyncio.run(AsyncClient().get(path, **kwargs))


@pytest.fixture(autouse=True)
def clock():
    """The time stands still unless a test shifts it: what is told to the second is asserted."""
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture(params=[Sync, Async])
def client(request, settings):
    # Another dict lets go of the counts of the test before.
    settings.HTTP4XX = {}
    return request.param()


@pytest.fixture
def by_path(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, MIDDLEWARE]

    def set_throttles(throttles):
        settings.HTTP4XX = {"THROTTLES": throttles}

    return set_throttles


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_served_up_to_its_limit(client, view):
    assert [client.get(f"/{view}/").status_code for _ in range(4)] == [200, 200, 429, 429]


@pytest.mark.parametrize("view", VIEWS)
def test_served_answers_tell_what_is_left(client, view):
    served = client.get(f"/{view}/")
    assert re.fullmatch(r'"[\w-]+";q=2;w=60', served["RateLimit-Policy"])
    assert re.fullmatch(r'"[\w-]+";r=1;t=60', served["RateLimit"])


def test_a_refusal_is_explained_and_tells_when_to_come_back(client):
    for _ in range(2):
        client.get("/plain/")
    refused = client.get("/plain/", headers={"Accept": "application/problem+json"})
    assert refused["Content-Type"].startswith("application/problem+json")
    assert refused["Cache-Control"] == "no-store"
    assert refused["Retry-After"] == "60"
    assert refused["RateLimit"] == '"plain";r=0;t=60'
    body = refused.json()
    assert body["code"] == "quota-exceeded"
    assert body["violated-policies"] == ["plain"]
    assert body["retry_after"] == 60
    assert body["remedy"] == "Try again in 1 minute."


def test_who_waits_as_told_is_served_and_not_sooner(client, by_path, clock):
    by_path({"/": "1/s burst 3"})
    for _ in range(3):
        assert client.get("/api/").status_code == 200
    for _ in range(2):
        refused = client.get("/api/")
        assert (refused.status_code, refused["Retry-After"]) == (429, "1")
        clock.shift(0.9)
        assert client.get("/api/").status_code == 429
        clock.shift(0.1)
        assert client.get("/api/").status_code == 200


def test_stacked_limits_are_one_decision(client):
    statuses = [client.get("/stacked/").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert client.get("/stacked/")["RateLimit"] == '"minute";r=0;t=60, "day";r=1;t=60'


def test_a_refusal_further_in_gives_back_what_was_taken_further_out(client):
    assert client.get("/nested/").status_code == 200
    for _ in range(3):
        refused = client.get("/nested/")
        assert refused.status_code == 429
        assert '"outer";r=1;' in refused["RateLimit"]


def test_other_methods_do_not_count():
    client = Client()
    assert [client.get("/posted/").status_code for _ in range(5)] == [200] * 5
    assert "RateLimit" not in client.get("/posted/")
    assert [client.post("/posted/").status_code for _ in range(3)] == [200, 200, 429]


def test_a_request_may_weigh_more(client):
    assert client.get("/weighed/?cost=8").status_code == 200
    assert client.get("/weighed/?cost=3").status_code == 429
    assert client.get("/weighed/?cost=2").status_code == 200


@pytest.mark.parametrize("view", ["tenant", "async-tenant"])
def test_a_callable_says_who_is_asking_and_who_is_not_limited(client, view):
    assert client.get(f"/{view}/?tenant=a").status_code == 200
    assert client.get(f"/{view}/?tenant=a").status_code == 429
    assert client.get(f"/{view}/?tenant=b").status_code == 200
    assert [client.get(f"/{view}/").status_code for _ in range(3)] == [200] * 3


def test_the_middleware_throttles_by_the_longest_prefix(client, by_path):
    by_path({"/": "1/h", "/api/": {"rate": "2/h", "name": "api"}, "/api/health/": None})
    assert [client.get("/api/").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/api/")["RateLimit-Policy"] == '"api";q=2;w=3600'
    assert [client.get("/api/health/").status_code for _ in range(4)] == [200] * 4
    assert client.get("/nowhere/").status_code == 404
    assert client.get("/nowhere/").status_code == 429


def test_the_middleware_explains_while_debugging_too(client, by_path):
    by_path({"/": "1/h"})
    with override_settings(DEBUG=True):
        client.get("/api/")
        refused = client.get("/api/", headers={"Accept": "application/json"})
    assert refused.json()["code"] == "quota-exceeded"


def test_all_doors_are_told_of_in_one_field(client, by_path):
    by_path({"/api/": ["5/h", "9/day"]})
    assert client.get("/api/stacked/")["RateLimit-Policy"] == (
        '"api 5/h";q=5;w=3600, "api 9/day";q=9;w=86400, "minute";q=2;w=60, "day";q=3;w=86400'
    )


def test_errors_of_the_view_carry_the_fields_of_the_middleware(client, by_path):
    by_path({"/": "5/h"})
    assert client.get("/nowhere/")["RateLimit"] == '"site";r=4;t=3600'


@pytest.mark.parametrize(
    "fields, names",
    [
        (["RateLimit"], ["RateLimit-Policy", "RateLimit"]),
        ("X-RateLimit", ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]),
        ([], []),
    ],
)
def test_a_setting_chooses_the_fields(client, settings, fields, names):
    settings.HTTP4XX = {"THROTTLE": {"FIELDS": fields}}
    served = client.get("/plain/")
    assert [name for name in served.headers if "RateLimit" in name] == names


def test_a_wrong_rate_stops_the_start(settings, by_path):
    by_path({"/": "5/month"})
    with pytest.raises(ImproperlyConfigured, match="'5/month' is not a rate"):
        Client().get("/api/")


@pytest.mark.parametrize(
    "arguments, error",
    [
        ({"key": "ipp"}, ValueError),
        ({"key": 7}, TypeError),
        ({"name": "naïve"}, ValueError),
        ({"methods": "POST"}, TypeError),
        ({"cost": 11}, ValueError),
        ({"on_outage": "open"}, ValueError),
    ],
)
def test_a_wrong_argument_is_an_error_where_it_stands(arguments, error):
    with pytest.raises(error):
        throttle("10/min", **arguments)
