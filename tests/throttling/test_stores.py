"""What every store promises: the same decisions, exactly."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores import store_for

START = 1_800_000_000_000_000
SECOND = 1_000_000


class Window:
    """A strict window as one would explain it: every hit that still counts."""

    def __init__(self, limit, period):
        self.limit, self.period = limit, period
        self.hits = []

    def demand(self, key, cost, moment=0):
        return Demand(key, cost, self.limit, self.period, moment)

    def level(self, now, cost):
        ages = [period_left(self, min(moment, now), now) for moment in self.hits]
        counting = [left for left in ages if left > 0]
        over = len(counting) + (cost or 1) - self.limit
        wait = counting[over - 1] if 0 < over <= len(counting) else self.period * (over > 0)
        return len(counting), wait, counting[0] if counting else self.period

    def has_room(self, now, cost):
        return self.level(now, cost)[0] + cost <= self.limit

    def settle(self, now):
        self.hits = [min(moment, now) for moment in self.hits if moment > now - self.period]

    def take(self, now, cost):
        self.settle(now)
        self.hits += [now] * cost

    def give_back(self, now, cost, moment):
        self.settle(now)
        if not moment:
            self.hits = self.hits[cost:]
        elif moment > now - self.period:
            for _ in range(min(cost, self.hits.count(moment))):
                self.hits.remove(moment)


def period_left(window, moment, now):
    return moment + window.period - now


class Bucket:
    """A bucket that drips."""

    def __init__(self, burst, interval):
        self.capacity, self.interval = burst * interval, interval
        self.arrival = 0

    def demand(self, key, cost, moment=0):
        return Demand(key, cost * self.interval, self.capacity, 0, moment)

    def level(self, now, cost):
        return min(max(self.arrival - now, 0), self.capacity), 0, 0

    def has_room(self, now, cost):
        return self.level(now, cost)[0] + cost * self.interval <= self.capacity

    def settle(self, now):
        self.arrival = now + self.level(now, 0)[0]

    def take(self, now, cost):
        self.arrival = now + self.level(now, 0)[0] + cost * self.interval

    def give_back(self, now, cost, moment):
        self.arrival = now + max(self.level(now, 0)[0] - cost * self.interval, 0)


# Long enough that no server lets a key expire while the test's own clock stands still.
windows = st.builds(Window, st.integers(1, 9), st.integers(60 * SECOND, 600 * SECOND))
buckets = st.builds(Bucket, st.integers(1, 9), st.integers(20 * SECOND, 90 * SECOND))
names = st.sampled_from("abcd")


class AnyStore(RuleBasedStateMachine):
    """What a store does, beside what the models do, by a clock of the test's own."""

    @initialize(windows=st.tuples(windows, windows), buckets=st.tuples(buckets, buckets))
    def begin(self, windows, buckets):
        self.store = store_for(None)
        self.store.forget(list("abcd"))
        self.models = dict(zip("abcd", [*windows, *buckets], strict=True))
        self.now, self.taken = START, []

    @rule(wait=st.one_of(st.integers(0, 700 * SECOND), st.sampled_from([0, 1, 60 * SECOND])))
    def wait(self, wait):
        self.now += wait

    @rule(costs=st.dictionaries(names, st.integers(0, 4), min_size=1))
    def hit(self, costs):
        found = self.ask(costs)
        rooms = {name: self.models[name].has_room(self.now, cost) for name, cost in costs.items()}
        assert found == {
            name: self.models[name].level(self.now, cost) for name, cost in costs.items()
        }
        if all(rooms.values()):
            for name, cost in costs.items():
                if cost:
                    self.models[name].take(self.now, cost)
                    self.taken.append((name, cost, self.now))

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), is_moment_known=st.booleans())
    def give_back(self, data, is_moment_known):
        chosen = data.draw(st.sampled_from(self.taken))
        self.taken.remove(chosen)
        name, cost, moment = chosen
        moment = moment if is_moment_known else 0
        self.store.take([self.models[name].demand(name, -cost, moment)], self.now)
        self.models[name].give_back(self.now, cost, moment)

    @rule(back=st.integers(1, 4000 * SECOND))
    def put_the_clock_back(self, back):
        self.now -= back
        self.taken = []
        # A store may forget a bucket that is free or not: by a clock put back these differ.
        self.store.forget(["c", "d"])
        for name in "cd":
            self.models[name].arrival = 0
        for name, model in self.models.items():
            assert self.ask({name: 1}) == {name: model.level(self.now, 1)}
            if model.has_room(self.now, 1):
                model.take(self.now, 1)
            else:
                model.settle(self.now)

    def ask(self, costs):
        demands = [self.models[name].demand(name, cost) for name, cost in costs.items()]
        levels = self.store.take(demands, self.now)
        return {name: level[:3] for name, level in zip(costs, levels, strict=True)}


def test_decides_as_the_models_do(kind):
    run_state_machine_as_test(
        AnyStore,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_hit_that_was_given_back_is_free_again(kind):
    throttle = Throttle("2/h", name="back")
    first = throttle.hit("k")
    throttle.hit("k")
    assert throttle.refund("k", moment=first.moment).remaining == 1
    assert throttle.hit("k").allowed
    assert not throttle.hit("k").allowed


@pytest.mark.parametrize("period", [0, 60 * SECOND])
def test_what_could_never_pass_takes_nothing_up(kind, period):
    store = store_for(None)
    store.take([Demand("k", 61 * SECOND, 60 * SECOND, period)], START)
    assert store.take([Demand("k", 0, 60 * SECOND, period)], START)[0][0] == 0


@pytest.mark.parametrize("back", [1, 3600, 10 * 86_400])
@pytest.mark.parametrize(
    "demand", [Demand("k", 10 * SECOND, 50 * SECOND), Demand("k", 1, 5, 50 * SECOND)]
)
def test_a_clock_that_is_put_back_keeps_nobody_waiting(kind, back, demand):
    store = store_for(None)
    store.forget(["k"])
    for _ in range(5):
        store.take([demand], START)
    now = START - back * SECOND
    used, wait, _leaves, _now = store.take([demand], now)[0]
    wait = wait or used + demand.cost - demand.capacity
    assert 0 < wait <= 50 * SECOND
    assert store.take([demand], now + wait)[0][0] + demand.cost <= demand.capacity


def test_who_waits_as_told_is_served(kind):
    throttle = Throttle("4/s", name="wait")
    for _ in range(4):
        throttle.hit("client")
    for _ in range(3):
        refused = throttle.hit("client")
        while refused.allowed:  # a slow machine has waited already
            refused = throttle.hit("client")
        time.sleep(refused.retry_after)
        assert throttle.hit("client").allowed
