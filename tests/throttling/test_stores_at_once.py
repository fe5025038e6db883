"""However many ask at once, in threads and processes: exactly the limit gets through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from django_http4xx.throttling import Throttle

ROOT = Path(__file__).parents[2]


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
