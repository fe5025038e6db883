"""A rate says what it means, or is an error that names what can be written."""

from __future__ import annotations

import pytest

from django_http4xx.throttling import Throttle, throttle
from django_http4xx.throttling.rates import Rate, parse


@pytest.mark.parametrize(
    "text, limit, period, burst",
    [
        ("100/h", 100, 3600, None),
        ("5/10min", 5, 600, None),
        ("5/10 minutes", 5, 600, None),
        ("1000 per day", 1000, 86_400, None),
        ("5 per 10 minutes", 5, 600, None),
        ("100/min burst 20", 100, 60, 20),
        ("10/min burst 30", 10, 60, 30),
        ("1/s", 1, 1, None),
        ("7 / second", 7, 1, None),
        ("3/2 weeks", 3, 1_209_600, None),
        (" 60/hour ", 60, 3600, None),
        ("5/m", 5, 60, None),
        ("5/w", 5, 604_800, None),
        ("1000000/s", 1_000_000, 1, None),
    ],
)
def test_reads_a_rate(text, limit, period, burst):
    assert parse(text) == Rate(limit, period, burst)


@pytest.mark.parametrize(
    "text",
    [
        "5/month",
        "5/mo",
        "5/M",
        "5/year",
        "0/s",
        "5/0min",
        "5/min burst 0",
        "5/x",
        "5",
        "/h",
        "",
        "-5/h",
        "1.5/h",
        "1,000/h",
        "5/h burst",
        "5perday",
        "\u0665/h",
        "1000001/s",
        "5/100000weeks",
        None,
        5,
    ],
)
@pytest.mark.parametrize("declare", [parse, throttle, lambda text: Throttle([text], name="n")])
def test_refuses_what_is_no_rate_and_says_what_is(declare, text):
    with pytest.raises(ValueError, match="is not a rate") as raised:
        declare(text)
    assert repr(text) in str(raised.value)
    assert "minute (m, min, mins, minute, minutes)" in str(raised.value)


@pytest.mark.parametrize("limit", [1, 3, 7, 999, 999_999])
def test_counts_in_whole_microseconds_in_the_clients_favour(limit):
    rate = parse(f"{limit}/h burst 1")
    assert rate.interval * limit <= 3600 * 1_000_000 < (rate.interval + 1) * limit
