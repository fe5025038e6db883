"""What is kept of a window: exact to a 128th of the period, in bounded bytes, the same ones on Redis."""

from __future__ import annotations

import itertools

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.window import hit

from .conftest import in_force

START = 1_800_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

limits = st.one_of(st.integers(1, 300), st.sampled_from([127, 128, 129, 1000, 10**6, 2**32 - 1]))
periods = st.sampled_from([MINUTE, MINUTE + 1, 3600 * SECOND, DAY, 7 * DAY, 30 * DAY, 3650 * DAY])


class Kept:
    """One client of one window, by ``window.hit``."""

    def __init__(self, limit, period):
        self.limit, self.period, self.state = limit, period, b""

    def ask(self, cost, now, moment=0):
        level, state = hit(self.state, Demand("k", cost, self.limit, self.period, moment), now)
        self.state = state
        return level[0] + cost <= self.limit, level


class AnyWindow(RuleBasedStateMachine):
    """A window beside the whole history of its hits, with steps from the densest to none."""

    @initialize(limit=limits, period=periods)
    def begin(self, limit, period):
        self.kept, self.now, self.history = Kept(limit, period), START, []
        self.step = 0 if limit <= 128 else -(-period // 128)

    @rule(part=st.one_of(st.integers(0, 128), st.sampled_from([127, 128, 129, 256, 640])))
    def wait(self, part):
        self.now += self.kept.period * part // 256

    @rule(wait=st.integers(0, 3))
    def wait_next_to_nothing(self, wait):
        self.now += wait

    @rule(share=st.sampled_from([1, 1, 2, 3, 10, 200, 10**10]), times=st.integers(1, 6))
    def hit(self, share, times):
        cost = max(1, self.kept.limit // share)
        for _ in range(times):
            used = self.counted(self.kept.period)
            allowed, level = self.kept.ask(cost, self.now)
            if allowed:
                assert used + cost <= self.kept.limit
                self.history.append((self.now, cost))
            else:
                assert self.counted(self.kept.period + self.step) + cost > self.kept.limit
                later = Kept(self.kept.limit, self.kept.period)
                later.state = self.kept.state
                assert not later.ask(cost, self.now + level[1] - 1)[0]
                assert later.ask(cost, self.now + level[1])[0]

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def give_back(self, data):
        moment, cost = data.draw(st.sampled_from(self.history))
        self.history.remove((moment, cost))
        self.kept.ask(-cost, self.now, moment)

    @precondition(lambda self: self.history)
    @rule()
    def give_back_the_last(self):
        moment, cost = self.history.pop()
        self.kept.ask(-cost, self.now, moment)

    def counted(self, period):
        return sum(cost for moment, cost in self.history if moment > self.now - period)

    def teardown(self):
        assert len(self.kept.state) <= 1450


TestAnyWindow = AnyWindow.TestCase
TestAnyWindow.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def redis_store(request):
    with in_force("redis", request):
        store = store_for(None)
        store.take([Demand("another", 1, 1)])
        yield store


hits = st.lists(
    st.tuples(
        st.integers(-3, 200),  # how far the time goes on, in 256ths of the period
        st.sampled_from([1, 1, 1, 2, 7, 150, 0, -1, -3]),
        st.sampled_from([None, 0, 1, 2]),  # which hit is given back
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rates=st.lists(st.tuples(limits, periods), min_size=1, max_size=3), hits=hits)
def test_redis_keeps_the_same_bytes(redis_store, rates, hits):
    name = f"{redis_store._store.prefix}k"
    client = caches["default"]._cache.get_client(write=True)
    shorts = [rate for rate in rates if rate[1] < 11 * DAY] or [(9, MINUTE)]
    longs = [rate for rate in rates if rate[1] >= 11 * DAY]
    for same_layout in filter(None, (shorts, longs)):
        client.delete(name)
        state, now, moments = b"", START, [START]
        for (limit, period), (wait, cost, back) in zip(itertools.cycle(same_layout), hits):
            now += period * wait // 256
            moment = 0 if back is None else moments[-1 - back % len(moments)]
            demand = Demand("k", cost, limit, period, moment if cost < 0 else 0)
            level, after = hit(state, demand, now)
            assert list(redis_store.take([demand], now)) == [level]
            state = after
            assert (client.get(name) or b"") == state
            moments.append(now)


@pytest.mark.parametrize("limit, period", [(1000, DAY), (10**6, DAY), (2**32 - 1, 7 * DAY)])
def test_a_client_of_redis_takes_no_more_than_1500_bytes_at_any_limit(redis_store, limit, period):
    (full,) = Throttle("1/min", name="n").demands("client", 1)
    for number in range(2000):
        demand = full._replace(capacity=limit, window=period)
        redis_store.take([demand], START + number * period // 1500)
    client = caches["default"]._cache.get_client(write=True)
    assert 1000 < client.memory_usage(f"{redis_store._store.prefix}{full.key}") <= 1500


def test_what_comes_after_a_step_that_was_given_back_holds_no_older_one_back():
    kept = Kept(1000, DAY)
    kept.ask(1000 - 2, START)
    noon = START + DAY // 2
    kept.ask(1, noon)
    kept.ask(-1, noon, noon)
    kept.ask(1, noon + SECOND)
    assert kept.ask(998, START + DAY)[0]


def test_a_rate_that_was_raised_keeps_no_more_steps():
    before, after = Kept(128, MINUTE), Kept(10**6, DAY)
    for number in range(128):
        before.ask(1, START + number)
    after.state = before.state
    for number in range(127):
        after.ask(1, START + MINUTE + number * DAY // 127)
    now = START + MINUTE + 126 * DAY // 127
    assert len(after.state) <= 1200
    assert after.ask(0, now)[1][0] == 128 + 127


def test_who_is_over_a_lowered_limit_gets_back_what_is_given_back(kind):
    for _ in range(9):
        last = Throttle("9/h", name="n").hit("a")
    lowered = Throttle("3/h", name="n")
    peeked = lowered.peek("a")
    assert (peeked.allowed, peeked.remaining) == (False, 0)
    for _ in range(7):
        lowered.refund("a")
    assert lowered.refund("a", moment=last.moment).remaining == 2
    assert [lowered.hit("a").allowed for _ in range(3)] == [True, True, False]
