"""Caches that can neither run a script nor compare and set: windows serve, and never say too soon."""

from __future__ import annotations

import random

import pytest
from django.test import override_settings

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.stores.windows import WindowStore
from django_http4xx.throttling.window import hit

from .conftest import close

SECOND = 1_000_000
START = 1_800_000_000 * SECOND


@pytest.fixture
def file_cache(tmp_path):
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}):
        yield
        close()


@pytest.mark.usefixtures("file_cache")
def test_the_limit_holds_in_a_window():
    throttle = Throttle("3/h", name="export")
    assert isinstance(store_for(None)._made(), WindowStore)
    assert [throttle.hit("a").allowed for _ in range(5)] == [True] * 3 + [False] * 2
    assert throttle.hit("b").remaining == 2
    assert not throttle.peek("a").allowed
    throttle.reset("a")
    assert throttle.hit("a").allowed


@pytest.mark.usefixtures("file_cache")
def test_who_waits_as_told_is_served():
    store = WindowStore("default")
    demand = [Demand("k", 10 * SECOND, 30 * SECOND)]
    for _ in range(3):
        store.take(demand, START)
    level = store.take(demand, START + 5 * SECOND)[0][0]
    wait = level + 10 * SECOND - 30 * SECOND
    assert wait == 25 * SECOND
    assert store.take(demand, START + 5 * SECOND + wait)[0][0] == 0


@pytest.mark.usefixtures("file_cache")
def test_a_refusal_uses_up_nothing():
    throttle = Throttle(["2/min", "5/day"], name="api")
    for _ in range(6):
        last = throttle.hit("a")
    assert [state.remaining for state in last.policies] == [0, 3]


def test_a_cache_that_keeps_nothing_lets_all_through():
    backend = "django.core.cache.backends.dummy.DummyCache"
    with override_settings(CACHES={"default": {"BACKEND": backend}}):
        throttle = Throttle("1/h", name="export")
        assert all(throttle.hit("a").allowed for _ in range(3))
        close()


@pytest.mark.parametrize("limit", [1, 5, 128, 129, 1000])
def test_no_period_sees_more_than_the_limit_and_who_waits_as_told_is_served(limit):
    chance, period = random.Random(limit), 60 * SECOND
    demand = Demand("k", 1, limit, period)
    state, now, passed = b"", START, []
    for _ in range(4000):
        now += int(chance.expovariate(limit * 1.5 / period))
        (used, wait, _leaves, _now), after = hit(state, demand, now)
        if used + 1 <= limit:
            passed.append(now)
            state = after
        else:
            slack = 0 if limit <= 128 else -(-period // 128)
            assert sum(moment > now - period - slack for moment in passed[-limit - 200 :]) >= limit
            assert hit(state, demand, now + wait)[0][0] + 1 <= limit
        assert len(state) <= 1500
    assert all(last - first >= period for first, last in zip(passed, passed[limit:], strict=False))
