"""What a decision of a throttle costs: beside a bare call of the server, and beside other throttles.

Everything runs on one core, ``redis-server`` too. For PostgreSQL the variables
``POSTGRES_HOST``, ``POSTGRES_PORT``, ``POSTGRES_USER`` and ``POSTGRES_PASSWORD`` may say where it is.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from itertools import count
from threading import Lock
from time import perf_counter, sleep, time_ns
from typing import TYPE_CHECKING
from unittest import mock

import redis
from django.core.cache import caches
from django.core.management import call_command
from django.db import OperationalError, connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import override_settings
from django_ratelimit.core import get_usage
from limits import parse as parse_limit
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from rest_framework.throttling import UserRateThrottle as FrameworksOwn
from throttled import RateLimiterType, Throttled, rate_limiter
from throttled.store import RedisStore

from django_http4xx.throttling import Throttle, stores, throttle
from django_http4xx.throttling.rates import SECOND
from django_http4xx.throttling.throttles import Ask, take

from ._comparison import Comparison, always

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REDIS = "django.core.cache.backends.redis.RedisCache"
MEMORY = "django.core.cache.backends.locmem.LocMemCache"
DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"
CLIENT = "203.0.113.7"
MANY = "1000000/h"
BUCKET = f"{MANY} burst 1000000"

# The least that counting on Redis takes.
READS_AND_WRITES = "return redis.call('SET', KEYS[1], (redis.call('GET', KEYS[1]) or 0) + 1)"

numbers = count()


def nothing() -> None:
    pass


def comparisons() -> Iterator[Comparison]:
    """In memory, on Redis, on PostgreSQL."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    yield from in_memory()
    yield from counted_here()
    if program := shutil.which("redis-server"):
        with redis_server(program) as port:
            yield from on_redis(port)
    else:
        print("  Redis is left out: redis-server is not installed.")
    yield from on_postgresql()


def hitting(rate: str | list[str]) -> Callable[[], object]:
    """A decision on one client, who is let through."""
    throttle = Throttle(rate, name=f"benchmark-{next(numbers)}")
    return lambda: throttle.hit(CLIENT)


def refusing(rate: str = "1/day") -> Callable[[], object]:
    """A decision on a client who has used up the rate, at once."""
    throttle = Throttle(rate, name=f"benchmark-{next(numbers)}")
    throttle.hit(CLIENT, throttle.burst)
    return lambda: throttle.hit(CLIENT)


def hitting_regularly(rate: str, most: int = 1000) -> Callable[[], object]:
    """A decision on a client who came all through the period, so that a window has all of its steps."""
    throttle = Throttle(rate, name=f"benchmark-{next(numbers)}")
    (period,) = (policy.rate.period * SECOND for policy in throttle.policies)
    begun = time_ns() // 1000 - period
    hits = min(throttle.burst, most) - 1
    for number in range(hits):
        take([Ask(throttle, CLIENT, 1)], begun + (number + 1) * period // (hits + 1))
    return lambda: throttle.hit(CLIENT)


def in_memory() -> Iterator[Comparison]:
    """A decision, a view, and what neither grows with."""
    with override_settings(CACHES={"default": {"BACKEND": MEMORY}}):
        for what, call in kinds():
            yield Comparison(f"{what} in memory", always(call), always(nothing), 1, or_more=10e-6)
            yield Comparison(
                f"{what} in memory, beside a lock and a dictionary",
                always(call),
                always(looked_up()),
                2,
            )
        yield Comparison(
            "a decision in memory, beside Django REST framework",
            always(hitting(MANY)),
            always(framework_hit()),
            1,
        )
        request = RequestFactory().get("/")
        response = HttpResponse()
        limited = throttle(MANY, name="view")(lambda request: response)
        yield Comparison(
            "a throttled view, beside the decision alone",
            always(lambda: limited(request)),
            always(hitting(MANY)),
            1,
            or_more=10e-6,
        )
        yield Comparison(
            "in memory, a window with all steps, beside one with a single step",
            always(hitting_regularly(MANY)),
            always(hitting(MANY)),
            1.2,
        )
        crowded = Throttle("5/day", name="crowded")
        for number in range(90_000):
            crowded.hit(number)
        yield Comparison(
            "in memory, beside 90000 other clients, or none",
            always(lambda: crowded.hit(CLIENT)),
            always(refusing("5/day")),
            1.2,
        )


def kinds() -> Iterator[tuple[str, Callable[[], object]]]:
    """One hit on a window, on a bucket, and one too many."""
    yield "a window", hitting(MANY)
    yield "a bucket", hitting(BUCKET)
    yield "a refusal", refusing()


def looked_up() -> Callable[[], object]:
    """The least that counting in memory takes: no key is hashed, no time read and nothing decided."""
    lock = Lock()
    counts = {CLIENT: 0}

    def look_up() -> int:
        with lock:
            return counts[CLIENT]

    return look_up


def counted_here() -> Iterator[Comparison]:
    """A decision while Redis is down, beside one in memory."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        location = f"redis://127.0.0.1:{closed.getsockname()[1]}"
        down, memory = {"BACKEND": REDIS, "LOCATION": location}, {"BACKEND": MEMORY}
        with override_settings(CACHES={"default": memory, "down": down}):
            throttle = Throttle(MANY, name="down", store="down")
            throttle.hit(CLIENT)
            yield Comparison(
                "counted here, beside a decision in memory",
                always(lambda: throttle.hit(CLIENT)),
                always(hitting(MANY)),
                1.3,
            )


def on_redis(port: int) -> Iterator[Comparison]:
    """A decision with all that the fields need, beside the least that Redis can be asked."""
    location = f"redis://127.0.0.1:{port}"
    client = redis.Redis(port=port)
    script = client.script_load(READS_AND_WRITES)
    bare = always(lambda: client.evalsha(script, 1, "key"))
    cache = {"BACKEND": REDIS, "LOCATION": location}
    with override_settings(CACHES={"default": cache}):
        for what, call in kinds():
            yield Comparison(
                f"{what} on Redis, beside a bare EVALSHA",
                always(call),
                bare,
                1.35,
                timer=perf_counter,
            )
        two = {"two windows": [MANY, "9000000/day"], "window and bucket": [MANY, f"9{BUCKET}"]}
        for what, rates in two.items():
            yield Comparison(
                f"{what} on Redis, beside a bare EVALSHA",
                always(hitting(rates)),
                bare,
                1.6,
                timer=perf_counter,
            )
        yield Comparison(
            "on Redis, a window with all steps, beside one with a single step",
            always(hitting_regularly(MANY)),
            always(hitting(MANY)),
            1.2,
            timer=perf_counter,
        )
        for name, call in others(location).items():
            yield Comparison(
                f"a decision on Redis, beside {name}",
                always(hitting(MANY)),
                always(call),
                1,
                timer=perf_counter,
            )


def others(location: str) -> dict[str, Callable[[], object]]:
    """Other throttles on Redis, with what header fields would need of them."""
    moving = MovingWindowRateLimiter(RedisStorage(location))
    limit = parse_limit("1000000/hour")

    def limits_moving_window() -> None:
        client = str(next(numbers))
        moving.hit(limit, client)
        moving.get_window_stats(limit, client)

    gcra = Throttled(
        key=CLIENT,
        using=RateLimiterType.GCRA.value,
        quota=rate_limiter.per_hour(1_000_000),
        store=RedisStore(server=location),
    )
    request = RequestFactory().get("/", REMOTE_ADDR=CLIENT)

    def django_ratelimit() -> None:
        get_usage(request, group="benchmark", key="ip", rate="1000000/h", increment=True)

    return {
        "Django REST framework": framework_hit(),
        "django-ratelimit": django_ratelimit,
        "limits (moving window)": limits_moving_window,
        "throttled-py (GCRA)": gcra.limit,
    }


def framework_hit() -> Callable[[], object]:
    """A decision of Django REST framework on a client whom it does not know yet, its cheapest case."""

    class Benchmark(FrameworksOwn):
        rate = "1000000/h"

        def get_cache_key(self, request: object, view: object) -> str:
            return f"throttle_{next(numbers)}"

    def hit() -> None:
        Benchmark().allow_request(mock.sentinel.request, mock.sentinel.view)

    return hit


@contextmanager
def redis_server(program: str) -> Iterator[int]:
    """A server of our own, on this core, as children stay where their parent is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    options = ["--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        while redis_is_silent(port):
            sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


def redis_is_silent(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def on_postgresql() -> Iterator[Comparison]:
    """A decision in the database, beside Django REST framework on the database cache."""
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": os.environ.get("POSTGRES_USER", "postgres"),
        "PASSWORD": os.environ.get("POSTGRES_PASSWORD", ""),
        "HOST": os.environ.get("POSTGRES_HOST", "127.0.0.1"),
        "PORT": os.environ.get("POSTGRES_PORT", "5432"),
    }
    name = f"http4xx_benchmark_{os.getpid()}"
    with database("server", settings):
        try:
            connections["server"].ensure_connection()
        except OperationalError as error:
            print(f"  PostgreSQL is left out: {error}")
            return
        with connections["server"].cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            with database("default", {**settings, "NAME": name}):
                yield from on_database()
        finally:
            with connections["server"].cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")


def on_database() -> Iterator[Comparison]:
    cache = {"BACKEND": DATABASE_CACHE, "LOCATION": "cache", "OPTIONS": {"MAX_ENTRIES": 10**6}}
    with override_settings(CACHES={"default": cache}, HTTP4XX={"THROTTLE": {"STORE": "database"}}):
        call_command("createcachetable", verbosity=0)
        call_command("migrate", "http4xx_throttling", verbosity=0)
        for what, ours, theirs, limit in (
            ("a window", hitting(MANY), framework_hit(), 0.8),
            ("a bucket", hitting(BUCKET), framework_hit(), 0.5),
            ("two windows", hitting([MANY, "9000000/day"]), twice(framework_hit()), 0.5),
        ):
            yield Comparison(
                f"{what} on PostgreSQL, beside Django REST framework on DatabaseCache",
                always(ours),
                always(theirs),
                limit,
                timer=perf_counter,
            )
        stores.close_all()
        caches.close_all()


def twice(call: Callable[[], object]) -> Callable[[], object]:
    def both() -> None:
        call()
        call()

    return both


@contextmanager
def database(alias: str, settings: dict[str, str]) -> Iterator[None]:
    """Another database under an alias, while it is needed."""
    before = connections.settings.get(alias)
    connections.settings[alias] = connections.configure_settings({"default": settings})["default"]
    if before is not None:
        del connections[alias]
    try:
        yield
    finally:
        connections[alias].close()
        del connections[alias]
        connections.settings.pop(alias)
        if before is not None:
            connections.settings[alias] = before
