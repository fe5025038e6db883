"""``HTTP4XX["SITE"]``: whose error pages they are."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import unquote

import pytest
from django.conf import global_settings
from django.core.management import call_command
from django.test import Client
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from django_http4xx import branding, conf
from django_http4xx.exceptions import CLASSES, NotFound
from django_http4xx.responses import problem_response

CIRCLE = "<svg viewBox='0 0 16 16'><circle cx='8' cy='8' r='7'/></svg>"
pytestmark = pytest.mark.urls("tests.urls")


def answer(path="/raise/404/", **headers):
    return Client().get(path, headers={"accept": "text/html", **headers})


def page(path="/raise/404/", **headers):
    return answer(path, **headers).content.decode()


def by_host(request):
    return {"name": f"Shop at {request.get_host()}"}


def failing(request):
    raise RuntimeError


def odd(request):
    return 7


def a_site(request):
    return branding.Site("Made by hand", accent="#0b5cad", accent_dark="#8cc4ff")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("shop.example", "shop.example"),
        ("shop.example:8000", "shop.example"),
        ("[::1]:8000", "[::1]"),
        ("xn--mnchen-3ya.example", "münchen.example"),
        ("xn--a.example", "xn--a.example"),
    ],
)
def test_by_default_the_name_is_the_host_as_the_visitor_typed_it(settings, host, name):
    settings.ALLOWED_HOSTS = ["*"]
    shown = page(host=host)
    assert f"<title>Page not found – {name}</title>" in shown
    assert f'<p class="site"><a href="/"><bdi>{name}</bdi></a></p>' in shown


def test_a_request_that_finds_its_host_otherwise_names_the_site(rf):
    request = rf.get("/", headers={"accept": "text/html"})
    request.get_host = lambda: "tea.example"
    for asked in (request, SimpleLazyObject(lambda: request)):
        shown = problem_response(asked, NotFound()).content.decode()
        assert "<title>Page not found – tea.example</title>" in shown


def test_a_host_that_is_refused_is_not_shown(rf, settings):
    settings.ALLOWED_HOSTS = ["shop.example"]
    shown = page(host="<b>evil.example")
    assert "evil" not in shown
    assert "<title>This request could not be understood</title>" in shown


@pytest.mark.parametrize("name", ["Tea shop", gettext_lazy("Tea shop")])
def test_the_name_is_in_the_title_and_leads_home(settings, name):
    settings.HTTP4XX = {"SITE": {"name": name}}
    shown = page()
    assert "<title>Page not found – Tea shop</title>" in shown
    assert '<a href="/"><bdi>Tea shop</bdi></a>' in shown


def test_the_name_is_escaped(settings):
    settings.HTTP4XX = {"SITE": {"name": "<b>Tea & co", "mark": "<&"}}
    assert shown_twice_escaped(page())


def shown_twice_escaped(shown):
    return shown.count("&lt;b&gt;Tea &amp; co") == 2 and "&lt;&amp;</span>" in shown


def test_a_fragment_does_not_name_it(settings):
    settings.HTTP4XX = {"SITE": {"name": "Tea shop"}}
    assert "Tea shop" not in page(hx_request="true")


@pytest.mark.parametrize("mark", ["🫖", CIRCLE])
def test_a_mark_is_before_the_name_and_the_icon_is_made_of_it(settings, mark):
    settings.HTTP4XX = {"SITE": {"name": "Tea shop", "mark": mark}}
    shown = page()
    assert f'<span aria-hidden="true">{mark}</span>' in shown
    icon = unquote(re.search(r'<link rel="icon" href="data:image/svg\+xml,([^"]*)">', shown)[1])
    assert icon.startswith("<svg")
    assert 'xmlns="http://www.w3.org/2000/svg"' in icon


def test_without_a_mark_the_browser_requests_no_icon():
    response = answer()
    assert b'<link rel="icon" href="data:,">' in response.content
    assert "img-src data:;" in response["Content-Security-Policy"]


def test_the_policy_allows_the_style_with_the_accent(settings):
    settings.HTTP4XX = {"SITE": {"accent": "#0a6b47", "accent_dark": "#6fd3a4"}}
    response = answer()
    style = re.search("<style[^>]*>(.*?)</style>", response.content.decode(), re.DOTALL)[1]
    assert "--accent: #0a6b47; --on-accent: #ffffff" in style
    assert "--accent: #6fd3a4; --on-accent: #000000" in style
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in response["Content-Security-Policy"]


def test_an_accent_for_dark_colours_alone_leaves_the_light_ones(settings):
    settings.HTTP4XX = {"SITE": {"accent_dark": "#6fd3a4"}}
    style = re.search("<style[^>]*>(.*?)</style>", page(), re.DOTALL)[1]
    assert style.count("#6fd3a4") == 1
    assert ":root { --accent: #6fd3a4; --on-accent: #000000 }" in style


def test_a_printed_page_is_black_whatever_the_accent(settings):
    settings.HTTP4XX = {"SITE": {"accent": "#0a6b47", "accent_dark": "#6fd3a4"}}
    style = re.search("<style[^>]*>(.*?)</style>", page(), re.DOTALL)[1]
    # The later of two rules alike wins.
    assert style.index("#0a6b47") < style.index("@media print")


@pytest.mark.parametrize("language", [code for code, _name in global_settings.LANGUAGES])
def test_the_page_is_small_with_the_longest_mark(settings, language):
    settings.LANGUAGES = [(language, language)]
    path = "<path d='M9 13h13a1 1 0 0 1 1 1v5a8 8 0 0 1-15 0v-5a1 1 0 0 1 1-1Z'/>"
    mark = f"<svg viewBox='0 0 32 32'>{path * 10}"[:794] + "</svg>"
    settings.HTTP4XX = {"SITE": {"name": "A tea shop", "mark": mark}}
    for status in CLASSES:
        shown = page(f"/raise/{status}/", accept_language=language)
        assert mark in shown
        assert len(shown.encode()) < 8192


@pytest.mark.parametrize(
    ("function", "name"),
    [("by_host", "Shop at testserver"), ("a_site", "Made by hand")],
)
def test_a_function_of_the_request_may_tell(settings, function, name):
    settings.HTTP4XX = {"SITE": f"{__name__}.{function}"}
    assert f"– {name}</title>" in page()


@pytest.mark.parametrize("function", ["failing", "odd"])
def test_a_function_that_fails_leaves_the_host_and_a_record(settings, caplog, function):
    settings.HTTP4XX = {"SITE": f"{__name__}.{function}"}
    assert "– testserver</title>" in page()
    assert any("HTTP4XX['SITE'] failed" in record.message for record in caplog.records)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "must be a dict"),
        ("no.such.function", "no.such"),
        ({"nme": "x"}, "must be a dict with some of name, mark, accent, accent_dark"),
        ({"name": 7}, "has a name that is no text"),
        ({"name": "x", "mark": "Teapot"}, "has a mark of 6 characters; at most 4 fit"),
        ({"name": "x", "mark": f"<svg>{'x' * 800}"}, "at most 800 fit"),
        ({"accent": "green"}, "no colour such as"),
        ({"accent": "#777777", "accent_dark": "#8cc4ff"}, "has to be at least 4.5"),
        ({"accent": "#0b5cad", "accent_dark": "#333333"}, "has to be at least 4.5"),
        ({"accent": "#0b5cad"}, "add an accent_dark for dark colours"),
    ],
)
def test_manage_py_check_says_what_is_wrong(settings, value, said):
    settings.HTTP4XX = {"SITE": value}
    (fault,) = conf.faults()
    assert fault.key == "SITE"
    assert said in fault.message
    assert "– testserver</title>" in page()


def test_a_program_is_told_as_before(settings):
    settings.HTTP4XX = {"SITE": {"name": "Tea shop"}}
    assert "Tea shop" not in json.dumps(answer(accept="application/json").json())


def test_check_passes(settings):
    settings.HTTP4XX = {"SITE": {"name": "Tea shop", "accent": "#0a6b47", "accent_dark": "#6fd3a4"}}
    assert list(conf.faults()) == []
    call_command("check")
