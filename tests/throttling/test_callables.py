"""What a project's callables return: awaited where it can be, refused clearly where it makes no sense."""

from __future__ import annotations

import asyncio
import gc
import logging
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import RequestFactory

from django_http4xx.exceptions import TooManyRequests
from django_http4xx.throttling import Throttle, limits, throttle


@pytest.fixture(autouse=True)
def anew(settings, monkeypatch):
    settings.HTTP4XX = {}
    monkeypatch.setattr(limits, "_senseless", set())


async def said(request, *more, value=None):
    await asyncio.sleep(0)
    return value


class Said:
    def __init__(self, value):
        self.value = value

    async def __call__(self, request, response=None):
        return self.value


class Later:
    """Something to await that is no coroutine."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.value


FORMS = {
    "a function": lambda value: lambda request, *more: value,
    "a coroutine function": lambda value: partial(_coroutine, value),
    "a lambda around a coroutine function": lambda value: (
        lambda request, *more: said(request, value=value)
    ),
    "a partial": lambda value: partial(said, value=value),
    "an instance": Said,
    "something to await": lambda value: lambda request, *more: Later(value),
}


async def _coroutine(value, request, *more):
    return value


def asked(view, path="/"):
    """How a view answers a request, whichever way it is called."""
    try:
        answer = view(RequestFactory().get(path))
        return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer
    except TooManyRequests as error:
        return HttpResponse(status=error.status)


def statuses(view, times):
    return [asked(view).status_code for _ in range(times)]


def sync_view(**arguments):
    @throttle(**{"rate": "2/h", "name": "view", **arguments})
    def view(request):
        return HttpResponse("served")

    return view


def async_view(**arguments):
    @throttle(**{"rate": "2/h", "name": "view", **arguments})
    async def view(request):
        return HttpResponse("served")

    return view


ARGUMENTS = {
    "key": ("maria", [200, 200, 429]),
    "cost": (2, [200, 429, 429]),
    "rate": ("1/h", [200, 429, 429]),
    "exempt": (True, [200, 200, 200]),
    "count_when": (False, [200, 200, 200]),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("view", [sync_view, async_view])
def test_whatever_a_callable_returns_is_awaited(view, form, argument):
    value, expected = ARGUMENTS[argument]
    assert statuses(view(**{argument: form(value)}), 3) == expected


@pytest.mark.parametrize("argument", ["key", "cost", "rate", "exempt", "count_when"])
def test_on_the_thread_of_a_loop_it_is_refused_with_a_clear_error(argument, recwarn):
    view = sync_view(**{argument: FORMS["a lambda around a coroutine function"]("1/h")})

    async def call():
        with pytest.raises(TypeError, match="Use it on an async view"):
            view(RequestFactory().get("/"))

    asyncio.run(call())
    gc.collect()
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


class Nameless:
    pass


NO_KEYS = {
    "an object without a text": Nameless,
    "a list of them": lambda: [Nameless()],
    "a function": lambda: test_what_is_another_each_time_is_no_key,
    "a method that was not called": lambda: User(username="maria").get_username,
    "a generator": lambda: (letter for letter in "maria"),
}


@pytest.mark.parametrize("found", NO_KEYS.values(), ids=NO_KEYS)
@pytest.mark.parametrize("view", [sync_view, async_view])
def test_what_is_another_each_time_is_no_key(view, found):
    with pytest.raises(TypeError, match="cannot tell clients apart"):
        asked(view(key=lambda request: found()))


def test_programs_are_told_so_too(recwarn):
    exports = Throttle("1/h", name="export")
    for key in (said(None), Nameless(), test_programs_are_told_so_too):
        with pytest.raises(TypeError, match="cannot tell clients apart"):
            exports.hit(key)
    gc.collect()
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


@pytest.mark.parametrize("key", ["maria", 7, Decimal(7), ("acme", 7), b"k", User(username="maria")])
def test_what_has_a_text_is_a_key(key):
    assert statuses(sync_view(key=lambda request: key), 3) == [200, 200, 429]


@pytest.mark.parametrize(
    "cost", [0, -1, -(10**30), float("nan"), float("-inf"), None, "2", True, []]
)
@pytest.mark.parametrize("view", [sync_view, async_view])
def test_a_senseless_cost_counts_as_1_and_is_logged_once(view, cost, caplog):
    def weight(request):
        return cost

    assert statuses(view(cost=weight), 3) == [200, 200, 429]
    (record,) = (each for each in caplog.records if each.levelno == logging.ERROR)
    assert "weight" in record.getMessage()
    assert repr(cost) in record.getMessage()


def test_a_senseless_cost_is_an_error_while_debugging(settings):
    settings.DEBUG = True
    with pytest.raises(ValueError, match="must be a number above 0"):
        asked(sync_view(cost=lambda request: float("nan")))


@pytest.mark.parametrize("cost, left", [(1.2, 8), (2, 8), (Decimal("1.5"), 8), (0.1, 9)])
def test_a_part_of_a_hit_is_rounded_up(cost, left):
    answer = asked(sync_view(rate="10/h", cost=lambda request: cost))
    assert f'"view";r={left};' in answer["RateLimit"]


@pytest.mark.parametrize("cost", [3, 10**30, 2.5, float("inf"), Decimal("Infinity")])
@pytest.mark.parametrize("view", [sync_view, async_view])
def test_more_than_could_ever_pass_is_a_429_that_says_the_most(view, cost):
    assert statuses(view(cost=lambda request: cost), 2) == [429, 429]


@pytest.mark.urls("tests.throttling.urls")
def test_the_answer_says_the_most_and_no_time_to_wait(client):
    refused = client.get("/weighed/?cost=11", headers={"Accept": "application/problem+json"})
    assert refused.status_code == 429
    assert "Retry-After" not in refused
    body = refused.json()
    assert body["detail"] == "At most 10 may be asked for at once."
    assert body["remedy"] == "Ask for less at once."
    assert body["most_at_once"] == 10
    assert body["violated-policies"] == ["weighed"]
    # It used up nothing.
    assert client.get("/weighed/?cost=10").status_code == 200


def names(request):
    return User.objects.count()


async def anames(request):
    return await User.objects.acount()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("argument", ["key", "cost", "exempt"])
@pytest.mark.parametrize("function", [names, anames])
@pytest.mark.parametrize("view", [sync_view, async_view])
def test_a_callable_may_ask_the_database(view, function, argument):
    User.objects.create(username="maria")
    expected = [200] * 3 if argument == "exempt" else [200, 200, 429]
    assert statuses(view(**{argument: function}), 3) == expected


@pytest.mark.parametrize("rate", ["5/month", 7, [], "x" * 10_000])
def test_a_rate_that_makes_no_sense_names_the_callable(rate):
    def plan(request):
        return rate

    with pytest.raises(ValueError, match="plan returned"):
        asked(sync_view(rate=plan))
