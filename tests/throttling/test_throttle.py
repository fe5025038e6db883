"""``Throttle``, as programs use it."""

from __future__ import annotations

import asyncio
import random
from time import time_ns

import pytest

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.stores.memory import MemoryStore
from django_http4xx.throttling.throttles import Ask, take


def names(states):
    return [state.name for state in states]


def test_counts_down_and_refuses(kind):
    throttle = Throttle("3/h", name="export")
    assert [throttle.hit("a").remaining for _ in range(3)] == [2, 1, 0]
    refused = throttle.hit("a")
    assert (refused.allowed, refused.limit, refused.remaining) == (False, 3, 0)
    assert 3590 < refused.retry_after <= 3600
    assert throttle.hit("b").allowed


def test_peek_counts_nothing_and_foresees_the_next_hit(kind):
    throttle = Throttle("1/h", name="export")
    assert [throttle.peek("a").allowed for _ in range(3)] == [True] * 3
    throttle.hit("a")
    seen = throttle.peek("a")
    assert not seen.allowed
    assert seen.retry_after == pytest.approx(3600, abs=5)


def test_reset_lets_a_key_start_anew(kind):
    throttle = Throttle("1/h", name="export")
    throttle.hit("a")
    throttle.reset("a")
    assert throttle.hit("a").allowed


def test_coroutines_count_alike(kind):
    throttle = Throttle("1/h", name="export")

    async def use():
        first, second = await throttle.ahit("a"), await throttle.apeek("a")
        await throttle.areset("a")
        return first.allowed, second.allowed, (await throttle.ahit("a")).allowed

    assert asyncio.run(use()) == (True, False, True)


def test_a_hit_may_weigh_more_than_one(kind):
    throttle = Throttle("10/h", name="export")
    assert throttle.hit("a", cost=8).remaining == 2
    assert not throttle.hit("a", cost=3).allowed
    assert throttle.hit("a", cost=2).allowed


@pytest.mark.parametrize("cost, error", [(11, ValueError), (-1, ValueError), (1.5, TypeError)])
def test_a_senseless_cost_is_an_error(cost, error):
    with pytest.raises(error, match="'export' costs"):
        Throttle("10/h", name="export").hit("a", cost=cost)


def test_several_rates_hold_together_and_a_refusal_uses_up_nothing(kind):
    throttle = Throttle(["2/min", "5/day"], name="api")
    for _ in range(2):
        assert throttle.hit("a").allowed
    for _ in range(3):
        refused = throttle.hit("a")
        assert names(state for state in refused.policies if not state.allowed) == ["api 2/min"]
    assert [state.remaining for state in throttle.peek("a").policies] == [0, 3]


def test_throttles_of_several_stores_hold_together(settings):
    locmem = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": locmem}, "other": {"BACKEND": locmem}}
    wide, narrow = Throttle("9/h", name="wide"), Throttle("1/h", name="narrow", store="other")
    asks = [Ask(wide, "a", 1), Ask(narrow, "a", 1)]
    assert take(asks).decision.allowed
    refused = take(asks).decision
    assert names(state for state in refused.policies if not state.allowed) == ["narrow"]
    assert wide.peek("a").remaining == 8


def test_a_lowered_rate_counts_what_was_used():
    for _ in range(10):
        Throttle("10/h", name="export").hit("a")
    lowered = Throttle("5/h", name="export").hit("a")
    assert not lowered.allowed
    assert 0 < lowered.retry_after <= 3600


@pytest.mark.parametrize("other", ["9/min", "9/min burst 9", "9/4weeks", "9/h burst 2"])
def test_rates_of_one_name_do_not_undo_each_other(kind, other):
    throttle, other = Throttle("3/h", name="plan"), Throttle(other, name="plan")
    start = time_ns() // 1000 - 3_000_000_000
    passed = []
    for number in range(6):
        now = start + number * 240_000_000
        passed.append(take([Ask(throttle, "a", 1)], now).decision.allowed)
        take([Ask(other, "a", 1)], now + 120_000_000)
    assert passed == [True] * 3 + [False] * 3


def test_keys_tell_nothing_and_are_as_long_at_any_limit(kind):
    seen = []
    store = store_for(None)
    store.server_of("a", store.deadline())
    original = store._only.ask
    store._only.ask = lambda demands, *rest: seen.extend(demands) or original(demands, *rest)
    for rate in ("10/h", "100000/h"):
        Throttle(rate, name="export").hit("maria@example.com")
        Throttle(rate, name="export").hit("x" * 10_000)
    assert len({len(demand.key) for demand in seen}) == 1
    assert not any("maria" in demand.key for demand in seen)


def test_memory_keeps_to_its_bound_and_forgets_first_who_is_free_anyway():
    store = MemoryStore(1000)
    start = 1_800_000_000_000_000
    busy = Throttle("1/day", name="busy")
    free = Throttle("1/s", name="free")
    for number in range(100):
        store.take(busy.demands(number, 1), start)
    for number in range(1_000_000 // 100):
        store.take(free.demands(number, 1), start + number * 2_000_000)
        assert len(store) <= 1000
    later = start + 30_000 * 1_000_000
    for number in range(100):
        level, demand = store.take(busy.demands(number, 1), later)[0][0], busy.demands(number, 1)[0]
        assert level + demand.cost > demand.capacity


@pytest.mark.parametrize("seed", range(5))
def test_who_keeps_to_the_rate_in_every_window_is_never_refused(seed):
    store = MemoryStore(10)
    throttle = Throttle("100/h", name="fair")
    random_times = random.Random(seed)
    now, hour = 1_800_000_000_000_000, 3_600_000_000
    served = []
    for _ in range(2000):
        now += int(random_times.expovariate(1) * random_times.choice([0, 1, 30, 60, 900]) * 1e6)
        if len(served) >= 100 and now - served[-100] < hour:
            now = served[-100] + hour
        demand = throttle.demands("fair", 1)
        assert store.take(demand, now)[0][0] + demand[0].cost <= demand[0].capacity
        served.append(now)


def test_a_million_clients_stay_within_the_bound():
    store = MemoryStore(100_000)
    throttle = Throttle("5/min", name="many")
    for number in range(1_000_000):
        store.take(throttle.demands(number, 1))
    assert len(store) <= 100_000
