"""Each decorator on each kind of view, under WSGI and ASGI, with the middleware and without."""

import pytest

from django_http4xx.decorators import (
    accept_content_types,
    limit_content_length,
    limit_header_size,
    limit_uri_length,
    meet_expectations,
    offer,
    refuse_early_data,
    require_authentication,
    require_content_length,
    require_permission,
    require_precondition,
    require_protocol,
)

from .conftest import KINDS, MIDDLEWARE

NOBODY = pytest.mark.django_db
JSON = "application/json"

# A decorator, a request that it refuses, the status and the fields of that, and one that passes.
CASES = {
    "require_authentication": (
        require_authentication(challenge='Bearer realm="api"'),
        {"method": "GET"},
        (401, {"WWW-Authenticate": 'Bearer realm="api"'}),
        None,
    ),
    "require_permission": (
        require_permission("shop.view_order", challenge='Bearer realm="api"'),
        {"method": "GET"},
        (401, {"WWW-Authenticate": 'Bearer realm="api"'}),
        None,
    ),
    "offer": (
        offer("text/csv", "text/html", strict=True),
        {"method": "GET"},
        (406, {}),
        {"method": "GET", "headers": {"Accept": "application/json, text/csv;q=0.1"}},
    ),
    "require_content_length": (
        require_content_length,
        {"method": "POST"},
        (411, {}),
        {"method": "POST", "body": b"tea"},
    ),
    "limit_content_length": (
        limit_content_length(10, retry_after=60),
        {"method": "POST", "body": b"eleven char"},
        (413, {"Retry-After": "60"}),
        {"method": "POST", "body": b"ten chars."},
    ),
    "limit_uri_length": (
        limit_uri_length(20),
        {"method": "GET", "target": "/search/" + "a" * 13},
        (414, {}),
        {"method": "GET"},
    ),
    "accept_content_types": (
        accept_content_types(JSON),
        {"method": "POST", "body": b"GIF89a", "content_type": "image/gif"},
        (415, {"Accept": JSON, "Accept-Post": JSON, "Accept-Encoding": None}),
        {"method": "POST", "body": b"{}", "content_type": JSON},
    ),
    "meet_expectations": (
        meet_expectations(),
        {"method": "GET", "headers": {"Expect": "a-miracle"}},
        (417, {}),
        {"method": "GET", "headers": {"Expect": "100-Continue"}},
    ),
    "refuse_early_data": (
        refuse_early_data,
        {"method": "POST", "headers": {"Early-Data": "1"}},
        (425, {}),
        {"method": "GET", "headers": {"Early-Data": "1"}},
    ),
    "require_protocol": (
        require_protocol("HTTP/2.0"),
        {"method": "GET"},
        (426, {}),
        None,
    ),
    "require_precondition": (
        require_precondition(etag_func=lambda request: "v2"),
        {"method": "PUT"},
        (428, {"Cache-Control": "no-store"}),
        {"method": "PUT", "headers": {"If-Match": '"v2"'}},
    ),
    "a stale version": (
        require_precondition(etag_func=lambda request: "v2"),
        {"method": "PUT", "headers": {"If-Match": '"v1"'}},
        (412, {"ETag": '"v2"'}),
        {"method": "GET"},
    ),
    "limit_header_size": (
        limit_header_size(each=200),
        {"method": "GET", "headers": {"X-Long": "a" * 200}},
        (431, {"Cache-Control": "no-store"}),
        {"method": "GET"},
    ),
}

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["with middleware", "without middleware"])
def middleware(request, settings):
    if request.param == "without middleware":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


@pytest.fixture(autouse=True)
def no_csrf(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES)
def test_it_refuses(case, kind, middleware, serve, ask):
    decorator, refused, (status, fields), _ = CASES[case]
    serve(KINDS[kind](decorator))
    response = ask(**refused)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in fields} == fields
    body = response.json()
    assert body["status"] == status
    assert body["detail"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", [name for name, row in CASES.items() if row[3]])
def test_it_lets_through(case, kind, middleware, serve, ask):
    decorator, _, _, passing = CASES[case]
    serve(KINDS[kind](decorator))
    response = ask(**passing)
    assert (response.status_code, b"passed" in response.content) == (200, True)
