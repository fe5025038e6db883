"""A code tells programs what happened: it stays the same whatever the text says."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)

# Every exception of the framework that is a 4xx, as it is raised with a detail and a code.
MAKERS = {
    "parse": (exceptions.ParseError, "bad-request"),
    "auth": (exceptions.AuthenticationFailed, "unauthorized"),
    "anonymous": (exceptions.NotAuthenticated, "unauthorized"),
    "denied": (exceptions.PermissionDenied, "forbidden"),
    "missing": (exceptions.NotFound, "not-found"),
    "method": (
        lambda detail=None, code=None: exceptions.MethodNotAllowed("GET", detail, code),
        "method-not-allowed",
    ),
    "acceptable": (exceptions.NotAcceptable, "not-acceptable"),
    "media": (
        lambda detail=None, code=None: exceptions.UnsupportedMediaType("a/b", detail, code),
        "unsupported-media-type",
    ),
    "throttled": (
        lambda detail=None, code=None: exceptions.Throttled(9, detail, code),
        "too-many-requests",
    ),
    "invalid": (exceptions.ValidationError, "unprocessable-content"),
}

DETAILS = {
    "none": None,
    "text": "In words of one's own.",
    "list": ["One.", "Two."],
    "details": [ErrorDetail("One."), ErrorDetail("Two.")],
    "dictionary": {"detail": "In words.", "plan": "free"},
    "message": {"message": "In words."},
    "parts": {"plan": ["free"]},
}


class NoPlan(exceptions.PermissionDenied):
    default_code = "no_plan"


class NoPlanEither(NoPlan):
    default_detail = "Buy a plan."


class Denied(exceptions.PermissionDenied):
    """Has the code of the framework by its own decision."""

    default_code = "permission_denied"


class Closed(exceptions.NotFound):
    """Has a status of its own, and the framework's code for another."""

    status_code = 410


OWN = {
    "given": (lambda: exceptions.NotFound("No.", code="no_order"), "no_order"),
    "given without a text": (lambda: exceptions.NotFound(code="no_order"), "no_order"),
    "given with a detail": (
        lambda: exceptions.NotFound(ErrorDetail("No.", "no_order")),
        "no_order",
    ),
    "given with one of several": (
        lambda: exceptions.NotFound(["No.", ErrorDetail("No.", "no_order")]),
        "no_order",
    ),
    "of another exception": (lambda: exceptions.NotFound("No.", code="throttled"), "throttled"),
    "of a class": (NoPlan, "no_plan"),
    "of a class, with a text": (lambda: NoPlan("Pay first."), "no_plan"),
    "of a parent": (NoPlanEither, "no_plan"),
    "of a parent, with a text": (lambda: NoPlanEither("Pay first."), "no_plan"),
    "given, where a class has one": (lambda: NoPlan("Pay first.", "unpaid"), "unpaid"),
    "of a class, as the framework's": (lambda: Denied("No."), "permission_denied"),
    "of a class with a status": (Closed, "gone"),
    "of a class with a status, with a text": (lambda: Closed("It was sold."), "gone"),
}

RAISED = {
    **{
        f"{name}-{kind}": (lambda make=make, detail=detail: make(detail))
        for name, (make, _) in MAKERS.items()
        for kind, detail in DETAILS.items()
        # The framework puts its own text before a delay.
        if name != "throttled" or detail is None or isinstance(detail, str)
    },
    **{name: make for name, (make, _) in OWN.items()},
}


def plain(request, name):
    exception = RAISED[name]()
    raise exception


class View(APIView):
    def post(self, request, name):
        plain(request, name)


urlpatterns = [path("api/<path:name>/", View.as_view()), path("plain/<path:name>/", plain)]


def code_of(door, name):
    response = Client().post(f"/{door}/{name}/", headers={"accept": "application/json"})
    return response.json()["code"]


@pytest.mark.parametrize("door", ["api", "plain"])
@pytest.mark.parametrize("name", [name for name in RAISED if name not in OWN])
def test_a_code_that_nobody_gave_is_ours_whatever_the_text(door, name):
    assert code_of(door, name) == MAKERS[name.partition("-")[0]][1]


@pytest.mark.parametrize("door", ["api", "plain"])
@pytest.mark.parametrize("name", OWN)
def test_a_code_of_ones_own_is_kept(door, name):
    assert code_of(door, name) == OWN[name][1]
