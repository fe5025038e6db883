"""What a limit can be told: rates by plan, who is exempt, what counts, and what a refusal says."""

from __future__ import annotations

import asyncio
import logging
import re
import threading

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import TooManyRequests, Unauthorized
from django_http4xx.throttling import (
    QuotaExceeded,
    Throttle,
    address_of,
    request_refused,
    throttle,
)

MIDDLEWARE = "django_http4xx.throttling.ThrottleMiddleware"


def raised(cls):
    raise cls


STATUSES = {
    "ok": lambda: HttpResponse("served"),
    "wrong": lambda: HttpResponse(status=401),
    "raised": lambda: raised(Unauthorized),
    "missing": lambda: raised(Http404),
    "forbidden": lambda: raised(PermissionDenied),
    "broken": lambda: raised(ZeroDivisionError),
}


def answer(request, **kwargs):
    return STATUSES[request.GET.get("as", "ok")]()


async def async_answer(request, **kwargs):
    return answer(request)


class Site:
    """A project with one throttled view, asked through WSGI's handler, ASGI's, or by the middleware."""

    def __init__(self, settings, kind):
        self.settings, self.kind = settings, kind
        self.client = Client(raise_request_exception=False)
        settings.HTTP4XX = {}

    def throttled(self, rate, view=None, **arguments):
        view = view or (async_answer if self.kind == "asgi" else answer)
        if self.kind == "middleware":
            self.settings.MIDDLEWARE = [*self.settings.MIDDLEWARE, MIDDLEWARE]
            by_path = {"/": {"rate": rate, "name": "login", **arguments}}
            self.settings.HTTP4XX = {**self.settings.HTTP4XX, "THROTTLES": by_path}
        else:
            view = throttle(rate, **{"name": "login", **arguments})(view)
        urls = [path("login/<int:number>/", view), path("in/", include([path("<slug:s>/", view)]))]
        self.settings.ROOT_URLCONF = type("URLs", (), {"urlpatterns": urls})

    def get(self, query="", url="/login/7/", **meta):
        if self.kind == "asgi":
            client = AsyncClient(raise_request_exception=False)
            return asyncio.run(client.get(f"{url}?{query}", **meta))
        return self.client.get(f"{url}?{query}", **meta)

    def statuses(self, *queries, **meta):
        return [self.get(query, **meta).status_code for query in queries]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture(params=["wsgi", "asgi", "middleware"])
def site(request, settings):
    return Site(settings, request.param)


# Rates


def test_a_rate_by_plan(site):
    plans = {"free": "1/h", "paid": ["3/h", "9/day"], "staff": None}
    site.throttled(
        lambda request: plans[request.GET["plan"]], key=lambda request: request.GET["plan"]
    )
    assert site.statuses(*["plan=free"] * 3) == [200, 429, 429]
    assert site.statuses(*["plan=paid"] * 4) == [200, 200, 200, 429]
    assert site.statuses(*["plan=staff"] * 5) == [200] * 5


def test_another_plan_counts_what_was_used_before(site):
    site.throttled(lambda request: request.GET["rate"])
    assert site.statuses(*["rate=2/h"] * 2) == [200, 200]
    assert site.statuses(*["rate=2/60min"] * 2) == [429, 429]


# Who is exempt


@pytest.mark.parametrize(
    "exempt", [["10.0.0.0/8", "2001:db8::/32"], "10.0.0.0/8", ["10.1.2.3"], ("10.0.0.0/8",)]
)
def test_networks_may_be_exempt(site, exempt):
    site.settings.HTTP4XX = {"TRUSTED_PROXIES": 1}
    site.throttled("1/h", exempt=exempt)
    assert site.statuses(*[""] * 3) == [200, 429, 429]
    for address in ("10.1.2.3", "::ffff:10.1.2.3"):
        assert site.statuses(*[""] * 3, headers={"X-Forwarded-For": address}) == [200] * 3


@pytest.mark.parametrize("trusted, expected", [(None, 429), (0, 200), (1, 429)])
def test_the_network_of_a_proxy_exempts_nobody_behind_it(settings, trusted, expected):
    site = Site(settings, "wsgi")
    site.throttled("1/h", exempt=["127.0.0.0/8"])
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    asked = [site.get(headers={"X-Forwarded-For": "203.0.113.7"}).status_code for _ in range(2)]
    assert asked == [200, expected]


def test_a_callable_says_who_is_exempt(site):
    site.throttled("1/h", exempt=lambda request: "staff" in request.GET)
    assert site.statuses(*["staff"] * 3, "", "") == [200] * 4 + [429]


# What counts


def failed(request, response):
    return response.status_code == 401


def test_only_failures_count(site):
    site.throttled("2/h", count_when=failed)
    queries = ["as=ok"] * 5 + ["as=wrong", "as=ok", "as=wrong", "as=ok"]
    assert site.statuses(*queries) == [200] * 5 + [401, 200, 401, 429]


@pytest.mark.parametrize(
    "how, status, counts",
    [
        ("raised", 401, True),
        ("missing", 404, False),
        ("forbidden", 403, False),
        ("broken", 500, False),
    ],
)
def test_what_is_raised_counts_by_its_status(site, how, status, counts):
    site.throttled("1/h", count_when=failed)
    assert site.statuses(f"as={how}", f"as={how}") == [status, 429 if counts else status]


def test_an_answer_that_does_not_count_says_what_is_left(site):
    site.throttled("2/h", count_when=failed)
    assert '"login";r=2;' in site.get("as=ok")["RateLimit"]
    assert '"login";r=1;' in site.get("as=wrong")["RateLimit"]
    assert '"login";r=1;' in site.get("as=ok")["RateLimit"]


def test_guesses_in_flight_count_until_they_are_answered(settings):
    """Of twenty guesses at once no more than five pass, whatever they turn out to be."""
    settings.HTTP4XX = {}
    arrived, answers = threading.Barrier(6, timeout=10), []

    @throttle("5/h", name="guesses", count_when=failed)
    def login(request):
        arrived.wait()
        return HttpResponse(status=401)

    def guess():
        try:
            answers.append(login(RequestFactory().get("/")).status_code)
        except TooManyRequests as error:
            answers.append(error.status)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    arrived.wait()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [401] * 5 + [429] * 15


def test_no_more_is_given_back_than_is_still_taken_up(settings, clock):
    settings.HTTP4XX = {}

    @throttle("2/h", name="failures", count_when=failed)
    def login(request):
        if "slow" in request.GET:
            clock.shift(7200)
            login(RequestFactory().get("/", {"as": "wrong"}))
        return answer(request)

    assert '"failures";r=1;' in login(RequestFactory().get("/", {"as": "wrong"}))["RateLimit"]
    login(RequestFactory().get("/", {"slow": ""}))
    # That of the slow one was free again before: what is taken up is the other's.
    assert '"failures";r=0;' in login(RequestFactory().get("/", {"as": "wrong"}))["RateLimit"]


def test_only_what_does_not_count_is_given_back(settings):
    settings.HTTP4XX = {}

    @throttle("2/h", name="failures", count_when=failed)
    @throttle("9/h", name="all")
    def login(request):
        return HttpResponse("served")

    for number in range(4):
        fields = login(RequestFactory().get("/"))["RateLimit"]
        assert '"failures";r=2;' in fields
        assert f'"all";r={8 - number};' in fields


def test_programs_give_back_a_hit_by_hand(kind):
    failures = Throttle("2/h", name="failures")
    for _number in range(5):
        assert failures.hit("maria").allowed
        assert failures.refund("maria").remaining == 2
    assert [failures.hit("maria").allowed for _ in range(3)] == [True, True, False]
    # No more than what is taken up.
    assert failures.refund("lena", 2).remaining == 2
    assert [failures.hit("lena").allowed for _ in range(3)] == [True, True, False]


def test_coroutines_give_back_too():
    failures = Throttle("1/h", name="failures")

    async def use():
        await failures.ahit("maria")
        await failures.arefund("maria")
        return (await failures.ahit("maria")).allowed

    assert asyncio.run(use())


# Turned off


def test_a_setting_turns_all_throttles_off(site):
    site.throttled("1/h")
    site.settings.HTTP4XX = {**site.settings.HTTP4XX, "THROTTLE": {"ENABLED": False}}
    answers = [site.get() for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert "RateLimit" not in answers[0]
    exports = Throttle("1/h", name="export")
    assert [exports.hit("acme").allowed for _ in range(3)] == [True] * 3
    assert exports.peek("acme").allowed


# Reports


@pytest.fixture
def refusals():
    told = []

    def listen(sender, signal, **kwargs):
        told.append(kwargs)

    request_refused.connect(listen)
    yield told
    request_refused.disconnect(listen)


def records(caplog):
    return [each for each in caplog.records if each.name == "django_http4xx.throttling"]


@pytest.mark.parametrize(
    "url, route", [("/login/7/", "login/<int:number>/"), ("/in/maria/", "in/<slug:s>/")]
)
def test_a_refusal_is_logged_and_announced_without_a_word_about_the_person(
    site, refusals, caplog, url, route
):
    site.throttled("1/h", key="header:X-API-Key")
    for _number in range(3):
        site.get("q=maria", url=url, headers={"X-API-Key": "k-4711"})
    told = {"limit": "login", "key": "header:X-API-Key", "route": route, "enforced": True}
    assert refusals == [told] * 2
    logged = records(caplog)
    assert len(logged) == 2
    for record in logged:
        assert record.levelno == logging.WARNING
        assert told.items() <= vars(record).items()
        assert not any(
            word in record.getMessage() for word in ("maria", "4711", "127.0.0.1", "/7/")
        )


def test_a_receiver_that_fails_makes_no_500(site, caplog):
    def fail(sender, **kwargs):
        raise ZeroDivisionError

    request_refused.connect(fail)
    try:
        site.throttled("1/h")
        assert site.statuses("", "") == [200, 429]
    finally:
        request_refused.disconnect(fail)


def test_where_no_pattern_fits_there_is_none(settings, refusals):
    site = Site(settings, "middleware")
    site.throttled("1/h")
    site.get(url="/nowhere/maria/")
    site.get(url="/nowhere/maria/")
    assert refusals[0]["route"] == ""


def test_a_limit_that_only_reports_counts_and_refuses_nobody(site, refusals, caplog):
    site.throttled("1/h", enforce=False)
    answers = [site.get() for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert not any("RateLimit" in name for each in answers for name in each.headers)
    assert [each["enforced"] for each in refusals] == [False] * 2
    assert ["would have refused" in each.getMessage() for each in records(caplog)] == [True] * 2


def test_it_stands_outside_of_all_or_none(settings):
    settings.HTTP4XX = {}

    @throttle("1/h", name="tried", enforce=False)
    @throttle("3/h", name="held")
    def view(request):
        return HttpResponse(str(request.limited))

    answers = [view(RequestFactory().get("/")) for _ in range(3)]
    assert [each.content for each in answers] == [b"False", b"True", b"True"]
    assert answers[2]["RateLimit"] == '"held";r=0;t=3600'
    with pytest.raises(TooManyRequests):
        view(RequestFactory().get("/"))


def limited(request, **kwargs):
    return HttpResponse(str(request.limited))


async def async_limited(request, **kwargs):
    return HttpResponse(str(request.limited))


@pytest.mark.parametrize("more, last", [({}, b"True"), ({"exempt": ["127.0.0.1"]}, b"False")])
def test_a_view_is_told_and_decides_by_itself(site, more, last):
    site.settings.HTTP4XX = {"TRUSTED_PROXIES": 0}
    view = async_limited if site.kind == "asgi" else limited
    site.throttled("1/h", view, enforce=False, **more)
    assert [site.get().content for _ in range(3)] == [b"False", last, last]


def test_reports_give_back_what_does_not_count(site, refusals):
    site.throttled("1/h", enforce=False, count_when=failed)
    site.statuses(*["as=ok"] * 4)
    assert not refusals
    site.statuses(*["as=wrong"] * 2)
    assert len(refusals) == 1


# A problem type of one's own


class TooManyLogins(QuotaExceeded):
    title = _("Too many tries")
    explanation = _("You have tried to sign in too often.")
    remedy = _("Reset your password.")


class Slower(TooManyRequests):
    title = _("Slower")


@pytest.mark.parametrize("raises, code", [(TooManyLogins, "too-many-logins"), (Slower, "slower")])
def test_a_limit_may_raise_a_problem_type_of_its_own(site, raises, code):
    site.settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    site.throttled("1/h", raises=raises)
    site.get()
    refused = site.get(headers={"Accept": "application/problem+json"})
    body = refused.json()
    assert (body["code"], body["title"]) == (code, str(raises.title))
    assert body["violated-policies"] == ["login"]
    assert refused["Retry-After"] == "3600"
    assert refused["RateLimit"] == '"login";r=0;t=3600'


def test_its_words_are_its_own_on_the_page_too(site):
    site.throttled("1/h", raises=TooManyLogins)
    site.get()
    page = site.get(headers={"Accept": "text/html"}).content.decode()
    for text in ("Too many tries", "You have tried to sign in too often.", "Reset your password."):
        assert text in page
    assert str(QuotaExceeded.explanation) not in page
    assert "Try again in" not in page


@pytest.mark.parametrize("raises", [None, Slower])
def test_without_words_of_its_own_it_says_when_to_come_back(site, raises):
    site.throttled("1/h", raises=raises)
    site.get()
    page = site.get(headers={"Accept": "text/html"}).content.decode()
    assert str(QuotaExceeded.explanation) in page
    assert re.search('Try again <time class="until" datetime="[^"]+Z">in ', page)


def test_of_stacked_limits_the_one_that_refuses_says_what_is_raised(settings):
    settings.HTTP4XX = {}

    @throttle("1/min", name="burst")
    @throttle("2/h", name="logins", raises=TooManyLogins)
    def view(request):
        return HttpResponse()

    view(RequestFactory().get("/"))
    with pytest.raises(QuotaExceeded) as raised:
        view(RequestFactory().get("/"))
    assert type(raised.value) is QuotaExceeded


def test_the_two_429_have_titles_of_their_own():
    assert QuotaExceeded.title != TooManyRequests.title


# What makes no sense


class WithField(QuotaExceeded):
    plan: str


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"exempt": ["10.0.0.1/8"]}, "exempt must be a callable or networks.*host bits"),
        ({"exempt": 7}, "exempt must be a callable or networks"),
        ({"exempt": ["office"]}, "exempt must be a callable or networks"),
        ({"count_when": 401}, "count_when must be a callable"),
        ({"enforce": "no"}, "enforce must be True or False"),
        ({"raises": ValueError}, "raises must be a subclass of TooManyRequests"),
        ({"raises": QuotaExceeded()}, "raises must be a subclass"),
        ({"raises": WithField}, "WithField needs the fields"),
    ],
)
def test_a_wrong_argument_is_an_error_where_it_stands(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        throttle("5/min", name="login", **arguments)


# Who asks


def test_get_counts_head(settings):
    site = Site(settings, "wsgi")
    site.throttled("2/h", methods=("GET",))
    assert site.client.head("/login/7/").status_code == 200
    assert site.statuses("", "") == [200, 429]
    assert site.client.head("/login/7/").status_code == 429
    assert site.client.post("/login/7/").status_code == 200


def test_the_address_is_there_for_programs(settings):
    settings.HTTP4XX = {"TRUSTED_PROXIES": 1}
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    assert address_of(request) == "203.0.113.7"


tenants = threading.local()


def by_tenant(key, prefix, version):
    return f"{tenants.name}:{prefix}:{version}:{key}"


LOCMEM = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


def test_the_key_function_of_a_cache_keeps_tenants_apart(settings):
    settings.CACHES = {"default": {**LOCMEM, "KEY_FUNCTION": by_tenant}}
    exports = Throttle("1/h", name="export")
    found = []
    for tenants.name in ("acme", "acme", "globex"):
        found.append(exports.hit("key").allowed)
    assert found == [True, False, True]


def test_so_does_the_version_of_a_cache(settings, redis):
    pytest.importorskip("redis")
    backend = "django.core.cache.backends.redis.RedisCache"
    cache = {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{redis.port}/0"}
    settings.CACHES = {"default": cache, "one": cache, "two": {**cache, "VERSION": 2}}
    settings.HTTP4XX = {"THROTTLE": {"TIMEOUT": 30}}
    found = [
        Throttle("1/h", name="versions", store=store).hit("key").allowed
        for store in ("default", "one", "two")
    ]
    assert found == [True, False, True]


def test_the_key_may_be_bytes(settings):
    settings.SECRET_KEY = b"\xff only for tests"
    assert Throttle("1/h", name="export").hit("key").allowed


def test_rates_that_are_made_by_the_request_fill_no_memory():
    from django_http4xx.throttling.rates import parse

    for number in range(1, 3000):
        parse(f"{number}/h")
    assert parse.cache_info().currsize <= parse.cache_info().maxsize
