"""The texts of a page around the words: translated, changed by the project, changed by editors."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import trans_real

from django_http4xx.models import Explanation
from django_http4xx.words.frame import FRAME_TEXTS
from tests.editors import FORM, LIST, signed_in
from tests.test_faults import write_catalogue

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

# The text of each name, where it is in a page, and a request whose page has it.
SHOWN = {
    "page.home": ("Home page", '<a href="/"{lang}>{text}</a>', ("get", "/raise/404/")),
    "page.back": (
        "Back to the page you came from",
        '<a href="http://testserver/tea/"{lang}>{text}</a>',
        ("get", "/raise/403/"),
    ),
    "page.try-again": (
        "Try again",
        '<a href="/raise/429/"{lang}>{text}</a>',
        ("get", "/raise/429/"),
    ),
    "page.typed": (
        "To get back to what you typed, go back with your browser.",
        "<p{lang}>{text}</p>",
        ("post", "/raise/409/"),
    ),
    "page.links": ("Where to go from here", 'aria-label="{text}"{lang}', ("get", "/raise/404/")),
    "page.code": ("Error code:", "{text} 404", ("get", "/raise/404/")),
    "page.reference": (
        "Reference, if you ask for help:",
        "{text} <strong>",
        ("get", "/raise/404/"),
    ),
    "page.sign-in": ("Sign in", '"{lang}>{text}</a>', ("get", "/raise/401/")),
}


@pytest.fixture(autouse=True)
def site(settings):
    settings.LANGUAGES = [(code, code) for code in ("en", "de", "sr-latn")]
    settings.LOGIN_URL = "/sign-in/"


def page(method="get", path="/raise/404/", language="en", **fields):
    fields = {"accept": "text/html", "accept-language": language, **fields}
    response = getattr(Client(), method)(
        path, headers={"referer": "http://testserver/tea/", **fields}
    )
    return response.content.decode()


def row(name, title, **fields):
    return Explanation.objects.create(problem_type=name, title=title, **fields)


def test_each_text_is_checked_here():
    assert {text.problem_type for text in FRAME_TEXTS.values()} == SHOWN.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_a_text_is_there_and_an_editor_changes_it(name):
    built_in, where, request = SHOWN[name]
    assert where.format(lang="", text=built_in) in page(*request)
    row(name, "Ours", language="en")
    changed = page(*request)
    assert where.format(lang="", text="Ours") in changed
    assert where.format(lang="", text=built_in) not in changed


def test_the_other_languages_keep_theirs():
    row("page.home", "Ours", language="en")
    assert ">Startseite</a>" in page(language="de")


def test_the_text_for_a_part_of_the_site_is_shown_there_only(settings):
    settings.ALLOWED_HOSTS = ["*"]
    row("page.home", "To the tea", path_prefix="/raise")
    row("page.home", "To the shop", host="shop.example")
    assert ">To the tea</a>" in page()
    assert ">Home page</a>" in page(path="/elsewhere/")
    assert ">To the shop</a>" in page(host="shop.example:8000")


def test_a_fragment_has_them_too():
    row("page.code", "Number:", language="en")
    assert "<small>Number: 404." in page(hx_request="true")


@pytest.mark.urls("tests.admin_urls_with_type_pages")
@pytest.mark.parametrize("path", ["/problems/", "/problems/not-found/"])
def test_the_pages_of_problem_types_have_them_too(path):
    row("page.home", "To the tea")
    assert ">To the tea</a>" in page(path=path)


def test_markdown_is_formatted_and_everything_else_escaped():
    row("page.home", "The *tea* <b>&")
    row("page.links", 'From "here" *on*')
    shown = page()
    assert '<a href="/">The <em>tea</em> &lt;b&gt;&amp;</a>' in shown
    assert 'aria-label="From &quot;here&quot; on"' in shown


def test_the_program_is_told_as_before():
    row("page.home", "To the tea")
    assert "To the tea" not in page(accept="application/json")


def test_a_text_of_another_language_says_so():
    row("not-found", "Nema stranice", language="sr-latn", explanation="Nema.", remedy="Idi.")
    shown = page(language="sr-latn")
    assert '<html lang="sr-latn"' in shown
    for name in ("page.home", "page.links"):
        built_in, where, _request = SHOWN[name]
        assert where.format(lang=' lang="en"', text=built_in) in shown
    assert '<span lang="en">Error code:</span> 404' in shown
    assert '<span lang="en">Reference, if you ask for help:</span> <strong>' in shown
    row("page.home", "Naslovna", language="sr-latn")
    assert '<a href="/">Naslovna</a>' in page(language="sr-latn")


def test_a_text_for_any_language_is_in_the_language_of_the_site(settings):
    settings.LANGUAGE_CODE = "de"
    row("not-found", "Nema stranice", language="sr-latn", explanation="Nema.", remedy="Idi.")
    row("page.home", "Zum Laden")
    assert '<a href="/" lang="de">Zum Laden</a>' in page(language="sr-latn")


def test_a_project_changes_them_with_its_own_catalogue(settings, tmp_path):
    write_catalogue(tmp_path, "de", {"Home page": "Zum Laden"})
    trans_real._translations.clear()
    settings.LOCALE_PATHS = [tmp_path]
    try:
        assert '<a href="/">Zum Laden</a>' in page(language="de")
    finally:
        trans_real._translations.clear()
        trans_real._default = None


class TestAdmin:
    @pytest.fixture
    def editor(self):
        return signed_in("view", "add", "change")

    def test_the_overview_has_them_in_a_group_of_their_own(self, editor):
        shown = editor.get(LIST).content.decode().partition("<h2>Every page</h2>")[2]
        assert re.findall(r"<code>(page\.[a-z-]+)</code>", shown) == [
            text.problem_type for text in FRAME_TEXTS.values()
        ]

    def test_an_editor_writes_one_and_sees_it_before(self, editor):
        sent = {**FORM, "problem_type": "page.typed", "language": "en", "title": "Press Back."}
        preview = editor.post(f"{LIST}preview/page/", {**sent, "preview_language": "en"})
        assert "<p>Press Back.</p>" in preview.content.decode()
        assert editor.post(f"{LIST}add/", sent).status_code == 302
        assert "<p>Press Back.</p>" in page("post")

    @pytest.mark.parametrize("name", SHOWN)
    def test_the_preview_of_each_shows_it(self, editor, name):
        sent = {**FORM, "problem_type": name, "language": "en", "title": "Of the *editor*"}
        preview = editor.post(f"{LIST}preview/page/", {**sent, "preview_language": "en"})
        text = "Of the editor" if name == "page.links" else "Of the <em>editor</em>"
        assert text in preview.content.decode()

    def test_the_form_starts_with_the_built_in_text(self, editor):
        form = editor.get(f"{LIST}add/", {"problem_type": "page.home", "language": "de"})
        assert 'value="Startseite"' in form.content.decode()

    @pytest.mark.parametrize("name", ["explanation", "remedy", "help_url", "help_label"])
    def test_it_has_a_title_only(self, name):
        wrong = Explanation(problem_type="page.home", title="Home", **{name: "/more/"})
        with pytest.raises(ValidationError) as refused:
            wrong.full_clean()
        assert refused.value.message_dict == {
            name: ["Leave this empty: a text of every page has only a title."]
        }

    def test_its_name_says_what_it_is(self):
        assert str(Explanation(problem_type="page.home")).startswith("Every page · Home page")
