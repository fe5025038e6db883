"""What a project's own handler, around ours, makes of a problem, every format says."""

from __future__ import annotations

import json
import logging
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest
import yaml
from django.urls import path
from rest_framework import exceptions
from rest_framework.renderers import (
    BaseRenderer,
    BrowsableAPIRenderer,
    JSONRenderer,
    TemplateHTMLRenderer,
)
from rest_framework.views import APIView
from rest_framework_yaml.renderers import YAMLRenderer

from django_http4xx.exceptions import TooManyRequests
from django_http4xx.rest_framework import compatible_exception_handler, exception_handler

pytestmark = pytest.mark.urls(__name__)

FORMATS = {
    "problem+json": "application/problem+json",
    "json": "application/json",
    "xml": "application/problem+xml",
    "text": "text/plain",
    "html": "text/html",
    "yaml": "application/yaml",
}
NAMESPACE = "{urn:ietf:rfc:7807}"


def change_status(response):
    response.status_code = 451


def change_to_none_of_ours(response):
    response.status_code = 200


def change_to_429(response):
    response.status_code = 429


def add(response):
    response.data["support"] = "Call-555-0100 & <ask>"


def add_things(response):
    response.data["support"] = {"phones": ["Call-555-0100"], "price": Decimal("1.50")}


def change_words(response):
    for name in ("title", "detail", "explanation", "remedy"):
        response.data[name] = f"The {name} of <ours>"


def remove_words(response):
    for name in ("explanation", "remedy", "reference", "instance", "code", "errors"):
        response.data.pop(name, None)


def remove_title(response):
    del response.data["title"]


def change_errors(response):
    response.data["errors"] = [{"pointer": "#/sku", "detail": "Call-555-0100"}]


def append_error(response):
    response.data["errors"].append({"pointer": "#/sku", "detail": "Call-555-0100"})


def odd_errors(response):
    response.data["errors"] = {"sku": "Call-555-0100"}


def errors_of_another_shape(response):
    response.data["errors"] = [{"field": "sku", "message": "Call-555-0100"}]


def words_that_are_none(response):
    response.data["detail"] = {"phone": "Call-555-0100"}
    response.data["errors"] = ["Call-555-0100"]


def replace(response):
    response.data = {"success": False, "error": {"message": "Call-555-0100", "n": 7}}


def wrap(response):
    response.data = {"success": False, "error": response.data}


def to_list(response):
    response.data = ["Call-555-0100", {"n": 7}]


def to_text(response):
    response.data = "Call-555-0100"


def to_number(response):
    response.data = 5550100


def to_none(response):
    response.data = None


def unsendable(response):
    response.data["thing"] = object()


def own_status(response):
    response.data["status"] = "error"


def another_status(response):
    response.data["status"] = 451


def own_type(response):
    response.content_type = "application/vnd.shop"


CHANGES = {
    change.__name__: change
    for change in (
        *(change_status, change_to_none_of_ours, change_to_429, add, add_things, change_words),
        *(remove_words, remove_title, change_errors, append_error, odd_errors, replace, wrap),
        *(errors_of_another_shape, words_that_are_none),
        *(to_list, to_text, to_number, to_none, unsendable, own_status, own_type),
        another_status,
    )
}


class Wrapped(APIView):
    authentication_classes = ()
    renderer_classes = (JSONRenderer, YAMLRenderer)

    def get_exception_handler(self):
        def handler(exception, context):
            response = exception_handler(exception, context)
            CHANGES[self.kwargs["change"]](response)
            return response

        return handler

    def get(self, request, change):
        raise exceptions.ValidationError({"qty": ["At most 5."]})

    def post(self, request, change):
        raise exceptions.NotFound("No tea.")

    def initial(self, request, *args, **kwargs):
        # Each format is tried, also those that the view has no renderer for.
        try:
            super().initial(request, *args, **kwargs)
        except exceptions.NotAcceptable:
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "*/*"


class Compatible(Wrapped):
    def get_exception_handler(self):
        def handler(exception, context):
            response = compatible_exception_handler(exception, context)
            response.data["support"] = "Call-555-0100"
            response.status_code = 451
            return response

        return handler


class HandingThrough(JSONRenderer):
    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class Picture(BaseRenderer):
    media_type = "image/jpeg"
    format = "jpeg"
    render = HandingThrough.render


urlpatterns = [
    path("through/<change>/", Wrapped.as_view(renderer_classes=[HandingThrough])),
    path("picture/<change>/", Wrapped.as_view(renderer_classes=[Picture])),
    path("<change>/", Wrapped.as_view()),
    path("page/<change>/", Wrapped.as_view(renderer_classes=[TemplateHTMLRenderer])),
    path(
        "browsable/<change>/",
        Wrapped.as_view(renderer_classes=[JSONRenderer, BrowsableAPIRenderer]),
    ),
    path("compatible/<change>/", Compatible.as_view()),
]


def told(client, change, name, method="get"):
    response = getattr(client, method)(f"/{change}/", headers={"accept": FORMATS[name]})
    assert response["Content-Type"].startswith(FORMATS[name]) or name == "problem+json"
    return response, response.content.decode()


def parsed(content, name):
    """The members that are texts, numbers or lists of texts, by name."""
    if name == "xml":
        root = ET.fromstring(content)
        return {child.tag.removeprefix(NAMESPACE): child.text for child in root}
    return yaml.safe_load(content) if name == "yaml" else json.loads(content)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("change", "status"),
    [("change_status", 451), ("change_to_none_of_ours", 200), ("change_to_429", 429)],
)
def test_the_body_says_the_status_that_is_sent(client, change, status, name):
    response, content = told(client, change, name)

    assert response.status_code == status
    if name in ("text", "html"):
        # The reference may have any number in it.
        said = content.replace(response.problem.reference, "")
        assert str(status) in said
        assert "422" not in said
    else:
        assert parsed(content, name)["status"] in (status, str(status))
        # Under about:blank the title is the phrase of the status.
        assert parsed(content, name)["title"] == response.reason_phrase


@pytest.mark.parametrize("name", ["problem+json", "json", "xml", "yaml"])
def test_no_other_number_than_that_is_the_status(client, name):
    response, content = told(client, "another_status", name)

    assert parsed(content, name)["status"] in (422, "422")
    assert response.status_code == 422


def test_no_cache_keeps_what_is_made_a_429(client):
    assert client.get("/change_to_429/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "change",
    ["add_things", "change_errors", "append_error", "odd_errors", "replace", "to_list", "to_text"],
)
def test_what_it_puts_in_is_told(client, change, name):
    response, content = told(client, change, name)

    assert response.status_code == 422
    assert "Call-555-0100" in content


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("change", ["odd_errors", "errors_of_another_shape", "words_that_are_none"])
def test_what_has_another_shape_than_ours_takes_the_place_of_ours(client, change, name):
    response, content = told(client, change, name)

    assert response.status_code == 422
    assert "Call-555-0100" in content
    assert "At most 5." not in content


@pytest.mark.parametrize("name", FORMATS)
def test_what_it_adds_is_escaped(client, name):
    _, content = told(client, "add", name)

    is_markup = name in ("xml", "html")
    assert ("Call-555-0100 &amp; &lt;ask&gt;" if is_markup else "Call-555-0100 & <ask>") in content
    assert "At most 5." in content


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_words_that_it_changes_are_told(client, name, method):
    _, content = told(client, "change_words", name, method)

    for word in ("title", "detail", "explanation", "remedy"):
        assert f"The {word} of" in content
    assert "<ours>" in content or "&lt;ours&gt;" in content
    assert "No tea." not in content


@pytest.mark.parametrize("name", FORMATS)
def test_words_that_it_takes_away_are_gone(client, name):
    before = client.post("/change_to_429/").json()

    _, content = told(client, "remove_words", name, "post")

    assert "No tea." in content
    assert before["remedy"] not in content
    assert str(TooManyRequests.explanation) not in content
    assert "not-found" not in content


@pytest.mark.parametrize("name", FORMATS)
def test_a_page_has_a_heading_all_the_same(client, name):
    _, content = told(client, "remove_title", name, "post")

    if name == "html":
        assert "<title>Not Found – testserver</title>" in content
    elif name != "text":
        assert "title" not in parsed(content, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_problem_in_an_envelope_is_told(client, name):
    _, content = told(client, "wrap", name)

    assert "success" in content
    assert "At most 5." in content


@pytest.mark.parametrize("change", ["to_list", "to_text", "to_number"])
def test_what_is_no_object_is_no_problem_by_its_type(client, change):
    response = client.get(f"/{change}/")

    assert response["Content-Type"] == "application/json"
    assert response.json() == response.data


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("change", ["unsendable", "to_number", "own_status"])
def test_nothing_that_it_does_makes_a_500(client, change, name):
    response, content = told(client, change, name)

    assert response.status_code == 422
    if change == "to_number":
        assert "5550100" in content
    if change == "own_status" and name not in ("text", "html"):
        assert parsed(content, name)["status"] == "error"


@pytest.mark.parametrize("name", FORMATS)
def test_it_may_take_all_of_it_away(client, name):
    response = client.get("/to_none/", headers={"accept": FORMATS[name]})

    assert (response.status_code, response.content) == (422, b"")
    assert "Content-Type" not in response


def test_it_may_name_a_type_of_its_own(client):
    response = client.get("/own_type/")

    assert response["Content-Type"] == "application/vnd.shop"
    assert json.loads(response.content)["status"] == 422


def test_a_page_of_templates_follows(client, settings):
    shown = "{{ support }} {{ status_code }} {{ problem.added.support }} {{ problem.status }}"
    loader = ("django.template.loaders.locmem.Loader", {"api_exception.html": shown})
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [loader]},
        }
    ]

    page = client.get("/page/add/", headers={"accept": "text/html"}).content.decode()

    assert page == " 422 ".join(["Call-555-0100 &amp; &lt;ask&gt;"] * 2) + " 422"


@pytest.mark.parametrize("change", ["add_things", "to_list", "change_errors"])
@pytest.mark.parametrize("kind", ["page", "browsable"])
def test_so_do_the_pages_of_the_framework(client, kind, change):
    response = client.get(f"/{kind}/{change}/", headers={"accept": "text/html"})

    assert response.status_code == 422
    assert "Call-555-0100" in response.content.decode()


@pytest.mark.parametrize("kind", ["through", "picture"])
def test_so_does_what_takes_the_place_of_a_renderer_without_text(client, kind):
    response = client.get(f"/{kind}/add/")

    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["support"].startswith("Call-555-0100")


def test_the_log_has_the_status_that_was_sent(client, caplog):
    caplog.set_level(logging.INFO, "django_http4xx")

    client.get("/change_status/")

    (record,) = [record for record in caplog.records if record.name == "django_http4xx"]
    assert record.status == 451


def test_under_the_compatible_handler_the_frameworks_body_is_changed(client):
    response = client.post("/compatible/x/")

    assert response.status_code == 451
    assert response.json() == {"detail": "No tea.", "support": "Call-555-0100"}
