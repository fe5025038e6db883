"""A 4xx that a view returns without a word of its own is explained in place."""

import io
import logging
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import (
    FileResponse,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    JsonResponse,
    StreamingHttpResponse,
)
from django.test import Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View, defaults
from django.views.decorators.http import require_GET

from django_http4xx.decorators import leave_bare
from tests.urls import error

JSON = {"Accept": "application/problem+json"}
OLD_CONTENT = {
    "Content-Type": "image/png",
    "Content-Length": "0",
    "Content-Encoding": "br",
    "Content-Language": "tlh",
    "ETag": '"1"',
    "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT",
}


def decorated(request):
    """Every field and a cookie."""
    response = HttpResponse(status=404, headers={**OLD_CONTENT, "X-Rev": "7"})
    response["Vary"] = "Cookie"
    response["Cache-Control"] = "max-age=60"
    response.set_cookie("seen", "yes")
    return response


class Methods(View):
    def get(self, request):
        return HttpResponse(status=405)

    def put(self, request):
        return HttpResponse(status=405)


@method_decorator(leave_bare, "dispatch")
class LeftBare(View):
    def get(self, request):
        return HttpResponse(status=404)


@leave_bare
def left_bare(request):
    return HttpResponse(status=404)


@leave_bare
async def left_bare_async(request):
    return HttpResponse(status=404)


def returned(response):
    """A view that returns what a function makes."""

    def view(request):
        return response(request)

    return view


RETURNED = {
    "empty": lambda request: HttpResponse(status=404),
    "stock-404": lambda request: defaults.page_not_found(request, Exception()),
    "stock-403": lambda request: defaults.permission_denied(request, Exception()),
    "stock-400": lambda request: defaults.bad_request(request, Exception()),
    "own": lambda request: HttpResponseNotFound("Sorry, no such order."),
    "own-json": lambda request: JsonResponse({"error": "no such order"}, status=404),
    "space": lambda request: HttpResponseNotFound(" "),
    "stream": lambda request: StreamingHttpResponse(iter(()), status=404),
    "file": lambda request: FileResponse(io.BytesIO(b""), status=404),
    "head": lambda request: HttpResponse(status=404, headers={"Content-Length": "12"}),
    "499": lambda request: HttpResponse(status=499),
    "402-reason": lambda request: HttpResponse(status=402, reason="Pay up"),
    "401": lambda request: HttpResponse(status=401),
    "405": lambda request: HttpResponse(status=405),
    "405-allow": lambda request: HttpResponseNotAllowed(["PUT"]),
    "407": lambda request: HttpResponse(status=407),
    "413-date": lambda request: HttpResponse(status=413, headers={"Retry-After": "Mon, 01 Jan"}),
    "429-range": lambda request: HttpResponse(status=429, headers={"Retry-After": "bytes */10"}),
    "429-late": lambda request: HttpResponse(
        status=429, headers={"Retry-After": "Fri, 31 Feb 2026 00:00:00 GMT"}
    ),
    "429-date": lambda request: HttpResponse(
        status=429, headers={"Retry-After": "Sat, 28 Nov 2026 12:01:30 GMT"}
    ),
    "429-past": lambda request: HttpResponse(
        status=429, headers={"Retry-After": "Sat, 28 Nov 2015 12:01:30 GMT"}
    ),
    "416-number": lambda request: HttpResponse(status=416, headers={"Content-Range": "10"}),
    "416-items": lambda request: HttpResponse(status=416, headers={"Content-Range": "items */10"}),
    "416-odd": lambda request: HttpResponse(status=416, headers={"Content-Range": "bytes 1-2/3"}),
    "426": lambda request: HttpResponse(status=426),
    "451-like": lambda request: HttpResponse(
        status=451, headers={"Link": "</a>; rel=blocked-bypass"}
    ),
    "451-several": lambda request: HttpResponse(
        status=451,
        headers={"Link": '</a>; rel=next, <https://isp.example/>; title=x; rel="a blocked-by"'},
    ),
    "451-other": lambda request: HttpResponse(status=451, headers={"Link": '</a>; rel="next"'}),
    "500": lambda request: HttpResponse(status=500),
    "302": lambda request: HttpResponse(status=302, headers={"Location": "/"}),
}

urlpatterns = [
    path("decorated/", decorated),
    path("methods/", Methods.as_view()),
    path("get-only/", require_GET(decorated)),
    path("left/class/", LeftBare.as_view()),
    path("left/", left_bare),
    path("left/async/", left_bare_async),
    *(path(f"{name}/", returned(response), name=name) for name, response in RETURNED.items()),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client():
    return Client(headers=JSON)


@pytest.fixture
def warnings(caplog):
    """What our logger has warned of."""

    def texts():
        ours = [record for record in caplog.records if record.name == "django_http4xx"]
        return [record.getMessage() for record in ours if record.levelno == logging.WARNING]

    return texts


@pytest.mark.parametrize(
    "name, status",
    [("empty", 404), ("stock-404", 404), ("stock-403", 403), ("stock-400", 400), ("499", 499)],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_an_answer_without_words_gets_them(client, name, status, method):
    response = client.generic(method, f"/{name}/")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.problem.status == status


def test_an_unregistered_code_keeps_its_number_and_gets_the_words_of_400(client):
    body = client.get("/499/").json()
    assert (body["status"], body["code"]) == (499, "bad-request")
    assert body["detail"] == str(error(400).explanation)


@pytest.mark.parametrize("accept", ["text/html", "application/problem+json"])
@pytest.mark.parametrize("name", ["own", "own-json", "space", "stream", "file", "500", "302"])
def test_what_says_something_is_left_alone(client, name, accept, rf):
    response = client.get(f"/{name}/", headers={"Accept": accept})
    before = RETURNED[name](rf.get("/"))
    assert response.status_code == before.status_code
    assert response["Content-Type"] == before["Content-Type"]
    assert not hasattr(response, "problem")
    assert response.getvalue() == before.getvalue()


def test_a_view_that_answers_head_by_itself_is_left_alone(client):
    assert not hasattr(client.head("/head/"), "problem")


def test_fields_and_cookies_stay_but_for_those_of_the_old_content(client):
    response = client.get("/decorated/")
    assert response["X-Rev"] == "7"
    assert response.cookies["seen"].value == "yes"
    assert response["Cache-Control"] == "max-age=60"
    assert response["Vary"] == "Cookie, Accept, Accept-Language"
    assert response["Content-Type"] == "application/problem+json"
    assert response["Content-Length"] == str(len(response.content))
    assert response["Content-Language"] == "en"
    for name in ("Content-Encoding", "ETag", "Last-Modified"):
        assert name not in response.headers


def test_a_401_gets_a_challenge_that_opens_no_password_box(client, warnings):
    response = client.get("/401/")
    assert response["WWW-Authenticate"] == 'Session realm="site"'
    assert response.json()["challenge"] == 'Session realm="site"'
    assert warnings() == []


def test_the_challenge_is_a_setting(client, settings):
    settings.HTTP4XX = {"CHALLENGE": 'Bearer realm="api"'}
    assert client.get("/401/")["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_405_names_the_methods_of_its_class_based_view(client, warnings):
    response = client.get("/methods/")
    assert response["Allow"] == "GET, PUT, HEAD, OPTIONS"
    assert response.json()["allow"] == ["GET", "PUT", "HEAD", "OPTIONS"]
    assert warnings() == []


@pytest.mark.parametrize("url, allow", [("/405-allow/", "PUT"), ("/get-only/", "GET")])
def test_a_405_keeps_what_it_says(client, url, allow, warnings):
    response = client.post(url)
    assert (response["Allow"], response.json()["allow"]) == (allow, [allow])
    assert warnings() == []


@pytest.mark.parametrize(
    "name, field", [("405", "Allow"), ("407", "Proxy-Authenticate"), ("426", "Upgrade")]
)
def test_a_field_that_http_demands_and_nobody_can_know_is_warned_of(client, warnings, name, field):
    assert client.get(f"/{name}/").status_code == int(name)
    assert warnings() == [f"{name} answered {name} without {field}."]


def test_a_405_that_nobody_can_help_still_has_the_field(client):
    assert client.get("/405/")["Allow"] == ""


@pytest.mark.parametrize(
    "name, field, value, member",
    [
        ("413-date", "Retry-After", "Mon, 01 Jan", "retry_after"),
        ("416-odd", "Content-Range", "bytes 1-2/3", "complete_length"),
        ("451-other", "Link", '</a>; rel="next"', "blocked_by"),
        ("451-like", "Link", "</a>; rel=blocked-bypass", "blocked_by"),
        ("429-range", "Retry-After", "bytes */10", "retry_after"),
        ("429-late", "Retry-After", "Fri, 31 Feb 2026 00:00:00 GMT", "retry_after"),
        ("416-number", "Content-Range", "10", "complete_length"),
        ("416-items", "Content-Range", "items */10", "complete_length"),
    ],
)
def test_a_field_that_cannot_be_read_is_sent_as_it_is(client, name, field, value, member):
    response = client.get(f"/{name}/")
    assert response[field] == value
    assert member not in response.json()


@pytest.mark.parametrize(("name", "seconds"), [("429-date", 90), ("429-past", 0)])
def test_a_date_to_come_back_at_is_told_in_seconds(client, name, seconds):
    with time_machine.travel("2026-11-28T12:00:00Z", tick=False):
        assert client.get(f"/{name}/").json()["retry_after"] == seconds


def test_who_blocks_an_address_may_be_told_by_one_of_several_links(client):
    assert client.get("/451-several/").json()["blocked_by"] == "https://isp.example/"


def refusing(get_response):
    return lambda request: HttpResponse(status=405)


def test_a_path_cannot_forge_a_line_of_the_log(client, settings, caplog):
    caplog.set_level("INFO", "django_http4xx")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.refusing"]
    client.get("/405/%0AERROR root: forged%1b[31m%E2%80%AE%5C/")
    records = [record for record in caplog.records if record.name == "django_http4xx"]
    assert {record.levelname for record in records} == {"INFO", "WARNING"}
    for record in records:
        assert record.getMessage().isprintable()
        assert record.getMessage().isascii()
        assert "405/\\nERROR root: forged\\x1b[31m\\u202e\\\\/" in record.getMessage()
        assert str(record.__dict__.get("path", "")).isprintable()


def test_a_reason_of_the_views_own_stays(client):
    assert client.get("/402-reason/").reason_phrase == "Pay up"


@pytest.mark.parametrize("url", ["/left/", "/left/async/", "/left/class/"])
def test_a_view_can_opt_out(client, url):
    response = client.get(url)
    assert (response.status_code, response.content) == (404, b"")
    assert not hasattr(response, "problem")


def test_a_setting_can_opt_out(client, settings):
    settings.HTTP4XX = {"EXPLAIN_BARE_RESPONSES": False}
    assert client.get("/empty/").content == b""
    assert client.get("/nowhere/").json()["status"] == 404


def test_without_the_middleware_a_bare_answer_stays_bare(client, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Http4xx" not in name]
    assert client.get("/empty/").content == b""


# What a bare response says of its type, and the type of the answer where `Accept` leaves it open.
TYPES = {
    "application/json": "application/json",
    "application/json; charset=utf-8": "application/json",
    "APPLICATION/JSON": "application/json",
    "application/problem+json": "application/problem+json",
    "application/vnd.api+json": "application/problem+json",
    "application/xml": "application/problem+xml",
    "text/xml; charset=utf-8": "application/problem+xml",
    "application/problem+xml": "application/problem+xml",
    "application/soap+xml": "application/problem+xml",
    "application/xhtml+xml": "text/html; charset=utf-8",
    "text/plain": "text/plain; charset=utf-8",
    "text/html": "text/html; charset=utf-8",
    "text/csv": "text/html; charset=utf-8",
    "image/png": "text/html; charset=utf-8",
    "image/svg+xml": "text/html; charset=utf-8",
    "json": "text/html; charset=utf-8",
    "": "text/html; charset=utf-8",
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def typed(request):
    return HttpResponse(b"", status=422, content_type=request.GET["type"])


urlpatterns.append(path("typed/", typed))


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "image/*"}])
@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_what_it_says_of_its_type_decides_where_accept_is_open(headers, content_type, method):
    url = f"/typed/?{urlencode({'type': content_type})}"
    response = getattr(Client(), method)(url, headers=headers)
    assert response.status_code == 422
    assert response["Content-Type"] == TYPES[content_type]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(
    "accept, chosen",
    [
        (BROWSER, "text/html; charset=utf-8"),
        ("application/problem+xml", "application/problem+xml"),
        ("text/plain, */*;q=0.1", "text/plain; charset=utf-8"),
    ],
)
def test_accept_decides_where_it_says_anything(content_type, accept, chosen):
    url = f"/typed/?{urlencode({'type': content_type})}"
    assert Client().get(url, headers={"Accept": accept})["Content-Type"] == chosen


def test_the_type_decides_before_the_part_of_the_site(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/": "text"}}
    client = Client()
    assert client.get("/typed/?type=application/json")["Content-Type"] == "application/json"
    assert client.get("/empty/")["Content-Type"] == "text/plain; charset=utf-8"


def test_a_format_that_the_site_has_not_is_not_chosen(settings):
    settings.HTTP4XX = {"FORMATS": ["django_http4xx.formats.PlainText"]}
    response = Client().get("/typed/?type=application/json")
    assert response["Content-Type"] == "text/plain; charset=utf-8"


def test_debug_pages_say_nothing_of_what_a_view_speaks(settings):
    settings.DEBUG = True
    response = Client().get("/nowhere/", headers={"Accept": "*/*"})
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
