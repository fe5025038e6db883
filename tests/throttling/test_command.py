"""``manage.py throttle``, for whoever helps a client that is told to wait."""

from __future__ import annotations

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from django_http4xx.throttling import Throttle, throttle

from .conftest import cache_settings, close
from .servers import free_port


@throttle("2/h", name="by-ip")
def by_ip(request):
    return HttpResponse("served")


@throttle("2/h", name="by-name", key=lambda request: request.GET["name"])
def by_name(request):
    return HttpResponse("served")


@throttle("2/h", name="by-key", key="header:X-API-Key")
def by_key(request):
    return HttpResponse("served")


@throttle(lambda request: "2/h", name="by-plan")
def by_plan(request):
    return HttpResponse("served")


@throttle(["2/h", "5/day"], name="stacked")
def stacked(request):
    return HttpResponse("served")


@method_decorator(throttle("2/h"), name="dispatch")
class ByDispatch(View):
    def get(self, request):
        return HttpResponse("served")


exports = Throttle("2/h", name="exports")
urlpatterns = [
    path("by-ip/", by_ip),
    path("by-name/", by_name),
    path("by-key/", by_key),
    path("by-plan/", by_plan),
    path("stacked/", stacked),
    path("ByDispatch/", ByDispatch.as_view()),
    path("exports/", by_ip),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def anew(settings):
    settings.HTTP4XX = {}
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        yield


def said(*arguments):
    out = StringIO()
    call_command("throttle", *arguments, stdout=out)
    return out.getvalue().splitlines()


ASKED = {
    "by-ip": ("203.0.113.7", {"REMOTE_ADDR": "203.0.113.7"}, ""),
    "by-name": ("maria", {}, "name=maria"),
    "by-key": ("k-1", {"headers": {"X-API-Key": "k-1"}}, ""),
    "ByDispatch": ("2001:db8::7", {"REMOTE_ADDR": "2001:db8::8"}, ""),
}


def use_up(name, meta, query):
    client = Client(raise_request_exception=False)
    return [client.get(f"/{name}/?{query}", **meta).status_code for _ in range(3)]


@pytest.mark.parametrize("name", ASKED)
def test_shows_and_resets_a_limit_by_what_support_is_told(name):
    key, meta, query = ASKED[name]
    assert "2 of 2 in 3600 s left" in said("show", name, key)[0]
    assert use_up(name, meta, query) == [200, 200, 429]
    (line,) = said("show", name, key)
    assert "0 of 2 in 3600 s left, one more in" in line
    # Looking counts nothing.
    assert said("show", name, key) == [line]
    assert "reset" in said("reset", name, key)[0]
    assert use_up(name, meta, query) == [200, 200, 429]


def test_takes_the_key_as_the_throttle_has_it():
    use_up("by-ip", {"REMOTE_ADDR": "203.0.113.7"}, "")
    assert "0 of 2" in said("show", "by-ip", "ip:203.0.113.7")[0]


def test_shows_each_of_several_rates():
    use_up("stacked", {}, "")
    lines = said("show", "stacked", "127.0.0.1")
    assert [line.partition(" s left")[0] for line in lines] == [
        "stacked 2/h ip:127.0.0.1: 0 of 2 in 3600",
        "stacked 5/day ip:127.0.0.1: 3 of 5 in 86400",
    ]


def test_a_throttle_of_programs():
    exports.hit("acme", 2)
    assert "0 of 2" in said("show", "exports", "acme")[0]
    said("reset", "exports", "acme")
    assert exports.hit("acme").allowed


def test_a_rate_that_a_callable_says_is_given():
    use_up("by-plan", {}, "")
    with pytest.raises(CommandError, match="set --rate"):
        said("show", "by-plan", "127.0.0.1")
    assert "0 of 2" in said("show", "by-plan", "127.0.0.1", "--rate", "2/h")[0]
    with pytest.raises(CommandError, match="no unit 'month'"):
        said("show", "by-plan", "127.0.0.1", "--rate", "2/month")
    with pytest.raises(CommandError, match="set --rate"):
        said("reset", "by-plan", "127.0.0.1")
    said("reset", "by-plan", "127.0.0.1", "--rate", "2/h")
    assert use_up("by-plan", {}, "") == [200, 200, 429]


def test_a_limit_by_path(settings):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django_http4xx.throttling.ThrottleMiddleware",
    ]
    settings.HTTP4XX = {"THROTTLES": {"/exports/": "1/h"}}
    use_up("exports", {}, "")
    assert "0 of 1" in said("show", "exports", "127.0.0.1")[0]


def test_an_api_by_scope_and_by_class(settings):
    rest_framework = pytest.importorskip("rest_framework.views")
    from rest_framework.test import APIRequestFactory

    from django_http4xx.rest_framework.throttling import UserRateThrottle

    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"user": "2/h"}}
    view = type("Orders", (rest_framework.APIView,), {"throttle_classes": [UserRateThrottle]})
    settings.ROOT_URLCONF = type("URLs", (), {"urlpatterns": [path("", view.as_view())]})
    view.as_view()(APIRequestFactory().get("/"))
    for name in ("user", "UserRateThrottle"):
        assert "1 of 2" in said("show", name, "127.0.0.1")[0]
    said("reset", "user", "127.0.0.1")
    assert "2 of 2" in said("show", "user", "127.0.0.1")[0]


def test_names_the_throttles_there_are_where_there_is_none_of_that_name():
    with pytest.raises(CommandError, match=r"no throttle 'logins'.*by-ip.*exports"):
        said("show", "logins", "127.0.0.1")


@pytest.mark.parametrize("action", ["show", "reset"])
def test_says_that_the_store_does_not_answer(action):
    with override_settings(**cache_settings("memcached", f"127.0.0.1:{free_port()}")):
        with pytest.raises(CommandError, match="does not respond"):
            said(action, "by-ip", "127.0.0.1")
        close()


def test_says_that_throttles_are_off(settings):
    settings.HTTP4XX = {"THROTTLE": {"ENABLED": False}}
    with pytest.raises(CommandError, match="nothing is counted"):
        said("show", "by-ip", "127.0.0.1")
