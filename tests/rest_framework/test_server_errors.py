"""A 5xx that an API raises on purpose keeps its status, its text and its fields."""

from __future__ import annotations

import asyncio
import http
import logging
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.http import Http404
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer, TemplateHTMLRenderer
from rest_framework.views import APIView

from django_http4xx import signals
from django_http4xx.responses import problem_response
from django_http4xx.rest_framework.exceptions import ThrottleUnavailable
from django_http4xx.server_errors import ServerError
from django_http4xx.testing import assert_problem

pytestmark = pytest.mark.urls(__name__)

JSON = {"accept": "application/json"}


class ServiceUnavailable(exceptions.APIException):
    """The first exception of one's own in the framework's documentation."""

    status_code = 503
    default_detail = "Service temporarily unavailable, try again later."
    default_code = "service_unavailable"


class Waiting(ServiceUnavailable):
    wait = 29.5


class Unfinished(exceptions.APIException):
    status_code = 502

    def __init__(self):
        """Does not call the ``__init__`` of the framework."""


class InvalidUpstream(exceptions.ValidationError):
    status_code = 502


def with_status(status, detail=None, **attributes):
    return type("Odd", (exceptions.APIException,), {"status_code": status, **attributes})(detail)


# What is raised, its status, its text and its code.
RAISED = {
    "documented": (
        ServiceUnavailable,
        503,
        ServiceUnavailable.default_detail,
        "service_unavailable",
    ),
    "default": (exceptions.APIException, 500, "A server error occurred.", "error"),
    "text": (lambda: exceptions.APIException("Broken."), 500, "Broken.", "error"),
    "code": (lambda: ServiceUnavailable("Down.", "down"), 503, "Down.", "down"),
    "lazy": (
        lambda: ServiceUnavailable(gettext_lazy("Sign in")),
        503,
        "Sign in",
        "service_unavailable",
    ),
    "dictionary": (
        lambda: ServiceUnavailable({"detail": "Down.", "code": "down", "region": "eu"}),
        503,
        "Down.",
        "down",
    ),
    "unfinished": (Unfinished, 502, "A server error occurred.", "error"),
    "throttle": (
        ThrottleUnavailable,
        503,
        ThrottleUnavailable.default_detail,
        "throttle_unavailable",
    ),
    "as text": (lambda: with_status("504", "Slow."), 504, "Slow.", "error"),
    **{
        str(status): (lambda status=status: with_status(status, "No."), int(status), "No.", "error")
        for status in http.HTTPStatus
        if status >= 500
    },
}


class Raising(APIView):
    authentication_classes = ()
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)

    def get(self, request, name):
        exception = RAISED[name][0]()
        raise exception

    post = get


class Waits(Raising):
    def get(self, request, name):
        raise Waiting


class Writing(APIView):
    authentication_classes = ()

    def post(self, request):
        Group.objects.create(name="half done")
        raise ServiceUnavailable


class Page(Raising):
    renderer_classes = (TemplateHTMLRenderer,)


class InParts(APIView):
    authentication_classes = ()

    def get(self, request):
        raise InvalidUpstream({"price": ["It is not a number."]})


class Unnumbered(APIView):
    authentication_classes = ()

    def get(self, request, status):
        raise with_status({"word": "teapot", "small": 99, "great": 600}[status])


def plain(request, name):
    exception = RAISED[name][0]()
    raise exception


async def plain_async(request, name):
    exception = RAISED[name][0]()
    raise exception


def by_hand(request):
    error = ServerError(503, gettext_lazy("Sign in"), retry_after=timedelta(seconds=1))
    return problem_response(request, error)


def raised_by_hand(request):
    raise ServerError(503, "The store is down.", code="store-down", retry_after=1)


def nowhere(request):
    raise Http404


urlpatterns = [
    path("drf/<str:name>/", Raising.as_view()),
    path("waits/<str:name>/", Waits.as_view()),
    path("writing/", Writing.as_view()),
    path("page/<str:name>/", Page.as_view()),
    path("parts/", InParts.as_view()),
    path("unnumbered/<str:status>/", Unnumbered.as_view()),
    path("plain/<str:name>/", plain),
    path("async/<str:name>/", plain_async),
    path("by-hand/", by_hand),
    path("raised-by-hand/", raised_by_hand),
]


@pytest.mark.parametrize("door", ["drf", "plain", "async"])
@pytest.mark.parametrize("name", RAISED)
def test_it_is_a_problem_with_the_status_of_its_class(client, name, door):
    _, status, detail, code = RAISED[name]

    response = client.get(
        f"/{door}/{name}/", headers={"accept": "application/problem+json;q=0.9, */*;q=0.1"}
    )

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["detail"], body["code"]) == (status, detail, code)
    assert (body["type"], body["title"]) == ("about:blank", http.HTTPStatus(status).phrase)
    assert "remedy" not in body
    assert "explanation" not in body
    assert "errors" not in body


def test_an_unregistered_5xx_has_the_title_of_500(client):
    RAISED["520"] = (lambda: with_status(520, "No."), 520, "No.", "error")

    body = client.get("/drf/520/", headers=JSON).json()

    assert (body["status"], body["title"]) == (520, "Internal Server Error")


def test_what_stands_beside_its_text_is_a_member(client):
    assert client.get("/drf/dictionary/", headers=JSON).json()["region"] == "eu"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/problem+json", "application/problem+json"),
        ("application/json", "application/json"),
        ("application/problem+xml", "application/problem+xml"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
    ],
)
def test_it_is_told_in_each_format(accept, content_type):
    response = Client(raise_request_exception=False).get(
        "/plain/documented/", headers={"accept": accept}
    )

    assert (response.status_code, response["Content-Type"]) == (503, content_type)
    assert ServiceUnavailable.default_detail in response.content.decode()
    assert "Service Unavailable" in response.content.decode()
    if accept.endswith("xml"):
        ET.fromstring(response.content)
    if accept == "text/html":
        assert "<p></p>" not in response.content.decode()
        assert "<title>Service Unavailable – testserver</title>" in response.content.decode()
        assert "style-src" in response["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["text/html", "application/problem+xml", "text/plain"])
def test_it_is_told_by_a_view_of_the_framework_in_each_format(client, accept):
    response = client.get(
        "/drf/documented/",
        {"format": "api"} if accept == "text/html" else {},
        headers={"accept": f"{accept}, application/json;q=0.1"},
    )

    assert response.status_code == 503
    assert response["Content-Type"].startswith(accept)
    assert ServiceUnavailable.default_detail in response.content.decode()


def test_a_template_of_the_project_shows_it(client, settings):
    loader = (
        "django.template.loaders.locmem.Loader",
        {"503.html": "{{ status_code }}: {{ detail }}"},
    )
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [loader]},
        }
    ]

    assert client.get("/page/code/", headers={"accept": "text/html"}).content == b"503: Down."


@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_a_wait_is_retry_after(client, use_handler, handler):
    use_handler(handler)

    response = client.get("/waits/x/", headers=JSON)

    assert response.status_code == 503
    assert response["Retry-After"] == ("30" if handler == "problem" else "29")
    if handler == "problem":
        assert response.json()["retry_after"] == 30


def test_no_cache_keeps_it(client):
    assert client.get("/drf/501/", headers=JSON)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", RAISED)
def test_the_compatible_handler_answers_as_the_frameworks_own(client, use_handler, name):
    answers = []
    for handler in ("drf", "compatible"):
        use_handler(handler)
        if name == "unfinished" and handler == "drf":
            answers.append((502, {"detail": "A server error occurred."}))
            continue
        response = client.get(f"/drf/{name}/", headers=JSON)
        assert "Link" not in response
        answers.append((response.status_code, response.json()))

    assert answers[0] == answers[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_what_the_view_wrote_is_rolled_back(client, monkeypatch, use_handler, handler):
    use_handler(handler)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", "yes")

    assert client.post("/writing/").status_code == 503
    assert not Group.objects.exists()


@pytest.mark.parametrize("door", ["drf", "plain"])
def test_django_logs_it_once_as_it_logs_a_response(client, caplog, door):
    client.get(f"/{door}/documented/", headers=JSON)

    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.name, record.levelname) == ("django.request", "ERROR")
    assert record.getMessage() == f"Service Unavailable: /{door}/documented/"


def test_its_reference_is_in_the_log(client, caplog):
    caplog.set_level(logging.INFO, "django_http4xx")

    body = client.get("/drf/documented/", headers=JSON).json()

    (record,) = [record for record in caplog.records if record.name == "django_http4xx"]
    assert (record.levelname, record.reference) == ("INFO", body["reference"])


@pytest.mark.parametrize("door", ["drf", "plain"])
def test_it_is_no_clients_error_to_those_who_count_them(client, door):
    problems = []

    def notice(sender, problem, **kwargs):
        problems.append(problem)

    signals.client_error_explained.connect(notice)
    try:
        client.get(f"/{door}/documented/", headers=JSON)
    finally:
        signals.client_error_explained.disconnect(notice)
    assert problems == []


@pytest.mark.parametrize("status", ["word", "small", "great"])
@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_status_that_is_none_is_a_bug(client, use_handler, handler, status):
    use_handler(handler)

    response = client.get(f"/unnumbered/{status}/", headers=JSON)

    assert response.status_code == 500
    assert not hasattr(response, "problem")


def test_a_validation_error_of_a_5xx_keeps_what_it_says_in_parts(client):
    response = client.get("/parts/", headers=JSON)

    assert response.status_code == 502
    assert response.json()["errors"][0]["detail"] == "It is not a number."


def test_a_project_may_map_it_to_a_clients_error(client, settings):
    settings.HTTP4XX = {
        "EXCEPTIONS": {f"{__name__}.ServiceUnavailable": "django_http4xx.exceptions.Locked"}
    }

    assert client.get("/drf/documented/", headers=JSON).status_code == 423


def test_without_the_middleware_a_plain_view_has_djangos_500(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Http4xx" not in name]
    client = Client(raise_request_exception=False)

    assert client.get("/plain/documented/").status_code == 500
    assert client.get("/drf/documented/", headers=JSON).status_code == 503


@pytest.mark.parametrize("address", ["/by-hand/", "/raised-by-hand/"])
def test_a_throttle_can_answer_in_the_same_way(address):
    response = Client().get(address, headers=JSON)

    assert response.status_code == 503
    assert (response["Retry-After"], response["Cache-Control"]) == ("1", "no-store")
    assert response.json()["detail"] in ("Sign in", "The store is down.")
    assert response.json()["retry_after"] == 1


def test_an_async_site_answers_the_same():
    response = asyncio.run(AsyncClient().get("/async/documented/", headers=JSON))

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")


def test_a_server_error_has_a_status_of_its_kind():
    with pytest.raises(ValueError, match="must be a 5xx, such as 503, not 404"):
        ServerError(404)


def test_its_title_is_in_the_readers_language(client, settings):
    settings.LANGUAGES = [("en", "English"), ("zh-hans", "Chinese")]

    body = client.get("/drf/documented/", headers={**JSON, "accept-language": "zh-hans"}).json()

    assert body["title"] == "服务不可用"
    assert body["detail"] == ServiceUnavailable.default_detail


class Raised(APIView):
    authentication_classes = ()

    def get(self, request):
        raise ServerError(503, "The store is down.", code="store-down", retry_after=1)


urlpatterns.append(path("raised/", Raised.as_view()))


@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_server_error_of_ours_is_told_by_a_view_of_the_framework(client, use_handler, handler):
    use_handler(handler)

    response = client.get("/raised/", headers=JSON)

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert response.json()["detail"] == "The store is down."


def test_the_assertion_for_tests_knows_it(client):
    assert_problem(client.get("/raised/", headers=JSON), 503, detail="The store is down.")


def test_while_debugging_it_is_told_as_well(settings):
    settings.DEBUG = True

    response = Client(raise_request_exception=False).get("/plain/documented/", headers=JSON)

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
