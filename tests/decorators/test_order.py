"""Several faults at once, and what must not have happened before a refusal."""

import itertools

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import require_http_methods

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

from .conftest import MIDDLEWARE

pytestmark = pytest.mark.django_db

# What each is in the request below, in the order in which HTTP's servers look.
DECORATORS = [
    (414, limit_uri_length(0)),
    (431, limit_header_size(total=1)),
    (426, require_protocol("HTTP/2.0")),
    (417, meet_expectations()),
    (425, refuse_early_data),
    (405, require_http_methods(["GET"])),
    (428, require_precondition(etag_func=lambda request: "v2")),
    (401, require_authentication()),
    (411, require_content_length),
    (413, limit_content_length(0)),
    (415, accept_content_types("application/json")),
    (403, require_permission("shop.add_order")),
    (406, offer("text/csv", strict=True)),
]

FAULTY = {
    "method": "POST",
    "headers": {
        "Expect": "a-miracle",
        "Early-Data": "1",
        "Accept": "application/json",
        "Transfer-Encoding": "chunked",
    },
    "body": b"GIF89a",
    "content_type": "image/gif",
}


def stacked(decorators):
    def view(request):
        return HttpResponse()

    for _, decorator in decorators:
        view = decorator(view)
    return view


PAIRS = [
    pair for pair in itertools.combinations(DECORATORS, 2) if 403 not in (pair[0][0], pair[1][0])
]


@pytest.mark.parametrize("outer", ["first", "last"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0][0]}-{pair[1][0]}")
def test_the_first_in_order_is_told_of(pair, outer, serve, ask):
    serve(stacked(pair if outer == "last" else pair[::-1]))
    assert ask(**FAULTY).status_code == pair[0][0]


@pytest.mark.parametrize("other, told_of", [(415, 415), (406, 403)])
def test_what_a_user_may_not_is_told_after_their_content_and_before_the_answers(
    other, told_of, serve, ask, django_user_model
):
    ask.client.force_login(django_user_model.objects.create_user("eve"))
    serve(stacked([row for row in DECORATORS if row[0] in (other, 403)]))
    assert ask(**FAULTY).status_code == told_of


@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_holds_without_the_middleware(reverse, serve, ask, settings):
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if name != MIDDLEWARE and "Csrf" not in name
    ]
    remaining = [row for row in DECORATORS if row[0] not in (405, 403)]
    while remaining:
        serve(stacked(remaining[::-1] if reverse else remaining))
        assert ask(**FAULTY).status_code == remaining[0][0]
        remaining.pop(0)


def test_a_method_that_a_class_lacks_comes_before_its_content(serve, ask):
    @method_decorator([limit_content_length(0), limit_uri_length(100)], name="dispatch")
    class Page(View):
        def get(self, request):
            return HttpResponse()

    serve(Page.as_view())
    response = ask(**FAULTY)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_an_address_that_is_too_long_comes_before_the_method(serve, ask):
    @method_decorator(limit_uri_length(10), name="dispatch")
    class Page(View):
        def get(self, request):
            return HttpResponse()

    serve(Page.as_view())
    assert ask("POST", target="/search/too-long").status_code == 414


# Nothing has been read, parsed or asked for.

UNTOUCHED = [row for row in DECORATORS if row[0] not in (401, 403, 405)]


@pytest.fixture
def touched(monkeypatch):
    """What Django was made to do with the request."""
    touched = []

    def noting(name, original):
        def noted(self, *args, **kwargs):
            touched.append(name)
            return original(self, *args, **kwargs)

        return noted

    for name in ("_load_post_and_files", "read"):
        monkeypatch.setattr(HttpRequest, name, noting(name, getattr(HttpRequest, name)))
    body = HttpRequest.body.fget
    monkeypatch.setattr(HttpRequest, "body", property(noting("body", body)))
    return touched


@pytest.mark.parametrize("status, decorator", UNTOUCHED, ids=[str(row[0]) for row in UNTOUCHED])
def test_nothing_is_read_or_queried_before_a_refusal(status, decorator, serve, ask, touched):
    calls = []

    def view(request):
        calls.append(request)
        return HttpResponse()

    serve(decorator(view))
    ask.client.cookies["sessionid"] = "a" * 32
    with CaptureQueriesContext(connection) as queries:
        response = ask(**FAULTY)
    assert response.status_code == status
    assert (touched, list(queries), calls) == ([], [], [])


def test_without_a_refusal_csrf_protection_reads_the_body(serve, ask, touched, settings):
    """What the test above relies on: this request would otherwise have been parsed."""

    def view(request):
        return HttpResponse()

    ask.client.handler.enforce_csrf_checks = True
    ask.client.cookies["csrftoken"] = "a" * 32
    serve(view)
    fields = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask("POST", body=b"a=b", content_type=fields["Content-Type"]).status_code == 403
    assert "_load_post_and_files" in touched


def test_a_refusal_comes_before_csrf_protection(serve, ask, touched):
    ask.client.handler.enforce_csrf_checks = True
    ask.client.cookies["csrftoken"] = "a" * 32
    serve(stacked([(413, limit_content_length(1))]))
    response = ask("POST", body=b"a=b", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, touched) == (413, [])


def test_the_current_version_is_asked_for_once(serve, ask):
    looked_at = []

    def etag(request):
        looked_at.append(request)
        return "v1"

    serve(stacked([(428, require_precondition(etag_func=etag)), (413, limit_content_length(10))]))
    assert ask("PUT", headers={"If-Match": '"v1"'}).status_code == 200
    assert len(looked_at) == 1
