"""The page that a person sees: complete in itself, accessible, and a project's own to change."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import (
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    UnprocessableContent,
)
from django_http4xx.responses import problem_response
from django_http4xx.statuses import STATUSES

from .urls import urlpatterns as every_code

REFERENCE = "2f1c9a52-9f3e-4c55-8a0d-6c8c1c1f8f11"
VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
# What makes a browser fetch something, or run it.
FETCHING = {"script", "img", "iframe", "object", "embed", "video", "audio", "source"}


class SeatTaken(Conflict):
    title = _("Home")  # Django's own catalogues have these in Arabic.
    explanation = _("Page not found")
    remedy = ""
    seat: str


class SeatGone(Conflict):
    title = "Seat gone"
    explanation = "{seat} is gone."
    remedy = "Choose another."
    seat: str


ERRORS = {
    "not-found": lambda: NotFound("There is no order <12>."),
    "invalid": lambda: UnprocessableContent(
        errors=[{"detail": "<b>Quantity</b>"}, {"detail": "Colour"}]
    ),
    "sign-in": lambda: Unauthorized(challenge="Bearer"),
    "seat-taken": lambda: SeatTaken(seat="A1"),
    "seat-gone": lambda: SeatGone(seat="<A1>"),
    "forbidden": lambda: Forbidden("Staff only."),
}


def raised(request, name):
    error = ERRORS[name]()
    raise error


def nothing(request):
    return HttpResponse()


urlpatterns = [
    *every_code,
    path("raised/<name>/", raised),
    path("accounts/login/", nothing, name="login"),
]
pytestmark = pytest.mark.urls(__name__)


class Document(HTMLParser):
    """The elements of a page, each with its attributes and its text; refuses what does not nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open[-1][0] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element[2].append(data)

    def __getitem__(self, tag):
        return [
            (attrs, "".join(text).strip()) for name, attrs, text in self.elements if name == tag
        ]


def asked(address, method="get", **headers):
    headers = {"accept": "text/html", "x-request-id": REFERENCE, **headers}
    return getattr(Client(HTTP_HOST="testserver"), method)(address, headers=headers)


def page(address, method="get", **headers):
    return Document(asked(address, method, **headers).content.decode())


@pytest.fixture
def templates(settings, tmp_path):
    """Write templates of the project's own."""

    def write(name, text):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        # Set anew each time: which templates there are is remembered.
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    return write


# Ours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_page_is_small_and_asks_for_nothing_else(status, language):
    response = asked(f"/raise/{status}/", **{"accept-language": language})
    text = response.content.decode()
    assert len(response.content) < 8 * 1024
    document = Document(text)
    assert not FETCHING & {tag for tag, _, _ in document.elements}
    assert not re.search(r"url\(|@import|\bon\w+=|javascript:|\bstyle=|\bsrc=", text)
    assert "\ue000" not in text


@pytest.mark.parametrize("status", STATUSES)
def test_the_outline_of_a_page(status):
    # Only an answer that no cache keeps has the id that was sent.
    document = page(f"/raise/{status}/", authorization="Bearer x")
    (html, _text), (_attrs, title) = document["html"][0], document["title"][0]
    ((_attrs, heading),) = document["h1"]
    assert (html["lang"], html["dir"]) == ("en", "ltr")
    assert title == f"{heading} – testserver"
    assert len(document["main"]) == len(document["nav"]) == len(document["footer"]) == 1
    assert document["nav"][0][0]["aria-label"]
    footer = document["footer"][0][1]
    assert f"Error code: {status}" in footer
    assert REFERENCE in footer
    assert str(status) not in heading
    viewport = [
        attrs["content"] for attrs, _ in document["meta"] if attrs.get("name") == "viewport"
    ]
    assert viewport == ["width=device-width, initial-scale=1"]


def test_the_policy_allows_the_style_and_nothing_else():
    response = asked("/raise/404/")
    style = re.search("<style[^>]*>(.*?)</style>", response.content.decode(), re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    for wanted in ("prefers-color-scheme: dark", "@media print", "max-width: 30rem"):
        assert wanted in style


def test_what_is_shown_is_escaped_and_the_detail_comes_first():
    text = asked("/raised/not-found/").content.decode()
    assert "There is no order &lt;12&gt;." in text
    assert text.index("&lt;12&gt;") < text.index("If you typed the address,")


def test_a_general_explanation_is_not_said_beside_a_detail():
    text = asked("/raised/not-found/").content.decode()
    assert "There is nothing at this address." not in text


def test_the_detail_is_not_said_twice():
    assert asked("/raise/404/").content.decode().count("There is nothing at this address.") == 1


def test_a_value_is_kept_apart_from_the_sentence_around_it():
    text = asked("/raised/seat-gone/").content.decode()
    assert "<bdi>&lt;A1&gt;</bdi> is gone." in text
    assert "<title>Seat gone – testserver</title>" in text


def test_errors_are_a_list():
    document = page("/raised/invalid/")
    listed = [text for attrs, text in document["li"] if attrs.get("dir") == "auto"]
    assert listed == ["<b>Quantity</b>", "Colour"]


def test_an_error_in_another_language_than_the_page_says_so(settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    # Django's own catalogue has the first one in Arabic; nobody has the second.
    listed = [
        {"pointer": "#/a", "detail": _("This field is required.")},
        {"pointer": "#/b", "detail": _("At most 5 pots.")},
        {"pointer": "#/c", "detail": "Nobody knows."},
    ]
    ERRORS["listed"] = lambda: UnprocessableContent(errors=listed)
    document = page("/raised/listed/", accept_language="ar")
    told = {text: attrs.get("lang") for attrs, text in document["li"] if attrs.get("dir")}
    assert told == {
        "a: هذا الحقل مطلوب.": None,
        "b: At most 5 pots.": "en",
        "c: Nobody knows.": None,
    }


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ({"pointer": "#/rating"}, "<bdi>rating</bdi>: At most 5."),
        (
            {"pointer": "#/items/1/a~1b%20%3Cc~0%3E"},
            "<bdi>items, 1, a/b &lt;c~&gt;</bdi>: At most 5.",
        ),
        ({"parameter": "page"}, "<bdi>page</bdi>: At most 5."),
        ({"pointer": "#"}, "At most 5."),
        ({"pointer": 7}, "At most 5."),
        ({}, "At most 5."),
    ],
)
def test_an_error_says_which_field_it_is_about(error, line):
    listed = [{**error, "detail": "At most 5."}]
    ERRORS["listed"] = lambda: UnprocessableContent(errors=listed)
    assert f'<li dir="auto">{line}</li>' in asked("/raised/listed/").content.decode()
    text = asked("/raised/listed/", accept="text/plain").content.decode()
    assert f"\n- {unescape(line.replace('<bdi>', '').replace('</bdi>', ''))}\n" in text


def test_a_problem_without_a_remedy_has_no_empty_paragraph():
    for errors in ([], [{"detail": "Row A"}]):
        ERRORS["bare"] = lambda errors=errors: SeatTaken(seat="A1", errors=errors)
        assert all(text for _, text in page("/raised/bare/")["p"])


def test_a_page_runs_in_the_direction_of_its_language(settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    for language, direction in (("ar", "rtl"), ("en", "ltr")):
        ((attrs, _),) = page("/raised/seat-taken/", **{"accept-language": language})["html"]
        assert (attrs["lang"], attrs["dir"]) == (language, direction)


def links(document):
    """The links below the words."""
    return {text: attrs["href"] for attrs, text in document["a"] if text != SITE}


SITE = "testserver"


def test_the_way_home():
    assert links(page("/raise/404/")) == {"Home page": "/"}


def test_the_way_back():
    origin = "http://testserver/orders/?page=2&q=%3C"
    document = page("/raise/409/", referer=origin)
    assert links(document)["Back to the page you came from"] == origin


@pytest.mark.parametrize("origin", ["https://evil.example/", "javascript:alert(1)", "//evil/", ""])
def test_no_way_back_to_another_site(origin):
    assert set(links(page("/raise/409/", referer=origin))) == {"Home page"}


def test_no_way_back_where_a_cache_may_keep_the_page():
    response = asked("/raise/404/", referer="http://testserver/orders/")
    assert b"/orders/" not in response.content
    assert "Referer" not in response.headers["Vary"]


@pytest.mark.parametrize(
    ("login_url", "address"),
    [
        ("/accounts/login/", "/accounts/login/?next=%2Fraised%2Fsign-in%2F%3Fa%3D1%26b%3D2"),
        ("login", "/accounts/login/?next=%2Fraised%2Fsign-in%2F%3Fa%3D1%26b%3D2"),
        ("/enter/?by=mail", "/enter/?by=mail&next=%2Fraised%2Fsign-in%2F%3Fa%3D1%26b%3D2"),
        (
            "https://id.example/",
            "https://id.example/?next=http%3A%2F%2Ftestserver%2Fraised%2Fsign-in%2F%3Fa%3D1%26b%3D2",
        ),
    ],
)
def test_the_way_to_sign_in_leads_back(settings, login_url, address):
    settings.LOGIN_URL = login_url
    document = page("/raised/sign-in/?a=1&b=2")
    assert links(document)["Sign in"] == address
    assert next(iter(links(document))) == "Sign in"


def test_after_signing_in_nobody_is_led_to_a_form_that_was_sent():
    assert links(page("/raised/sign-in/", "post"))["Sign in"] == "/accounts/login/"


def test_a_host_that_is_refused_is_no_place_to_be_led_back_to(settings, rf):
    settings.LOGIN_URL = "https://id.example/"
    request = rf.get("/", headers={"accept": "text/html", "host": "evil.example"})
    document = Document(problem_response(request, Unauthorized()).content.decode())
    assert links(document)["Sign in"] == "https://id.example/"


@pytest.mark.urls("tests.urls")
def test_no_way_to_sign_in_where_the_project_has_none():
    assert "Sign in" not in links(page("/raise/401/"))


def test_only_who_is_not_signed_in_is_shown_the_way_to_it():
    assert "Sign in" not in links(page("/raised/forbidden/"))


# A project's own ---------------------------------------------------------------------------------


def test_a_template_for_one_type(templates):
    templates("django_http4xx/seat-gone.html", "Own: {{ problem.title }} {{ problem.explanation }}")
    text = asked("/raised/seat-gone/").content.decode()
    assert text == "Own: Seat gone <bdi>&lt;A1&gt;</bdi> is gone."
    assert asked("/raised/seat-taken/").content.startswith(b"<!doctype html>")


def test_a_template_for_one_code(templates):
    templates("django_http4xx/409.html", "Ours {{ problem.status }}")
    assert asked("/raised/seat-gone/").content == b"Ours 409"
    assert asked("/raise/404/").content.startswith(b"<!doctype html>")


def test_the_project_s_own_page_for_a_code_has_all_that_django_gives_it(templates):
    templates(
        "404.html",
        "{{ request.path }}|{{ request_path }}|{{ exception }}|{{ user }}|{{ problem.reference }}",
    )
    response = asked("/raised/not-found/")
    path, request_path, exception, user, reference = response.content.decode().split("|")
    assert (path, request_path) == ("/raised/not-found/", "/raised/not-found/")
    assert exception == "There is no order &lt;12&gt;."
    assert user == "AnonymousUser"
    assert reference == response.problem.reference
    assert response.status_code == 404


def test_the_most_particular_template_wins(templates):
    names = ["409.html", "django_http4xx/409.html", "django_http4xx/seat-gone.html"]
    for name in names:
        templates(name, name)
        assert asked("/raised/seat-gone/").content.decode() == name


def test_a_program_does_not_get_the_project_s_page(templates):
    templates("404.html", "Own")
    response = asked("/raised/not-found/", accept="application/json")
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("block", ["title", "style", "head", "body", "words", "links", "footer"])
def test_each_block_of_the_page_can_be_filled(templates, block):
    templates(
        "django_http4xx/404.html",
        '{% extends "django_http4xx/problem.html" %}'
        "{% block " + block + " %}<!-- own {{ problem.status }} -->{% endblock %}",
    )
    text = asked("/raise/404/").content.decode()
    assert "<!-- own 404 -->" in text
    assert text.startswith("<!doctype html>")


def test_a_page_of_the_project_that_extends_ours_is_like_ours(templates, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    ours = asked("/raised/seat-taken/", **{"accept-language": "ar"}).content
    templates(
        "django_http4xx/seat-taken.html",
        '{% extends "django_http4xx/problem.html" %}{% block head %}{% endblock %}',
    )
    assert asked("/raised/seat-taken/", **{"accept-language": "ar"}).content == ours


def test_the_whole_page_can_be_replaced(templates):
    templates("django_http4xx/problem.html", "<h1>{{ problem.title }}</h1>")
    assert asked("/raise/404/").content == b"<h1>Page not found</h1>"


def test_ours_runs_no_context_processors(settings):
    options = {"context_processors": [f"{__name__}.failing"]}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]
    assert asked("/raise/404/").content.startswith(b"<!doctype html>")


def failing(request):
    raise AssertionError("A context processor was run.")


def test_ours_needs_no_templates_setting(settings):
    settings.TEMPLATES = []
    assert asked("/raise/404/").content.startswith(b"<!doctype html>")
