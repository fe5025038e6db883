"""Wherever a 4xx comes from, it comes out right with each handler: each row was broken by some package."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.core import exceptions as django_exceptions
from django.db import IntegrityError
from django.http import Http404
from django.test import AsyncClient, Client
from django.urls import path
from django.views.decorators.csrf import csrf_protect
from rest_framework import exceptions, generics, serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

JSON = {"accept": "application/json"}

RAISED = {
    "Http404": lambda: Http404("No Order matches the given query."),
    "PermissionDenied": lambda: django_exceptions.PermissionDenied("Staff only."),
    "ValidationError": lambda: django_exceptions.ValidationError("Too odd."),
    "IntegrityError": lambda: IntegrityError("/etc/passwd"),
    "Throttled": lambda: exceptions.Throttled(7),
    "NotFound": lambda: exceptions.NotFound("There is no order 12."),
}


class NameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=3)


class Names(generics.CreateAPIView):
    authentication_classes = ()
    serializer_class = NameSerializer
    renderer_classes = (BrowsableAPIRenderer,)


class Raising(APIView):
    authentication_classes = ()

    def get(self, request, name):
        exception = RAISED[name]()
        raise exception


class Taking(APIView):
    authentication_classes = ()

    def post(self, request):
        return Response({"read": len(request.data)})


class ForUsersOfTheSite(APIView):
    authentication_classes = (SessionAuthentication,)

    def post(self, request):
        return Response({})


class Answering(APIView):
    authentication_classes = ()

    def get(self, request):
        return Response(status=400)

    def post(self, request):
        return Response({"detail": "By hand."}, status=400)


def plain(request, name):
    exception = RAISED[name]()
    raise exception


async def plain_async(request, name):
    exception = RAISED[name]()
    raise exception


urlpatterns = [
    path("raise/<str:name>/", Raising.as_view()),
    path("plain/<str:name>/", plain),
    path("async/<str:name>/", plain_async),
    path("take/", Taking.as_view()),
    path("names/", Names.as_view()),
    path("session/", ForUsersOfTheSite.as_view()),
    path("answer/", Answering.as_view()),
    path("csrf/", csrf_protect(plain), {"name": "NotFound"}),
]


def raise_in_middleware(get_response):
    """Refuse every request."""

    def middleware(request):
        raise django_exceptions.BadRequest("/etc/passwd")

    return middleware


def get(address, **headers):
    return lambda: APIClient(raise_request_exception=False).get(
        address, headers={**JSON, **headers}
    )


def post(address, data, content_type):
    return lambda: APIClient(raise_request_exception=False).generic(
        "POST", address, data, content_type=content_type, headers=JSON
    )


def by_a_user(enforced: type[Client], address: str):
    def ask():
        client = enforced(enforce_csrf_checks=True)
        client.force_login(User.objects.create_user("ann"))
        return client.post(address, headers=JSON)

    return ask


def in_async_code(address):
    return lambda: asyncio.run(AsyncClient().get(address, headers=JSON))


def in_a_browser():
    return APIClient().post("/names/", {"name": "abcd"}, headers={"accept": "text/html"})


class Row(NamedTuple):
    """A request, the status with each handler, and what the compatible one says; ``None``: our words."""

    ask: object
    problem: int
    compatible: int
    detail: object = None
    settings: dict = {}


FORM = "application/x-www-form-urlencoded"
FILES = (
    b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="%d"\r\n\r\nx\r\n' % n
        for n in range(3)
    )
    + b"--b--\r\n"
)

ROWS = {
    "a plain view": Row(get("/plain/NotFound/"), 404, 404),
    "a plain view, throttled": Row(get("/plain/Throttled/"), 429, 429),
    "an async view": Row(in_async_code("/async/NotFound/"), 404, 404),
    "an unknown address": Row(get("/nowhere/"), 404, 404),
    "another middleware": Row(
        get("/take/"), 400, 400, settings={"MIDDLEWARE": [f"{__name__}.raise_in_middleware"]}
    ),
    "Http404": Row(get("/raise/Http404/"), 404, 404, "No Order matches the given query."),
    "PermissionDenied": Row(get("/raise/PermissionDenied/"), 403, 403, "Staff only."),
    "a form that is too large": Row(
        post("/take/", FILES.replace(b'; filename="0"', b""), "multipart/form-data; boundary=b"),
        413,
        413,
        settings={"DATA_UPLOAD_MAX_MEMORY_SIZE": 1},
    ),
    "too many fields": Row(
        post("/take/", b"a=1&b=2&c=3", FORM),
        413,
        413,
        settings={"DATA_UPLOAD_MAX_NUMBER_FIELDS": 2},
    ),
    "too many files": Row(
        post("/take/", FILES, "multipart/form-data; boundary=b"),
        413,
        413,
        settings={"DATA_UPLOAD_MAX_NUMBER_FILES": 2},
    ),
    "a form without a boundary": Row(
        post("/take/", b"x", "multipart/form-data"),
        400,
        400,
        "Multipart form parse error - Invalid boundary in multipart: None",
    ),
    "another host": Row(
        get("/take/", host="evil.example"),
        421,
        421,
        settings={"MIDDLEWARE": ["django.middleware.common.CommonMiddleware"]},
    ),
    "a form of the site without a token": Row(by_a_user(Client, "/csrf/"), 403, 403),
    "a session without a token": Row(
        by_a_user(APIClient, "/session/"), 403, 403, "CSRF Failed: CSRF cookie not set."
    ),
    "ValidationError": Row(get("/raise/ValidationError/"), 422, 400, ["Too odd."]),
    "IntegrityError": Row(get("/raise/IntegrityError/"), 500, 500),
    "a form in the browsable API": Row(in_a_browser, 422, 400),
    "an empty answer": Row(get("/answer/"), 400, 400),
    "an answer by hand": Row(post("/answer/", b"", ""), 400, 400, "By hand."),
}


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize("name", ROWS)
def test_each_comes_out_right(use_handler, settings, name, handler):
    row = ROWS[name]
    use_handler(handler)
    ours = ["django_http4xx.middleware.Http4xxMiddleware"]
    for setting, value in row.settings.items():
        setattr(settings, setting, ours + value if setting == "MIDDLEWARE" else value)

    response = row.ask()

    assert response.status_code == getattr(row, handler)
    assert b"/etc/passwd" not in response.content
    assert b"evil" not in response.content
    if response.status_code == 500:
        return
    if response["Content-Type"].startswith("text/html"):
        assert b"Ensure this field has no more than 3 characters.</span>" in response.content
        return
    body = response.json()
    if handler == "compatible" and row.detail is not None:
        assert row.detail in (body.get("detail"), body.get("non_field_errors"))
    elif name != "an answer by hand":
        assert body["detail"]
    if handler == "problem" and name != "an answer by hand":
        assert body["status"] == response.status_code
        assert body["remedy"]
        assert "Order" not in str(body["detail"])
