"""Where a view's renderer writes no text of a problem, its reader gets problem+json in place."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.urls import path
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)

DETAIL = "No picture of „tea“: it's gone."


def table(data):
    """As renderers of tables do that look for results."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "name"])
    writer.writeheader()
    writer.writerows(data.get("results", []))
    return out.getvalue()


def failing(data):
    return data["results"]


# What a renderer gives, and its media type.
WITHOUT_TEXT = {
    "picture": (lambda data: data, "image/jpeg"),
    "events": (lambda data: data, "text/event-stream"),
    "none": (lambda data: None, "image/png"),
    "empty": (lambda data: b"", "image/png"),
    "empty text": (lambda data: "", "text/csv"),
    "list": (list, "application/x-list"),
    "items": (lambda data: data.items(), "application/x-items"),
    "generator": (lambda data: (name for name in data), "text/event-stream"),
    "status": (lambda data: data["status"], "application/x-number"),
    "raising": (failing, "text/csv"),
    "not there": (lambda data: data.rows, "application/x-rows"),
    "printed": (str, "text/x-python"),
    "printed bytes": (lambda data: str(data).encode(), "application/x-python"),
    "printed event": (lambda data: f"data: {data}\n\n", "text/event-stream"),
    "printed items": (lambda data: str(list(data.items())), "application/x-python"),
    "printed values": (lambda data: str(list(data.values())), "application/x-python"),
    "printed names": (lambda data: str(list(data)), "application/x-python"),
    "names": ("".join, "image/gif"),
    "lines of names": ("\n".join, "text/x-names"),
    "table": (table, "text/csv"),
    "html": (lambda data: data, "text/html"),
}

WITH_TEXT = {
    "detail": (lambda data: f"<{data['detail']}>".encode(), "application/vnd.shop"),
    "status": (lambda data: str(data["status"]), "text/x-status"),
    "title": (lambda data: data["title"], "text/x-title"),
    "json": (json.dumps, "text/x-json"),
    "escaped": (lambda data: json.dumps(data["detail"]), "text/x-json"),
    "drawn": (lambda data: b"\xff\xd8\xff\xe0 drawn", "image/jpeg"),
    "signed": (lambda data: "eyJhbGciOi.eyJ0eXBl.c2ln", "application/jose"),
    "shout": (lambda data: data["detail"].upper(), "text/x-shout"),
    "bytearray": (lambda data: bytearray(data["detail"].encode()), "text/x-bytes"),
}


def renderer_of(render, media_type, charset="utf-8"):
    attributes = {
        "media_type": media_type,
        "format": "own",
        "charset": charset,
        "render": lambda self, data, *args, **kwargs: render(data),
    }
    return type("Own", (BaseRenderer,), attributes)


class Missing(APIView):
    authentication_classes = ()

    def get(self, request):
        raise exceptions.NotFound(DETAIL)

    def post(self, request):
        raise exceptions.ValidationError({"qty": ["At most 5."]})


class JSONThatHandsThrough(JSONRenderer):
    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class Served(APIView):
    authentication_classes = ()
    renderer_classes = (renderer_of(lambda data: data, "image/jpeg", None),)

    def get(self, request):
        return Response(b"\xff\xd8")


def views_of(kind, cases):
    return [
        path(f"{kind}/{number}/", Missing.as_view(renderer_classes=[renderer_of(*case)]))
        for number, case in enumerate(cases.values())
    ]


urlpatterns = [
    *views_of("without", WITHOUT_TEXT),
    *views_of("with", WITH_TEXT),
    path(
        "latin/",
        Missing.as_view(
            renderer_classes=[renderer_of(lambda data: data["detail"], "text/x-latin", "latin-1")]
        ),
    ),
    path(
        "no-charset/",
        Missing.as_view(
            renderer_classes=[
                renderer_of(lambda data: data["detail"], "text/x-utf", "no-such-charset")
            ]
        ),
    ),
    path("json/", Missing.as_view(renderer_classes=[JSONThatHandsThrough])),
    path("served/", Served.as_view()),
]


def address_of(kind, cases, name):
    return f"/{kind}/{list(cases).index(name)}/"


@pytest.mark.parametrize("by", ["its type", "*/*", "?format=own"])
@pytest.mark.parametrize("name", WITHOUT_TEXT)
def test_problem_json_takes_its_place(client, name, by):
    media_type = WITHOUT_TEXT[name][1]
    query = by if by.startswith("?") else ""

    response = client.get(
        address_of("without", WITHOUT_TEXT, name) + query,
        headers={"accept": media_type if by == "its type" else "*/*"},
    )

    assert response.status_code == 404
    if name == "html":
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert "No picture of" in response.content.decode()
    else:
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["detail"] == DETAIL


@pytest.mark.parametrize("name", WITHOUT_TEXT)
def test_errors_of_fields_are_told_as_well(client, name):
    address = address_of("without", WITHOUT_TEXT, name)

    response = client.post(address, {}, headers={"accept": WITHOUT_TEXT[name][1]})

    assert b"At most 5." in response.content


@pytest.mark.parametrize("name", WITH_TEXT)
def test_what_a_renderer_writes_by_itself_is_sent(client, name):
    _render, media_type = WITH_TEXT[name]

    response = client.get(address_of("with", WITH_TEXT, name), headers={"accept": media_type})

    assert response.status_code == 404
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    assert b"application/problem" not in response.content
    assert b'"instance"' not in response.content or name == "json"


def test_a_text_is_sent_in_the_charset_that_its_type_names(client):
    response = client.get("/latin/", headers={"accept": "text/x-latin"})

    assert response["Content-Type"] == "text/x-latin; charset=latin-1"
    assert response.content == DETAIL.encode("latin-1", "replace")


def test_a_charset_that_is_none_does_no_harm(client):
    response = client.get("/no-charset/", headers={"accept": "text/x-utf"})

    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == DETAIL


def test_a_json_renderer_has_to_write_something_too(client):
    assert client.get("/json/").json()["detail"] == DETAIL


@pytest.mark.parametrize("name", ["picture", "events", "none", "generator"])
def test_the_compatible_handler_sends_the_frameworks_body_as_json(client, use_handler, name):
    use_handler("compatible")

    response = client.get(address_of("without", WITHOUT_TEXT, name))

    assert response.status_code == 404
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"detail": DETAIL}


def test_a_success_is_handed_through(client):
    assert client.get("/served/").content == b"\xff\xd8"
