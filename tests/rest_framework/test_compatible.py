"""For clients that parse the framework's own bodies, nothing changes but what was wrong."""

from __future__ import annotations

import sys

import pytest
from django.core import exceptions as django_exceptions
from django.http import Http404
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, UnavailableForLegalReasons
from django_http4xx.rest_framework import compatible_exception_handler

pytestmark = pytest.mark.urls(__name__)

RAISED = {
    "Http404 with a text": lambda: Http404("No Order matches the given query."),
    "Http404": Http404,
    "PermissionDenied": lambda: django_exceptions.PermissionDenied("Staff only."),
    "drf.NotFound": exceptions.NotFound,
    "drf.PermissionDenied": lambda: exceptions.PermissionDenied("No.", code="no"),
    "csrf": lambda: exceptions.PermissionDenied("CSRF Failed: CSRF token missing."),
    "drf.MethodNotAllowed": lambda: exceptions.MethodNotAllowed("GET"),
    "Throttled": lambda: exceptions.Throttled(3.2),
    "a list": lambda: exceptions.ValidationError(["One.", "Two."]),
    "a dictionary": lambda: exceptions.ValidationError({"rating": ["1 to 5."]}),
    "500": lambda: exceptions.APIException("Broken."),
}


class ReviewSerializer(serializers.Serializer):
    rating = serializers.IntegerField(max_value=5)


class OrderSerializer(serializers.Serializer):
    title = serializers.CharField()
    reviews = ReviewSerializer(many=True)


class Raising(APIView):
    authentication_classes = ()

    def get(self, request, name):
        exception = RAISED[name]()
        raise exception


class Orders(APIView):
    authentication_classes = ()

    def post(self, request):
        OrderSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Many(APIView):
    authentication_classes = ()

    def post(self, request):
        ReviewSerializer(data=request.data, many=True).is_valid(raise_exception=True)
        return Response({})


class ForUsersOfTheSite(APIView):
    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)


class ForUsersOfTheAPI(ForUsersOfTheSite):
    authentication_classes = (BasicAuthentication,)


class RaisingOfDjango(APIView):
    authentication_classes = ()

    def get(self, request):
        raise django_exceptions.ValidationError({"rating": ["1 to 5."]})

    def post(self, request):
        raise django_exceptions.ValidationError("Too odd.")

    def put(self, request):
        raise django_exceptions.RequestDataTooBig

    def delete(self, request):
        raise UnavailableForLegalReasons(blocked_by="https://isp.example/")


urlpatterns = [
    path("raise/<str:name>/", Raising.as_view()),
    path("orders/", Orders.as_view()),
    path("many/", Many.as_view()),
    path("site/", ForUsersOfTheSite.as_view()),
    path("api/", ForUsersOfTheAPI.as_view()),
    path("django/", RaisingOfDjango.as_view()),
]

REQUESTS = {
    **{
        f"{name} in {accept}": ("get", f"/raise/{name}/", {"headers": {"accept": accept}})
        for name in RAISED
        for accept in ("*/*", "application/json", "application/problem+json")
    },
    "errors of fields": ("post", "/orders/", {"data": {"reviews": [{"rating": 9}]}}),
    "errors of a list": ("post", "/many/", {"data": [{"rating": 1}, {"rating": "x"}]}),
    "no list": ("post", "/many/", {"data": {"rating": 1}}),
    "malformed": (
        "generic",
        "POST",
        {"path": "/orders/", "data": b"{", "content_type": "application/json"},
    ),
    "another type": (
        "generic",
        "POST",
        {"path": "/orders/", "data": b"GIF", "content_type": "image/gif"},
    ),
    "another method": ("put", "/orders/", {}),
    "not signed in": ("get", "/api/", {}),
    "not signed in, no challenge": ("get", "/site/", {}),
    "wrong password": ("get", "/api/", {"headers": {"authorization": "Basic eDp5"}}),
}


def answer(client, request):
    method, address, arguments = request
    if "data" in arguments and method == "post":
        arguments = {**arguments, "format": "json"}
    return getattr(client, method)(address, **arguments)


@pytest.mark.django_db
@pytest.mark.parametrize("name", REQUESTS)
def test_the_answer_is_the_frameworks_byte_for_byte(client, use_handler, settings, name):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    use_handler("drf")
    expected = answer(client, REQUESTS[name])
    use_handler("compatible")
    response = answer(client, REQUESTS[name])

    link = response.headers.pop("Link", None)
    assert response.content == expected.content
    assert response.status_code == expected.status_code
    assert response.headers == expected.headers
    assert (link is not None) == (response.status_code < 500)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ("drf.NotFound in */*", "not-found"),
        ("not signed in, no challenge", "forbidden"),
        ("errors of fields", "bad-request"),
        ("drf.PermissionDenied in */*", "forbidden"),
        ("csrf in */*", "csrf-failed"),
    ],
)
def test_a_link_leads_to_what_the_answer_means(client, use_handler, settings, request_, name):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    use_handler("compatible")

    response = answer(client, REQUESTS[request_])

    assert response["Link"] == f'<https://example.com/problems/{name}>; rel="describedby"'


def test_a_link_of_the_error_itself_stays(client, use_handler, settings):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    use_handler("compatible")

    assert client.delete("/django/")["Link"] == (
        '<https://isp.example/>; rel="blocked-by", '
        '<https://example.com/problems/unavailable-for-legal-reasons>; rel="describedby"'
    )


def test_without_a_page_for_it_there_is_no_link(client, use_handler):
    use_handler("compatible")

    assert "Link" not in client.get("/raise/drf.NotFound/")


def test_djangos_validation_errors_have_the_shape_of_the_frameworks(client, use_handler):
    use_handler("compatible")

    assert client.get("/django/").json() == {"rating": ["1 to 5."]}
    assert client.post("/django/").json() == {"non_field_errors": ["Too odd."]}
    assert client.get("/django/").status_code == client.post("/django/").status_code == 400


def test_what_came_out_as_html_has_a_detail(client, use_handler):
    use_handler("compatible")

    response = client.put("/django/")

    assert response.status_code == 413
    assert response.json() == {"detail": "What you sent is larger than we can accept."}


class Lacking(exceptions.APIException):
    status_code = 409
    default_detail = "Out of stock."


# What tells many things, by their number.
MANY = {
    "fields": lambda n: exceptions.ValidationError({f"f{i}": ["Bad."] for i in range(n)}),
    "messages": lambda n: exceptions.ValidationError([f"Bad {i}." for i in range(n)]),
    "messages of a field": lambda n: exceptions.ValidationError({"a": ["Bad."] * n}),
    "items": lambda n: exceptions.ValidationError([{"a": ["Bad."]} for _ in range(n)]),
    "nested": lambda n: exceptions.ValidationError({"a": [{"b": {"c": ["Bad."]}}] * n}),
    "denied": lambda n: exceptions.PermissionDenied({f"f{i}": "Bad." for i in range(n)}),
    "own": lambda n: Lacking({f"f{i}": ["Bad."] for i in range(n)}),
    "unauthenticated": lambda n: exceptions.NotAuthenticated([f"Bad {i}." for i in range(n)]),
    "server error": lambda n: exceptions.APIException({f"f{i}": ["Bad."] for i in range(n)}),
}


def calls_of_ours(exception):
    """How many of our functions the handler calls for an exception."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event == "call" and "/django_http4xx/" in frame.f_code.co_filename

    context = {"view": Raising(), "request": Request(APIRequestFactory().get("/"))}
    compatible_exception_handler(exception, context)
    sys.setprofile(note)
    try:
        compatible_exception_handler(exception, context)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", MANY)
def test_what_an_answer_costs_does_not_depend_on_how_much_is_wrong(settings, name):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    few, many = (calls_of_ours(MANY[name](number)) for number in (1, 100))

    assert few == many
    assert few < 20


class OutOfStock(Conflict):
    title = "Out of stock"


def test_the_link_leads_to_a_type_of_the_projects_own(client, use_handler, settings):
    settings.HTTP4XX = {
        "TYPE_BASE_URI": "https://example.com/problems/",
        "EXCEPTIONS": {f"{__name__}.Lacking": f"{__name__}.OutOfStock"},
    }
    use_handler("compatible")
    RAISED["mapped"] = Lacking

    assert client.get("/raise/mapped/")["Link"].startswith(
        "<https://example.com/problems/out-of-stock>"
    )
