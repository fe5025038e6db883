"""The throttles of Django REST framework's documentation, with ours imported."""

from __future__ import annotations

import random

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

pytest.importorskip("rest_framework")

from rest_framework.decorators import api_view, throttle_classes
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from django_http4xx.rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)
from django_http4xx.throttling import QuotaExceeded, Throttle, request_refused
from django_http4xx.throttling.stores import store_for

from .conftest import cache_settings, close
from .servers import free_port

RATES = {
    "anon": "2/day",
    "user": "3/day",
    "burst": "2/min",
    "sustained": "5/day",
    "contacts": "2/day",
    "uploads": "1/day",
    "unlimited": None,
}
HANDLER = "django_http4xx.rest_framework.exception_handler"
COMPATIBLE_HANDLER = "django_http4xx.rest_framework.compatible_exception_handler"
factory = APIRequestFactory()


@pytest.fixture(autouse=True)
def rest_framework(settings):
    settings.HTTP4XX = {}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": RATES}
    # What is told to the second is asserted: the time stands still.
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        yield


class BurstRateThrottle(UserRateThrottle):
    scope = "burst"


class SustainedRateThrottle(UserRateThrottle):
    scope = "sustained"


def throttled_by(*classes, **attributes):
    class ExampleView(APIView):
        throttle_classes = classes

        def get(self, request):
            return Response({"status": "request was permitted"})

    for name, value in attributes.items():
        setattr(ExampleView, name, value)
    return ExampleView.as_view()


def get(view, user=None, **meta):
    request = factory.get("/", **meta)
    force_authenticate(request, user)
    return view(request)


def statuses(view, times, user=None, **meta):
    return [get(view, user, **meta).status_code for _ in range(times)]


def test_anon_rate_throttle_limits_by_address_whoever_is_not_signed_in():
    view = throttled_by(AnonRateThrottle)
    assert statuses(view, 3) == [200, 200, 429]
    assert statuses(view, 1, REMOTE_ADDR="198.51.100.1") == [200]
    assert statuses(view, 4, User(pk=7)) == [200] * 4


def test_user_rate_throttle_limits_users_and_others_by_address():
    view = throttled_by(UserRateThrottle)
    assert statuses(view, 4, User(pk=7)) == [200, 200, 200, 429]
    assert statuses(view, 4, User(pk=8)) == [200, 200, 200, 429]
    assert statuses(view, 4) == [200, 200, 200, 429]


def test_function_based_views():
    @api_view(["GET"])
    @throttle_classes([UserRateThrottle])
    def example_view(request):
        return Response({"status": "request was permitted"})

    assert statuses(example_view, 4) == [200, 200, 200, 429]


def test_several_throttles_refuse_together_and_use_up_nothing():
    view = throttled_by(BurstRateThrottle, SustainedRateThrottle)
    assert statuses(view, 5) == [200, 200, 429, 429, 429]
    refused = get(view)
    assert refused["RateLimit"] == '"burst";r=0;t=60, "sustained";r=3;t=60'
    assert refused["Retry-After"] == "60"


def test_several_throttles_take_one_trip():
    trips = []
    store = store_for(None)
    store.server_of("a", store.deadline())
    ask = store._only.ask
    store._only.ask = lambda demands, *rest: trips.append(len(demands)) or ask(demands, *rest)
    get(throttled_by(BurstRateThrottle, SustainedRateThrottle))
    assert trips == [2]


def test_scoped_rate_throttle_limits_views_by_scope():
    contacts = throttled_by(ScopedRateThrottle, throttle_scope="contacts")
    others = throttled_by(ScopedRateThrottle, throttle_scope="contacts")
    uploads = throttled_by(ScopedRateThrottle, throttle_scope="uploads")
    assert statuses(contacts, 1) + statuses(others, 2) == [200, 200, 429]
    assert statuses(uploads, 2) == [200, 429]
    assert statuses(throttled_by(ScopedRateThrottle), 5) == [200] * 5


def test_a_throttle_of_ones_own():
    class RandomRateThrottle(BaseThrottle):
        def allow_request(self, request, view):
            return random.randint(1, 10) != 11

    assert statuses(throttled_by(RandomRateThrottle, AnonRateThrottle), 3) == [200, 200, 429]


def test_another_cache(settings):
    settings.CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
        for name in ("default", "alternate")
    }

    class CustomAnonRateThrottle(AnonRateThrottle):
        cache = caches["alternate"]

    assert statuses(throttled_by(CustomAnonRateThrottle), 3) == [200, 200, 429]
    assert len(store_for("alternate")._store) == 1
    assert store_for("default")._store is None


def test_a_cache_that_is_none_of_caches_is_an_error():
    with pytest.raises(ImproperlyConfigured, match="one of CACHES"):
        type("Wrong", (AnonRateThrottle,), {"cache": object()})


def test_a_rate_of_its_own_and_a_key_of_its_own():
    class PerTenant(SimpleRateThrottle):
        rate = "2/10min"

        def get_cache_key(self, request, view):
            return request.GET.get("tenant")

    view = throttled_by(PerTenant)
    assert [view(factory.get("/?tenant=a")).status_code for _ in range(3)] == [200, 200, 429]
    assert view(factory.get("/?tenant=b")).status_code == 200
    assert [view(factory.get("/")).status_code for _ in range(3)] == [200] * 3


def test_a_throttle_that_exempts_some_counts_nothing_for_them():
    class NotForStaff(UserRateThrottle):
        scope = "burst"

        def allow_request(self, request, view):
            return request.user.is_staff or super().allow_request(request, view)

    view = throttled_by(SustainedRateThrottle, NotForStaff)
    staff = User(pk=7, is_staff=True)
    assert statuses(view, 6, staff) == [200] * 5 + [429]
    assert statuses(view, 3, User(pk=8)) == [200, 200, 429]
    # What the first took is given back where the second refuses.
    assert '"sustained";r=3;' in get(view, User(pk=8))["RateLimit"]


def test_a_parse_rate_of_its_own():
    class Fortnights(AnonRateThrottle):
        def parse_rate(self, rate):
            return int(rate.split("/")[0]), 14 * 86_400

        rate = "2/fortnight"

    view = throttled_by(Fortnights)
    assert statuses(view, 3) == [200, 200, 429]
    assert get(view)["RateLimit-Policy"] == '"anon";q=2;w=1209600'


def test_a_timer_of_its_own_wins_over_the_clock():
    class Timed(AnonRateThrottle):
        now = 1_000_000.0

        def timer(self):
            return Timed.now

    view = throttled_by(Timed)
    assert statuses(view, 3) == [200, 200, 429]
    Timed.now += 86_400
    assert statuses(view, 3) == [200, 200, 429]


def test_settings_are_read_when_needed(settings):
    view = throttled_by(AnonRateThrottle)
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"anon": "1/day"}}
    assert statuses(view, 2) == [200, 429]
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"anon": None}}
    assert statuses(view, 3) == [200] * 3


@pytest.mark.parametrize(
    "rates, words", [({"anon": "5/month"}, "no unit 'month'"), ({}, "No default throttle rate")]
)
def test_a_wrong_rate_is_an_error_that_says_so(settings, rates, words):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": rates}
    with pytest.raises(ImproperlyConfigured, match=words):
        get(throttled_by(AnonRateThrottle))


@pytest.mark.parametrize(
    "proxies, trusted, passed", [(None, None, 2), (1, None, 2), (None, 1, 2), (2, None, 6)]
)
def test_a_forged_field_changes_nothing(settings, proxies, trusted, passed):
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": RATES, "NUM_PROXIES": proxies}
    view = throttled_by(AnonRateThrottle)
    # With two proxies the one before the last wrote what stands there: it is no forgery.
    answers = [
        get(view, HTTP_X_FORWARDED_FOR=f"6.6.6.{number}, 198.51.100.1").status_code
        for number in range(6)
    ]
    assert answers.count(200) == passed


def test_ipv6_counts_by_network():
    view = throttled_by(AnonRateThrottle)
    answers = [get(view, REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(1, 4)]
    assert answers == [200, 200, 429]


def test_served_answers_tell_what_is_left():
    served = get(throttled_by(AnonRateThrottle))
    assert served["RateLimit-Policy"] == '"anon";q=2;w=86400'
    assert served["RateLimit"] == '"anon";r=1;t=86400'


def test_a_refusal_is_explained_as_every_other_error(settings):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": RATES, "EXCEPTION_HANDLER": HANDLER}
    view = throttled_by(AnonRateThrottle)
    refused = [get(view) for _ in range(3)][-1]
    assert refused.data["code"] == "quota-exceeded"
    assert refused.data["violated-policies"] == ["anon"]
    assert refused["Retry-After"] == "86400"
    assert refused["Cache-Control"] == "no-store"


def test_a_request_that_is_sent_through_again_counts_again():
    view = throttled_by(AnonRateThrottle)
    request = factory.get("/")
    assert [view(request).status_code for _ in range(3)] == [200, 200, 429]
    assert view(factory.get("/")).status_code == 429


@pytest.mark.parametrize(
    "handler", ["rest_framework.views.exception_handler", HANDLER, COMPATIBLE_HANDLER]
)
def test_an_outage_is_a_503_where_it_is_to_be(settings, handler):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": RATES, "EXCEPTION_HANDLER": handler}

    class Strict(AnonRateThrottle):
        on_outage = "deny"

    port = free_port()
    with override_settings(**cache_settings("memcached", f"127.0.0.1:{port}")):
        refused = get(throttled_by(Strict, UserRateThrottle))
        served = get(throttled_by(UserRateThrottle))
        close()
    assert refused.status_code == 503
    assert refused["Retry-After"] == "1"
    assert refused.data["detail"].code == "throttle_unavailable"
    assert served.status_code == 200


def test_counts_are_apart_from_those_of_other_doors():
    get(throttled_by(AnonRateThrottle))
    assert Throttle("2/day", name="anon").peek("throttle_anon_127.0.0.1").remaining == 2


class Telling(AnonRateThrottle):
    """A subclass that reads what Django REST framework's class keeps."""

    def allow_request(self, request, view):
        allowed = super().allow_request(request, view)
        view.headers["X-Used"] = str(len(self.history))
        view.headers["X-Left"] = str(self.num_requests - len(self.history))
        view.headers["X-Times"] = ",".join(f"{self.now - moment:.0f}" for moment in self.history)
        view.headers["X-Key"] = f"{self.key} {self.duration}"
        return allowed


def test_a_subclass_reads_now_num_requests_duration_key_and_history():
    view = throttled_by(Telling)
    answers = [get(view) for _ in range(3)]
    assert [answer["X-Used"] for answer in answers] == ["1", "2", "2"]
    assert [answer["X-Left"] for answer in answers] == ["1", "0", "0"]
    assert answers[1]["X-Times"] == "0,0"
    assert answers[0]["X-Key"] == "throttle_anon_127.0.0.1 86400"


def test_the_history_ends_with_the_oldest_request():
    view = throttled_by(Telling)
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        get(view)
        clock.shift(3600)
        assert get(view)["X-Times"] == "0,3600"
        clock.shift(60)
        assert get(view)["X-Times"].endswith(",3660")


@pytest.mark.parametrize("rate", ["5/min", "60/min burst 5"])
def test_the_length_of_the_history_leaves_what_remains(rate):
    class Limited(Telling):
        pass

    Limited.rate = rate
    view = throttled_by(Limited)
    assert [get(view)["X-Left"] for _ in range(6)] == ["4", "3", "2", "1", "0", "0"]


def test_a_subclass_sets_num_requests_and_duration():
    class ByHand(UserRateThrottle):
        def __init__(self):
            super().__init__()
            self.num_requests, self.duration = 2, 3600

    view = throttled_by(ByHand)
    assert statuses(view, 3) == [200, 200, 429]
    assert get(view)["RateLimit-Policy"] == '"user";q=2;w=3600'


def test_a_subclass_takes_its_rate_from_the_view():
    class ByView(UserRateThrottle):
        def allow_request(self, request, view):
            self.rate = view.rate
            self.num_requests, self.duration = self.parse_rate(self.rate)
            return super().allow_request(request, view)

    view = throttled_by(ByView, rate="1/day")
    assert statuses(view, 2) == [200, 429]


def test_a_subclass_lets_nothing_pass():
    class Closed(AnonRateThrottle):
        rate = "none/day"

        def parse_rate(self, rate):
            return 0, 86_400

    assert statuses(throttled_by(Closed), 2) == [429, 429]


def test_what_a_subclass_does_not_count_is_given_back():
    class OnlyFailures(AnonRateThrottle):
        def throttle_success(self):
            return True if "free" in self.request.GET else super().throttle_success()

        def allow_request(self, request, view):
            self.request = request
            return super().allow_request(request, view)

    view = throttled_by(OnlyFailures)
    assert [view(factory.get("/?free")).status_code for _ in range(5)] == [200] * 5
    assert statuses(view, 3) == [200, 200, 429]


def test_a_subclass_decides_by_itself_and_counts_in_its_cache():
    class AsOnceWritten(AnonRateThrottle):
        def allow_request(self, request, view):
            self.key = f"once-written-{id(view.__class__)}"
            self.history = self.cache.get(self.key, [])
            self.now = self.timer()
            while self.history and self.history[-1] <= self.now - self.duration:
                self.history.pop()
            if len(self.history) >= self.num_requests:
                return self.throttle_failure()
            return self.throttle_success()

    view = throttled_by(AsOnceWritten)
    assert statuses(view, 3) == [200, 200, 429]
    assert get(view)["Retry-After"] == "86400"


@pytest.mark.parametrize("used, expected", [(0, 30.0), (3, None)])
def test_wait_follows_a_history_that_somebody_set(used, expected):
    throttle = AnonRateThrottle()
    throttle.num_requests, throttle.duration = 1, 60
    throttle.now = throttle.timer()
    throttle.history = [throttle.now] * used
    assert throttle.wait() == expected


def test_classes_of_one_name_share_no_count():
    def made(module):
        def get_cache_key(self, request, view):
            return "key"

        body = {"rate": "1/day", "get_cache_key": get_cache_key, "__module__": module}
        return type("PerTenant", (SimpleRateThrottle,), body)

    one, two = (throttled_by(made(module)) for module in ("one", "two"))
    assert statuses(one, 2) == [200, 429]
    assert statuses(two, 2) == [200, 429]


def test_a_rate_of_its_own_shares_no_count_with_the_scope_that_it_inherits():
    class Burst(UserRateThrottle):
        rate = "2/min"

    class Sustained(UserRateThrottle):
        rate = "3/day"

    view = throttled_by(Burst, Sustained)
    assert statuses(view, 3) == [200, 200, 429]
    assert statuses(throttled_by(Sustained), 2) == [200, 429]


def test_a_key_to_be_awaited_is_refused():
    class Later(AnonRateThrottle):
        async def get_cache_key(self, request, view):
            return "key"

    with pytest.raises(TypeError, match="cannot tell clients apart"):
        get(throttled_by(Later))


def test_a_refusal_is_announced():
    told = []

    def listen(sender, signal, **kwargs):
        told.append(kwargs)

    request_refused.connect(listen)
    view = throttled_by(AnonRateThrottle, BurstRateThrottle)
    statuses(view, 3)
    request_refused.disconnect(listen)
    expected = {"route": "", "enforced": True}
    assert told == [
        {"limit": "anon", "key": "AnonRateThrottle", **expected},
        {"limit": "burst", "key": "BurstRateThrottle", **expected},
    ]


def test_one_that_only_reports_refuses_nobody():
    class Tried(AnonRateThrottle):
        enforce = False
        rate = "1/day"

    def limited(self, request):
        return Response(request.limited)

    view = throttled_by(Tried, UserRateThrottle, get=limited)
    answers = [get(view) for _ in range(3)]
    assert [answer.data for answer in answers] == [False, True, True]
    assert answers[0]["RateLimit-Policy"] == '"user";q=3;w=86400'


class TooManyOrders(QuotaExceeded):
    pass


def test_a_problem_type_of_its_own(settings):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": RATES, "EXCEPTION_HANDLER": HANDLER}

    class Orders(AnonRateThrottle):
        raises = TooManyOrders

    view = throttled_by(Orders)
    assert [get(view) for _ in range(3)][-1].data["code"] == "too-many-orders"


def test_a_setting_turns_all_off(settings):
    settings.HTTP4XX = {"THROTTLE": {"ENABLED": False}}
    assert statuses(throttled_by(AnonRateThrottle), 4) == [200] * 4
