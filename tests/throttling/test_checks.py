"""What ``manage.py check`` says of throttles."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.urls import path

from django_http4xx.throttling import Throttle, checks, decorators, throttle, throttles

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(autouse=True)
def no_other_throttles(monkeypatch):
    for module, name in ((throttles, "THROTTLES"), (decorators, "LIMITS")):
        fresh = type(getattr(module, name))()
        monkeypatch.setattr(module, name, fresh)
        monkeypatch.setattr(checks, name, fresh)


def ids(*, deploy=False):
    return {
        message.id
        for message in run_checks(include_deployment_checks=deploy)
        if message.id.startswith("http4xx_throttling") or "E002" in message.id
    }


@pytest.mark.parametrize(
    "backend, more, debug, expected",
    [
        (LOCMEM, {}, True, set()),
        (LOCMEM, {}, False, {"http4xx_throttling.W001"}),
        (LOCMEM, {"OPTIONS": {"MAX_ENTRIES": 300}}, True, {"http4xx_throttling.W003"}),
        (LOCMEM, {"OPTIONS": {"MAX_ENTRIES": 50_000}}, True, set()),
        ("django.core.cache.backends.dummy.DummyCache", {}, True, {"http4xx_throttling.W002"}),
        (
            "django.core.cache.backends.db.DatabaseCache",
            {"LOCATION": "cache"},
            False,
            {"http4xx_throttling.W002", "http4xx_throttling.W003"},
        ),
        (
            "django.core.cache.backends.redis.RedisCache",
            {"LOCATION": "redis://127.0.0.1"},
            False,
            set(),
        ),
    ],
)
def test_says_what_a_store_cannot_promise(settings, backend, more, debug, expected):
    settings.DEBUG = debug
    settings.CACHES = {"default": {"BACKEND": backend, **more}}
    throttle = Throttle("5/h", name="export")
    assert ids() == expected, throttle


def test_says_nothing_where_nothing_is_throttled(settings):
    settings.DEBUG = False
    assert ids(deploy=True) == set()


def test_finds_a_store_that_does_not_exist():
    throttle = Throttle("5/h", name="export", store="nowhere")
    assert ids() == {"http4xx_throttling.E001"}, throttle


def test_finds_that_the_middleware_is_missing(settings):
    settings.DEBUG = True
    settings.HTTP4XX = {"THROTTLES": {"/": {"rate": "5/h", "key": "user"}}}
    assert ids() == {"http4xx_throttling.W004"}


@pytest.mark.parametrize(
    "key, trusted, warns",
    [("ip", None, True), ("user_or_ip", None, True), ("user", None, False), ("ip", 0, False)],
)
def test_asks_how_many_proxies_there_are(settings, key, trusted, warns):
    settings.DEBUG = True
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    decorator = throttle("5/h", key=key, name="login")
    assert ("http4xx_throttling.W005" in ids(deploy=True)) is warns, decorator
    assert "http4xx_throttling.W005" not in ids()


@pytest.mark.parametrize(
    "setting, words",
    [
        ({"THROTTLES": {"/": "5/month"}}, "there is no unit 'month'"),
        ({"THROTTLES": {"api": "5/h"}}, "begin with '/'"),
        ({"THROTTLES": {"/": {"rat": "5/h"}}}, "takes a rate"),
        ({"THROTTLES": {"/": {"rate": "5/h", "keys": "ip"}}}, "keys"),
        ({"THROTTLES": ["5/h"]}, "takes a dict"),
        ({"THROTTLE": {"STOR": "x"}}, "no key 'STOR'"),
        ({"THROTTLE": {"ON_OUTAGE": "open"}}, "'allow' or 'deny'"),
        ({"THROTTLE": {"TIMEOUT": 0}}, "takes seconds"),
        ({"THROTTLE": {"CONNECTIONS": 0}}, "from 1 to 1000"),
        ({"THROTTLE": {"FIELDS": ["RateLimits"]}}, "RateLimit, X-RateLimit"),
        ({"THROTTLE": {"IPV6_PREFIX": 200}}, "1 to 128"),
        ({"THROTTLE": "redis"}, "takes a dict"),
        ({"TRUSTED_PROXIES": -1}, "0 proxies or more"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8"}, "takes a number of proxies"),
        ({"TRUSTED_PROXIES": ["10.0.0.0/99"]}, "10.0.0.0/99"),
        ({"TRUSTED_PROXIES": True}, "takes a number of proxies"),
    ],
)
def test_names_the_setting_that_is_wrong(settings, setting, words):
    settings.HTTP4XX = setting
    (message,) = (each for each in run_checks() if each.id == "django_http4xx.E002")
    (key,) = setting
    assert f"HTTP4XX['{key}']" in message.msg
    assert words in message.msg


def test_names_the_rate_of_an_api_that_is_wrong(settings):
    pytest.importorskip("rest_framework")
    import django_http4xx.rest_framework.throttling  # noqa: F401

    rates = {"anon": "5/month", "user": None, "contacts": "5/h"}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": rates}
    (message,) = (each for each in run_checks() if each.id == "http4xx_throttling.E003")
    assert "['anon']: '5/month' is not a rate" in message.msg


@pytest.mark.parametrize("proxies, expected", [(None, {"W001", "W005"}), (1, {"W001"})])
def test_looks_at_the_throttles_of_an_api(settings, proxies, expected):
    rest_framework = pytest.importorskip("rest_framework.views")
    from django_http4xx.rest_framework.throttling import AnonRateThrottle

    view = type("View", (rest_framework.APIView,), {"throttle_classes": [AnonRateThrottle]})
    settings.ROOT_URLCONF = type("URLs", (), {"urlpatterns": [path("", view.as_view())]})
    settings.REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_RATES": {"anon": "5/h"},
        "NUM_PROXIES": proxies,
    }
    assert ids(deploy=True) == {f"http4xx_throttling.{number}" for number in expected}
