"""29 codes, raised or returned, in any format and for any method: one response, as HTTP demands."""

import json
import re
from contextvars import Context
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import AsyncClient, Client
from django.urls import path

from django_http4xx.exceptions import CLASSES, NotAcceptable
from django_http4xx.statuses import STATUSES
from tests.urls import ARGUMENTS

FORMATS = {
    "text/html": "text/html; charset=utf-8",
    "application/problem+json": "application/problem+json",
    "application/json": "application/json",
    "text/plain": "text/plain; charset=utf-8",
    "application/problem+xml": "application/problem+xml",
}
METHODS = ("GET", "HEAD", "POST")

# The fields of RFC 9110 and its neighbours that each code must or should have, by code.
FIELDS = {
    401: {"WWW-Authenticate": 'Bearer realm="api"'},
    405: {"Allow": "PUT, DELETE"},
    413: {"Retry-After": "60"},
    415: {"Accept": "application/json, text/csv"},
    416: {"Content-Range": "bytes */1000"},
    428: {"Cache-Control": "no-store"},
    429: {"Cache-Control": "no-store", "Retry-After": "90"},
    431: {"Cache-Control": "no-store"},
    451: {"Link": '<https://isp.example/>; rel="blocked-by"'},
}
# Those that a WSGI application may not send (PEP 3333) and an ASGI one has to.
HOP_BY_HOP = {
    407: {"Proxy-Authenticate": 'Basic realm="proxy"'},
    408: {"Connection": "close"},
    426: {"Upgrade": "TLS/1.2, websocket", "Connection": "upgrade"},
}
# What programs are told to use in place of what they asked for.
USE_ONE_OF = {405: "PUT, DELETE", 415: "application/json, text/csv"}
# Fields that have a meaning for some codes only, or for none of them.
PARTICULAR = {
    *("Accept", "Accept-Encoding", "Accept-Patch", "Accept-Post", "Allow", "Cache-Control"),
    *("Connection", "Content-Range", "Early-Data", "Keep-Alive", "Link", "Proxy-Authenticate"),
    *("Retry-After", "Set-Cookie", "Transfer-Encoding", "Upgrade", "WWW-Authenticate"),
}
ALWAYS = {
    "Content-Language": "en",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",
}
REFERENCE = "3f1c9a52-9f3e-4c55-8a0d-6c8c1c1f8f11"

MIDDLEWARE = [*settings.MIDDLEWARE, "tests.urls.raised_in_middleware"]


def test_the_table_has_every_registered_code():
    assert sorted(STATUSES) == sorted(CLASSES)
    assert len(STATUSES) == 29


@pytest.fixture
def doors(settings):
    settings.MIDDLEWARE = MIDDLEWARE
    return {
        "raised in a view": "/raise/{}/",
        "raised in an async view": "/async/raise/{}/",
        "raised in a middleware": "/middleware/{}/",
        "returned without a body": "/bare/{}/",
    }


def sent(method, accept):
    return {"headers": {"Accept": accept, "X-Request-ID": REFERENCE}}


def demanded(status, method, is_async):
    """The fields of this code's own that its answer has to have."""
    fields = {**FIELDS.get(status, {}), **(HOP_BY_HOP.get(status, {}) if is_async else {})}
    if status == 415 and method == "POST":
        fields["Accept-Post"] = fields["Accept"]
    return fields


def check(status, method, accept, response, is_async):
    """Every MUST and SHOULD for the answer to one request."""
    where = f"{status} {method} {accept}"
    headers = dict(response.headers)
    assert response.status_code == status, where
    assert headers["Content-Type"] == FORMATS[accept], where
    assert headers["Vary"] == vary(status, method, accept), where
    assert ALWAYS.items() <= headers.items(), where
    assert "style-src 'sha256-" in headers["Content-Security-Policy"], where
    own = {name: value for name, value in headers.items() if name in PARTICULAR}
    assert own == demanded(status, method, is_async), where
    if method == "HEAD":
        assert response.content == b"", where
    else:
        assert headers["Content-Length"] == str(len(response.content)), where
        READERS[accept](status, with_reference_sent(status, method, response), where)


def may_be_stored(status, method):
    return STATUSES[status].cacheable and method != "POST"


def with_reference_sent(status, method, response):
    """The content as it is where the answer has the id that was sent; one that a cache keeps has its own."""
    content = response.content.decode().replace(response.problem.short_reference, "")
    # Four answers may take more than a second.
    content = re.sub(
        r'<time class="until" datetime="[^"]+Z">(.+?)</time> <bdi>\([^)]+\)</bdi>', r"\1", content
    )
    if not may_be_stored(status, method):
        return content
    assert REFERENCE not in content
    return content.replace(str(UUID(response.problem.reference)), REFERENCE)


def told(status, method, response):
    return "" if method == "HEAD" else with_reference_sent(status, method, response)


def vary(status, method, accept):
    """What was looked at: a page that no cache keeps leads back to where its reader came from."""
    leads_back = accept == "text/html" and not may_be_stored(status, method)
    by_scripts = "HX-Request, Turbo-Frame, " if accept == "text/html" else ""
    return f"Accept, {by_scripts}Accept-Language" + (", Referer" if leads_back else "")


def remedy(status, *, on_page=False):
    """What the reader is told to do next, with the delay of these tests as one says it."""
    if status in USE_ONE_OF and not on_page:
        return f"Use one of: {USE_ONE_OF[status]}."
    return str(CLASSES[status].remedy).replace("{retry_after}", "in 2 minutes")


def read_json(status, content, where):
    body = json.loads(content)
    row = STATUSES[status]
    words = CLASSES[status]
    expected = {
        "type": "about:blank",
        "title": str(row.phrase),
        "status": status,
        "code": words.problem_type,
        "detail": str(words.explanation),
        "remedy": remedy(status),
        "reference": REFERENCE,
        "instance": f"urn:uuid:{REFERENCE}",
        **ARGUMENTS.get(status, {}),
    }
    assert body == expected, where
    assert list(body)[:3] == ["type", "title", "status"], where


def read_xml(status, content, where):
    root = ET.fromstring(content)
    assert root.tag == "{urn:ietf:rfc:7807}problem", where
    texts = {element.tag.rpartition("}")[2]: element.text for element in root}
    assert texts["status"] == str(status), where
    assert texts["title"] == str(STATUSES[status].phrase), where
    assert texts["detail"] == str(CLASSES[status].explanation), where
    for name in ARGUMENTS.get(status, {}):
        assert name in texts, where


def read_text(status, content, where):
    words = CLASSES[status]
    assert content == (
        f"{words.title} ({status})\n\n{words.explanation}\n\n{remedy(status)}\n\n"
        f"Reference: {REFERENCE}\n"
    ), where


def read_html(status, content, where):
    words = CLASSES[status]
    plain = content.replace("&#x27;", "'").replace("&quot;", '"')
    plain = re.sub("</?bdi>", "", plain)
    assert content.startswith("<!doctype html>"), where
    assert f"<title>{words.title} – testserver</title>" in plain, where
    assert f"<h1>{words.title}</h1>" in plain, where
    assert f"<p>{words.explanation}</p>" in plain, where
    assert f"<p>{remedy(status, on_page=True)}</p>" in plain, where
    assert f"Error code: {status}<" in plain, where
    assert REFERENCE in plain, where
    assert '<html lang="en" dir="ltr">' in plain, where
    assert len(content.encode()) < 8192, where
    assert not re.search(r"<script|<img|@import|url\(", content), where


READERS = {
    "text/html": read_html,
    "application/problem+json": read_json,
    "application/json": read_json,
    "text/plain": read_text,
    "application/problem+xml": read_xml,
}


@pytest.mark.parametrize("accept", FORMATS)
def test_every_code_at_every_door_under_wsgi(doors, accept):
    client = Client()
    for status in STATUSES:
        for method in METHODS:
            answers = {}
            for door, address in doors.items():
                # All as long, since a page may have a link to its own address.
                path = f"{address.format(status)}?".ljust(40, "x")
                response = client.generic(method, path, **sent(method, accept))
                check(status, method, accept, response, is_async=False)
                content = told(status, method, response).replace(path, "")
                answers[door] = (sorted(response.headers.items()), content)
            assert len({repr(answer) for answer in answers.values()}) == 1, (status, method)


@pytest.mark.parametrize("accept", FORMATS)
def test_every_code_at_every_door_under_asgi(doors, accept):
    # Each change of thread copies the context, in which the resolvers of all tests before are.
    Context().run(async_to_sync(check_under_asgi), doors, accept)


async def check_under_asgi(doors, accept):
    client = AsyncClient()
    for status in STATUSES:
        for method in METHODS:
            answers = {}
            for door, address in doors.items():
                # All as long, since a page may have a link to its own address.
                path = f"{address.format(status)}?".ljust(40, "x")
                response = await client.generic(method, path, **sent(method, accept))
                check(status, method, accept, response, is_async=True)
                content = told(status, method, response).replace(path, "")
                answers[door] = (sorted(response.headers.items()), content)
            assert len({repr(answer) for answer in answers.values()}) == 1, (status, method)


@pytest.mark.parametrize("status", HOP_BY_HOP)
def test_http_2_has_no_fields_for_a_connection(status):
    """They would make the answer malformed (RFC 9113 §8.2.2)."""
    get = async_to_sync(AsyncClient(http_version="2").get)
    headers = set(get(f"/raise/{status}/").headers)
    assert not headers & {"Connection", "Upgrade"}
    assert ("Proxy-Authenticate" in headers) is (status == 407)


@pytest.mark.parametrize("accept", FORMATS)
def test_head_has_the_fields_of_get(doors, accept):
    client = Client()
    for address in doors.values():
        for status in STATUSES:
            path = address.format(status)
            get, head = (client.generic(m, path, **sent(m, accept)) for m in ("GET", "HEAD"))
            assert dict(head.headers) == dict(get.headers), path
            assert int(head.headers["Content-Length"]) == len(get.content), path


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("method", METHODS)
def test_an_address_that_leads_nowhere_is_answered_as_a_raised_404(accept, method):
    client = Client()
    unresolved, raised = (
        client.generic(method, path, **sent(method, accept))
        for path in ("/nowhere/", "/raise/404/")
    )
    check(404, method, accept, unresolved, is_async=False)
    assert dict(unresolved.headers) == dict(raised.headers)
    assert told(404, method, unresolved) == told(404, method, raised)


def test_a_406_lists_what_there_is(settings):
    """No field can say it, so only the body does (RFC 9110 §15.5.7)."""
    settings.ROOT_URLCONF = __name__
    body = Client().get("/csv/", headers={"Accept": "application/json"}).json()
    assert body["available"] == ["text/csv", "application/pdf"]


def only_csv(request):
    raise NotAcceptable(available=["text/csv", "application/pdf"])


urlpatterns = [path("csv/", only_csv)]
