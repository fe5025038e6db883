"""The schema of the shop's API: valid, and true of what the running shop answers."""

from __future__ import annotations

import json

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from .test_api import JSON, post, signed_in

PROBLEM = "application/problem+json"


@pytest.fixture
def schema(site):
    return json.loads(site.ask("/api/schema/", Accept="application/vnd.oai.openapi+json").content)


def test_it_is_valid_and_tells_the_errors(schema):
    validate(schema)
    responses = schema["paths"]["/api/users/"]["post"]["responses"]
    assert [*responses] == ["201", "400", "401", "403", "406", "409", "415", "422"]


@pytest.mark.parametrize(
    "method, path, template, status, data, fields",
    [
        ("POST", "/api/reviews/", None, 400, {"rating": "abc"}, {}),
        ("POST", "/api/reviews/", None, 422, {"product": 1, "rating": 6}, {}),
        ("POST", "/api/ratings/", None, 422, {"product": 1, "rating": 6}, {}),
        ("POST", "/api/users/", None, 409, {"username": "demo"}, {}),
        ("POST", "/api/parse/", None, 415, "a", {"Content_Type": "text/csv"}),
        ("POST", "/api/parse/", None, 401, {}, {"Authorization": "Basic x"}),
        ("GET", "/api/reviews/", None, 406, None, {"Accept": "image/png"}),
        ("GET", "/documents/office/", None, 401, None, {}),
        ("GET", "/documents/office/", None, 403, None, signed_in("amy")),
        ("GET", "/api/users/ada/balance/", "/api/users/{username}/balance/", 401, None, {}),
    ],
)
def test_what_comes_is_as_described(schema, site, method, path, template, status, data, fields):
    if method == "POST":
        answer = post(site, path, data, **{"Accept": PROBLEM, **fields})
    else:
        answer = site.ask(path, **{"Accept": f"{PROBLEM}, {JSON};q=0.5", **fields})
    assert answer.status == status, answer.text
    ref = schema["paths"][template or path][method.lower()]["responses"][str(status)]["$ref"]
    content = schema["components"]["responses"][ref.rpartition("/")[2]]["content"][PROBLEM]
    validator = OAS30Validator({**content["schema"], "components": schema["components"]})
    assert [error.message for error in validator.iter_errors(answer.json())] == []
