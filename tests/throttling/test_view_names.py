"""Views without a name have counts of their own; what cannot be told apart is an error."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial, update_wrapper

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from django_http4xx.exceptions import TooManyRequests
from django_http4xx.throttling import throttle


@pytest.fixture(autouse=True)
def anew(settings):
    settings.HTTP4XX = {}


def is_served(view):
    answer = view(RequestFactory().get("/"))
    if asyncio.iscoroutine(answer):
        answer = asyncio.run(answer)
    return answer.status_code == 200


def served(view, times=1):
    count = 0
    for _ in range(times):
        with suppress(TooManyRequests):
            count += is_served(view)
    return count


class One(View):
    kind = ""

    def get(self, request):
        return HttpResponse("served")


class Two(One):
    pass


class Coroutine(View):
    async def get(self, request):
        return HttpResponse("served")


class Callable:
    def __init__(self, kind=""):
        self.kind = kind

    def __call__(self, request):
        return HttpResponse("served")

    def view(self, request):
        return HttpResponse("served")


class AsyncCallable:
    async def __call__(self, request):
        return HttpResponse("served")


def plain(request, kind=""):
    return HttpResponse("served")


async def coroutine(request, kind=""):
    return HttpResponse("served")


def other(request):
    return HttpResponse("served")


def by_class(base, decorate):
    cls = type(base.__name__, (base,), {"__module__": __name__, "__qualname__": base.__name__})
    return decorate(cls).as_view()


@method_decorator(throttle("1/h"), name="dispatch")
class DispatchOne(One):
    pass


@method_decorator(throttle("1/h"), name="dispatch")
class DispatchTwo(One):
    pass


@method_decorator(throttle("1/h"), name="dispatch")
class DispatchCoroutine(Coroutine):
    pass


class Inherits(DispatchOne):
    pass


@method_decorator([throttle("1/h"), never_cache], name="dispatch")
class Wrapped(One):
    pass


class ByMethod(View):
    @method_decorator(throttle("1/h"))
    def get(self, request):
        return HttpResponse("served")

    @method_decorator(throttle("1/h"))
    def post(self, request):
        return HttpResponse("served")


def made(kind):
    @throttle("1/h")
    def view(request):
        return HttpResponse(kind)

    return view


def limited():
    return throttle("1/h")


# What formats the tests would put them on two.
ON_ONE_LINE = eval("(lambda request: HttpResponse('a'), lambda request: HttpResponse('b'))")


PAIRS = {
    "class-based views": lambda: (limited()(One.as_view()), limited()(Two.as_view())),
    "one class with other arguments": lambda: (
        limited()(One.as_view(kind="a")),
        limited()(One.as_view(kind="b")),
    ),
    "class-based views in other decorators": lambda: (
        limited()(csrf_exempt(One.as_view())),
        limited()(csrf_exempt(Two.as_view())),
    ),
    "dispatch": lambda: [cls.as_view() for cls in (DispatchOne, DispatchTwo)],
    "dispatch, sync and async": lambda: (DispatchOne.as_view(), DispatchCoroutine.as_view()),
    "an inherited dispatch": lambda: (DispatchOne.as_view(), Inherits.as_view()),
    "a dispatch in another decorator": lambda: (Wrapped.as_view(), DispatchTwo.as_view()),
    "lambdas": lambda: (
        limited()(lambda request: HttpResponse("a")),
        limited()(lambda request: HttpResponse("b")),
    ),
    "lambdas on one line": lambda: [limited()(view) for view in ON_ONE_LINE],
    "partials": lambda: (limited()(partial(plain, kind="a")), limited()(partial(plain, kind="b"))),
    "partials of coroutines": lambda: (
        limited()(partial(coroutine, kind="a")),
        limited()(partial(coroutine, kind="b")),
    ),
    "a partial and its function": lambda: (limited()(partial(plain, kind="a")), limited()(plain)),
    "instances": lambda: (limited()(Callable("a")), limited()(Callable("b"))),
    "methods of instances": lambda: (limited()(Callable("a").view), limited()(Callable("b").view)),
    "what one function makes": lambda: (made("a"), made("b")),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_each_view_has_counts_of_its_own(pair):
    one, two = pair()
    assert served(one, 3) == 1
    assert served(two, 3) == 1


def test_a_slow_view_is_not_refused_for_another_of_its_module():
    busy, quiet = throttle("100/min")(One.as_view()), throttle("5/min")(Two.as_view())
    assert served(busy, 100) == 100
    assert served(quiet) == 1


def test_each_method_has_counts_of_its_own():
    get, post = RequestFactory().get("/"), RequestFactory().post("/")
    view = ByMethod.as_view()
    assert [view(request).status_code for request in (get, post)] == [200, 200]
    with pytest.raises(TooManyRequests):
        view(get)


AGAIN = {
    "a class-based view": lambda decorator: decorator(One.as_view()),
    "a function": lambda decorator: decorator(plain),
    "a partial": lambda decorator: decorator(partial(plain, kind="a")),
    "an instance": lambda decorator: decorator(Callable("a")),
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_a_view_keeps_its_count_in_whichever_process_it_is_made(again):
    assert served(again(throttle("1/h")), 2) == 1
    assert served(again(throttle("1/h")), 2) == 0


def test_a_view_that_is_made_for_each_request_is_limited():
    def outer(request):
        @throttle("1/h")
        def inner(request):
            return HttpResponse("served")

        return inner(request)

    assert served(outer, 3) == 1


NOT_TO_BE_TOLD_APART = {
    "instances": lambda: (Callable(["a"]), Callable(["b"])),
    "methods": lambda: (Callable(["a"]).view, Callable(["b"]).view),
    "partials": lambda: (partial(plain, kind=["a"]), partial(plain, kind=["b"])),
    "one class": lambda: (One.as_view(kind=["a"]), One.as_view(kind=["b"])),
}


@pytest.mark.parametrize("pair", NOT_TO_BE_TOLD_APART.values(), ids=NOT_TO_BE_TOLD_APART)
def test_two_that_cannot_be_told_apart_are_an_error_that_asks_for_a_name(pair):
    one, two = pair()
    limited()(one)
    with pytest.raises(ValueError, match="would share one count"):
        limited()(two)
    assert served(throttle("1/h", name="own")(two), 2) == 1


def test_one_of_them_is_none():
    view = Callable(["a"])
    assert served(limited()(view), 2) == 1
    assert served(limited()(view), 2) == 0


def test_two_limits_of_a_view_are_two():
    view = throttle("3/h", key="user_or_ip")(throttle("2/h")(other))

    def asked(request):
        request.user = type("Nobody", (), {"is_authenticated": False})()
        return view(request)

    answer = asked(RequestFactory().get("/"))
    assert answer["RateLimit-Policy"] == '"other-2";q=3;w=3600, "other";q=2;w=3600'
    assert answer["RateLimit"].startswith('"other-2";r=2;')
    assert served(asked, 3) == 1


def test_two_limits_of_a_view_with_one_name_and_one_key_are_an_error():
    with pytest.raises(ValueError, match="Two limits of one view are called 'login'"):
        throttle("5/min", name="login")(throttle("100/day", name="login")(other))


def test_views_that_are_given_one_name_share_their_counts():
    one, two = (throttle("1/h", name="shared")(view) for view in (plain, other))
    assert served(one) == 1
    assert served(two) == 0


@pytest.mark.parametrize("view", [Callable(), AsyncCallable(), partial(plain), partial(coroutine)])
def test_what_can_be_called_can_be_throttled(view):
    assert served(limited()(view), 3) == 1


@pytest.mark.parametrize("cls", [One, Coroutine, Callable])
def test_a_class_is_an_error_that_says_what_to_write(cls):
    with pytest.raises(
        TypeError, match=r"@method_decorator\(throttle\('5/min'\), name='dispatch'\)"
    ):
        limited()(cls)


def test_what_is_no_view_is_an_error():
    with pytest.raises(TypeError, match="limits views"):
        limited()("shop.views.login")


def test_a_class_based_view_is_told_of_by_its_name():
    answer = DispatchTwo.as_view()(RequestFactory().get("/"))
    assert answer["RateLimit-Policy"].startswith('"DispatchTwo"')


def test_prefixes_that_are_called_alike_have_counts_of_their_own(settings, client):
    settings.ROOT_URLCONF = "tests.throttling.urls"
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django_http4xx.throttling.ThrottleMiddleware",
    ]
    # Both are "site" to clients.
    settings.HTTP4XX = {"THROTTLES": {"/": "1/h", "/site/": "1/h"}}
    paths = ["/api/", "/site/", "/api/", "/site/"]
    assert [client.get(path).status_code for path in paths] == [200, 404, 429, 429]


def wrapping(view):
    def inner(request):
        return view(request)

    return update_wrapper(inner, view)


def test_other_decorators_change_no_name():
    assert served(limited()(wrapping(other)), 2) == 1
    assert served(limited()(wrapping(plain)), 2) == 1
