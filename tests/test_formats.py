"""A problem written down: the page, the fragment, the text, the two JSONs and XML."""

import json
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth.views import LoginView
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import clear_script_prefix, path, set_script_prefix
from django.utils.translation import gettext_lazy as _

from django_http4xx import conf
from django_http4xx.exceptions import Conflict, Gone, NotFound, Unauthorized
from django_http4xx.formats import Format, ProblemJSON

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/problem+json"}


class OutOfTea(Conflict):
    title = _("Out of tea")
    explanation = _("We have {available} of {sku} left.")
    remedy = _("Choose a smaller quantity.")
    sku: str
    available: int


ERRORS = [
    {"pointer": "#/rating", "code": "max_value", "detail": "At most <5>."},
    {"pointer": "#/name", "code": "required", "detail": "A name is missing."},
]
RAISED = {
    "conflict": lambda: Conflict("Edited meanwhile."),
    "gone": Gone,
    "not-found": NotFound,
    "unauthorized": Unauthorized,
    "errors": lambda: Conflict(errors=ERRORS),
    "many-errors": lambda: Conflict(errors=[{"detail": f"No. {n}."} for n in range(1005)]),
    "tea": lambda: OutOfTea(sku="<A1>", available=2),
    "members": lambda: Conflict(rows=[{"id": 1}, {"id": 2}], **{"a b": 1, "true": True, "<x>": 2}),
    "translated": lambda: Conflict(label=_("Home page"), deep={"label": _("Home page")}),
}


def made(name):
    return RAISED[name]()


def raising(request, name):
    raise made(name)


class RaisingTemplate:
    """What a template looks up, and cannot have."""

    def missing(self):
        raise made("conflict")


def rendering(request):
    return TemplateResponse(request, "greeting.html", {"it": RaisingTemplate()})


urlpatterns = [
    path("raise/<name>/", raising),
    path("rendering/", rendering),
]

pytestmark = pytest.mark.urls(__name__)


class WithLogin:
    urlpatterns = [*urlpatterns, path("sign-in/", LoginView.as_view(), name="login")]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def folder(settings, tmp_path):
    """The project's template folder."""
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    return tmp_path


def page(client, url, **headers):
    return client.get(url, headers={**HTML, **headers}).content.decode()


# The page.


def test_the_page_leads_home(client):
    assert '<a href="/">Home page</a>' in page(client, "/raise/conflict/")


def test_home_is_where_the_site_is_mounted(client):
    # What the handler of a real server does for each request.
    set_script_prefix("/shop/")
    try:
        shown = page(client, "/raise/conflict/")
    finally:
        clear_script_prefix()
    assert '<a href="/shop/">Home page</a>' in shown


def test_the_page_leads_back_within_the_site(client):
    shown = page(client, "/raise/conflict/", Referer="http://testserver/list/?a=1&b=2")
    assert '<a href="http://testserver/list/?a=1&amp;b=2">Back to the page' in shown


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/", "javascript:alert(1)", "//evil.example/", "http://[x", ""],
)
def test_the_page_never_leads_elsewhere(client, referer):
    assert "Back to the page" not in page(client, "/raise/conflict/", Referer=referer)


def test_behind_a_proxy_the_page_leads_back_too(client, settings):
    settings.USE_X_FORWARDED_HOST = True
    settings.ALLOWED_HOSTS = ["shop.example"]
    headers = {"Referer": "http://shop.example/list/", "X-Forwarded-Host": "shop.example"}
    assert "Back to the page" in page(client, "/raise/conflict/", **headers)


def test_a_page_that_a_cache_may_keep_leads_nobody_back(client):
    response = client.get(
        "/raise/not-found/", headers={**HTML, "Referer": "http://testserver/list/"}
    )
    assert b"Back to the page" not in response.content
    assert "Referer" not in response["Vary"]


def test_a_401_leads_to_the_login_page_and_back(client, settings):
    settings.ROOT_URLCONF = WithLogin
    settings.LOGIN_URL = "login"
    shown = page(client, "/raise/unauthorized/?a=1&b=2")
    assert (
        '<a href="/sign-in/?next=%2Fraise%2Funauthorized%2F%3Fa%3D1%26b%3D2">Sign in</a>' in shown
    )
    assert "Sign in</a>" not in page(client, "/raise/conflict/")


def test_after_a_form_the_login_page_does_not_lead_back(client, settings):
    settings.LOGIN_URL = "https://sso.example/?site=1"
    shown = client.post("/raise/unauthorized/", headers=HTML).content.decode()
    assert '<a href="https://sso.example/?site=1">Sign in</a>' in shown
    assert "&amp;next=" in page(client, "/raise/unauthorized/")


@pytest.mark.parametrize("login_url", ["/accounts/login/", "no-such-view"])
def test_without_a_login_page_there_is_no_link(client, settings, login_url):
    settings.LOGIN_URL = login_url
    assert "Sign in</a>" not in page(client, "/raise/unauthorized/")


def test_errors_are_a_list(client):
    shown = page(client, "/raise/errors/")
    first = '<li dir="auto"><bdi>rating</bdi>: At most &lt;5&gt;.</li>'
    assert f'<ul>\n{first}\n<li dir="auto"><bdi>name</bdi>: A name is' in shown


def test_values_are_isolated_from_the_sentence_around_them(client):
    shown = page(client, "/raise/tea/")
    assert "<p>We have <bdi>2</bdi> of <bdi>&lt;A1&gt;</bdi> left.</p>" in shown
    assert "<title>Out of tea – testserver</title>" in shown


def test_the_page_is_complete_and_small(client):
    shown = page(client, "/raise/many-errors/")
    for once in ("<title>", "<h1", "<main>", "</html>", 'name="viewport"', "prefers-color-scheme"):
        assert shown.count(once) == 1
    assert len(page(client, "/raise/conflict/").encode()) < 8192


class Rtl(Conflict):
    title = "عنوان"
    explanation = "نص"
    remedy = "نص"


def test_the_page_runs_as_its_language_does(client, settings):
    settings.LANGUAGE_CODE = "ar"
    settings.LANGUAGES = [("ar", "Arabic"), ("en", "English")]
    RAISED["rtl"] = Rtl
    assert '<html lang="ar" dir="rtl">' in page(client, "/raise/rtl/")


# A project's own templates: for one type, for one code, for all.


@pytest.mark.parametrize(
    "name, urls",
    [
        ("django_http4xx/out-of-tea.html", {"/raise/tea/"}),
        ("django_http4xx/409.html", {"/raise/tea/", "/raise/conflict/"}),
        ("409.html", {"/raise/tea/", "/raise/conflict/"}),
        ("django_http4xx/problem.html", {"/raise/tea/", "/raise/conflict/", "/raise/gone/"}),
    ],
)
def test_a_template_of_the_projects(client, folder, name, urls):
    (folder / "django_http4xx").mkdir()
    (folder / name).write_text("mine: {{ problem.title }}")
    for url in ("/raise/tea/", "/raise/conflict/", "/raise/gone/"):
        assert page(client, url).startswith("mine: ") is (url in urls), url


def test_a_block_of_our_page_can_be_replaced(client, folder):
    (folder / "409.html").write_text(
        "{% extends 'django_http4xx/problem.html' %}{% block links %}Ask {{ user }}{% endblock %}"
    )
    shown = page(client, "/raise/conflict/")
    assert "Ask AnonymousUser" in shown
    assert "<h1>This clashes" in shown
    assert "Home page" not in shown


def test_what_is_raised_while_a_template_is_rendered(client, folder):
    (folder / "greeting.html").write_text("{{ it.missing }}")
    assert client.get("/rendering/", headers=JSON).json()["status"] == 409


# The fragment.


def test_a_script_that_puts_the_answer_into_a_page_gets_a_part_of_one(client):
    headers = {"Accept": "*/*", "Sec-Fetch-Dest": "empty", "HX-Request": "true"}
    response = client.get("/raise/tea/", headers=headers)
    text = response.content.decode()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert text.startswith('<section class="problem" role="alert" lang="en" dir="ltr">')
    assert "<html" not in text
    assert "<bdi>&lt;A1&gt;</bdi>" in text


# Text, JSON, XML.


def test_the_text(client):
    headers = {"Accept": "text/plain", "X-Request-ID": "abc"}
    assert client.get("/raise/errors/", headers=headers).content.decode() == (
        f"{Conflict.title} (409)\n\n{Conflict.explanation}\n\n- rating: At most <5>.\n"
        f"- name: A name is missing.\n\n{Conflict.remedy}\n\nReference: abc\n"
    )


def test_both_names_of_json_have_the_same_body(client):
    both = [
        client.get("/raise/tea/", headers={"Accept": accept, "X-Request-ID": "abc"})
        for accept in ("application/problem+json", "application/json")
    ]
    assert both[0].content == both[1].content
    assert [response["Content-Type"] for response in both] == [
        "application/problem+json",
        "application/json",
    ]


def test_json_lists_a_thousand_errors_and_counts_the_rest(client):
    body = client.get("/raise/many-errors/", headers=JSON).json()
    assert (len(body["errors"]), body["errors_left_out"]) == (1000, 5)


def test_a_lazy_member_is_told_in_the_readers_language(client):
    headers = {**JSON, "Accept-Language": "zh-hans"}
    body = client.get("/raise/translated/", headers=headers).json()
    assert body["label"] == body["deep"]["label"] != "Home page"


def test_xml_has_an_element_for_each_member(client):
    response = client.get("/raise/members/", headers={"Accept": "application/problem+xml"})
    root = ET.fromstring(response.content)
    name = "{urn:ietf:rfc:7807}"
    assert [item.find(f"{name}id").text for item in root.find(f"{name}rows")] == ["1", "2"]
    assert root.find(f"{name}true").text == "true"
    # What is no name in XML has no element (RFC 9457, appendix B).
    assert root.find(f"{name}a b") is None


# A format of the project's own.


class YAML(Format):
    name = "yaml"
    media_type = content_type = "application/yaml"

    @staticmethod
    def render(problem, request):
        body = json.loads(ProblemJSON.render(problem, request))
        return "".join(f"{name}: {json.dumps(value)}\n" for name, value in body.items())


def test_a_project_adds_a_format_with_one_class(client, settings):
    settings.HTTP4XX = {"FORMATS": [*conf.DEFAULT_FORMATS, f"{__name__}.YAML"]}
    response = client.get("/raise/conflict/", headers={"Accept": "application/yaml"})
    assert response["Content-Type"] == "application/yaml"
    assert 'detail: "Edited meanwhile."\n' in response.content.decode()
    assert page(client, "/raise/conflict/").startswith("<!doctype html>")
    assert client.get("/raise/conflict/", headers=JSON).json()["status"] == 409
