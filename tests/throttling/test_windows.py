"""Caches that can neither run a script nor compare and set: windows serve, and never say too soon."""

from __future__ import annotations

import pytest
from django.test import override_settings

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.stores.windows import WindowStore

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
