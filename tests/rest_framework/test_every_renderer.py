"""Each renderer writes what it wrote with the framework's own handler, or problems."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from django.contrib.auth.models import Group
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from django.urls import include, path
from djangorestframework_camel_case.parser import CamelCaseJSONParser, CamelCaseMultiPartParser
from djangorestframework_camel_case.render import (
    CamelCaseBrowsableAPIRenderer,
    CamelCaseJSONRenderer,
)
from rest_framework import exceptions, generics, renderers, routers, serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework_yaml.renderers import YAMLRenderer

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class LineSerializer(serializers.Serializer):
    unit_price = serializers.IntegerField(max_value=5)


class OrderSerializer(serializers.Serializer):
    full_name = serializers.CharField(max_length=5)
    order_lines = LineSerializer(many=True, required=False)

    def validate_full_name(self, name):
        if name == "list":
            raise exceptions.ValidationError(["One.", "Two."])
        return name


class Orders(generics.CreateAPIView):
    authentication_classes = ()
    serializer_class = OrderSerializer
    queryset = Group.objects.none()

    def get(self, request):
        # The admin asks for what there is, to show it below the form.
        if "raise" not in request.query_params:
            return Response([])
        raise {
            "404": Http404("No Order matches the given query."),
            "413": RequestDataTooBig(),
            "429": exceptions.Throttled(7),
            "list": exceptions.ValidationError(["One.", "Two."]),
            "own": exceptions.NotFound({"order": "There is none.", "seen": ["a", "b"]}),
        }[request.query_params["raise"]]


class Closed(Orders):
    permission_classes = (IsAuthenticated,)


class NowhereToLook(Orders):
    """The admin asks it for what there is, and it raises once more."""

    renderer_classes = (renderers.AdminRenderer,)

    def get(self, request):
        raise exceptions.NotFound


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["name"]


class Groups(viewsets.ModelViewSet):
    authentication_classes = ()
    queryset = Group.objects.order_by("name")
    serializer_class = GroupSerializer
    renderer_classes = (renderers.AdminRenderer, renderers.JSONRenderer)


RENDERERS = {
    "json": renderers.JSONRenderer,
    "browsable": renderers.BrowsableAPIRenderer,
    "admin": renderers.AdminRenderer,
    "template": renderers.TemplateHTMLRenderer,
    "static": renderers.StaticHTMLRenderer,
    "multipart": renderers.MultiPartRenderer,
    "camel": CamelCaseJSONRenderer,
    "camel-browsable": CamelCaseBrowsableAPIRenderer,
}


def views_of(name, renderer):
    options = {"renderer_classes": [renderer]}
    if name.startswith("camel"):
        options["parser_classes"] = [CamelCaseJSONParser, CamelCaseMultiPartParser]
    return [
        path(f"{name}/", Orders.as_view(**options)),
        path(f"{name}/closed/", Closed.as_view(**options)),
    ]


router = routers.SimpleRouter()
router.register("groups", Groups)
urlpatterns = [
    *views_of("yaml", YAMLRenderer),
    *(view for name in RENDERERS for view in views_of(name, RENDERERS[name])),
    path("nowhere/", NowhereToLook.as_view()),
    path("", include(router.urls)),
]

REQUESTS = {
    "404": ("GET", "?raise=404", None),
    "429": ("GET", "?raise=429", None),
    "a list": ("GET", "?raise=list", None),
    "a dictionary": ("GET", "?raise=own", None),
    "errors of fields": ("POST", "", {"fullName": "abcdef", "full_name": "abcdef"}),
    "errors of a field": ("POST", "", {"fullName": "list", "full_name": "list"}),
    "nested errors": (
        "POST",
        "",
        {"order_lines": [{"unit_price": 1}, {"unit_price": 9}], "orderLines": [{"unitPrice": 9}]},
    ),
    "no object": ("POST", "", [1]),
    "malformed": ("POST", "", b"{"),
    "another method": ("DELETE", "", None),
    "not signed in": ("GET", "closed/", None),
}


def ask(client, address, method, body, accept=BROWSER):
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
    content_type = "application/json" if content else ""
    return client.generic(
        method, address, content, content_type=content_type, headers={"accept": accept}
    )


def both(client, use_handler, *request):
    """The answers of the framework's own handler and of ours, without what differs each time."""
    answers = []
    for name in ("drf", "compatible"):
        use_handler(name)
        answer = ask(client, *request)
        content = re.sub(
            rb'(csrfmiddlewaretoken" value=|"csrfToken": )"[^"]*"', b"", answer.content
        )
        answers.append((answer.status_code, dict(answer.headers), content))
    return answers


def is_shown_by_itself(name, request):
    """Whether the page asks the view for what there is, and the view raises once more."""
    return name == "admin" and request == "a list"


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        (name, request)
        for name in RENDERERS
        for request in REQUESTS
        if not is_shown_by_itself(name, request)
    ],
)
def test_each_renderer_writes_what_it_wrote(client, use_handler, name, request_):
    method, rest, body = REQUESTS[request_]

    theirs, ours = both(client, use_handler, f"/{name}/{rest}", method, body)

    assert 400 <= theirs[0] < 500
    assert ours == theirs


@pytest.mark.parametrize("name", ["", "taken", "x" * 200])
def test_the_admin_writes_the_form_that_it_wrote(client, use_handler, name):
    Group.objects.create(name="taken")

    theirs, ours = both(client, use_handler, "/groups/", "POST", {"name": name})

    assert theirs[0] == 400
    assert b"help-block" in theirs[2]
    assert ours == theirs


PAGES = ("browsable", "admin", "template", "static", "camel-browsable")


@pytest.mark.parametrize("accept", [BROWSER, "*/*"])
@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("name", [*PAGES, "camel", "yaml"])
def test_each_renderer_writes_problems(client, use_handler, caplog, name, request_, accept):
    use_handler("problem")
    method, rest, body = REQUESTS[request_]
    problem = ask(client, f"/json/{rest}", method, body, accept="application/json")

    response = ask(client, f"/{name}/{rest}", method, body, accept)

    assert response.status_code == problem.json()["status"]
    # A body of JSON asks for JSON where `Accept` leaves the choice.
    is_page = accept == BROWSER or (name in PAGES and body is None)
    assert response["Content-Type"].startswith("text/html") == is_page
    assert [record for record in caplog.records if record.name == "django_http4xx"] == []


def test_where_the_view_raises_as_it_is_shown_the_page_is_ours(client, use_handler):
    use_handler("problem")

    response = ask(client, "/nowhere/", "POST", {})

    assert response.status_code == 400
    assert "This field is required." in response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"


def test_templates_of_the_project_see_what_they_saw(client, use_handler, settings):
    shown = "{{ detail }} {{ details }} {{ status_code }} {{ full_name }}"
    loader = ("django.template.loaders.locmem.Loader", {"api_exception.html": shown})
    engine = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": engine, "OPTIONS": {"loaders": [loader]}}]

    for request in REQUESTS.values():
        method, rest, body = request
        theirs, ours = both(client, use_handler, f"/template/{rest}", method, body)
        assert ours == theirs
        assert str(theirs[0]).encode() in theirs[2]


@pytest.mark.parametrize("name", [*RENDERERS, "yaml"])
def test_each_renderer_writes_what_came_out_as_html(client, use_handler, name):
    use_handler("compatible")
    known, put_right = (
        ask(client, f"/{name}/?raise={status}", "GET", None, "*/*") for status in (404, 413)
    )

    assert put_right.status_code == (413 if known.status_code == 404 else 406)
    assert put_right["Content-Type"] == known["Content-Type"]
    if name in ("json", "camel"):
        assert put_right.json() == {"detail": "What you sent is larger than we can accept."}


@pytest.mark.parametrize("request_", REQUESTS)
def test_yaml_says_what_json_says(client, use_handler, request_):
    method, rest, body = REQUESTS[request_]
    (status, _, content), _ = both(client, use_handler, f"/json/{rest}", method, body)

    _, ours = both(client, use_handler, f"/yaml/{rest}", method, body)

    assert ours[0] == status
    assert ours[1]["Content-Type"] == "application/yaml; charset=utf-8"
    assert yaml.safe_load(ours[2]) == json.loads(content)


def test_what_the_renderer_cannot_write_is_sent_as_json(client, use_handler):
    theirs, ours = both(client, use_handler, "/nowhere/", "POST", {})

    assert theirs[0] != 400
    assert ours[0] == 400
    assert ours[1]["Content-Type"] == "application/json"
    assert json.loads(ours[2]) == {"full_name": ["This field is required."]}
