"""Nothing of an object is asked for on behalf of somebody who has not passed, nor for no method."""

from datetime import UTC, datetime
from functools import wraps

import pytest
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.utils.http import http_date
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_http_methods
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_http4xx.decorators import (
    limit_content_length,
    require_authentication,
    require_permission,
    require_precondition,
)
from django_http4xx.exceptions import NotFound

from .conftest import MIDDLEWARE

pytestmark = pytest.mark.django_db

CHANGED = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = http_date(CHANGED.timestamp())

signed_in = require_authentication()


@pytest.fixture(autouse=True, params=["with middleware", "without middleware"])
def middleware(request, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    if request.param == "without middleware":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


class Version:
    """Of one that exists at ``/``; there is none at ``/search/``. Notes who asks."""

    def __init__(self):
        self.asked = []

    def etag(self, request, *args, **kwargs):
        self.asked.append(request.method)
        if request.path == "/search/":
            raise NotFound
        return "v1"

    def last_modified(self, request, *args, **kwargs):
        self.etag(request)
        return CHANGED

    @property
    def decorators(self):
        return {
            "etag": require_precondition(etag_func=self.etag),
            "date": require_precondition(last_modified_func=self.last_modified),
        }


@pytest.fixture
def version():
    return Version()


# Views that have PUT alone, and a decorator that asks for the version, in the order that is worse.


def function(version, inner=lambda view: view):
    return version(inner(require_http_methods(["PUT"])(lambda request: HttpResponse("put"))))


def async_function(version, inner=lambda view: view):
    async def view(request):
        return HttpResponse("put")

    return version(inner(require_http_methods(["PUT"])(view)))


def dispatch(version, inner=lambda view: view, base=View):
    class Page(base):
        def put(self, request):
            return HttpResponse("put")

    return method_decorator([version, inner], name="dispatch")(Page).as_view()


def twice(version, inner=lambda view: view):
    class Page(View):
        def put(self, request):
            return HttpResponse("put")

    page = method_decorator(inner, name="dispatch")(Page)
    return method_decorator(version, name="dispatch")(page).as_view()


def async_dispatch(version, inner=lambda view: view):
    class Page(View):
        async def put(self, request):
            return HttpResponse("put")

    return method_decorator([version, inner], name="dispatch")(Page).as_view()


def around_class(version, inner=lambda view: view):
    class Page(View):
        def put(self, request):
            return HttpResponse("put")

    return version(inner(Page.as_view()))


def around_async_class(version, inner=lambda view: view):
    class Page(View):
        async def put(self, request):
            return HttpResponse("put")

    return version(inner(Page.as_view()))


def handler_inside(version, inner=lambda view: view):
    """What the handler of the method requires is inside of what asks for the version."""

    class Page(View):
        @method_decorator(inner)
        def put(self, request):
            return HttpResponse("put")

    return method_decorator(version, name="dispatch")(Page).as_view()


def narrowed(version, inner=lambda view: view):
    """A class that has more than it is routed for."""

    class Page(View):
        def put(self, request):
            return HttpResponse("put")

        get = delete = patch = put

    return version(inner(require_http_methods(["PUT"])(Page.as_view())))


def narrowed_by_argument(version, inner=lambda view: view):
    class Page(View):
        def put(self, request):
            return HttpResponse("put")

        get = delete = patch = put

    return version(inner(Page.as_view(http_method_names=["put"])))


def own_dispatch(version, inner=lambda view: view):
    class Page(View):
        def dispatch(self, request, *args, **kwargs):
            return super().dispatch(request, *args, **kwargs)

        def put(self, request):
            return HttpResponse("put")

    return version(inner(Page.as_view()))


def api_dispatch(version, inner=lambda view: view, **attributes):
    put = {"put": lambda self, request: Response("put"), **attributes}
    view = method_decorator([version, inner], name="dispatch")(type("Page", (APIView,), put))
    return view.as_view()


def around_api(version, inner=lambda view: view, **attributes):
    put = {"put": lambda self, request: Response("put"), **attributes}
    return version(inner(type("Page", (APIView,), put).as_view()))


def around_api_function(version, inner=lambda view: view):
    return version(inner(api_view(["PUT"])(lambda request: Response("put"))))


def viewset(version, inner=lambda view: view, **attributes):
    update = {"update": lambda self, request: Response("put"), **attributes}
    return version(inner(type("Pages", (ViewSet,), update).as_view({"put": "update"})))


def viewset_dispatch(version, inner=lambda view: view, **attributes):
    update = {"update": lambda self, request: Response("put"), **attributes}
    pages = method_decorator([version, inner], name="dispatch")(type("Pages", (ViewSet,), update))
    return pages.as_view({"put": "update"})


API_KINDS = {kind.__name__: kind for kind in (api_dispatch, around_api, viewset, viewset_dispatch)}
KINDS = {
    kind.__name__: kind
    for kind in (
        function,
        async_function,
        dispatch,
        twice,
        async_dispatch,
        around_class,
        around_async_class,
        handler_inside,
        narrowed,
        narrowed_by_argument,
        own_dispatch,
        around_api_function,
    )
} | API_KINDS

# Requests that would be told the version, were it asked for.
CONDITIONS = [
    {"If-Match": '"other"'},
    {"If-None-Match": '"v1"', "If-Modified-Since": DATE},
    {"If-Unmodified-Since": DATE},
]
LACKING = ["GET", "HEAD", "DELETE", "BREW"]


def answers(ask, methods, conditions=CONDITIONS):
    """What each request hears, where the object exists and where it does not."""
    found = {}
    for method in methods:
        for fields in conditions:
            for target in ("/", "/search/"):
                response = ask(method, headers=fields, target=target)
                told = {"ETag", "Last-Modified"} & set(response.headers)
                found[method, *fields, target] = (response.status_code, *told)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["etag", "date"])
def test_nobody_hears_of_an_object(kind, by, version, serve, ask):
    serve(KINDS[kind](version.decorators[by], signed_in))
    # What is required of PUT alone is not required of OPTIONS.
    options = [] if kind == "handler_inside" else ["OPTIONS"]
    lacking = answers(ask, [*LACKING, *options])
    assert set(lacking.values()) <= {(401,), (405,)}
    there = answers(ask, ["PUT"], [{"If-Match": '"other"'}, {"If-Match": '"v1"'}])
    assert {status for status, *_ in there.values()} <= {401, 428}
    assert version.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_by_a_method_that_a_view_lacks_nobody_hears_of_an_object_who_is_signed_in(
    kind, version, serve, ask, django_user_model
):
    ask.client.force_login(django_user_model.objects.create_superuser("ada"))
    serve(KINDS[kind](version.decorators["etag"], signed_in))
    lacking = answers(ask, LACKING)
    assert {status for status, *_ in lacking.values()} == {405}
    assert ask("OPTIONS", target="/search/").status_code in (200, 405)
    assert version.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_who_has_passed_is_told_by_the_method_that_there_is(
    kind, version, serve, ask, django_user_model
):
    ask.client.force_login(django_user_model.objects.create_superuser("ada"))
    serve(KINDS[kind](version.decorators["etag"], signed_in))
    assert ask("PUT").status_code == 428
    stale = ask("PUT", headers={"If-Match": '"other"'})
    assert (stale.status_code, stale.headers["ETag"]) == (412, '"v1"')
    assert ask("PUT", headers={"If-Match": '"v1"'}, target="/search/").status_code == 404
    passed = ask("PUT", headers={"If-Match": '"v1"'})
    assert (passed.status_code, b"put" in passed.content) == (200, True)
    assert len(version.asked) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_not_hears_nothing(kind, version, serve, ask, django_user_model):
    ask.client.force_login(django_user_model.objects.create_user("eve"))
    serve(KINDS[kind](version.decorators["etag"], require_permission("auth.view_user")))
    found = answers(ask, ["PUT", *LACKING], [{"If-Match": '"other"'}])
    assert {status for status, *_ in found.values()} <= {403, 405}
    assert version.asked == []


# What reads, in an async view, too.


def reading_function(version):
    return version(lambda request: HttpResponse("read"))


def reading_async_function(version):
    async def view(request):
        return HttpResponse("read")

    return version(view)


def reading_class(version):
    class Page(View):
        def get(self, request):
            return HttpResponse("read")

    return method_decorator(version, name="dispatch")(Page).as_view()


def reading_async_class(version):
    class Page(View):
        async def get(self, request):
            return HttpResponse("read")

    return method_decorator(version, name="dispatch")(Page).as_view()


def around_reading_async_class(version):
    class Page(View):
        async def get(self, request):
            return HttpResponse("read")

    return version(Page.as_view())


def reading_handler(version):
    class Page(View):
        @method_decorator(version)
        def get(self, request):
            return HttpResponse("read")

    return Page.as_view()


def reading_async_handler(version):
    class Page(View):
        @method_decorator(version)
        async def get(self, request):
            return HttpResponse("read")

    return Page.as_view()


def reading_api(version):
    class Page(APIView):
        def get(self, request):
            return Response("read")

    return method_decorator(version, name="dispatch")(Page).as_view()


def around_reading_api(version):
    class Page(APIView):
        def get(self, request):
            return Response("read")

    return version(Page.as_view())


def reading_viewset(version):
    class Pages(ViewSet):
        def list(self, request):
            return Response("read")

    return method_decorator(version, name="dispatch")(Pages).as_view({"get": "list"})


READING = [
    reading_function,
    reading_async_function,
    reading_class,
    reading_async_class,
    around_reading_async_class,
    reading_handler,
    reading_async_handler,
    reading_api,
    around_reading_api,
    reading_viewset,
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", READING)
def test_reading_what_the_client_has(kind, method, version, serve, ask):
    serve(kind(version.decorators["etag"]))
    response = ask(method, headers={"If-None-Match": '"v1"'})
    assert (response.status_code, response.headers["ETag"]) == (304, '"v1"')
    response = ask(method, headers={"If-None-Match": '"v0"'})
    assert (response.status_code, response.headers["ETag"]) == (200, '"v1"')
    assert ask(method, headers={"If-Match": '"v0"'}).status_code == 412
    assert ask(method, target="/search/").status_code == 404


@pytest.mark.parametrize("kind", READING)
def test_the_options_of_a_view_are_no_version_of_anything(kind, version, serve, ask):
    serve(kind(version.decorators["etag"]))
    response = ask("OPTIONS", headers={"If-None-Match": '"v1"', "If-Match": '"v0"'})
    assert (response.status_code, version.asked) == (200, [])


# What a class itself does to let somebody pass.


class May(BasePermission):
    def has_permission(self, request, view):
        return False


class Counts(BaseThrottle):
    counted = 0

    def allow_request(self, request, view):
        type(self).counted += 1
        return True


@pytest.mark.parametrize("method", ["PUT", *LACKING])
@pytest.mark.parametrize("kind", API_KINDS)
@pytest.mark.parametrize("permission", [IsAuthenticated, May])
def test_an_api_s_own_permissions_come_first(permission, kind, method, version, serve, ask):
    serve(KINDS[kind](version.decorators["etag"], permission_classes=[permission]))
    found = answers(ask, [method], [{"If-Match": '"other"', "If-None-Match": '"v1"'}])
    assert {status for status, *_ in found.values()} <= {401, 403, 405}
    assert len(set(found.values())) == 1
    assert version.asked == []


@pytest.mark.parametrize("kind", API_KINDS)
def test_an_api_says_no_in_its_own_words(kind, version, serve, ask):
    def check(self, request):
        raise PermissionDenied("Not on Sundays.")

    serve(KINDS[kind](version.decorators["etag"], check_permissions=check))
    response = ask("PUT", headers={"If-Match": '"other"'})
    assert (response.status_code, response.json()["detail"]) == (403, "Not on Sundays.")


@pytest.mark.parametrize("kind", API_KINDS)
def test_an_api_s_throttles_count_a_request_once(kind, version, serve, ask, monkeypatch):
    monkeypatch.setattr(Counts, "counted", 0)
    serve(KINDS[kind](version.decorators["etag"], throttle_classes=[Counts]))
    assert ask("PUT", headers={"If-Match": '"v1"'}).status_code == 200
    assert Counts.counted == 1


@pytest.mark.parametrize("mixin", [LoginRequiredMixin, UserPassesTestMixin])
def test_a_class_s_own_conditions_come_first(mixin, version, serve, ask):
    base = type("Base", (mixin, View), {"raise_exception": True, "test_func": lambda self: False})
    serve(dispatch(version.decorators["etag"], base=base))
    found = answers(ask, ["PUT", *LACKING], [{"If-Match": '"other"'}])
    assert {status for status, *_ in found.values()} <= {403, 405}
    assert version.asked == []


def test_a_class_that_answers_by_its_own_dispatch_is_guarded(version, serve, ask):
    """It has no handlers to tell its methods by: whatever is sent is for it, and has to pass."""

    class Page(View):
        def dispatch(self, request):
            return HttpResponse("secret")

    serve(
        method_decorator([version.decorators["etag"], signed_in], name="dispatch")(Page).as_view()
    )
    assert {ask(method).status_code for method in ("GET", "PUT", "BREW")} <= {401, 428}
    assert version.asked == []


def test_a_class_that_takes_more_than_it_has_handlers_for_is_guarded(serve, ask):
    class Hook(View):
        def dispatch(self, request):
            return self.post(request)

        def post(self, request):
            return HttpResponse("secret")

    serve(method_decorator(signed_in, name="dispatch")(Hook).as_view())
    assert (ask("GET").status_code, ask("POST").status_code) == (405, 401)


def test_a_method_that_another_decorator_changes_is_guarded(serve, ask):
    def overridden(view):
        @wraps(view)
        def inner(request):
            request.method = request.headers.get("X-Method", request.method)
            return view(request)

        return inner

    serve(signed_in(overridden(require_http_methods(["PUT"])(lambda request: HttpResponse("x")))))
    assert ask("POST", headers={"X-Method": "PUT"}).status_code == 405


def test_django_s_own_condition_inside_asks_for_nobody(version, serve, ask):
    view = require_http_methods(["PUT"])(lambda request: HttpResponse("put"))
    serve(signed_in(condition(etag_func=version.etag)(view)))
    found = answers(ask, ["PUT", *LACKING], [{"If-Match": '"other"'}])
    assert {status for status, *_ in found.values()} <= {401, 405}
    assert version.asked == []


@pytest.mark.parametrize("target", ["/", "/search/"])
def test_a_view_that_another_one_calls_is_guarded_alike(target, version, serve, ask):
    for kind in (function, dispatch, around_class, api_dispatch, around_api, handler_inside):
        inner = kind(version.decorators["etag"], signed_in)
        serve(lambda request, inner=inner: inner(request))
        for method in ("PUT", "DELETE"):
            response = ask(method, headers={"If-Match": '"other"'}, target=target)
            assert response.status_code in (401, 405), (kind.__name__, method)
    assert version.asked == []


def test_a_405_names_what_is_there(serve, ask):
    serve(narrowed(require_precondition(etag_func=lambda request: "v1"), signed_in))
    response = ask("DELETE")
    assert (response.status_code, response.headers["Allow"]) == (405, "PUT")


# A decorator in between that does not tell what it stands around.


def hiding(view):
    def inner(*args, **kwargs):
        return view(*args, **kwargs)

    return inner


class Hiding:
    def __init__(self, view):
        self.view = view

    def __call__(self, request):
        return self.view(request)


def hiding_deeply(view):
    return hiding(Hiding(hiding(view)).__call__)


@pytest.mark.parametrize("hide", [hiding, Hiding, hiding_deeply])
def test_a_decorator_that_hides_who_has_to_be_there_is_an_error(hide, version, serve, ask):
    view = signed_in(require_http_methods(["PUT"])(lambda request: HttpResponse("put")))
    serve(version.decorators["etag"](hide(view)))
    for method in ("GET", "PUT", "DELETE"):
        fields = {"If-Match": '"other"', "If-None-Match": '"v1"'}
        assert ask(method, headers=fields).status_code == 500
    assert version.asked == []


def test_the_error_says_what_to_do(version):
    view = version.decorators["etag"](hiding(signed_in(lambda request: HttpResponse())))
    with pytest.raises(ImproperlyConfigured, match=r"hiding.*functools\.wraps"):
        view(RequestFactory().get("/"))


def found_by_check():
    return [message for message in checks.run_checks() if message.id == "django_http4xx.W006"]


@pytest.mark.parametrize("hide", [hiding, Hiding, hiding_deeply])
@pytest.mark.parametrize(
    "inner", [signed_in, limit_content_length(1), require_http_methods(["PUT"])]
)
def test_the_check_names_a_decorator_that_hides_what_is_inside(inner, hide, serve):
    serve(csrf_exempt(signed_in(hide(inner(lambda request: HttpResponse())))))
    (message,) = found_by_check()
    assert "functools.wraps" in message.msg
    assert message.hint


def telling(view):
    return wraps(view)(hiding(view))


@pytest.mark.parametrize(
    "view",
    [
        signed_in(telling(limit_content_length(1)(lambda request: HttpResponse()))),
        hiding(signed_in(limit_content_length(1)(lambda request: HttpResponse()))),
        signed_in(hiding(lambda request: HttpResponse())),
        function(require_precondition(etag_func=lambda request: "v1"), signed_in),
        dispatch(require_precondition(etag_func=lambda request: "v1"), signed_in),
        around_api(require_precondition(etag_func=lambda request: "v1"), signed_in),
    ],
)
def test_the_check_is_silent_where_the_order_is_kept(view, serve):
    serve(view)
    assert found_by_check() == []
