"""While a store is down nobody gets a 500 or a false 429, nobody waits, and the log says it once."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from contextlib import contextmanager

import pytest
from django.test import AsyncClient, Client, override_settings

from django_http4xx.throttling import StoreUnavailable, Throttle, clients
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.throttles import Ask, take

from .conftest import PATIENT, cache_settings, close, seconds_of
from .servers import free_port, hanging_up, memcached_server, redis_server, running, silent_port

pytestmark = pytest.mark.urls("tests.throttling.urls")

URL = {"redis": "redis://127.0.0.1:{}/0", "django-redis": "redis://127.0.0.1:{}/0"}
SERVERS = {
    "redis": redis_server,
    "django-redis": redis_server,
    "memcached": memcached_server,
}
LOGGER = "django_http4xx.throttling"


def settings_for(name, port):
    return cache_settings(name, URL.get(name, "127.0.0.1:{}").format(port))


@contextmanager
def alive(name):
    """A server that answers, or refuses at once; that the machine is slow is no outage."""
    with (
        running(SERVERS[name]()) as server,
        override_settings(**settings_for(name, server.port), **PATIENT),
    ):
        yield server
        close()


@pytest.fixture(params=SERVERS)
def name(request):
    return request.param


@pytest.fixture(params=["closed", "silent"])
def down(request, name):
    """A store whose port is closed, or accepts and never answers."""
    if request.param == "closed":
        with override_settings(**settings_for(name, free_port())):
            yield
            close()
    else:
        with silent_port() as port, override_settings(**settings_for(name, port)):
            yield
            close()


def test_by_default_each_process_counts_by_itself(down):
    client = Client(headers={"Accept": "application/json"})
    responses = [client.get("/plain/") for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert 0 < int(responses[2]["Retry-After"]) <= 60
    assert responses[2].json()["violated-policies"] == ["plain"]
    for response in responses:
        assert response["RateLimit-Policy"] == '"plain";q=2;w=60'
        assert "RateLimit" not in response


def test_coroutines_are_counted_here_as_well(down):
    async def ask():
        return [(await AsyncClient().get("/coroutine/")).status_code for _ in range(3)]

    assert asyncio.run(ask()) == [200, 200, 429]


def test_the_older_fields_tell_the_limit_alone(down, settings):
    settings.HTTP4XX = {"THROTTLE": {"FIELDS": ["X-RateLimit"]}}
    response = Client().get("/plain/")
    assert response["X-RateLimit-Limit"] == "2"
    assert not {"X-RateLimit-Remaining", "X-RateLimit-Reset"} & set(response.headers)


def test_allow_lets_all_through(down, settings):
    settings.HTTP4XX = {"THROTTLE": {"ON_OUTAGE": "allow"}}
    responses = [Client().get("/plain/") for _ in range(5)]
    assert [response.status_code for response in responses] == [200] * 5
    assert "RateLimit-Policy" not in responses[0]


@pytest.fixture
def broken_log():
    """A log handler whose server does not answer, as the throttles' logger alone has it."""

    class Down(logging.Handler):
        def handle(self, record):
            raise ConnectionError("The log server is down.")

    logger, handler = logging.getLogger(LOGGER), Down()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.mark.parametrize(("view", "status"), [("plain", 200), ("denied", 503)])
def test_the_log_server_is_down_as_well(broken_log, capsys, view, status):
    with override_settings(**settings_for("redis", free_port())):
        assert Client().get(f"/{view}/").status_code == status
        close()
    assert "The log server is down." in capsys.readouterr().err


@pytest.mark.usefixtures("broken_log")
def test_a_warning_that_cannot_be_logged_refuses_nobody(monkeypatch, capsys):
    monkeypatch.setattr(clients, "_warned", [])
    assert Client().get("/plain/", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 200
    assert "The log server is down." in capsys.readouterr().err


GET = {
    "sync": lambda *args, **kwargs: Client().get(*args, **kwargs),
    "async": lambda *args, **kwargs: asyncio.run(AsyncClient().get(*args, **kwargs)),
}


@pytest.mark.parametrize("get", GET.values(), ids=GET)
@pytest.mark.parametrize("path", ["/denied/", "/denied-async/", "/api/"])
def test_deny_answers_503_and_when_to_come_back(settings, path, get):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_http4xx.throttling.ThrottleMiddleware"]
    settings.HTTP4XX = {"THROTTLES": {"/api/": {"rate": "1/min", "on_outage": "deny"}}}
    with override_settings(**settings_for("memcached", free_port())):
        told = get(path, headers={"Accept": "application/json"})
        shown = get(path, headers={"Accept": "text/html", "Accept-Language": "zh-hans"})
        close()
    for response in (told, shown):
        assert response.status_code == 503
        assert response["Retry-After"] == "1"
        assert response["Cache-Control"] == "no-store"
    body = told.json()
    assert (body["status"], body["title"]) == (503, "Service Unavailable")
    assert body["detail"] == "This is not available at the moment. Please try again soon."
    assert (body["code"], body["retry_after"]) == ("throttle_unavailable", 1)
    assert shown["Content-Type"] == "text/html; charset=utf-8"
    assert "此内容" in shown.content.decode()


@pytest.mark.parametrize("view", ["denied", "denied-async"])
def test_deny_holds_whether_it_is_closed_or_silent(down, view):
    assert GET["async"](f"/{view}/").status_code == 503


def test_deny_may_hold_for_all(down, settings):
    settings.HTTP4XX = {"THROTTLE": {"ON_OUTAGE": "deny"}}
    assert Client().get("/plain/").status_code == 503
    decision = Throttle("9/h", name="export").hit("a")
    assert (decision.allowed, decision.outage) == (False, True)
    assert Throttle("9/h", name="export", on_outage="allow").hit("a").allowed


def test_it_is_decided_in_time_and_then_at_once(down):
    throttle = Throttle("5/h", name="export")
    first, later = [], []
    for _ in range(3):
        close()
        store_for(None).deadline()  # importing the library is no part of a decision
        first.append(seconds_of(lambda: throttle.hit("a")))
        later.append(seconds_of(lambda: [throttle.hit("a") for _ in range(100)]))
    assert min(first) < 0.5  # TIMEOUT is 0.25 seconds
    assert min(later) < 0.1


def test_reset_says_that_it_could_not(down):
    with pytest.raises(StoreUnavailable):
        Throttle("5/h", name="export").reset("a")


def counted_here(caplog):
    return [record.counted_here for record in caplog.records if hasattr(record, "counted_here")]


def until_it_answers(throttle):
    deadline = time.monotonic() + 10
    while throttle.hit(uuid.uuid4()).outage:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_neither_an_outage_nor_its_end_lets_more_through(name, caplog):
    caplog.set_level(logging.INFO, LOGGER)
    with alive(name) as server:
        throttle = Throttle("3/h", name="export")
        assert not throttle.hit("a").outage
        server.stop()
        during = [throttle.hit("a") for _ in range(4)]
        assert [decision.allowed for decision in during] == [True, True, False, False]
        assert all(decision.outage for decision in during)
        assert 0 < during[-1].retry_after <= 3600
        assert not throttle.peek("a").allowed
        server.start()  # and has forgotten everything
        until_it_answers(throttle)
        after = throttle.hit("a")
        assert (after.allowed, after.outage) == (False, False)
        assert [throttle.hit("b").allowed for _ in range(4)] == [True] * 3 + [False]
    levels = [record.levelname for record in caplog.records if record.name == LOGGER]
    assert levels == ["ERROR", "WARNING"]
    assert counted_here(caplog)[0] >= 2


def test_what_was_given_back_is_free_here_too(name):
    with alive(name) as server:
        wide, narrow = Throttle("9/h", name="wide"), Throttle("1/h", name="narrow")
        outcomes = [take([Ask(wide, "a", 1)]) for _ in range(9)]
        outcomes[0].given_back(time.monotonic() + 5)
        server.stop()
        assert [wide.hit("a").allowed for _ in range(2)] == [True, False]
        assert narrow.hit("a").allowed
        assert not take([Ask(wide, "b", 1), Ask(narrow, "a", 1)]).decision.allowed
        assert wide.peek("b").remaining == 9


def test_what_was_reset_is_free_here_too(name):
    with alive(name) as server:
        throttle = Throttle("1/h", name="export")
        throttle.hit("a")
        throttle.reset("a")
        server.stop()
        assert [throttle.hit("a").allowed for _ in range(2)] == [True, False]


def test_what_is_counted_here_takes_no_more_than_so_much_memory(down):
    throttle = Throttle("1/day", name="export")
    for number in range(25_000):
        assert throttle.hit(number).allowed
    assert len(store_for(None).mirror) <= 10_000
    assert not throttle.hit(24_999).allowed


def test_a_server_that_was_restarted_between_two_hits_is_no_outage(name):
    with alive(name) as server:
        throttle = Throttle("2/h", name="export")
        throttle.hit("a")
        server.stop()
        server.start()
        assert not throttle.hit("a").outage


def test_it_is_asked_at_most_once_a_second(name):
    with hanging_up() as (port, calls), override_settings(**settings_for(name, port)):
        throttle = Throttle("2/h", name="export")
        start = time.monotonic()
        while time.monotonic() - start < 2.5:
            assert throttle.hit("a").outage
            time.sleep(0.001)
        close()
    assert calls[-1] - calls[0] >= 1
    # The first question is followed by the first probe.
    assert all(third - first > 0.9 for first, third in zip(calls, calls[2:], strict=False))


def test_a_flushed_script_cache_is_no_outage(redis):
    import redis as library

    with override_settings(**settings_for("redis", redis.port)):
        throttle = Throttle("2/h", name=uuid.uuid4().hex)
        assert throttle.hit("a").remaining == 1
        library.Redis(port=redis.port).script_flush()
        assert throttle.hit("a").remaining == 0
        close()


def test_a_read_only_replica_is_an_outage(redis):
    replica = redis_server("--replicaof", "127.0.0.1", str(redis.port))
    with running(replica), override_settings(**settings_for("redis", replica.port)):
        throttle = Throttle("1/h", name="export")
        decisions = [throttle.hit("a") for _ in range(3)]
        close()
    assert all(decision.outage for decision in decisions)
    assert [decision.allowed for decision in decisions] == [True, False, False]


@pytest.mark.parametrize(
    "cache",
    [
        {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "/nowhere"},
        {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_table"},
    ],
)
def test_in_a_cache_that_cannot_count_each_process_counts_and_the_log_says_so(caplog, cache):
    with override_settings(CACHES={"default": cache}):
        statuses = [Client().get("/plain/").status_code for _ in range(3)]
        close()
    assert statuses == [200, 200, 429]
    (message,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert cache["BACKEND"] in message
    assert "STORE" in message


def test_a_cache_that_keeps_nothing_keeps_counts(caplog):
    backend = "django.core.cache.backends.dummy.DummyCache"
    with override_settings(CACHES={"default": {"BACKEND": backend}}):
        assert [Client().get("/plain/").status_code for _ in range(3)] == [200, 200, 429]
        close()
    assert "ERROR" not in [record.levelname for record in caplog.records]
