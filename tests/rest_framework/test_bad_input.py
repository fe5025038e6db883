"""Whatever a client sends, the answer is the 4xx that HTTP means, and never a 5xx."""

from __future__ import annotations

import json

import pytest
from django.urls import path
from djangorestframework_camel_case.parser import CamelCaseJSONParser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import VERSION, serializers
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)


class Numbers(serializers.DictField):
    child = serializers.ListField(child=serializers.IntegerField())


class AnythingSerializer(serializers.Serializer):
    size = serializers.ChoiceField(["S", "L"], required=False)
    extra = serializers.JSONField(required=False)
    stock = serializers.DictField(child=serializers.IntegerField(), required=False)
    shelves = serializers.DictField(child=Numbers(), required=False)
    name = serializers.CharField(required=False)
    count = serializers.IntegerField(required=False, max_value=9)
    price = serializers.DecimalField(required=False, max_digits=5, decimal_places=2)
    at = serializers.DateTimeField(required=False)


class Parse(APIView):
    authentication_classes = ()

    def post(self, request):
        AnythingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({})

    def get(self, request):
        AnythingSerializer(data=request.query_params).is_valid(raise_exception=True)
        return Response({})


class ParseCamelCase(Parse):
    # It decodes the body without asking whether the encoding is one for text.
    parser_classes = (CamelCaseJSONParser,)


class BrokenParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        return {}["size"]


class ParseNothing(Parse):
    parser_classes = (BrokenParser,)


class Endless(APIView):
    authentication_classes = ()

    def post(self, request):
        return self.post(request)


urlpatterns = [
    path("parse/", Parse.as_view()),
    path("parse/camel-case/", ParseCamelCase.as_view()),
    path("parse/nothing/", ParseNothing.as_view()),
    path("endless/", Endless.as_view()),
]

NESTED = b"[" * 100_000
JSON = "application/json"


@pytest.fixture(params=["problem", "compatible"], autouse=True)
def handler(request, use_handler):
    use_handler(request.param)
    return request.param


FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="size"\r\n\r\n'
MARK = b"echo-of-what-was-sent"

# What is sent, and the status with `exception_handler`; the other one has 400 for 422. `None`: the
# versions of Django and of the framework differ over it.
BODIES = {
    "nothing": (b"", JSON, 200),
    "nested": (NESTED, JSON, 400),
    "nested and closed": (NESTED + b"]" * 100_000, JSON, 400),
    "nested objects": (b'{"a":' * 100_000, JSON, 400),
    "not closed": (b"{", JSON, 400),
    "words": (MARK, JSON, 400),
    "a text that does not end": (b'{"' + MARK, JSON, 400),
    "no UTF-8": (b"\xff\xfe", JSON, 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", JSON, 400),
    "NUL": (b"{}\0", JSON, 400),
    "a list": (b"[]", JSON, 400),
    "a text": (b'"' + MARK + b'"', JSON, 400),
    "a number": (b"1", JSON, 400),
    "null": (b"null", JSON, 400),
    "NaN": (b'{"size": NaN}', JSON, 400),
    "Infinity": (b'{"count": -Infinity}', JSON, 400),
    "no finite number": (b'{"count": 1e999}', JSON, 400),
    "a long number": (b'{"count": ' + b"9" * 4000 + b"}", JSON, 422),
    "a number that is too long": (b'{"count": ' + b"9" * 10_000 + b"}", JSON, 400),
    "a number that is too long, as text": (b'{"count": "' + b"9" * 10_000 + b'"}', JSON, 400),
    "a number with a long exponent": (b'{"price": "1e999999999"}', JSON, 422),
    "the same name twice": (b'{"size": "S", "size": "' + MARK + b'"}', JSON, 422),
    "half a character": (b'{"name": "\\ud800"}', JSON, 422),
    "half a character in a name": (b'{"stock": {"\\ud800": "x"}}', JSON, 400),
    "a character that is none": (b'{"name": "\\u0000"}', JSON, 422),
    "a date that is none": (b'{"at": "9999-12-31T23:59:59-23:59"}', JSON, 422),
    "a name of the framework's": (b'{"__class__": 1, "non_field_errors": []}', JSON, 200),
    "an encoding of bytes": (b"{}", "application/json; charset=rot13", 400),
    "names in an encoding of hosts": (PART + b"x\r\n--b--\r\n", f"{MULTIPART}; charset=idna", 400),
    "an encoding of hosts' labels": (b"a=1&b=%C3", f"{FORM}; charset=punycode", None),
    "an encoding that is none": (b"{}", "application/json; charset=nonsense", 200),
    "another encoding": (b"{}", "application/json; charset=utf-16", 400),
    "another encoding, as it says": (
        "{}".encode("utf-16"),
        "application/json; charset=utf-16",
        200,
    ),
    "an empty encoding": (b"{", "application/json; charset=", 400),
    "a picture": (b"GIF89a" + MARK, "image/gif", 415),
    "no type": (b"{}", "nonsense", 415),
    "a long type": (b"{}", "a/" + "b" * 1000, 415),
    "a type that is marked up": (b"{}", "a/<script>echo-of-what-was-sent</script>", 415),
    "no boundary": (b"x", "multipart/form-data", 400),
    "an empty boundary": (b"x", "multipart/form-data; boundary=", 400),
    "a boundary that is too long": (b"x", "multipart/form-data; boundary=" + "b" * 300, None),
    "parts that do not end": (PART + MARK, MULTIPART, 422),
    "half a part": (PART[:20], MULTIPART, 200),
    "a part that is no base64": (
        PART.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n") + b"!\r\n--b--",
        MULTIPART,
        None,
    ),
    "parts without names": (b"--b\r\n\r\nx\r\n--b--", MULTIPART, 200),
    "too many parts": ((PART + b"S\r\n") * 1001 + b"--b--", MULTIPART, 413),
    "too many fields": ("&".join(f"a{n}=1" for n in range(2000)).encode(), FORM, 413),
    "100,000 fields": ("&".join(f"a{n}=1" for n in range(100_000)).encode(), FORM, 413),
    "fields that are no UTF-8": (b"size=%ff%00&%=%", FORM, 422),
}


@pytest.mark.parametrize("accept", [JSON, "text/html"])
@pytest.mark.parametrize("name", BODIES)
def test_each_body_has_the_status_that_http_means(client, handler, name, accept):
    body, content_type, status = BODIES[name]
    if handler == "compatible" and status == 422:
        status = 400

    response = client.post("/parse/", body, content_type=content_type, headers={"accept": accept})

    assert response.status_code == status or (status is None and response.status_code < 500)
    if accept == JSON and response.status_code != 200:
        assert json.loads(response.content)
    if not says_it_by_itself(handler, name):
        assert MARK not in response.content


def says_it_by_itself(handler, name):
    """Whether the words of a validator, or of the framework's own body, name what was sent."""
    return name in ("the same name twice", "parts that do not end") or (
        handler == "compatible" and name == "a type that is marked up"
    )


@pytest.mark.parametrize(
    "accept",
    [
        *("", ",", ";", "a", "/", "*", "*/", "*/json", "\xff\xfe", "application/json;q=x"),
        *("application/json;q=0", "text/html;" * 1000, "a/b," * 5000, 'text/html;a="', "*/*;q=-1"),
        *("application/json; indent=9999999", "application/json; indent=x", "a" * 9_000),
    ],
)
@pytest.mark.parametrize("body", ["{", "{}"])
def test_whatever_is_accepted_there_is_an_answer(client, accept, body):
    response = client.post("/parse/", body, content_type=JSON, headers={"accept": accept})

    assert response.status_code in ((400, 406) if body == "{" else (200, 406))


def test_a_query_of_too_many_fields_is_414(client):
    response = client.get("/parse/?" + "&".join(f"a{n}=1" for n in range(2000)))

    assert response.status_code == 414


@pytest.mark.skipif(VERSION < "3.18", reason="Earlier versions read a body of any size.")
def test_a_body_above_the_limit_of_the_site_is_413(client):
    response = client.post("/parse/", b"x" * 3_000_000, content_type=JSON)

    assert response.status_code == 413
    assert json.loads(response.content)["detail"]


@pytest.mark.parametrize("depth", [50, 200, 400, 700, 900, 1500])
def test_what_nests_too_deeply_to_be_checked_is_no_failure_of_ours(client, depth):
    body = b'{"extra": ' + b"[" * depth + b"]" * depth + b"}"

    response = client.post("/parse/", body, content_type=JSON)

    assert response.status_code in (200, 400)


@pytest.mark.parametrize("charset", ["rot13", "base64"])
def test_an_encoding_that_is_none_for_text_is_400_whatever_the_parser(client, charset):
    response = client.post("/parse/camel-case/", b"{}", content_type=f"{JSON}; charset={charset}")

    assert response.status_code == 400
    assert json.loads(response.content)["detail"]


def test_a_parser_with_a_bug_is_a_bug(client):
    assert client.post("/parse/nothing/", b"{}", content_type=JSON).status_code == 500


def test_a_view_that_never_ends_is_a_bug(client):
    assert client.post("/endless/", {}, format="json").status_code == 500


@pytest.mark.parametrize("body", [{"size": "\ud800"}, {"stock": {"\ud800": "x"}}])
def test_half_a_character_can_be_answered(client, body):
    response = client.post("/parse/", json.dumps(body), content_type=JSON)

    assert response.status_code in (400, 422)
    response.content.decode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["size", "extra", "stock"]), json_values) | json_values)
def test_no_value_is_a_failure_of_ours(client, value):
    response = client.post("/parse/", json.dumps(value), content_type=JSON)

    assert response.status_code in (200, 400, 422)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=50), st.text(st.characters(codec="latin-1", categories=["L", "N", "P"])))
def test_no_body_is_a_failure_of_ours(client, body, kind):
    response = client.post("/parse/", body, content_type=f"application/json; charset={kind}")

    assert response.status_code < 500


LONG = "k" * 20_000


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({"stock": {LONG: "x", "b": "y"}}, {"#/stock", "#/stock/b"}),
        ({"shelves": {"a": {LONG: ["x"] * 50}}}, {"#/shelves/a"}),
        ({"shelves": {LONG: {"a": ["x"] * 50}}}, {"#/shelves"}),
        ({"stock": {"~" * 1100: "x"}}, {"#/stock"}),
        ({"stock": {"k" * 300: "x"}}, {f"#/stock/{'k' * 300}"}),
    ],
)
@pytest.mark.parametrize("handler", ["problem"])
def test_a_long_name_that_the_client_chose_is_not_repeated_for_each_error(client, sent, pointers):
    response = client.post("/parse/", sent, "json", headers={"accept": JSON})
    assert {error["pointer"] for error in response.json()["errors"]} == pointers
    assert len(response.content) < 20_000


@pytest.mark.parametrize("path", ["/parse/", "/parse/camel-case/"])
def test_a_long_name_of_a_parameter_is_not_repeated_either(client, path):
    name = f"stock[{LONG}]"
    response = client.get(path, {name: "x"}, headers={"accept": JSON})
    assert LONG not in response.content.decode()
