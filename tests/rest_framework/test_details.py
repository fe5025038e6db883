"""A dictionary or a list that an exception carries says something of the whole, not of what was sent."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from django.test import Client
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)

JSON = {"accept": "application/json"}

TAKEN = {
    name: f"{name} of the view's"
    for name in (
        *("type", "title", "status", "instance", "explanation", "remedy", "help", "reference"),
        *("errors", "errors_left_out"),
    )
}


class Priced(exceptions.APIException):
    status_code = 409

    def __init__(self, detail):
        self.detail = detail


class Unpaid(exceptions.PermissionDenied):
    status_code = 402
    default_detail = {"message": "Pay first.", "plan": "free"}
    default_code = "unpaid"


class Printed:
    """Says what it is in words for people."""

    def __str__(self):
        return "Only for paying users."


class Order(serializers.Serializer):
    qty = serializers.IntegerField()


def refused_order():
    order = Order(data={"qty": "x"})
    order.is_valid()
    return order.errors


class Said(NamedTuple):
    """What an answer says; ``None`` stands for our own words."""

    detail: str | None
    code: str
    members: dict = {}


TOLD = {
    "a text": (lambda e: e("No."), Said("No.", "forbidden")),
    "detail": (
        lambda e: e({"detail": "No.", "plan": "free"}),
        Said("No.", "forbidden", {"plan": "free"}),
    ),
    "message": (
        lambda e: e({"message": "No.", "code": "no_plan", "plan": "free"}),
        Said("No.", "no_plan", {"plan": "free"}),
    ),
    "both": (
        lambda e: e({"detail": "No.", "message": "Never."}),
        Said("No.", "forbidden", {"message": "Never."}),
    ),
    "neither": (lambda e: e({"plan": "free"}), Said(None, "forbidden", {"plan": "free"})),
    "nested": (
        lambda e: e({"error": {"message": "No.", "code": "x"}}),
        Said(None, "forbidden", {"error": {"message": "No.", "code": "x"}}),
    ),
    "a dictionary under detail": (
        lambda e: e({"detail": {"message": "No.", "plan": "free"}, "left": "none"}),
        Said("No.", "forbidden", {"plan": "free", "left": "none"}),
    ),
    "a list under detail": (
        lambda e: e({"detail": ["No.", "Never."]}),
        Said("No. Never.", "forbidden"),
    ),
    "no text under detail": (
        lambda e: e({"detail": [], "message": "No."}),
        Said("No.", "forbidden"),
    ),
    "a list": (lambda e: e(["No.", "Never."]), Said("No. Never.", "forbidden")),
    "a list of one": (lambda e: e(["No."]), Said("No.", "forbidden")),
    "a list of dictionaries": (
        lambda e: e([{"message": "No.", "plan": "free"}, {"message": "Never.", "code": "no"}]),
        Said("No. Never.", "no", {"plan": "free"}),
    ),
    "an empty dictionary": (lambda e: e({}), Said(None, "forbidden")),
    "an empty list": (lambda e: e([]), Said(None, "forbidden")),
    "a lazy text": (
        lambda e: e({"message": _("Page not found")}),
        Said("Page not found", "forbidden"),
    ),
    "names that are no names": (
        lambda e: e({"detail": "No.", 1: "one", "a b": "two"}),
        Said("No.", "forbidden", {"1": "one", "a b": "two"}),
    ),
    "names of ours": (lambda e: e({**TAKEN, "detail": "No."}), Said("No.", "forbidden")),
    "a code that is none": (
        lambda e: e({"detail": "No.", "code": {"a": "b"}}),
        Said("No.", "forbidden"),
    ),
}

OF_THE_FRAMEWORK = {
    "a code given": (
        lambda: exceptions.PermissionDenied({"plan": "free"}, "no_plan"),
        Said(None, "no_plan", {"plan": "free"}),
    ),
    "a code in a list": (
        lambda: exceptions.PermissionDenied(["No.", ErrorDetail("Never.", "no_plan")]),
        Said("No. Never.", "no_plan"),
    ),
    "a 401": (
        lambda: exceptions.AuthenticationFailed({"token": ["It has expired."]}, "expired"),
        Said(None, "expired", {"token": ["It has expired."]}),
    ),
    "a class with a dictionary": (Unpaid, Said("Pay first.", "unpaid", {"plan": "free"})),
    "a class with numbers": (
        lambda: Priced({"number": 1001, "price": Decimal("1.50"), "sold": True}),
        Said(None, "conflict", {"number": 1001, "price": "1.50", "sold": True}),
    ),
    "a class with a lazy text": (
        lambda: Priced(_("Page not found")),
        Said("Page not found", "conflict"),
    ),
    "a class with what is no text": (lambda: Priced(object()), Said(None, "conflict")),
    "a class with nothing": (lambda: Priced(None), Said(None, "conflict")),
    "a class with a dictionary that JSON cannot hold": (
        lambda: Priced({"message": "No.", "odd": {1, 2}, "even": 2}),
        Said("No.", "conflict", {"even": 2}),
    ),
}

OF_DJANGO = {
    "an object that prints itself": (
        lambda: DjangoPermissionDenied(Printed()),
        Said("Only for paying users.", "forbidden"),
    ),
    "an exception": (
        lambda: DjangoPermissionDenied(DjangoPermissionDenied({"detail": "No."})),
        Said("No.", "forbidden"),
    ),
    "bytes": (lambda: DjangoPermissionDenied(b"No."), Said(None, "forbidden")),
    "a set": (lambda: DjangoPermissionDenied({"No."}), Said(None, "forbidden")),
    "an object": (lambda: DjangoPermissionDenied(object()), Said(None, "forbidden")),
}

ROWS = {
    **{
        f"{name}, of the framework": (lambda make=make: make(exceptions.PermissionDenied), said)
        for name, (make, said) in TOLD.items()
    },
    **{
        f"{name}, of Django": (lambda make=make: make(DjangoPermissionDenied), said)
        for name, (make, said) in TOLD.items()
    },
    **OF_THE_FRAMEWORK,
    **OF_DJANGO,
}


def plain(request, name):
    exception = ROWS[name][0]()
    raise exception


class View(APIView):
    def post(self, request, name):
        plain(request, name)


def missing(request):
    raise Http404({"tried": ["secret"]})


class Refusing(APIView):
    """Raises what a serializer found by an exception of its own."""

    def post(self, request):
        raise Priced(refused_order())


urlpatterns = [
    path("api/<path:name>/", View.as_view()),
    path("plain/<path:name>/", plain),
    path("missing/", missing),
    path("refusing/", Refusing.as_view()),
]

# What a problem has without any detail.
OURS = {
    *("type", "title", "status", "code", "detail", "explanation", "remedy", "reference"),
    *("instance", "challenge"),
}


@pytest.mark.parametrize("door", ["api", "plain"])
@pytest.mark.parametrize("name", ROWS)
def test_it_is_a_detail_a_code_and_members(name, door):
    said = ROWS[name][1]

    body = Client().post(f"/{door}/{name}/", headers=JSON).json()

    assert body["detail"]
    assert body["detail"] == said.detail or ("explanation" not in body and said.detail is None)
    assert body["code"] == said.code
    assert {name: value for name, value in body.items() if name not in OURS} == said.members
    assert not any("of the view's" in str(body.get(name)) for name in OURS)


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "application/problem+xml"])
@pytest.mark.parametrize("door", ["api", "plain"])
@pytest.mark.parametrize("name", ROWS)
def test_no_format_shows_python(name, door, accept):
    response = Client().post(f"/{door}/{name}/", headers={"accept": accept})

    assert response["Content-Type"].startswith(accept)
    if accept.endswith("xml"):
        ET.fromstring(response.content)
    text = response.content.decode()
    assert not any(sign in text for sign in ("{'", "['", "b'", "object at", "ErrorDetail"))


def test_the_text_of_a_404_is_not_shown():
    response = Client().get("/missing/", headers=JSON)

    assert response.status_code == 404
    assert b"secret" not in response.content


def test_what_a_serializer_found_still_has_pointers():
    response = Client().post("/refusing/", headers=JSON)

    assert response.status_code == 409
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/qty"]
