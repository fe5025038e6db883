"""A handler takes the place of the framework's own, and what stood on that still stands."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import RequestDataTooBig, SuspiciousFileOperation, ValidationError
from django.core.signals import got_request_exception
from django.db import connections, transaction
from django.http import Http404
from django.urls import path
from rest_framework import exceptions, serializers, views
from rest_framework.decorators import api_view
from rest_framework.exceptions import ErrorDetail
from rest_framework.permissions import IsAdminUser
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from django_http4xx import signals
from django_http4xx.exceptions import Conflict
from django_http4xx.rest_framework import compatible_exception_handler, exception_handler

pytestmark = pytest.mark.urls(__name__)


class NameSerializer(serializers.Serializer):
    name = serializers.CharField()


RAISED = {
    "drf": exceptions.NotFound,
    "ours": Conflict,
    "Django": Http404,
    "ValidationError": ValidationError("Too odd."),
    "RequestDataTooBig": RequestDataTooBig,
}


class Writing(APIView):
    authentication_classes = ()

    def post(self, request):
        for alias in ("default", "other"):
            Group.objects.using(alias).create(name="half done")
        if request.data["raise"] == "serializer":
            NameSerializer(data={}).is_valid(raise_exception=True)
        raise RAISED[request.data["raise"]]


class Problems(APIView):
    authentication_classes = ()

    def get(self, request):
        raise exceptions.NotFound

    def get_exception_handler(self):
        return exception_handler


class Stock(Problems):
    def get_exception_handler(self):
        return views.exception_handler


class Closed(APIView):
    permission_classes = (IsAdminUser,)


class Compatible(Problems):
    def get_exception_handler(self):
        return compatible_exception_handler


def with_support(exception, context):
    response = exception_handler(exception, context)
    if response is not None:
        response.data["support"] = "https://example.com/support"
        response.data["detail"] = str(response.data["detail"]).upper()
        response["X-Handled"] = "yes"
    return response


class Extended(Problems):
    def get_exception_handler(self):
        return with_support


@api_view(["GET"])
def function(request):
    raise exceptions.NotFound("There is no order 12.")


@api_view(["GET"])
def broken(request):
    raise ZeroDivisionError


def plain(request):
    raise exceptions.Throttled(7)


class RefusingAtOnce(APIView):
    """Answers as a view does that looks at the request before the framework has wrapped it."""

    def dispatch(self, request, *args, **kwargs):
        self.headers = self.default_response_headers
        response = self.handle_exception(exceptions.NotAuthenticated("Not before nine."))
        return self.finalize_response(request, response, *args, **kwargs)


class Suspicious(APIView):
    authentication_classes = ()

    def get(self, request):
        raise SuspiciousFileOperation("../../etc/passwd")


urlpatterns = [
    path("at-once/", RefusingAtOnce.as_view()),
    path("suspicious/", Suspicious.as_view()),
    path("writing/", Writing.as_view()),
    path("problems/", Problems.as_view()),
    path("compatible/", Compatible.as_view()),
    path("stock/", Stock.as_view()),
    path("extended/", Extended.as_view()),
    path("function/", function),
    path("broken/", broken),
    path("plain/", plain),
]


@pytest.mark.django_db(databases=["default", "other"], transaction=True)
@pytest.mark.parametrize("raised", [*RAISED, "serializer"])
@pytest.mark.parametrize("atomic", [("default", "other"), ("default",), ("other",), ()])
@pytest.mark.parametrize("name", ["problem", "compatible", "drf"])
def test_every_atomic_request_is_rolled_back(
    client, monkeypatch, use_handler, name, atomic, raised
):
    use_handler(name)
    for alias in atomic:
        monkeypatch.setitem(connections[alias].settings_dict, "ATOMIC_REQUESTS", "yes")

    response = client.post("/writing/", {"raise": raised})

    assert response.status_code >= 400
    for alias in ("default", "other"):
        assert Group.objects.using(alias).exists() == (alias not in atomic)


@pytest.mark.django_db
def test_a_transaction_of_somebody_else_is_left_alone(client):
    with transaction.atomic():
        client.post("/writing/", {"raise": "ours"})
        assert not connections["default"].needs_rollback


@pytest.mark.parametrize("name", ["problem", "compatible", "drf"])
def test_a_view_chooses_its_own_handler(client, use_handler, name):
    use_handler(name)

    assert client.get("/problems/")["Content-Type"] == "application/problem+json"
    assert client.get("/compatible/").json() == {"detail": "Not found."}
    assert client.get("/stock/").json() == {"detail": "Not found."}


@pytest.mark.parametrize("accept", ["application/json", "text/html", "application/problem+xml"])
@pytest.mark.parametrize(("name", "status"), [("problem", 401), ("compatible", 403), ("drf", 403)])
def test_a_view_may_refuse_before_the_framework_starts(client, use_handler, name, status, accept):
    use_handler(name)

    response = client.get("/at-once/", headers={"accept": accept})

    assert response.status_code == status
    assert response.data["detail"] == "Not before nine."
    assert b"Not before nine." in response.content


@pytest.mark.parametrize("name", ["problem", "compatible"])
def test_a_view_can_be_called_without_a_client(use_handler, name):
    use_handler(name)
    request = APIRequestFactory().post("/writing/", {})
    force_authenticate(request, User(username="ann"))

    response = Closed.as_view()(request)

    assert response.status_code == 403
    assert response.exception is True
    assert response.data["detail"].code == "permission_denied"
    assert not response.is_rendered
    assert b"detail" in response.render().content


def test_a_handler_of_the_project_may_change_the_data(client):
    response = client.get("/extended/")

    assert response.json()["support"] == "https://example.com/support"
    assert response.json()["detail"] == "THERE IS NOTHING AT THIS ADDRESS."
    assert response["X-Handled"] == "yes"
    assert int(response["Content-Length"]) == len(response.content)


def test_the_test_client_sees_data_and_codes(client):
    response = client.get("/function/")

    assert response.data["detail"] == ErrorDetail("There is no order 12.", "not_found")
    assert response.data["detail"].code == "not_found"
    assert response.exception is True
    assert response.accepted_renderer.format == "json"


def test_a_bug_is_seen_by_django_and_by_error_trackers():
    seen = []

    def notice(sender, **kwargs):
        seen.append(sender)

    got_request_exception.connect(notice)
    try:
        with pytest.raises(ZeroDivisionError):
            APIClient().get("/broken/")
    finally:
        got_request_exception.disconnect(notice)
    assert seen


def test_the_signal_is_sent_once(client):
    problems = []

    def notice(sender, problem, **kwargs):
        problems.append(problem.problem_type)

    signals.client_error_explained.connect(notice)
    try:
        client.get("/problems/")
    finally:
        signals.client_error_explained.disconnect(notice)
    assert problems == ["not-found"]


def test_in_a_plain_view_the_same_is_said(client):
    body = client.get("/plain/", headers={"accept": "application/json"}).json()

    assert body["code"] == "too-many-requests"
    assert body["retry_after"] == 7


@pytest.mark.parametrize("name", ["problem", "compatible"])
def test_what_is_suspicious_is_told_to_the_loggers_of_security(client, caplog, use_handler, name):
    use_handler(name)

    response = client.get("/suspicious/")

    assert response.status_code == 400
    (record,) = [record for record in caplog.records if record.name.startswith("django.security")]
    assert record.name == "django.security.SuspiciousFileOperation"
    assert record.getMessage() == "../../etc/passwd"


class _RaisingHandler(logging.Handler):
    def emit(self, record):
        raise OSError("The disk is full.")


@pytest.mark.parametrize("name", ["problem", "compatible"])
def test_a_log_of_security_that_fails_makes_no_500(client, use_handler, name):
    use_handler(name)
    broken = _RaisingHandler()
    security = logging.getLogger("django.security")
    security.addHandler(broken)
    try:
        response = client.get("/suspicious/")
    finally:
        security.removeHandler(broken)

    assert response.status_code == 400
