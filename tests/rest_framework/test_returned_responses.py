"""A response without a body that a view of the API returns is told as what the view raises."""

from __future__ import annotations

import asyncio

import pytest
from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.test import AsyncClient, Client
from django.urls import include, path
from rest_framework import exceptions, renderers, routers, viewsets
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.decorators import api_view
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from django_http4xx import signals
from django_http4xx.decorators import leave_bare
from django_http4xx.exceptions import ClientError
from django_http4xx.rest_framework import exception_handler
from tests.urls import ARGUMENTS, error

pytestmark = pytest.mark.urls(__name__)

ACCEPTS = {
    "open": {"accept": "*/*"},
    "nothing": {},
    "json": {"accept": "application/json"},
    "browser": {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    "problem": {"accept": "application/problem+json, */*;q=0.1"},
}

RAISED_BY_DRF = {
    401: exceptions.NotAuthenticated,
    403: exceptions.PermissionDenied,
    404: exceptions.NotFound,
    405: lambda: exceptions.MethodNotAllowed("GET"),
    406: exceptions.NotAcceptable,
    415: lambda: exceptions.UnsupportedMediaType("application/octet-stream"),
    429: exceptions.Throttled,
}


class Base(APIView):
    authentication_classes = (BasicAuthentication,)
    renderer_classes = (JSONRenderer,)


class Returned(Base):
    def get(self, request, status):
        return Response(status=status)


class ReturnedOfDjango(Base):
    def get(self, request, status):
        return HttpResponse(status=status)


class Raised(Base):
    def get(self, request, status):
        exception = RAISED_BY_DRF.get(status, lambda: error(status))()
        raise exception


@api_view(["GET", "POST"])
def function(request, status):
    return HttpResponseNotFound()


class Picture(renderers.BaseRenderer):
    media_type = "image/png"
    format = "png"
    charset = None

    def render(self, data, *args, **kwargs):
        return data


class OwnPage(Base):
    renderer_classes = (renderers.TemplateHTMLRenderer,)

    def get(self, request, status):
        return Response(status=status, template_name="own.html")


class Things(viewsets.ViewSet):
    authentication_classes = ()
    renderer_classes = (JSONRenderer,)

    def retrieve(self, request, pk):
        return HttpResponse(status=404)

    def list(self, request):
        return HttpResponseNotAllowed(["PUT"])


def with_support(exception, context):
    response = exception_handler(exception, context)
    if response is not None:
        response.data["support"] = "Call-555-0100"
    return response


class Wrapped(Returned):
    def get_exception_handler(self):
        return with_support


class Fields(Base):
    def get(self, request):
        response = Response(
            status=413,
            headers={
                "Retry-After": "30",
                "X-Rev": "7",
                "ETag": '"1"',
                "Cache-Control": "max-age=60",
                "Vary": "Cookie",
                "Link": '</a>; rel="next"',
            },
        )
        response.set_cookie("seen", "yes")
        response.reason_phrase = "Too much tea"
        return response


class ReturnedChallenge(Base):
    def get(self, request):
        return Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="tea"'})


class Writing(Base):
    def post(self, request):
        Group.objects.create(name="kept")
        return Response(status=409)


class Broken(Returned):
    def get_exception_handler(self):
        raise RuntimeError


class OfTheSite(Returned):
    authentication_classes = (SessionAuthentication,)


class Saying(Base):
    def get(self, request):
        return Response({"detail": "By hand."}, status=404)

    def post(self, request):
        return Response(status=500)


RENDERERS = {
    "browsable": [JSONRenderer, renderers.BrowsableAPIRenderer],
    "browsable-first": [renderers.BrowsableAPIRenderer, JSONRenderer],
    "admin": [renderers.AdminRenderer, JSONRenderer],
    "static": [renderers.StaticHTMLRenderer],
    "picture": [Picture],
}

router = routers.SimpleRouter()
router.register("things", Things, basename="thing")

urlpatterns = [
    path("returned/<int:status>/", Returned.as_view()),
    path("django/<int:status>/", ReturnedOfDjango.as_view()),
    path("raised/<int:status>/", Raised.as_view()),
    path("function/<int:status>/", function),
    path("wrapped/<int:status>/", Wrapped.as_view()),
    path("broken/<int:status>/", Broken.as_view()),
    path("session/<int:status>/", OfTheSite.as_view()),
    *(
        path(f"{way}{name}/<int:status>/", view.as_view(renderer_classes=classes))
        for way, view in (("", Returned), ("raised-", Raised))
        for name, classes in RENDERERS.items()
    ),
    path("own-page/<int:status>/", OwnPage.as_view()),
    path("left/<int:status>/", leave_bare(Returned.as_view())),
    path("fields/", Fields.as_view()),
    path("challenge/", ReturnedChallenge.as_view()),
    path("writing/", Writing.as_view()),
    path("saying/", Saying.as_view()),
    path("", include(router.urls)),
]

# What each occurrence has by itself.
PARTICULAR = ("reference", "instance")


def told(response, *without):
    body = {name: value for name, value in response.json().items() if name not in without}
    return response.status_code, response["Content-Type"], body


@pytest.mark.parametrize("accept", ["open", "nothing", "json", "problem"])
@pytest.mark.parametrize("way", ["returned", "django"])
@pytest.mark.parametrize("status", [404, 403, 401, 405, 415, 429])
def test_it_is_told_as_the_raised_one_is(client, way, status, accept):
    raised = client.get(f"/raised/{status}/", headers=ACCEPTS[accept])
    response = client.get(f"/{way}/{status}/", headers=ACCEPTS[accept])

    assert told(response, *PARTICULAR) == told(raised, *PARTICULAR)
    for field in ("WWW-Authenticate", "Allow", "Accept", "Vary", "Content-Language"):
        assert response.headers.get(field) == raised.headers.get(field)


@pytest.mark.parametrize("way", ["returned", "django"])
@pytest.mark.parametrize("status", ARGUMENTS)
def test_each_code_is_a_problem_where_accept_is_open(client, way, status):
    response = client.get(f"/{way}/{status}/")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status


@pytest.mark.parametrize("way", ["returned", "django"])
@pytest.mark.parametrize("status", RAISED_BY_DRF)
def test_under_the_compatible_handler_it_has_the_body_of_the_raised_one(
    client, use_handler, way, status
):
    use_handler("compatible")

    response = client.get(f"/{way}/{status}/")

    raised = client.get(f"/raised/{status}/")
    assert told(response) == told(raised)


@pytest.mark.parametrize("way", ["returned", "django"])
@pytest.mark.parametrize("status", [status for status in ARGUMENTS if status not in RAISED_BY_DRF])
def test_what_the_framework_never_raises_has_the_shape_of_its_bodies(
    client, use_handler, way, status
):
    use_handler("compatible")

    response = client.get(f"/{way}/{status}/")

    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert list(response.json()) == ["detail"]


def test_a_401_stays_one_though_the_framework_would_raise_a_403(client, use_handler):
    use_handler("compatible")

    response = client.get("/session/401/")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Session realm="site"'


def test_with_the_frameworks_own_handler_it_has_the_body_of_the_raised_one(client, use_handler):
    use_handler("drf")

    assert client.get("/returned/404/").json() == {"detail": "Not found."}
    assert client.get("/returned/410/", headers=ACCEPTS["json"]).json()["code"] == "gone"


@pytest.mark.django_db
@pytest.mark.parametrize("renderer", ["browsable", "browsable-first", "admin"])
@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_browser_sees_the_page_of_the_raised_one(client, use_handler, handler, renderer):
    use_handler(handler)

    pages = [
        client.get(f"/{way}{renderer}/404/", headers=ACCEPTS["browser"]) for way in ("", "raised-")
    ]

    assert [page["Content-Type"] for page in pages] == ["text/html; charset=utf-8"] * 2
    detail = "There is nothing at this address." if handler == "problem" else "Not found."
    assert all(detail in page.content.decode() for page in pages)
    assert all("Content-Security-Policy" not in page for page in pages)


@pytest.mark.django_db
def test_a_problem_is_sent_though_the_browsable_api_is_the_views_first(client):
    pair = [
        client.get(f"/{way}browsable-first/401/", headers=ACCEPTS["problem"])
        for way in ("", "raised-")
    ]

    assert told(pair[0], *PARTICULAR) == told(pair[1], *PARTICULAR)
    assert pair[0]["WWW-Authenticate"] == 'Basic realm="api"'


@pytest.mark.parametrize("renderer", ["static", "picture"])
@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_renderer_that_hands_nothing_through_does_not_send_none(
    client, use_handler, handler, renderer
):
    use_handler(handler)

    pair = [client.get(f"/{way}{renderer}/404/") for way in ("", "raised-")]

    assert pair[0].content not in (b"None", b"")
    assert [answer.status_code for answer in pair] == [404, 404]
    assert pair[0]["Content-Type"] == pair[1]["Content-Type"]


def test_a_page_of_the_views_own_stays_though_it_has_no_data(client, settings):
    loader = ("django.template.loaders.locmem.Loader", {"own.html": "Our own page."})
    engine = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": engine, "OPTIONS": {"loaders": [loader]}}]

    response = client.get("/own-page/404/", headers=ACCEPTS["browser"])

    assert response.content == b"Our own page."


@pytest.mark.parametrize("address", ["/function/404/", "/things/12/"])
@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_functions_and_viewsets_are_views_as_well(client, use_handler, handler, address):
    use_handler(handler)

    response = client.get(address)

    assert response.status_code == 404
    assert "json" in response["Content-Type"]


def test_a_viewset_keeps_its_methods(client):
    response = client.get("/things/")

    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert "PUT" not in response["Allow"]


def test_a_handler_around_ours_is_asked(client):
    assert client.get("/wrapped/404/").json()["support"] == "Call-555-0100"


@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_its_fields_and_cookies_stay(client, use_handler, handler):
    use_handler(handler)

    response = client.get("/fields/")

    assert (response.status_code, response.reason_phrase) == (413, "Too much tea")
    assert (response["Retry-After"], response["X-Rev"]) == ("30", "7")
    assert response["Cache-Control"] == "max-age=60"
    assert "Cookie" in response["Vary"]
    assert response["Link"].startswith('</a>; rel="next"')
    assert response.cookies["seen"].value == "yes"
    assert "ETag" not in response
    if handler == "problem":
        assert response.json()["retry_after"] == 30


def test_a_challenge_of_its_own_stays(client):
    assert client.get("/challenge/")["WWW-Authenticate"] == 'Bearer realm="tea"'


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_what_the_view_wrote_is_kept(client, monkeypatch, use_handler, handler):
    use_handler(handler)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", "yes")

    assert client.post("/writing/").status_code == 409
    assert Group.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_a_transaction_around_the_request_stays_usable(client, monkeypatch, use_handler, handler):
    use_handler(handler)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", "yes")

    with transaction.atomic():
        client.get("/returned/404/")
        assert not connections["default"].needs_rollback


def test_a_view_that_cannot_tell_its_handler_is_explained_all_the_same(client):
    response = client.get("/broken/404/", headers=ACCEPTS["json"])

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_what_says_something_is_left_alone(client, use_handler, handler):
    use_handler(handler)

    assert client.get("/saying/").json() == {"detail": "By hand."}
    assert client.post("/saying/").content == b""
    assert client.get("/left/404/").content == b""


def test_it_is_announced_once(client):
    sent = []

    def notice(sender, response, **kwargs):
        sent.append((sender, response))

    signals.client_error_explained.connect(notice)
    try:
        response = client.get("/returned/404/")
    finally:
        signals.client_error_explained.disconnect(notice)
    ((sender, told_of),) = sent
    assert issubclass(sender, ClientError)
    assert told_of is response


@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_head_has_the_fields_of_get(client, use_handler, handler):
    use_handler(handler)

    get, head = client.get("/returned/404/"), client.head("/returned/404/")

    assert head.content == b""
    assert head.headers.get("Content-Length") == get.headers.get("Content-Length")
    assert head["Content-Type"] == get["Content-Type"]


def test_an_async_site_answers_the_same():
    response = asyncio.run(AsyncClient().get("/returned/404/"))

    assert response["Content-Type"] == "application/problem+json"


def test_the_format_is_what_the_client_asked_for(client):
    response = Client().get(
        "/django/404/", headers={"accept": "application/problem+xml, */*;q=0.1"}
    )

    assert response["Content-Type"] == "application/problem+xml"
