"""The shop as somebody sees it who clicks through it."""

import html
import re
import shlex
from base64 import b64encode

import pytest

from django_http4xx.statuses import STATUSES
from tests.documents import page

from .conftest import PROJECT, manage

PAGES = [
    "/",
    "/shop/",
    "/shop/orders/new/",
    "/shop/teapot/",
    "/shop/teapot/buy/?quantity=1",
    "/account/login/",
]


@pytest.mark.parametrize("path", [*PAGES, "/admin/login/"])
def test_pages_open(any_site, path):
    answer = any_site.ask(path)
    assert answer.status == 200
    assert answer.headers.get_content_type() == "text/html"


@pytest.mark.parametrize("path", ["/static/admin/css/base.css", "/static/shop.css"])
def test_static_files_are_served_by_every_server(any_site, path):
    assert any_site.ask(path).status == 200


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere(site, path):
    loaded = re.findall(r'(?:src|href)="([^"]*)"', site.ask(path).text)
    assert loaded
    assert [address for address in loaded if "//" in address] == []


@pytest.mark.parametrize(
    ("accepted", "language", "direction", "letters"),
    [("zh-CN", "zh-hans", "ltr", "[\u4e00-\u9fff]"), ("ar-EG", "ar", "rtl", "[\u0620-\u064a]")],
)
@pytest.mark.parametrize("path", ["/", "/shop/teapot/"])
def test_pages_are_in_the_language_of_the_reader(
    site, path, accepted, language, direction, letters
):
    answer = site.ask(path, Accept_Language=accepted)
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert re.search(rf"{letters}{{2,}}\W?</h1>", answer.text)


@pytest.mark.parametrize("locale", ["zh_Hans", "ar"])
def test_no_text_of_the_example_is_left_untranslated(locale):
    catalogue = (PROJECT / "locale" / locale / "LC_MESSAGES" / "django.po").read_text()
    assert "fuzzy" not in catalogue
    assert re.findall(r'msgstr ""\n\n', catalogue) == []


@pytest.mark.parametrize("code", STATUSES)
def test_the_home_page_shows_a_code_at_every_door_and_in_every_format(site, code):
    page = site.ask("/").text
    for door in ("/raise/", "/async/raise/", "/bare/"):
        assert f'href="{door}{code}/"' in page
    article = page.partition(f'<article id="c{code}"')[2].partition("</article>")[0]
    assert f"&quot;status&quot;: {code}" in article
    assert f"&lt;status&gt;{code}&lt;/status&gt;" in article
    assert f"({code})" in article
    assert f'src="/page/{code}/"' in article


def test_the_page_of_a_code_can_be_shown_in_a_frame(site):
    answer = site.ask("/page/410/")
    assert answer.status == 200
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors" not in answer.headers.get("Content-Security-Policy", "")
    assert "This has been removed" in answer.text


def ask_with(site, curl):
    """The answer to a command line of curl."""
    *options, address = shlex.split(curl)
    # The API has no successful answer to give in the format of problems: curl asks for any.
    accept = "*/*" if "/api/" in address else "application/problem+json"
    method, fields, body = "GET", {"Accept": accept}, None
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "-X":
            method = value
        elif option == "-d":
            method, body = "POST", value
        elif option == "-u":
            fields["Authorization"] = f"Basic {b64encode(value.encode()).decode()}"
        else:
            name, _, content = value.partition(": ")
            fields[name] = content
    path = re.sub(r"^http://127\.0\.0\.1:\d+", "", address)
    if pages := re.search(r"\[(\d+)-(\d+)\]", path):
        first, last = map(int, pages.groups())
        answers = [
            site.ask(path.replace(pages[0], str(page)), method=method, body=body, **fields)
            for page in range(first, last + 1)
        ]
        return answers[-1]
    return site.ask(path, method=method, body=body, **fields)


def test_what_the_home_page_says_that_curl_gets_is_what_it_gets(site):
    rows = re.findall(
        r'<a class="code"[^>]*>(\d+)</a></td>\s*<td><code>curl -i(.*?)</code>', site.ask("/").text
    )
    assert len(rows) > 8
    for code, line in rows:
        assert (line, ask_with(site, html.unescape(line)).status) == (line, int(code))


@pytest.mark.parametrize("line", re.findall(r"^curl -i (.*)$", page("example"), re.MULTILINE))
def test_what_the_documents_ask_with_curl_is_explained(site, line):
    problem = ask_with(site, line).json()
    assert f"/raise/{problem['status']}/" in line


SECTIONS = re.findall(
    r"^## (\d{3}) [^\n]*\n(.*?)(?=^## )", page("explanation/status-codes"), re.MULTILINE | re.DOTALL
)


def test_each_code_is_explained_with_an_example():
    assert [int(code) for code, text in SECTIONS if "\ncurl -i " in text] == [*STATUSES]


@pytest.mark.parametrize(
    "code, line",
    [
        (code, line)
        for code, text in SECTIONS
        for line in re.findall("^curl -i (.*)$", text, re.MULTILINE)
    ],
)
def test_each_example_of_a_code_is_answered_with_it(site, code, line):
    command, _, other = line.partition("  # ")
    assert ask_with(site, command).status == int(other[:3] or code)


def test_migrating_again_changes_nothing(folder):
    before = manage(folder, "dumpdata", "shop", "auth.user")
    manage(folder, "migrate", "--verbosity", "0")
    assert manage(folder, "dumpdata", "shop", "auth.user") == before


def test_the_project_has_no_faults(folder):
    assert "no issues" in manage(folder, "check")
    assert "No changes" in manage(folder, "makemigrations", "--check", "shop")
