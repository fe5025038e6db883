"""Middleware of others around ours: it wraps hooks, changes contents, keeps answers, sets policies."""

from __future__ import annotations

import copy
import functools
import json
import pickle

import django
import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from rest_framework.exceptions import NotFound as NotFoundInAPI
from rest_framework.views import APIView

from django_http4xx.decorators import require_authentication
from django_http4xx.exceptions import Conflict
from django_http4xx.middleware import Http4xxMiddleware

OURS = "django_http4xx.middleware.Http4xxMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
POLICY = "Content-Security-Policy"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}


def conflict(request):
    raise Conflict("Edited meanwhile.", rev=object())


async def waits(request):
    return HttpResponse("fine")


class API(APIView):
    authentication_classes = ()

    def get(self, request):
        raise NotFoundInAPI


urlpatterns = [
    path("conflict/", conflict),
    path("waits/", waits),
    path("fine/", lambda request: HttpResponse("fine")),
    path("bare/", lambda request: HttpResponse(status=409)),
    path("long/", lambda request: HttpResponse(status=409, headers={"Content-Length": "0"})),
    path("signed-in/", require_authentication()(waits)),
    path("api/", API.as_view()),
    path("problems/", include("django_http4xx.urls")),
]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls(__name__),
    pytest.mark.filterwarnings("ignore:.*REST framework"),
]

ERRORS = {"/nowhere/": 404, "/conflict/": 409, "/bare/": 409, "/long/": 409}


# Wrapped hooks ---------------------------------------------------------------------------------


def wrapped(hook):
    """As error trackers wrap each hook of a middleware."""

    @functools.wraps(hook)
    def plain(*args, **kwargs):
        return hook(*args, **kwargs)

    return plain


class Tracked(Http4xxMiddleware):
    """Our middleware as a tracker leaves it."""

    def __init__(self, get_response):
        super().__init__(get_response)
        for name in ("process_view", "process_exception"):
            setattr(self, name, wrapped(getattr(self, name)))


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_hooks_that_others_wrap_are_known_for_what_they_are(settings, client):
    settings.MIDDLEWARE = [
        f"{__name__}.Tracked" if name == OURS else name for name in settings.MIDDLEWARE
    ]
    get = client(raise_request_exception=False).get
    ask = async_to_sync(get) if client is AsyncClient else get
    wanted = {**ERRORS, "/fine/": 200, "/waits/": 200, "/signed-in/": 401}
    assert {address: ask(address).status_code for address in wanted} == wanted


# Contents that others change -----------------------------------------------------------------------


class Replacing(Http4xxMiddleware):
    """A project's own, which has something to say before a view."""

    def process_view(self, request, view, args, kwargs):
        refused = super().process_view(request, view, args, kwargs)
        return refused or HttpResponse("Closed today.")


@pytest.mark.parametrize("ask", [Client().get, async_to_sync(AsyncClient().get)])
def test_a_subclass_may_have_a_hook_of_its_own(settings, ask):
    settings.MIDDLEWARE = [
        *(name for name in settings.MIDDLEWARE if name != OURS),
        f"{__name__}.Replacing",
    ]
    assert ask("/fine/").content == b"Closed today."
    assert ask("/signed-in/").status_code == 401


def banner(get_response):
    def middleware(request):
        response = get_response(request)
        response.content = response.content.replace(b"</body>", b"<p>Closed.</p></body>")
        return response

    return middleware


BANNER = f"{__name__}.banner"
PLACES = {
    "below Common": [OURS, COMMON, BANNER],
    "between Common and ours": [COMMON, BANNER, OURS],
    "alone": [OURS, BANNER],
    "around ours alone": [BANNER, OURS],
}


# A view that says by itself how long its content is makes a lie of it for a banner outside of ours.
ANSWERS_WITH_A_BANNER = [
    (place, address)
    for place in PLACES
    for address in ERRORS
    if address != "/long/" or place in ("below Common", "alone")
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("place", "address"), ANSWERS_WITH_A_BANNER)
def test_a_banner_that_is_added_to_a_page_makes_no_lie_of_its_length(
    settings, rf, place, address, method
):
    settings.MIDDLEWARE = PLACES[place]
    response = unstripped(rf, method, address)
    length = response.headers.get("Content-Length", str(len(response.content)))
    assert (response.status_code, int(length)) == (ERRORS[address], len(response.content))
    assert len(response.content) > 100
    if COMMON in PLACES[place]:
        assert "Content-Length" in response.headers


def unstripped(rf, method, address):
    """The answer before a server leaves out the content for HEAD."""
    from django.core.handlers.wsgi import WSGIHandler

    handler = WSGIHandler()
    return handler.get_response(rf.generic(method, address, headers=HTML))


@pytest.mark.parametrize("address", ERRORS)
def test_head_has_the_fields_and_the_content_of_get_until_a_server_strips_it(rf, address):
    get, head = (unstripped(rf, method, address) for method in ("GET", "HEAD"))
    for each in (get, head):
        # Each answer that no cache keeps has a reference of its own.
        each.headers.pop("X-Request-ID", None)
    assert dict(get.headers) == dict(head.headers)
    assert len(get.content) == len(head.content) == int(get.headers["Content-Length"])
    assert Client().head(address).content == b""


def test_a_projects_page_shows_to_head_what_it_shows_to_get(rf, settings, tmp_path):
    (tmp_path / "404.html").write_text("{{ request.method }} {{ request_path }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    get, head = (unstripped(rf, method, "/nowhere/") for method in ("GET", "HEAD"))
    assert get.content == head.content == b"GET /nowhere/"


# Answers that others keep --------------------------------------------------------------------------


@pytest.mark.parametrize("address", [*ERRORS, "/api/"])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_is_hung_on_a_response_does_not_travel(rf, address, protocol):
    response = unstripped(rf, "GET", address)
    assert response.problem
    again = pickle.loads(pickle.dumps(response, protocol))
    assert (again.status_code, again.content) == (response.status_code, response.content)
    assert dict(again.headers) == dict(response.headers)
    assert not hasattr(again, "problem")
    again.close()
    pickle.loads(pickle.dumps(again))


def keeping(get_response):
    def middleware(request):
        response = cache.get(request.path)
        if response is None:
            response = get_response(request)
            cache.set(request.path, response)
        return response

    return middleware


@pytest.mark.parametrize("address", ERRORS)
@pytest.mark.parametrize("place", ["outside", "inside"])
def test_a_middleware_may_keep_explained_answers(settings, caplog, place, address):
    cache.clear()
    caplog.set_level("INFO", "django_http4xx")
    kept = f"{__name__}.keeping"
    settings.MIDDLEWARE = [kept, OURS, COMMON] if place == "outside" else [OURS, kept, COMMON]
    first, second = (Client().get(address, headers=JSON) for _time in range(2))
    assert first.status_code == second.status_code == ERRORS[address]
    if place == "outside" or address in ("/nowhere/", "/conflict/"):
        assert second.content == first.content
    assert json.loads(second.content)["status"] == ERRORS[address]
    cache.clear()


def test_a_copy_of_a_response_is_a_response(rf):
    response = unstripped(rf, "GET", "/conflict/")
    again = copy.copy(response)
    assert (again.status_code, again.content) == (409, response.content)
    again.close()


# Policies ----------------------------------------------------------------------------------------


def sets(**fields):
    def middleware(get_response):
        def answer(request):
            response = get_response(request)
            for name, value in fields.items():
                response.headers[name.replace("_", "-")] = value
            return response

        return answer

    return middleware


OWN = "default-src 'none'; style-src 'sha256-"
FRAMES = "frame-ancestors https://partner.example"
REPORTS = "report-uri /csp/; report-to csp"


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (f"default-src 'self'; {FRAMES}", [FRAMES]),
        (
            f"DEFAULT-SRC 'self';FRAME-ANCESTORS https://partner.example;{REPORTS}",
            [FRAMES, REPORTS],
        ),
        (f"default-src 'self'; {REPORTS}", [REPORTS, "frame-ancestors 'none'"]),
        ("default-src 'self'; frame-ancestors", ["frame-ancestors"]),
        (
            f"default-src 'self'; {FRAMES}, default-src 'none'; frame-ancestors 'self'; report-to b",
            [FRAMES, ", frame-ancestors 'self'; report-to b"],
        ),
        (f"default-src 'self', {FRAMES}", [f", {FRAMES}"]),
        ("default-src 'self'", ["frame-ancestors 'none'"]),
    ],
)
def test_who_may_frame_our_page_and_who_is_told_of_violations_is_for_the_site_to_say(
    settings, monkeypatch, policy, kept
):
    monkeypatch.setitem(globals(), "policies", sets(Content_Security_Policy=policy))
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.policies"]
    ours = Client().get("/nowhere/", headers=HTML).headers[POLICY]
    assert ours.startswith(OWN)
    assert all(part in ours for part in kept), ours
    assert ours.count("frame-ancestors") == max(1, policy.lower().count("frame-ancestors"))
    assert "default-src 'self'" not in ours


@pytest.mark.parametrize(
    ("framing", "ancestors"), [("DENY", "'none'"), ("SAMEORIGIN", "'self'"), (None, "'none'")]
)
def test_without_a_policy_the_older_field_says_who_may_frame_our_page(settings, framing, ancestors):
    clickjacking = "django.middleware.clickjacking.XFrameOptionsMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *([clickjacking] if framing else [])]
    settings.X_FRAME_OPTIONS = framing
    ours = Client().get("/nowhere/", headers=HTML).headers[POLICY]
    assert ours.startswith(OWN)
    assert ours.endswith(f"; frame-ancestors {ancestors}")


PARTNERS = "frame-ancestors https://partner.example"
SITE_POLICY = {
    "default-src": ["'self'"],
    "frame-ancestors": ["https://partner.example"],
    "report-uri": "/csp/",
    "report-to": None,
}
OF_DJANGO = "django.middleware.csp.ContentSecurityPolicyMiddleware"


@pytest.mark.skipif(django.VERSION < (6,), reason="Django has it from 6.0 on.")
@pytest.mark.parametrize("place", ["above ours", "below ours"])
@pytest.mark.parametrize("address", [*ERRORS, "/problems/", "/problems/not-found/"])
def test_the_policy_of_the_setting_says_who_may_frame_our_pages(settings, place, address):
    settings.SECURE_CSP = SITE_POLICY
    settings.MIDDLEWARE = [OF_DJANGO, OURS] if place == "above ours" else [OURS, OF_DJANGO]
    ours = Client().get(address, headers=HTML).headers[POLICY]
    assert ours.startswith(OWN)
    assert ours.endswith(f"; {PARTNERS}; report-uri /csp/")


@pytest.mark.parametrize("address", ["/nowhere/", "/problems/not-found/"])
def test_a_policy_that_nothing_sends_lets_nobody_frame_our_pages(settings, address):
    settings.SECURE_CSP = SITE_POLICY
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": SITE_POLICY}
    settings.MIDDLEWARE = [OURS]
    ours = Client().get(address, headers=HTML).headers[POLICY]
    assert ours.endswith("; frame-ancestors 'none'")


@pytest.mark.skipif(django.VERSION < (6,), reason="Django has it from 6.0 on.")
@pytest.mark.parametrize("place", ["above ours", "below ours"])
def test_a_policy_that_only_reports_stays_as_the_site_says(settings, place):
    settings.SECURE_CSP_REPORT_ONLY = SITE_POLICY
    settings.MIDDLEWARE = [OF_DJANGO, OURS] if place == "above ours" else [OURS, OF_DJANGO]
    fields = Client().get("/nowhere/", headers=HTML).headers
    assert fields[POLICY].endswith("; frame-ancestors 'none'")
    assert PARTNERS in fields[f"{POLICY}-Report-Only"]
