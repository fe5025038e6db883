"""What every store promises: the same decisions, exactly, however many ask at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores import store_for

ROOT = Path(__file__).parents[2]
START = 1_800_000_000_000_000
SECOND = 1_000_000

hits = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 400 * SECOND), st.sampled_from([0, 1, 60 * SECOND])),
        st.dictionaries(st.sampled_from("abc"), st.integers(1, 4), min_size=1),
    ),
    max_size=25,
)
# Long enough that no server lets a key expire while the test's own clock stands still.
rates = st.fixed_dictionaries(
    {name: st.tuples(st.integers(20, 90), st.integers(4, 9)) for name in "abc"}
)


class Plain:
    """The algorithm as one would explain it: a bucket that drips, and its whole history."""

    def __init__(self, interval, burst):
        self.interval, self.burst = interval, burst
        self.history = []

    def level(self, now):
        level, last = 0, 0
        for moment, cost in self.history:
            level = max(0, level - (moment - last)) + cost * self.interval
            last = moment
        return max(0, level - (now - last))

    def has_room(self, now, cost):
        return self.level(now) + cost * self.interval <= self.burst * self.interval


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(rates=rates, hits=hits)
def test_decides_as_the_plain_model_does(kind, rates, hits):
    store = store_for(None)
    store.forget("abc")
    models = {name: Plain(seconds * SECOND, burst) for name, (seconds, burst) in rates.items()}
    now = START
    for wait, costs in hits:
        now += wait
        demands = [
            Demand(
                name,
                cost * models[name].interval,
                models[name].burst * models[name].interval,
            )
            for name, cost in costs.items()
        ]
        expected = [models[name].level(now) for name in costs]
        assert list(store.take(demands, now)) == expected
        if all(models[name].has_room(now, cost) for name, cost in costs.items()):
            for name, cost in costs.items():
                models[name].history.append((now, cost))


def test_a_hit_that_was_given_back_is_free_again(kind):
    store = store_for(None)
    store.take([Demand("k", 60, 100)], START)
    store.take([Demand("k", -60, 100)], START)
    assert list(store.take([Demand("k", 0, 100)], START)) == [0]


@pytest.mark.parametrize("back", [1, 3600, 10 * 86_400])
def test_a_clock_that_is_put_back_keeps_nobody_waiting(kind, back):
    store = store_for(None)
    interval = 10 * SECOND
    demand = [Demand("k", interval, 5 * interval)]
    for _ in range(5):
        store.take(demand, START)
    now = START - back * SECOND
    level = store.take(demand, now)[0]
    wait = level + interval - 5 * interval
    assert 0 < wait <= interval
    assert store.take(demand, now + wait)[0] + interval <= 5 * interval


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


@pytest.mark.parametrize("rate", ["100/day", ["100/day", "150/week"]])
def test_64_threads_let_exactly_the_limit_through(kind, rate):
    throttle = Throttle(rate, name="threads", on_outage="deny")
    start = threading.Barrier(64)

    def attempt(_):
        start.wait()
        return sum(throttle.hit("one key").allowed for _ in range(16))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(64) as pool:
            assert sum(pool.map(attempt, range(64))) == 100
    finally:
        sys.setswitchinterval(interval)


def in_processes(kind, rates, processes, **more):
    """What processes of 8 threads each tell that hit one key at once."""
    task = json.dumps({"settings": kind.settings, "rates": list(rates), "attempts": 16, **more})
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.throttling.worker", task],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [json.loads(worker.communicate(timeout=120)[0]) for worker in workers]
    return [sum(each) for each in zip(*[each["passed"] for each in told], strict=True)], told


def test_8_processes_with_8_threads_let_exactly_the_limit_through(shared_kind):
    rates = {"100/day": 100, "1/day": 1}
    passed, _ = in_processes(shared_kind, rates, 8)
    assert passed == list(rates.values())


@pytest.fixture
def burners():
    """Processes that keep all cores busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BURNERS)]
    yield
    for process in busy:
        process.kill()
        process.wait()


# HTTP4XX_LOAD=full is how it is to hold; by default it takes seconds rather than minutes.
PROCESSES, BURNERS = (8, 2) if os.environ.get("HTTP4XX_LOAD") == "full" else (3, 1)


@pytest.mark.usefixtures("burners")
def test_on_a_busy_machine_no_more_pass_than_the_limit_and_what_was_counted_here(shared_kind):
    limits = shared_kind.overrides.setdefault("HTTP4XX", {"THROTTLE": {}})["THROTTLE"]
    limits = {name: value for name, value in limits.items() if name != "TIMEOUT"}
    overrides = {**shared_kind.overrides, "HTTP4XX": {"THROTTLE": limits}}
    kind = replace(shared_kind, overrides=overrides)
    (passed,), told = in_processes(kind, ["100/day"], PROCESSES, on_outage="count-here")
    assert 100 <= passed <= 100 + sum(each["counted_here"] for each in told)
    assert all(each["passed"][0] <= 100 for each in told)
