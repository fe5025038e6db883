"""What projects do in their tests: clear the cache, roll back a transaction, watch e-mails."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.core.cache import caches
from django.test import override_settings

from django_http4xx.throttling import Throttle

MEMORY = "django.core.cache.backends.locmem.LocMemCache"
TWO = {
    "default": {"BACKEND": MEMORY, "LOCATION": "one"},
    "same": {"BACKEND": MEMORY, "LOCATION": "one"},
    "other": {"BACKEND": MEMORY, "LOCATION": "two"},
}


def used_up(store=None):
    throttle = Throttle("1/h", name="export", store=store)
    throttle.hit("a")
    assert not throttle.hit("a").allowed
    return throttle


def in_a_thread(call):
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def clear(alias="default"):
    caches[alias].clear()


CLEAR = {
    "clear": clear,
    "aclear": lambda: asyncio.run(caches["default"].aclear()),
    "in a thread": lambda: in_a_thread(clear),
    "by another alias": lambda: clear("same"),
}


@pytest.mark.parametrize("how", CLEAR)
def test_clearing_a_cache_starts_its_counts_anew(how):
    with override_settings(CACHES=TWO):
        throttle, other = used_up(), used_up("other")
        CLEAR[how]()
        assert throttle.hit("a").allowed
        assert not other.hit("a").allowed


def test_clearing_starts_counts_anew_in_every_store(kind):
    if kind.name in ("postgresql", "mariadb", "sqlite"):
        pytest.skip("it is no cache")
    throttle = used_up()
    caches["default"].clear()
    assert throttle.hit("a").allowed


def test_what_a_cache_drops_by_itself_starts_nothing_anew():
    bounded = {"BACKEND": MEMORY, "LOCATION": "small", "OPTIONS": {"MAX_ENTRIES": 3}}
    with override_settings(CACHES={"default": bounded}):
        throttle = used_up()
        for number in range(50):
            caches["default"].set(number, number)
        assert not throttle.hit("a").allowed
