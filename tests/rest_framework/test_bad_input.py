"""Whatever a client sends, the answer is the 4xx that HTTP means, and never a 5xx."""

from __future__ import annotations

import json

import pytest
from django.urls import path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import VERSION, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)


class AnythingSerializer(serializers.Serializer):
    size = serializers.ChoiceField(["S", "L"], required=False)
    extra = serializers.JSONField(required=False)
    stock = serializers.DictField(child=serializers.IntegerField(), required=False)


class Parse(APIView):
    authentication_classes = ()

    def post(self, request):
        AnythingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Endless(APIView):
    authentication_classes = ()

    def post(self, request):
        return self.post(request)


urlpatterns = [path("parse/", Parse.as_view()), path("endless/", Endless.as_view())]

NESTED = b"[" * 100_000
JSON = "application/json"


@pytest.fixture(params=["problem", "compatible"], autouse=True)
def handler(request, use_handler):
    use_handler(request.param)
    return request.param


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (NESTED, JSON, 400),
        (NESTED + b"]" * 100_000, JSON, 400),
        (b'{"a":' * 100_000, JSON, 400),
        (b"{", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"size": NaN}', JSON, 400),
        (b'{"size": ' + b"9" * 10_000 + b"}", JSON, 400),
        (b"{}", "application/json; charset=rot13", 400),
        (b"{}", "application/json; charset=utf-16", 400),
        (b"GIF89a", "image/gif", 415),
        (b"x", "multipart/form-data", 400),
        (b"{}", "nonsense", 415),
        (b"{}", "a/" + "b" * 1000, 415),
        (
            "&".join(f"a{n}=1" for n in range(2000)).encode(),
            "application/x-www-form-urlencoded",
            413,
        ),
    ],
)
def test_each_body_has_the_status_that_http_means(client, body, content_type, status):
    response = client.post("/parse/", body, content_type=content_type)

    assert response.status_code == status
    assert json.loads(response.content)["detail"]


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


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["size", "extra", "stock"]), json_values) | json_values)
def test_no_value_is_a_failure_of_ours(client, value):
    response = client.post("/parse/", json.dumps(value), content_type=JSON)

    assert response.status_code in (200, 400, 422)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=50), st.text(st.characters(codec="latin-1", categories=["L", "N", "P"])))
def test_no_body_is_a_failure_of_ours(client, body, kind):
    response = client.post("/parse/", body, content_type=f"application/json; charset={kind}")

    assert response.status_code < 500
