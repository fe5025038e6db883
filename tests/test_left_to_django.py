"""A path prefix that is mapped to ``None``: whatever goes wrong below it, Django answers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST
from rest_framework import exceptions, serializers
from rest_framework.generics import CreateAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from django_http4xx.decorators import limit_content_length, require_authentication
from django_http4xx.exceptions import (
    Conflict,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
    Unauthorized,
)
from django_http4xx.rest_framework import compatible_exception_handler
from django_http4xx.throttling import throttle

LEFT = {
    "DEFAULT_FORMAT": {"/legacy": None},
    "EXCEPTIONS": {"builtins.LookupError": f"{__name__}.Lost"},
}

RAISED = {
    "conflict": Conflict("Edited meanwhile."),
    "forbidden": Forbidden("Not yours."),
    "not-found": NotFound("There is no order 12."),
    "methods": MethodNotAllowed(["PUT"]),
    "unauthorized": Unauthorized(challenge='Bearer realm="api"'),
    "wait": TooManyRequests(retry_after=timedelta(minutes=2)),
    "http404": Http404("No Order matches."),
    "denied": PermissionDenied("Not yours."),
    "suspicious": SuspiciousOperation("A cookie."),
}
# Of what Django has no exception for, the status and the fields stay.
STATUS = {
    "conflict": 409,
    "forbidden": 403,
    "not-found": 404,
    "methods": 405,
    "unauthorized": 401,
    "wait": 429,
    "http404": 404,
    "denied": 403,
    "suspicious": 400,
}


class Lost(Conflict):
    pass


def raises(request, name):
    raise RAISED[name]


async def raises_async(request, name):
    raise RAISED[name]


def lost(request):
    raise LookupError("a bug")


def bare(request, status):
    return HttpResponse(status=status)


@require_authentication(challenge="Basic")
@limit_content_length(5)
def limited(request):
    return HttpResponse("ok")


@throttle("1/min", key="ip", name="left-to-django")
def throttled(request):
    return HttpResponse("ok")


class API(APIView):
    authentication_classes = ()

    def get(self, request, name=""):
        raise RAISED[name] if name else exceptions.NotFound

    def post(self, request, name=""):
        return Response(status=409)


class Compatible(API):
    def get_exception_handler(self):
        return compatible_exception_handler


class Rating(serializers.Serializer):
    rating = serializers.IntegerField(max_value=5)


class Create(CreateAPIView):
    authentication_classes = ()
    serializer_class = Rating


views = [
    path("raise/<name>/", raises),
    path("async/<name>/", raises_async),
    path("lost/", lost),
    path("bare/<int:status>/", bare),
    path("form/", csrf_protect(bare), {"status": 200}),
    path("post/", require_POST(bare), {"status": 200}),
    path("limited/", limited),
    path("throttled/", throttled),
    path("api/", API.as_view()),
    path("api/<name>/", API.as_view()),
    path("compatible/", Compatible.as_view()),
    path("ratings/", Create.as_view()),
]
urlpatterns = [path("legacy/", include(views)), path("new/", include(views))]


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = __name__
    settings.HTTP4XX = LEFT


@pytest.fixture(params=["with the middleware", "without it"])
def middleware(request, settings):
    if request.param == "without it":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "http4xx" not in name]


def get(address, **kwargs):
    return Client(raise_request_exception=False).get(address, **kwargs)


def is_explained(response):
    return hasattr(response, "problem") or b'"reference"' in response.content


@pytest.mark.usefixtures("middleware")
@pytest.mark.parametrize("name", RAISED)
@pytest.mark.parametrize("kind", ["raise", "async"])
def test_what_is_raised_keeps_its_status_and_is_not_explained(kind, name):
    response = get(f"/legacy/{kind}/{name}/", headers={"Accept": "application/json"})
    assert response.status_code == STATUS[name]
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not is_explained(response)
    assert "X-Request-ID" not in response.headers
    assert is_explained(get(f"/new/{kind}/{name}/"))


@pytest.mark.usefixtures("middleware")
@pytest.mark.parametrize(
    "name, field, value",
    [
        ("methods", "Allow", "PUT"),
        ("unauthorized", "WWW-Authenticate", 'Bearer realm="api"'),
        ("wait", "Retry-After", "120"),
        ("wait", "Cache-Control", "no-store"),
    ],
)
def test_what_http_requires_is_sent(name, field, value):
    assert get(f"/legacy/raise/{name}/").headers[field] == value


@pytest.mark.parametrize("name", RAISED)
def test_it_is_the_same_under_asgi(name):
    client = AsyncClient(raise_request_exception=False)
    for kind in ("raise", "async"):
        response = async_to_sync(client.get)(f"/legacy/{kind}/{name}/")
        assert (response.status_code, is_explained(response)) == (STATUS[name], False)


def test_what_a_setting_maps_is_djangos_to_answer():
    assert get("/legacy/lost/").status_code == 500
    assert get("/new/lost/").status_code == 409


@pytest.mark.parametrize("status", [400, 404, 409, 429])
def test_a_bare_response_stays_as_it_is(status):
    response = get(f"/legacy/bare/{status}/")
    assert (response.status_code, response.content) == (status, b"")
    assert is_explained(get(f"/new/bare/{status}/"))


def test_a_method_that_a_view_does_not_have():
    response = get("/legacy/post/")
    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["Allow"] == "POST"


@pytest.mark.usefixtures("middleware")
def test_an_address_that_does_not_exist_is_djangos_page():
    response = get("/legacy/nothing/")
    assert response.status_code == 404
    assert b"The requested resource was not found on this server." in response.content


@pytest.mark.usefixtures("middleware")
def test_a_form_that_fails_the_csrf_check():
    response = Client(enforce_csrf_checks=True).post("/legacy/form/")
    assert (response.status_code, is_explained(response)) == (403, False)
    assert b"CSRF verification failed." in response.content
    assert is_explained(Client(enforce_csrf_checks=True).post("/new/form/"))


@pytest.mark.usefixtures("middleware")
def test_what_a_decorator_refuses():
    response = get("/legacy/limited/")
    assert (response.status_code, is_explained(response)) == (401, False)
    assert response.headers["WWW-Authenticate"] == "Basic"
    long = Client().post("/legacy/limited/", b"longer", content_type="text/plain")
    assert (long.status_code, is_explained(long)) == (401, False)


@pytest.mark.usefixtures("middleware")
def test_what_a_throttle_refuses_says_when_to_come_back():
    responses = [get("/legacy/throttled/", REMOTE_ADDR="203.0.113.9") for _ in range(2)]
    refused = responses[1]
    assert (refused.status_code, is_explained(refused)) == (429, False)
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("middleware")
@pytest.mark.parametrize("address", ["api/", "compatible/"])
def test_an_api_has_the_bodies_of_its_framework(address):
    response = get(f"/legacy/{address}")
    assert response.status_code == 404
    assert response.json() == {"detail": "Not found."}
    bare = Client().post(f"/legacy/{address}")
    assert (bare.status_code, is_explained(bare)) == (409, False)


@pytest.mark.usefixtures("middleware")
@pytest.mark.parametrize("name", ["conflict", "forbidden", "not-found", "wait"])
def test_what_is_raised_in_an_api_keeps_its_status(name):
    response = get(f"/legacy/api/{name}/")
    assert (response.status_code, is_explained(response)) == (STATUS[name], False)


def test_the_errors_of_a_serializer_are_those_of_the_framework():
    sent = {"data": json.dumps({"rating": 6}), "content_type": "application/json"}
    response = Client().post("/legacy/ratings/", **sent)
    assert (response.status_code, [*response.json()]) == (400, ["rating"])
    assert Client().post("/new/ratings/", **sent).status_code == 422


@pytest.mark.parametrize("status, name", [(404, "http404"), (404, "not-found"), (409, "conflict")])
def test_while_debug_is_on_django_shows_what_it_always_shows(settings, status, name):
    settings.DEBUG = True
    response = get(f"/legacy/raise/{name}/", headers={"Accept": "application/json"})
    assert (response.status_code, is_explained(response)) == (status, False)


@pytest.mark.usefixtures("middleware")
def test_a_template_of_the_projects_own_is_shown_as_django_shows_it(settings, tmp_path):
    (tmp_path / "404.html").write_text("{{ exception }} at {{ request_path }} {{ problem.code }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert (
        get("/legacy/raise/not-found/").content
        == b"There is no order 12. at /legacy/raise/not-found/ "
    )


@pytest.mark.usefixtures("middleware")
def test_a_template_that_fails_makes_no_500(settings, tmp_path):
    (tmp_path / "404.html").write_text("{% include 'none.html' %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert get("/legacy/nothing/").status_code == 404


def test_a_longer_prefix_turns_it_on_again(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/": None, "/new/": "problem+json"}}
    assert not is_explained(get("/legacy/bare/404/"))
    assert get("/new/bare/404/").json()["code"] == "not-found"
