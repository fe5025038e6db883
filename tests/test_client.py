"""``problem_of()``: what a service or a test received, typed, whoever received it."""

import json
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest
import requests
from django.test import Client
from rest_framework.test import APIClient

from django_http4xx.client import FieldError, ReceivedProblem, problem_of
from django_http4xx.header_fields import EXPOSED_FIELDS
from django_http4xx.statuses import STATUSES

JSON = {"accept": "application/json"}
PROBLEM = {"Content-Type": "application/problem+json"}


def of_requests(status, fields, content):
    response = requests.Response()
    response.status_code, response._content = status, content
    response.headers.update(fields)
    return problem_of(response)


CLIENTS = {
    "httpx": lambda *sent: problem_of(httpx.Response(sent[0], headers=sent[1], content=sent[2])),
    "requests": of_requests,
    "parts": problem_of,
}


@pytest.mark.parametrize("client", [Client(), APIClient()])
def test_the_problem_of_a_test_client(client):
    problem = problem_of(client.get("/raise/429/", headers=JSON))
    assert problem == ReceivedProblem(
        **{
            name: problem.body[name]
            for name in ("title", "detail", "remedy", "reference", "instance")
        },
        status=429,
        code="too-many-requests",
        retry_after=timedelta(seconds=90),
        body=problem.body,
    )


@pytest.mark.parametrize("read", CLIENTS.values(), ids=CLIENTS)
def test_the_same_problem_is_read_from_each_client(read):
    sent = {
        "type": "https://shop.example/problems/out-of-stock/",
        "title": "Out of stock",
        "code": "out-of-stock",
        "sku": "A1",
        "errors": [
            {
                "pointer": "#/qty",
                "code": "max_value",
                "detail": "At most 5.",
                "params": {"max_value": 5},
            }
        ],
    }
    problem = read(409, {**PROBLEM, "Retry-After": "5"}, json.dumps(sent).encode())
    assert (problem.status, problem.type, problem.title) == (409, sent["type"], "Out of stock")
    assert problem.errors == (
        FieldError("max_value", "At most 5.", pointer="#/qty", params={"max_value": 5}),
    )
    assert problem.body["sku"] == "A1"
    assert problem.retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("status", "fields", "content"),
    [
        (200, PROBLEM, b'{"title": "x"}'),
        (404, {"Content-Type": "text/html"}, b"<h1>x</h1>"),
        (404, PROBLEM, b'{"title": "x'),
        (404, PROBLEM, b"[1]"),
        (404, PROBLEM, b"[" * 100_000),
        (404, PROBLEM, b"\xff"),
        (404, PROBLEM, b""),
        (400, {"Content-Type": "application/json"}, b'{"name": ["Required."]}'),
        (404, {}, b'{"title": "x"}'),
    ],
)
def test_what_is_no_problem_is_none(status, fields, content):
    assert problem_of(status, fields, content) is None


@pytest.mark.parametrize("odd", [5, None, [], {}, "soon", [5], [[]], {"a": 1}])
def test_a_member_of_another_type_is_ignored(odd):
    """RFC 9457 §3.1."""
    names = ("type", "title", "code", "detail", "errors", "retry_after", "instance")
    content = json.dumps(dict.fromkeys(names, odd) | {"status": 404}).encode()
    problem = problem_of(404, PROBLEM, content)
    assert problem.errors == ()
    assert all(
        isinstance(getattr(problem, name), str) for name in ("type", "title", "code", "detail")
    )
    assert problem.retry_after in (None, timedelta(seconds=5))


def test_a_program_without_django_settings_may_use_it():
    code = "from django_http4xx.client import problem_of; print(problem_of(200))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "None\n", done.stderr


def test_the_fields_to_expose_are_those_that_answers_have():
    required = {row.required_field for row in STATUSES.values() if row.required_field}
    browsers_see = {"Proxy-Authenticate", "Upgrade"}
    assert required - browsers_see <= {*EXPOSED_FIELDS}
