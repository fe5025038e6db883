"""``HTTP4XX``: each key does what it says; what is wrong is reported, and its default used."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from django.core import checks
from django.db.models import ProtectedError
from django.urls import path

from django_http4xx import conf
from django_http4xx.exceptions import (
    ClientError,
    Conflict,
    MethodNotAllowed,
    ProxyAuthenticationRequired,
    Unauthorized,
    UpgradeRequired,
)
from django_http4xx.formats import Format

OURS = "django_http4xx."
DEFAULTS = {
    "CHALLENGE": 'Session realm="site"',
    "TYPE_BASE_URI": "",
    "DEFAULT_FORMAT": {"/": "html"},
    "EXCEPTIONS": {},
    "EXPLAIN_BARE_RESPONSES": True,
}


class NeedsFields(Conflict):
    sku: str


class Shouted(Format):
    name = "shouted"
    media_type = content_type = "text/x-shouted"

    @staticmethod
    def render(problem, request):
        return problem.title.upper()


class Nameless(Format):
    media_type = "text/x-nameless"


def protected(request):
    raise ProtectedError("", set())


def looked_up(request):
    raise KeyError("a secret")


urlpatterns = [path("protected/", protected), path("key/", looked_up)]


def problem(client, address="/raise/404/", **headers):
    response = client.get(address, headers={"accept": "application/json", **headers})
    return response.status_code, json.loads(response.content)


def test_every_key_is_optional(settings):
    del settings.HTTP4XX
    for key, default in DEFAULTS.items():
        assert conf.KEYS[key].value == default
    assert [cls.name for cls in conf.KEYS["FORMATS"].value] == [
        *("html", "fragment", "problem+json", "json", "problem+xml", "text"),
    ]


def test_challenge(settings, client):
    settings.HTTP4XX = {"CHALLENGE": 'Bearer realm="shop"'}
    assert Unauthorized().headers == {"WWW-Authenticate": 'Bearer realm="shop"'}
    assert client.get("/bare/402/").status_code == 402


def test_type_base_uri(settings, client):
    assert problem(client)[1]["type"] == "about:blank"
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://shop.example/problems/"}
    assert problem(client)[1]["type"] == "https://shop.example/problems/not-found"


@pytest.mark.urls(__name__)
def test_exceptions(settings, client):
    settings.HTTP4XX = {
        "EXCEPTIONS": {
            "django.db.models.ProtectedError": "django_http4xx.exceptions.Conflict",
            LookupError: "django_http4xx.exceptions.NotFound",
        }
    }
    assert problem(client, "/protected/")[0] == 409
    status, body = problem(client, "/key/")
    assert status == 404
    assert "secret" not in str(body)


def test_explain_bare_responses(settings, client):
    assert client.get("/bare/404/").content
    settings.HTTP4XX = {"EXPLAIN_BARE_RESPONSES": False}
    assert not client.get("/bare/404/").content


def test_a_format_is_added_with_one_class(settings, client):
    settings.HTTP4XX = {"FORMATS": [*conf.DEFAULT_FORMATS, f"{__name__}.Shouted"]}
    response = client.get("/raise/404/", headers={"accept": "text/x-shouted"})
    assert response.headers["Content-Type"] == "text/x-shouted"
    assert response.content == b"PAGE NOT FOUND"
    assert client.get("/raise/404/").headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_added_format_can_be_the_default(settings, client):
    settings.HTTP4XX = {"FORMATS": [f"{__name__}.Shouted"], "DEFAULT_FORMAT": "shouted"}
    assert client.get("/raise/404/").content == b"PAGE NOT FOUND"


# What is wrong -----------------------------------------------------------------------------------

WRONG = [
    ("CHALENGE", "Basic", "E001", "is unknown; the known keys are: CHALLENGE, "),
    (5, "Basic", "E001", "is unknown"),
    ("CHALLENGE", 5, "E002", "must be a challenge in ASCII"),
    ("CHALLENGE", "Basic\r\nX: y", "E002", "must be a challenge in ASCII"),
    ("REFERENCE", 5, "E002", "must be a dotted path to a function"),
    ("REFERENCE_HEADER", "Trace Id", "E002", "must be the name of a header field"),
    ("TYPE_BASE_URI", "/problems/", "E002", "must be an absolute URI"),
    ("TYPE_BASE_URI", "https://shop.example/problems", "E002", "must end with a separator"),
    ("TYPE_BASE_URI", None, "E002", "must be an absolute URI"),
    ("DEFAULT_FORMAT", 5, "E002", "must be the name of a format"),
    ("DEFAULT_FORMAT", {"/api/": 5}, "E002", "must be the name of a format"),
    ("DEFAULT_FORMAT", "yaml", "E002", "names the format 'yaml', which does not exist"),
    ("DEFAULT_FORMAT", {"/api/": "yaml"}, "E002", "names the format 'yaml'"),
    ("FORMATS", "django_http4xx.formats.JSON", "E002", "must be a list of dotted paths"),
    ("FORMATS", 5, "E002", "must be a list of dotted paths"),
    ("FORMATS", [], "E002", "must name at least one format"),
    ("FORMATS", ["django_http4xx.formats.YAML"], "E003", "'django_http4xx.formats.YAML'"),
    ("FORMATS", ["tests.broken_module.YAML"], "E003", "'tests.broken_module.YAML'"),
    ("FORMATS", ["formats"], "E003", "'formats'"),
    ("FORMATS", ["builtins.dict"], "E002", "not a subclass of django_http4xx.formats.Format"),
    ("FORMATS", [f"{__name__}.Nameless"], "E002", "Nameless, which has no name"),
    ("EXCEPTIONS", [], "E002", "must be a mapping"),
    ("EXCEPTIONS", {"no.such.Error": "django_http4xx.exceptions.Gone"}, "E003", "'no.such.Error'"),
    ("EXCEPTIONS", {"builtins.KeyError": "shop.Gone"}, "E003", "'shop.Gone'"),
    ("EXCEPTIONS", {"builtins.KeyError": "builtins.dict"}, "E002", "must map to subclasses"),
    ("EXCEPTIONS", {"builtins.dict": "django_http4xx.exceptions.Gone"}, "E002", "must have except"),
    ("EXCEPTIONS", {KeyError: NeedsFields}, "E002", "needs the fields ['sku']"),
    ("EXCEPTIONS", {KeyError: ClientError}, "E002", "maps to ClientError, which has no status"),
    ("EXCEPTIONS", {KeyError: UpgradeRequired}, "E002", "needs a value for Upgrade"),
    (
        "EXCEPTIONS",
        {KeyError: ProxyAuthenticationRequired},
        "E002",
        "needs a value for Proxy-Authenticate",
    ),
    ("EXPLAIN_BARE_RESPONSES", "yes", "E002", "must be True or False"),
]


@pytest.mark.parametrize(("key", "value", "id_", "message"), WRONG)
def test_what_is_wrong_is_reported_with_its_key_and_what_it_takes(
    settings, key, value, id_, message
):
    settings.HTTP4XX = {key: value}
    (found,) = (found for found in checks.run_checks() if found.id == f"django_http4xx.{id_}")
    assert found.msg.startswith(f"HTTP4XX[{key!r}] ")
    assert message in found.msg
    assert found.hint
    assert found.level == checks.ERROR


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, value, *_ in WRONG])
def test_what_is_wrong_names_its_key_and_its_value_once_and_no_other(settings, key, value):
    settings.HTTP4XX = {key: value}
    (message,) = (found.msg for found in checks.run_checks() if found.id.startswith(OURS))
    if key in conf.KEYS:
        assert message.count(repr(key)) == 1
        assert not any(repr(other) in message for other in conf.KEYS if other != key)
    assert message.count(repr(value)) <= 1
    assert "isp.example" not in message
    assert not re.search(r"\. \(|\.\.|  ", message)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, value, *_ in WRONG])
def test_what_is_wrong_does_not_break_an_answer(settings, client, key, value):
    settings.HTTP4XX = {key: value}
    response = client.get("/bare/404/")
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert Unauthorized().headers == {"WWW-Authenticate": DEFAULTS["CHALLENGE"]}


def test_the_setting_itself_may_be_wrong(settings, client):
    settings.HTTP4XX = ["CHALLENGE"]
    (found,) = (found for found in checks.run_checks() if found.id == "django_http4xx.E002")
    assert found.msg == "HTTP4XX must be a dict, not ['CHALLENGE']."
    assert client.get("/raise/404/").status_code == 404


def test_a_mapping_to_a_class_whose_argument_the_view_tells_is_no_fault(settings, client):
    settings.HTTP4XX = {"EXCEPTIONS": {"builtins.NotImplementedError": MethodNotAllowed}}
    assert not [found for found in checks.run_checks() if found.id.startswith("django_http4xx")]


def test_every_key_is_known_to_a_process_that_has_imported_nothing_else():
    code = f"""
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_http4xx"],
    HTTP4XX={ {key: declared.default for key, declared in conf.KEYS.items()}!r},
)
django.setup()
from django_http4xx import conf
print(list(conf.faults()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr


def request_id(request):
    return request.META.get("TRACE")


def failing_request_id(request):
    raise RuntimeError("There is no request id.")


class TestReference:
    def test_it_is_a_field_of_each_answer_that_no_cache_keeps(self, client):
        answer = client.post("/raise/404/", headers={"accept": "application/json"})
        assert answer.headers["X-Request-ID"] == answer.json()["reference"]
        kept = client.get("/raise/404/", headers={"accept": "application/json"})
        assert "X-Request-ID" not in kept.headers

    def test_it_is_what_the_project_says(self, settings, client):
        settings.HTTP4XX = {"REFERENCE": f"{__name__}.request_id"}
        answer = client.post("/raise/404/", TRACE="trace-7", HTTP_X_REQUEST_ID="other")
        assert answer.headers["X-Request-ID"] == answer.problem.reference == "trace-7"
        answer = client.post("/raise/404/", HTTP_X_REQUEST_ID="other")
        assert answer.problem.reference == "other"

    def test_a_function_that_fails_leaves_the_field_and_is_logged(self, settings, client, caplog):
        settings.HTTP4XX = {"REFERENCE": f"{__name__}.failing_request_id"}
        answer = client.post("/raise/404/", HTTP_X_REQUEST_ID="other")
        assert answer.problem.reference == "other"
        assert "HTTP4XX['REFERENCE']" in caplog.text

    def test_the_field_has_the_name_that_is_set(self, settings, client):
        settings.HTTP4XX = {"REFERENCE_HEADER": "Trace-Id"}
        answer = client.post("/raise/404/", HTTP_TRACE_ID="t-7", HTTP_X_REQUEST_ID="other")
        assert answer.headers["Trace-Id"] == "t-7"
        assert "X-Request-ID" not in answer.headers
