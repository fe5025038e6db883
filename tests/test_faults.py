"""A fault while an error is explained never reaches its reader: one fault in each kind of view."""

import html.parser
import json
import logging
import re
import struct
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import Enum
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpResponse
from django.template import Origin
from django.template.loaders.base import Loader
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from django.utils.functional import lazy
from django.utils.safestring import mark_safe
from django.utils.translation import trans_real
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_http4xx import compiled, pages, signals
from django_http4xx.exceptions import Conflict, MethodNotAllowed, NotFound
from django_http4xx.formats import Format
from django_http4xx.responses import problem_response

FORMATS = [
    "text/html",
    "application/problem+json",
    "application/json",
    "text/plain",
    "application/problem+xml",
]
JSON = {"Accept": "application/problem+json"}


class Unprintable:
    """What raises as soon as anybody looks at it."""

    def __str__(self):
        raise RuntimeError("This cannot be printed.")

    __repr__ = __str__

    def __len__(self):
        raise RuntimeError("This cannot be counted.")


def broken_text():
    raise RuntimeError("This cannot be translated.")


# Views and a middleware that raise or return a 405, for which HTTP requires a field.

UNDER_TEST = {}


def make():
    return UNDER_TEST["make"]()


def refused():
    return MethodNotAllowed(["PUT"], "Only PUT.", rev=7)


def raised(request):
    raise make()


async def raised_async(request):
    raise make()


def bare(request):
    return HttpResponse(status=405, headers={"Allow": "PUT"})


def raising_middleware(get_response):
    def middleware(request):
        if request.path_info == "/middleware/":
            raise make()
        return get_response(request)

    return middleware


urlpatterns = [
    path("raise/", raised),
    path("async/", raised_async),
    path("bare/", bare),
]

DOORS = ["/raise/", "/async/", "/middleware/", "/bare/"]
WITHOUT_BARE = DOORS[:3]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def doors(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.raising_middleware"]
    UNDER_TEST["make"] = refused


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def failures(caplog):
    """What our logger says has broken."""

    def found():
        ours = [record for record in caplog.records if record.name == "django_http4xx"]
        return [record for record in ours if record.levelno >= logging.ERROR]

    return found


def check_405(response, *, told=True):
    """The right status, the right field, the built-in words."""
    assert response.status_code == 405
    assert response["Allow"] == "PUT"
    text = response.content.decode()
    assert "This cannot be done here" in text or "Method Not Allowed" in text
    if told:
        is_page = response["Content-Type"].startswith("text/html")
        remedy = "Go back and use the links or buttons" if is_page else "Use one of: PUT."
        assert remedy in text


# Templates.


@pytest.fixture
def folder(settings, tmp_path):
    """The project's template folder."""
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    return tmp_path


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "text",
    [
        "{% no_such_tag %}",
        "{% if %}",
        "{% extends 'no/such.html' %}",
        "{% include 'no/such.html' %}",
        "{{ problem.title|no_such_filter }}",
        "{% url 'no-such-view' %}",
        "{{ request.user.groups.count }}{{ user.pk.x }}{% widthratio 1 0 0 %}{% url '' %}",
    ],
)
def test_a_broken_template(client, folder, failures, door, text):
    (folder / "405.html").write_text(text)
    check_405(client.get(door))
    assert "405.html" in failures()[0].getMessage()
    assert failures()[0].exc_info


@pytest.mark.parametrize("door", DOORS)
def test_a_template_that_cannot_be_read(client, folder, failures, door):
    (folder / "405.html").write_bytes(b"\xff\xfe\x00")
    check_405(client.get(door))
    assert failures()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "templates",
    [
        [],
        [{"BACKEND": "no.such.Backend"}],
        [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"x": 1}}],
    ],
)
def test_the_template_engine_is_gone(client, settings, door, templates):
    settings.TEMPLATES = templates
    check_405(client.get(door))


class FlakyLoader(Loader):
    """A loader whose source does not answer at first."""

    failures = 1

    def get_template_sources(self, template_name):
        if FlakyLoader.failures:
            FlakyLoader.failures -= 1
            raise ConnectionError("The source of the templates is down.")
        yield Origin(name=template_name, template_name=template_name, loader=self)

    def get_contents(self, origin):
        return "mine"


def test_a_template_that_cannot_be_loaded_is_tried_again(client, settings, failures):
    options = {"loaders": [f"{__name__}.FlakyLoader"]}
    backend = "django.template.backends.django.DjangoTemplates"
    settings.TEMPLATES = [{"BACKEND": backend, "OPTIONS": options}]
    check_405(client.get("/raise/"))
    assert len(failures()) == 1
    assert client.get("/raise/").content == b"mine"


@contextmanager
def no_built_in_templates(monkeypatch, folder):
    """As where a deployment lost the files of the package."""
    monkeypatch.setattr(pages, "_TEMPLATES", folder)
    caches = (pages._engine, pages._find_template, pages._style_hash)
    for cached in caches:
        cached.cache_clear()
    compiled._templates.clear()
    try:
        yield
    finally:
        for cached in caches:
            cached.cache_clear()
        compiled._templates.clear()


@pytest.mark.parametrize("door", DOORS)
def test_our_own_templates_are_gone(client, monkeypatch, tmp_path, settings, failures, door):
    settings.TEMPLATES = []
    with no_built_in_templates(monkeypatch, tmp_path):
        response = client.get(door)
    check_405(response)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert failures()


# Formats of the project's own.


class Failing(Format):
    name = "failing"
    media_type = content_type = "application/failing"

    @staticmethod
    def render(problem, request):
        raise RuntimeError("This cannot be written.")


class NoText(Failing):
    @staticmethod
    def render(problem, request):
        return None


class NoContentType(Failing):
    content_type = "a\nb"

    @staticmethod
    def render(problem, request):
        return "text"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("broken", [Failing, NoText, NoContentType])
def test_a_broken_format(client, settings, failures, door, method, broken):
    settings.HTTP4XX = {"FORMATS": [broken]}
    response = client.generic(method, door)
    assert (response.status_code, response["Allow"]) == (405, "PUT")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert int(response["Content-Length"]) > 20
    assert failures()


# Translations.


def write_catalogue(folder, language, texts):
    """A compiled catalogue, as gettext reads it."""
    entries = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    pairs = [(key.encode() + b"\0", text.encode() + b"\0") for key, text in entries]
    tables, strings = [], b""
    offset = 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]) - 1, offset + len(strings)))
            strings += pair[column]
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    target = folder / language / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(header + b"".join(tables) + strings)


@pytest.fixture
def translations(settings, tmp_path):
    """Writes a catalogue of the project's, which wins over ours."""

    def write(texts):
        write_catalogue(tmp_path, "zh_Hans", texts)
        trans_real._translations.clear()
        settings.LOCALE_PATHS = [tmp_path]

    yield write
    trans_real._translations.clear()
    trans_real._default = None


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("accept", FORMATS)
def test_a_broken_translation(client, translations, door, accept):
    translations(
        {
            "Reference: %(reference)s": "%(nothing)s %d",
            "This cannot be done here": "{nothing} {} {0} {allowed.x} %(x)s",
        }
    )
    response = client.get(door, headers={"Accept": accept, "Accept-Language": "zh-hans"})
    assert (response.status_code, response["Allow"]) == (405, "PUT")
    assert response["Content-Type"].startswith(accept)
    assert response["Content-Language"]


def test_a_catalogue_that_cannot_be_read(client, settings, tmp_path):
    target = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"nonsense")
    trans_real._translations.clear()
    settings.LOCALE_PATHS = [tmp_path]
    try:
        response = client.get("/raise/", headers={**JSON, "Accept-Language": "zh-hans"})
    finally:
        trans_real._translations.clear()
    assert (response.status_code, response["Allow"]) == (405, "PUT")


# What an exception carries.


VALUES = {
    "none": None,
    "bytes": b"\xff\x00",
    "set": {1, 2},
    "nan": float("nan"),
    "infinity": float("inf"),
    "nan inside": {"a": [1, float("nan")]},
    "decimal": Decimal("NaN"),
    "uuid": uuid.UUID(int=1),
    "date": datetime(2024, 1, 1, tzinfo=UTC),
    "aware time": time(1, tzinfo=UTC),
    "enum": Enum("Colour", "RED").RED,
    "class": Client,
    "function": broken_text,
    "generator": (number for number in (1, 2)),
    "surrogate": "a\ud800b",
    "surrogate name": {"\udfff": 1},
    "control characters": "\x00\x1f\x7f\x85\u2028\ufffe",
    "markup": "<script>alert(1)</script>",
    "safe markup": mark_safe("<script>alert(1)</script>"),
    "huge number": 10**5000,
    "keys": {(1, 2): 3},
    "unprintable": Unprintable(),
    "unprintable inside": [Unprintable()],
    "broken translation": lazy(broken_text, str)(),
    "broken translation inside": {"a": lazy(broken_text, str)()},
}
CYCLE: list = []
CYCLE.append(CYCLE)
VALUES["cycle"] = CYCLE
NESTED: list = []
for _ in range(100_000):
    NESTED = [NESTED]
VALUES["depth"] = NESTED


def titled(value):
    """Refused when it is built, and therefore set afterwards."""
    error = MethodNotAllowed("PUT")
    error.title = value
    return error


@pytest.mark.parametrize("place", ["member", "detail", "title", "error", "error detail"])
@pytest.mark.parametrize("value", VALUES)
def test_a_value_of_any_type(client, value, place):
    value = VALUES[value]
    made = {
        "member": lambda: MethodNotAllowed("PUT", odd=value),
        "detail": lambda: MethodNotAllowed("PUT", value),
        "title": lambda: titled(value),
        "error": lambda: MethodNotAllowed("PUT", errors=[{"pointer": "#", "odd": value}]),
        "error detail": lambda: MethodNotAllowed("PUT", errors=[{"detail": value}]),
    }
    UNDER_TEST["make"] = made[place]
    for door in WITHOUT_BARE:
        for accept in FORMATS:
            response = client.get(door, headers={"Accept": accept})
            where = f"{door} {accept} {response.content[-500:]!r}"
            assert (response.status_code, response.get("Allow")) == (405, "PUT"), where
            assert b"<script>" not in response.content or "json" in accept or "plain" in accept
            text = response.content.decode()
            if response["Content-Type"] == accept and "json" in accept:
                body = json.loads(text, parse_constant=pytest.fail)
                assert body["remedy"] in ("Use one of: PUT.", str(MethodNotAllowed.remedy)), where
            if response["Content-Type"] == accept and accept.endswith("xml"):
                ET.fromstring(text)


def test_what_cannot_be_written_is_left_out_and_logged(client, failures):
    UNDER_TEST["make"] = lambda: Conflict("Why.", odd={1, 2}, even=[2])
    body = client.get("/raise/", headers=JSON).json()
    assert (body["even"], body["detail"], "odd" in body) == ([2], "Why.", False)
    assert "'odd'" in failures()[0].getMessage()


@pytest.mark.parametrize("door", WITHOUT_BARE)
def test_a_detail_that_cannot_be_printed_gives_way_to_the_explanation(client, failures, door):
    UNDER_TEST["make"] = lambda: MethodNotAllowed("PUT", Unprintable(), rev=7)
    body = client.get(door, headers=JSON).json()
    assert (body["detail"], body["rev"]) == (str(MethodNotAllowed.explanation), 7)
    assert failures()


@pytest.mark.parametrize("door", ["/raise/", "/async/"])
@pytest.mark.parametrize(
    "cls, status", [(Http404, 404), (PermissionDenied, 403), (SuspiciousOperation, 400)]
)
def test_an_exception_of_djangos_that_cannot_be_printed(client, door, cls, status):
    UNDER_TEST["make"] = lambda: cls(Unprintable())
    assert client.get(door, headers=JSON).json()["status"] == status


class Bytes(dict):
    def items(self):
        raise RuntimeError("no")


CHANGED = {
    "a line break in a name": lambda error: error.headers.update({"Bad\nName": "x"}),
    "a name that is no token": lambda error: error.headers.update({"Bad Name": "x"}),
    "a name in another alphabet": lambda error: error.headers.update({"Ключ": "x"}),
    "a name that is no text": lambda error: error.headers.update({7: "x"}),
    "a name that is empty": lambda error: error.headers.update({"": "x"}),
    "a value that cannot be printed": lambda error: error.headers.update({"X-A": Unprintable()}),
    "a value in bytes": lambda error: error.headers.update({"X-A": b"x\r\nX-B: y"}),
    "no fields": lambda error: setattr(error, "headers", None),
    "fields that cannot be listed": lambda error: setattr(error, "headers", Bytes()),
    "fields as pairs": lambda error: setattr(error, "headers", [("X-A", "x")]),
    "no members": lambda error: setattr(error, "members", None),
    "errors of another kind": lambda error: setattr(error, "errors", 7),
    "a time to keep it with a line break": lambda error: setattr(error, "cache_for", "1\r\nX-B: y"),
    "a code that cannot be printed": lambda error: setattr(error, "code", Unprintable()),
}


@pytest.mark.parametrize("accept", [JSON, {"accept": "text/html"}, {"accept": "text/plain"}])
@pytest.mark.parametrize("door", WITHOUT_BARE)
@pytest.mark.parametrize("name", CHANGED)
def test_what_was_changed_after_it_was_checked_leaves_a_404_a_404(client, name, door, accept):
    def changed():
        error = NotFound("No.")
        CHANGED[name](error)
        return error

    UNDER_TEST["make"] = changed
    response = client.get(door, headers=accept)
    assert response.status_code == 404
    assert response.content
    assert "X-B" not in response.headers
    for field in response.headers:
        assert re.fullmatch("[A-Za-z-]+", field)


def test_a_field_changed_after_it_was_checked_adds_no_other(client):
    def tampered():
        error = refused()
        error.headers["X-Rev"] = "7\r\nX-Injected: 1"
        return error

    UNDER_TEST["make"] = tampered
    response = client.get("/raise/")
    assert (response.status_code, response["X-Rev"]) == (405, "7 X-Injected: 1")
    assert "X-Injected" not in response.headers


# The request.


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-ID": "<script>"},
        {"X-Request-ID": "\x00"},
        {"X-Request-ID": "\u00e4" * 200},
        {"Host": "a b"},
        {"Host": ""},
        {"Referer": "javascript:alert(1)"},
        {"Referer": "http://[nonsense"},
        {"Accept-Language": "nonsense;q=x,,;;=" * 100},
        {"Accept-Language": "a" * 5000},
        {"Accept": "text/html;q=nan, */*;q=x, ;;;, /" * 50},
        {"Accept": "\u00e4/\u00e4"},
        {"Sec-Fetch-Dest": "\x00"},
        {"Content-Type": "application/json; charset=nonsense"},
        {"Content-Type": "\x00"},
        {"Cookie": "sessionid=" + "x" * 5000 + "; csrftoken=\x00"},
        {"Authorization": "nonsense"},
    ],
    ids=lambda headers: "-".join(next(iter(headers.items())))[:30],
)
def test_an_odd_request(client, door, headers):
    for method in ("GET", "POST"):
        response = client.generic(method, door, headers=headers)
        assert response.status_code in ({400} if "Host" in headers else {405})
        assert b"<script>" not in response.content


# What stands around us.


def test_a_response_that_cannot_be_rendered_becomes_the_answer(rf, caplog):
    unrendered = TemplateResponse(rf.get("/"), "missing.html", status=404)
    response = problem_response(rf.get("/"), NotFound(), unrendered)
    assert (response.status_code, b"Page not found" in response.content) == (404, True)
    assert "could not be explained" in caplog.text


class SessionStore:
    """A session backend whose server does not answer."""

    def __new__(cls, session_key=None):
        from django.contrib.sessions.backends.base import SessionBase

        class Down(SessionBase):
            def load(self):
                raise ConnectionError("The session server is down.")

        return Down(session_key)


@pytest.mark.parametrize("door", DOORS)
def test_the_session_server_is_down(client, settings, folder, failures, door):
    settings.SESSION_ENGINE = __name__
    client.cookies["sessionid"] = "x" * 32
    check_405(client.get(door))
    (folder / "405.html").write_text("Hello {{ user }}")
    settings.TEMPLATES = list(settings.TEMPLATES)
    check_405(client.get(door))
    assert "405.html" in failures()[0].getMessage()


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_the_transaction_is_aborted(client, folder, failures, door):
    (folder / "405.html").write_text("{{ user }}")
    client.cookies["sessionid"] = "x" * 32
    transaction.set_rollback(True)
    try:
        check_405(client.get(door))
    finally:
        transaction.set_rollback(False)
    assert isinstance(failures()[0].exc_info[1], transaction.TransactionManagementError)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("door", [*DOORS, "/nowhere/"])
def test_there_is_no_query(client, django_assert_num_queries, door, accept):
    client.cookies["sessionid"] = "x" * 32
    with django_assert_num_queries(0):
        assert client.get(door, headers={"Accept": accept}).status_code in (404, 405)


@pytest.mark.parametrize("door", DOORS)
def test_a_receiver_raises(client, caplog, door):
    def receiver(**kwargs):
        raise RuntimeError("A receiver failed.")

    signals.client_error_explained.connect(receiver)
    try:
        check_405(client.get(door))
    finally:
        signals.client_error_explained.disconnect(receiver)
    assert any(record.name == "django.dispatch" for record in caplog.records)


@pytest.fixture
def broken_log():
    """A log handler whose server does not answer."""

    class Down(logging.Handler):
        def handle(self, record):
            raise ConnectionError("The log server is down.")

    logger = logging.getLogger("django_http4xx")
    handler = Down()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("door", DOORS)
def test_the_log_server_is_down(client, folder, broken_log, capsys, door):
    (folder / "405.html").write_text("{% if %}")
    told = []

    def receiver(**kwargs):
        told.append(kwargs)

    signals.client_error_explained.connect(receiver)
    try:
        check_405(client.get(door))
    finally:
        signals.client_error_explained.disconnect(receiver)
    assert len(told) == 1
    assert "The log server is down." in capsys.readouterr().err


# Nothing that a client or an exception says becomes markup.


class Elements(html.parser.HTMLParser):
    """The elements and attributes of a page, without its texts."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_comment(self, data):
        self.found.append(("comment", data))


texts = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "</title><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]></problem><x/>",
        "<!--",
        "{{ problem }}{% now %}",
        "\ue000detail\ue001",
        "{path}{detail}{reference}{0}",
        "a\r\nSet-Cookie: b=c",
        "\ud800",
        "\u202e\u0000",
    ]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(texts, children, max_size=3),
    max_leaves=6,
)
examples = hypothesis_settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@examples
@given(detail=texts, title=texts, member=values, name=st.from_regex(r"[a-z<]{1,8}", fullmatch=True))
def test_nothing_an_exception_says_becomes_markup(detail, title, member, name):
    carried = {f"x_{name}": member}
    UNDER_TEST["make"] = lambda: Conflict(
        detail, title=title, errors=[{"pointer": "#", "detail": detail}], **carried
    )
    pages = check_all_formats("/raise/", {}, 409)
    sendable = detail.encode("utf-8", "replace").decode()
    assert pages["application/json"].get("detail", "") == sendable or not detail


@examples
@given(
    path=texts,
    referer=texts,
    reference=texts,
    query=texts,
)
def test_nothing_a_client_says_becomes_markup(path, referer, reference, query):
    UNDER_TEST["make"] = refused
    environ = {
        "PATH_INFO": "/nowhere/" + path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1"),
        "HTTP_REFERER": referer,
        "HTTP_X_REQUEST_ID": reference,
    }
    check_all_formats("/nowhere/", environ, 404)


def check_all_formats(url, environ, status):
    """Each format can be read, and has no element more than it has for a plain text."""
    client = Client(raise_request_exception=False)
    read = {}
    for accept in FORMATS:
        response = client.get(url, headers={"Accept": accept}, **environ)
        assert response.status_code == status
        assert response["Content-Type"].startswith(accept)
        text = response.content.decode()
        if accept == "text/html":
            known = {"html", "head", "meta", "title", "style", "body", "main", "h1", "p", "nav"}
            known |= {"ul", "li", "a", "footer", "span", "bdi", "strong", "link", "svg", "path"}
            assert {tag for tag, _ in Elements(text).found} <= known
            assert not any("onerror" in attrs for _, attrs in Elements(text).found)
        elif "json" in accept:
            read[accept] = json.loads(text, parse_constant=pytest.fail)
        elif "xml" in accept:
            read[accept] = ET.fromstring(text)
    return read
