"""Each 4xx that is described comes, and none comes that is not described; each is as described."""

from __future__ import annotations

import base64
import json
import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import validate
from rest_framework.test import APIClient

from .api import OPERATIONS, Sent

pytestmark = [pytest.mark.urls(f"{__package__}.api"), pytest.mark.django_db]

# What a parameter says that makes no sense, by its name.
SENSELESS = {
    "page": "99",
    "cursor": "none",
    "format": "none",
    "search": "%00",
    "version": "9",
    "ordering": "none",
    "limit": "none",
    "offset": "none",
}


@pytest.fixture
def people(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.create_superuser("admin", password="admin")
    User.objects.create_user("plain", password="plain")
    Group.objects.create(id=1, name="first")
    Group.objects.create(name="taken")


def credentials(scheme, user):
    if not scheme or not user:
        return {}
    told = base64.b64encode(f"{user}:{user}".encode()).decode() if scheme == "Basic" else user
    return {"HTTP_AUTHORIZATION": f"{scheme} {told}"}


def written(data):
    return data if isinstance(data, str) else json.dumps(data)


def requests_to(method, asked, described):
    """What is sent to an operation: what any operation is sent, and what only this one is."""
    yield Sent(data=asked.good)
    yield Sent(user="", data=asked.good)
    yield Sent(user="plain", data=asked.good)
    yield Sent(user="nobody", data=asked.good)
    yield Sent(data=asked.good, fields={"HTTP_ACCEPT": "image/png"})
    if "{" in described["path"]:
        yield Sent(path=re.sub(r"(?<=/)(1|admin)(?=/)", "none-such", asked.path))
        yield Sent(path=re.sub(r"(?<=/)(1|admin)(?=/)", "99", asked.path), data=asked.good)
    for parameter in described.get("parameters", ()):
        if parameter["in"] == "query":
            yield Sent(query=f"{parameter['name']}={SENSELESS[parameter['name']]}")
    if method != "GET":
        yield Sent(data="{")
        yield Sent(data="a,b", content_type="text/csv")
    for body in asked.bodies:
        yield Sent(data=body)
    yield from asked.more


def answers_to(method, asked, described):
    for sent in requests_to(method, asked, described):
        cache.clear()
        client = APIClient(enforce_csrf_checks=True, raise_request_exception=False)
        for _ in range(sent.times):
            response = send(client, method, asked, sent)
        yield sent, response
    if asked.scheme == "Basic":
        # A cookie, without the token of a form.
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(User.objects.get(username="admin"))
        yield "by session", send(client, method, asked, Sent(user="", data=asked.good))


def send(client, method, asked, sent):
    general = {
        "HTTP_ACCEPT": "application/json",
        "HTTP_IF_MATCH": '"v1"',
        "SERVER_PROTOCOL": "HTTP/2.0",
    }
    fields = {**general, **credentials(asked.scheme, sent.user), **sent.fields}
    body = {} if sent.data is None and method == "GET" else {"data": written(sent.data)}
    return client.generic(
        method,
        sent.path or asked.path,
        content_type=sent.content_type,
        QUERY_STRING=sent.query,
        **body,
        **fields,
    )


VERSIONS = ("3.0.3", "3.1.0")
made = {}


@pytest.fixture
def schemas(spectacular, generate):
    """The same schema in each version of OpenAPI, made once."""
    for version in VERSIONS:
        if version not in made:
            spectacular(OAS_VERSION=version)
            made[version] = generate()
    return made


@pytest.fixture(params=VERSIONS)
def schema(request, schemas):
    return schemas[request.param]


def test_the_schema_is_valid(schema):
    validate(schema)


def test_every_operation_is_asked(schema):
    described = {
        f"{method.upper()} {path}" for path, item in schema["paths"].items() for method in item
    }
    assert described == {*OPERATIONS}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_described_is_what_comes(name, schemas, people):
    asked, (method, _, path) = OPERATIONS[name], name.partition(" ")
    if "group" in str(asked.bodies):
        # Two rights of one name on one model.
        content_type = Permission.objects.get(codename="add_group").content_type_id
        asked.bodies[0]["content_type"] = content_type
    in_each = [{"path": path, **schemas[v]["paths"][path][method.lower()]} for v in VERSIONS]
    described = in_each[0]["responses"]
    came = {}
    for sent, response in answers_to(method, asked, in_each[0]):
        assert response.status_code < 500, sent
        if response.status_code >= 400:
            came[str(response.status_code)] = sent
            for version, operation in zip(VERSIONS, in_each, strict=True):
                if str(response.status_code) in described:
                    is_as_described(response, operation, schemas[version])
    assert sorted(came) == sorted(code for code in described if code >= "4"), came


def is_as_described(response, operation, schema):
    said = found(operation["responses"][str(response.status_code)], schema)
    media_type = response["Content-Type"].partition(";")[0]
    check(response.json(), said["content"][media_type]["schema"], schema)
    for name, field in said.get("headers", {}).items():
        assert name in response.headers or not field.get("required"), name


def found(described, schema):
    """What a reference leads to."""
    ref = described.get("$ref")
    return schema["components"][ref.split("/")[2]][ref.split("/")[3]] if ref else described


def check(body, content, schema):
    is_new = schema["openapi"].startswith("3.1")
    validator = OAS31Validator if is_new else OAS30Validator
    errors = list(validator({"components": schema["components"], **content}).iter_errors(body))
    assert not errors, (
        f"{errors[0].message}\n{[e.message for e in errors[0].context or ()]}\n{body}"
    )


def test_each_example_is_as_described(schema):
    responses = schema["components"]["responses"]
    assert len(responses) > 20
    for name, response in responses.items():
        examples = response["content"]["application/problem+json"]["examples"]
        assert examples, name
        for ref in examples.values():
            for content in response["content"].values():
                check(found(ref, schema)["value"], content["schema"], schema)
