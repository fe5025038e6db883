"""The media type of a problem is the one that the client asked for, whatever the view can write."""

from __future__ import annotations

import pytest
from django.urls import path
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework.views import APIView

from django_http4xx.rest_framework.negotiation import ContentNegotiation

pytestmark = pytest.mark.urls(__name__)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class CSVRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return f"status,detail\n{data['status']},{data['detail']}\n"


class BrokenRenderer(BaseRenderer):
    media_type = "application/x-broken"
    format = "broken"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        raise RuntimeError


class FirstRenderer(BaseContentNegotiation):
    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class Missing(APIView):
    authentication_classes = ()
    renderer_classes = (JSONRenderer,)

    def get(self, request, **kwargs):
        raise exceptions.NotFound


class Served(APIView):
    """Serves those who are signed in, a table to those who ask for one."""

    authentication_classes = ()
    content_negotiation_class = ContentNegotiation
    renderer_classes = (JSONRenderer, CSVRenderer)

    def get(self, request, **kwargs):
        return Response({"status": 200, "detail": "Tea."})

    def post(self, request, **kwargs):
        raise exceptions.PermissionDenied("Not for you.")


urlpatterns = [
    path("served/", Served.as_view()),
    path("served-csv/", Served.as_view(renderer_classes=[CSVRenderer])),
    path("served-nothing/", Served.as_view(renderer_classes=[])),
    path("json/", Missing.as_view()),
    path("csv/", Missing.as_view(renderer_classes=[CSVRenderer, JSONRenderer])),
    path("browsable/", Missing.as_view(renderer_classes=[JSONRenderer, BrowsableAPIRenderer])),
    path("broken/", Missing.as_view(renderer_classes=[JSONRenderer, BrokenRenderer])),
    path("first/", Missing.as_view(content_negotiation_class=FirstRenderer)),
    *format_suffix_patterns(
        [path("any", Missing.as_view(renderer_classes=[BrowsableAPIRenderer, JSONRenderer]))]
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "case",
    [
        ("/json/", None, "application/problem+json", 404),
        ("/json/", "*/*", "application/problem+json", 404),
        ("/json/", "application/json", "application/json", 404),
        (
            "/json/",
            "application/json;q=0.5, application/problem+json",
            "application/problem+json",
            404,
        ),
        # What DRF cannot write is refused before the view runs, in that very format.
        ("/json/", "application/problem+json", "application/problem+json", 406),
        ("/json/", "application/problem+xml", "application/problem+xml", 406),
        ("/json/", "text/html", "text/html; charset=utf-8", 406),
        ("/json/", "text/plain", "text/plain; charset=utf-8", 406),
        ("/json/", "image/png", "application/problem+json", 406),
        ("/json/", BROWSER, "text/html; charset=utf-8", 404),
        ("/csv/", "text/csv", "text/csv; charset=utf-8", 404),
        ("/csv/", "*/*", "text/csv; charset=utf-8", 404),
        ("/csv/", "application/json", "application/json", 404),
        ("/browsable/", BROWSER, "text/html; charset=utf-8", 404),
        ("/browsable/", "*/*", "application/problem+json", 404),
        ("/broken/", "application/x-broken", "application/problem+json", 404),
        ("/first/", "text/html", "text/html; charset=utf-8", 404),
        ("/any.json", BROWSER, "application/problem+json", 404),
        ("/any?format=json", BROWSER, "application/problem+json", 404),
        ("/any?format=api", "application/json", "application/json", 406),
        ("/any?format=api", BROWSER, "text/html; charset=utf-8", 404),
        ("/any?format=xml", "application/json", "application/json", 404),
    ],
)
def test_the_media_type_is_negotiated(client, case):
    address, accept, media_type, status = case

    response = client.get(address, headers={"accept": accept} if accept else {})

    assert response.status_code == status
    assert response["Content-Type"] == media_type


def test_a_406_lists_what_there_is(client):
    response = client.get("/csv/", headers={"accept": "application/problem+json"})

    assert response.json()["available"] == ["text/csv", "application/json"]


def test_vary_tells_what_was_looked_at(client):
    assert "Accept" in client.get("/json/")["Vary"]


def test_the_part_of_the_site_decides_where_the_client_does_not(client, settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/": "html", "/json/": "json"}}

    assert client.get("/json/")["Content-Type"] == "application/json"
    assert client.get("/browsable/")["Content-Type"] == "application/problem+json"


def test_a_page_for_a_browser_is_ours_where_the_view_has_none(client):
    response = client.get("/json/", headers={"accept": BROWSER})

    assert "<title>Page not found – testserver</title>" in response.content.decode()


def test_a_problem_of_a_reader_of_chinese_is_in_chinese(client):
    response = client.get("/json/", headers={"accept-language": "zh-CN"})

    assert response["Content-Language"] in ("zh-hans", "en")
    assert "Accept-Language" in response["Vary"]


ONLY_PROBLEMS = [
    "application/problem+json",
    "application/problem+xml",
    "application/problem+json, application/problem+xml;q=0.5",
    "application/problem+json, application/json;q=0",
    " APPLICATION/problem+json ; charset=utf-8",
]


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize("accept", ONLY_PROBLEMS)
def test_who_takes_only_problems_gets_a_success_as_the_view_gives_it(
    client, use_handler, handler, accept
):
    use_handler(handler)
    headers = {"accept": accept}

    response = client.get("/served/", headers=headers)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json() == {"status": 200, "detail": "Tea."}
    assert client.get("/served-csv/", headers=headers)["Content-Type"] == "text/csv; charset=utf-8"
    table = client.get("/served/?format=csv", headers=headers)
    assert (table.status_code, table["Content-Type"]) == (200, "text/csv; charset=utf-8")


@pytest.mark.parametrize("accept", ONLY_PROBLEMS)
def test_who_takes_only_problems_gets_the_one_that_is_due(client, accept):
    response = client.post("/served/", headers={"accept": accept})

    is_xml = accept == "application/problem+xml"
    assert response.status_code == 403
    assert response["Content-Type"] == f"application/problem+{'xml' if is_xml else 'json'}"
    assert b"Not for you." in response.content
    assert client.delete("/served/", headers={"accept": accept}).status_code == 405


def test_under_the_compatible_handler_it_is_told_as_ever(client, use_handler):
    use_handler("compatible")

    response = client.post("/served/", headers={"accept": "application/problem+json"})

    assert (response.status_code, response.json()) == (403, {"detail": "Not for you."})


@pytest.mark.parametrize(
    "accept",
    [
        "image/png",
        "image/png, application/problem+json",
        "application/problem+json;q=0",
        "application/problem+yaml",
        "nonsense",
    ],
)
def test_who_takes_anything_else_that_there_is_not_gets_a_406(client, accept):
    assert client.get("/served/", headers={"accept": accept}).status_code == 406


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "*/*"])
def test_who_takes_what_there_is_gets_it(client, accept):
    response = client.get("/served/", headers={"accept": accept})

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv") == (accept == "text/csv")


def test_a_format_that_there_is_not_is_404_as_ever(client):
    accept = {"accept": "application/problem+json"}

    assert client.get("/served/?format=xml", headers=accept).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize("accept", [BROWSER, "application/json", "text/plain", "*/*"])
def test_head_is_as_long_as_get(use_handler, handler, accept):
    use_handler(handler)

    # Two visitors: the first answer sets a cookie, which would change the second.
    get, head = (
        APIClient().generic(method, "/browsable/", headers={"accept": accept})
        for method in ("GET", "HEAD")
    )

    assert head["Content-Length"] == get["Content-Length"]
    assert head["Content-Type"] == get["Content-Type"]
    assert head.wsgi_request.method == "HEAD"
