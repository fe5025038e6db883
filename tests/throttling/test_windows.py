"""The strict window by itself: no period sees more than the limit, and nobody waits too long."""

from __future__ import annotations

import random

import pytest

from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.window import hit

SECOND = 1_000_000
START = 1_800_000_000 * SECOND


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
