"""What ``manage.py check`` says of throttles."""

from __future__ import annotations

import gc

import pytest
from django.core.checks import run_checks
from django.http import HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from django_http4xx.throttling import Throttle, checks, decorators, limits, throttle, throttles

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
DUMMY = "django.core.cache.backends.dummy.DummyCache"
FILES = "django.core.cache.backends.filebased.FileBasedCache"


@pytest.fixture(autouse=True)
def no_other_throttles(monkeypatch):
    for module, name in ((throttles, "THROTTLES"), (limits, "LIMITS")):
        fresh = type(getattr(module, name))()
        for where in (module, checks, decorators):
            monkeypatch.setattr(where, name, fresh, raising=False)


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
        (DUMMY, {}, True, set()),
        (DUMMY, {}, False, {"http4xx_throttling.W001"}),
        (FILES, {"LOCATION": "/nowhere"}, True, {"http4xx_throttling.E004"}),
        (
            "django.core.cache.backends.db.DatabaseCache",
            {"LOCATION": "cache"},
            False,
            {"http4xx_throttling.E004"},
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
        ({"THROTTLES": {"/": {"rat": "5/h"}}}, "must have a rate"),
        ({"THROTTLES": {"/": {"rate": "5/h", "keys": "ip"}}}, "keys"),
        ({"THROTTLES": ["5/h"]}, "must be a dict"),
        ({"THROTTLE": {"STOR": "x"}}, "no key 'STOR'"),
        ({"THROTTLE": {"ON_OUTAGE": "open"}}, "'allow' or 'deny'"),
        ({"THROTTLE": {"TIMEOUT": 0}}, "must be a number of seconds"),
        ({"THROTTLE": {"CONNECTIONS": 0}}, "from 1 to 1000"),
        ({"THROTTLE": {"FIELDS": ["RateLimits"]}}, "RateLimit, X-RateLimit"),
        ({"THROTTLE": {"IPV6_PREFIX": 200}}, "1 to 128"),
        ({"THROTTLE": "redis"}, "must be a dict"),
        ({"TRUSTED_PROXIES": -1}, "0 proxies or more"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8"}, "must be a number of proxies"),
        ({"TRUSTED_PROXIES": ["10.0.0.0/99"]}, "10.0.0.0/99"),
        ({"TRUSTED_PROXIES": True}, "must be a number of proxies"),
    ],
)
def test_names_the_setting_that_is_wrong(settings, setting, words):
    settings.HTTP4XX = setting
    (message,) = (each for each in run_checks() if each.id == "django_http4xx.E002")
    (key,) = setting
    assert f"HTTP4XX['{key}']" in message.msg
    assert words in message.msg


@pytest.mark.parametrize(
    "wrong", ["5/month", None, {"rate": "5/h", "exempt": 7}, {"rate": "5/h", "keys": "ip"}, {}, 7]
)
def test_names_the_path_whose_limit_is_wrong(settings, wrong):
    settings.HTTP4XX = {"THROTTLES": {"/a/": "5/h", "/b/": [wrong], "/c/": "5/h"}}
    (message,) = (each for each in run_checks() if each.id == "django_http4xx.E002")
    assert "'/b/'" in message.msg
    assert "'/a/'" not in message.msg


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


SHARDED = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": ["redis://127.0.0.1:1/0", "redis://127.0.0.1:2/0"],
    "OPTIONS": {"CLIENT_CLASS": "django_redis.client.ShardClient"},
}


@pytest.mark.parametrize(
    "cache, words",
    [
        (SHARDED, "NotImplementedError"),
        ({"BACKEND": FILES, "LOCATION": "/nowhere"}, "FileBasedCache can neither run"),
        (
            {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "nonsense://127.0.0.1",
            },
            "scheme",
        ),
    ],
)
def test_names_a_store_that_cannot_count_before_the_first_hit(settings, cache, words):
    settings.CACHES = {"default": cache}
    throttle = Throttle("5/h", name="export")
    (message,) = (each for each in run_checks() if each.id == "http4xx_throttling.E004")
    assert words in message.msg, throttle
    assert "on Redis or memcached, or to 'database'" in message.hint


def test_a_server_that_is_down_is_no_such_store(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    throttle = Throttle("5/h", name="export")
    assert ids() == set(), throttle


def view(request):
    return HttpResponse()


BY_HEADER = {"key": "header:X-API-Key"}


@pytest.mark.parametrize(
    "stack, warns",
    [
        ([BY_HEADER], True),
        ([BY_HEADER, BY_HEADER], True),
        ([BY_HEADER, {"key": "ip"}], False),
        ([{"key": "user_or_ip"}, BY_HEADER], False),
        ([{"key": "ip"}], False),
    ],
)
def test_warns_of_a_limit_by_what_clients_make_up(settings, stack, warns):
    settings.DEBUG = True
    limited = view
    for number, arguments in enumerate(stack):
        limited = throttle("5/h", name=f"limit-{number}", **arguments)(limited)
    assert ("http4xx_throttling.W006" in ids()) is warns, limited


class ByClass(View):
    pass


@pytest.mark.parametrize(
    "more, warns", [([], True), ([throttle("5/h", name="per-address")], False)]
)
def test_so_it_does_of_a_class(settings, more, warns):
    settings.DEBUG = True
    cls = type("Sub", (ByClass,), {})
    for decorator in [throttle("5/h", **BY_HEADER), *more]:
        cls = method_decorator(decorator, name="dispatch")(cls)
    settings.ROOT_URLCONF = type("URLs", (), {"urlpatterns": [path("", cls.as_view())]})
    assert ("http4xx_throttling.W006" in ids()) is warns


@pytest.mark.parametrize("more, warns", [([], True), (["100/min"], False)])
def test_so_it_does_by_path(settings, more, warns):
    settings.DEBUG = True
    settings.HTTP4XX = {"THROTTLES": {"/api/": [{"rate": "5/h", **BY_HEADER}, *more]}}
    assert ("http4xx_throttling.W006" in ids()) is warns


def test_says_before_deployment_that_throttles_are_off(settings):
    settings.HTTP4XX = {"THROTTLE": {"ENABLED": False}}
    assert "http4xx_throttling.W008" in ids(deploy=True)
    settings.HTTP4XX = {"THROTTLE": {"ENABLED": True}}
    assert "http4xx_throttling.W008" not in ids(deploy=True)


def test_an_exemption_by_network_goes_by_address_too(settings):
    decorator = throttle("5/h", key="user", name="login", exempt=["10.0.0.0/8"])
    assert "http4xx_throttling.W005" in ids(deploy=True), decorator


def inserts(self):
    self.history.insert(0, self.now)
    return True


def sets(self):
    self.cache.set(self.key, [self.now], self.duration)
    return super(type(self), self).throttle_success()


def assigns(self):
    self.history = [self.now, *self.history]
    return True


def reads(self):
    return len(self.history) < 7 and self.history[-1] > 0 and bool(self.cache.get(self.key))


@pytest.mark.parametrize(
    "method, warns", [(inserts, True), (sets, True), (assigns, True), (reads, False)]
)
def test_names_who_writes_a_history(method, warns):
    rest_framework = pytest.importorskip("django_http4xx.rest_framework.throttling")
    cls = type(
        "OwnHistory",
        (rest_framework.UserRateThrottle,),
        {"throttle_success": method, "rate": "5/h"},
    )
    said = [each.msg for each in run_checks() if each.id == "http4xx_throttling.W007"]
    assert any("OwnHistory.throttle_success() changes" in text for text in said) is warns, cls
    del cls
    gc.collect()
