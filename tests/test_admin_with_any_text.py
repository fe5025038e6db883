"""Whatever the built-in words are, and whatever is sent to the admin."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.admin_urls import said
from tests.editors import LIST, signed_in

ADD = f"{LIST}add/"
TEXTS = ("title", "explanation", "remedy")

MARKUP = [
    *("*", "_", "`", "**", "\\", "[", "]", "(/x/)", "<", ">", "&", "&amp;", "!", "~~~", "```"),
    *("# ", "- ", "+ ", "1. ", "2) ", "> ", "---", "===", "    ", "\t", "\n", "\n\n", "\r\n", " "),
    *("<b>", "<https://x.example/>", "[x](javascript:y)", "![x](/y.png)", "[x]: /y", "'", '"'),
    *("{tea}", "{path}", "{retry_after}", "{nope}", "{", "}", "{{", "}}", "{tea.x}", "{{tea}}"),
    *("a", "ö", "茶", ".", "1", "a_b_c", "2 * 3 * 4"),
]
# What no form takes, and what the parser takes for no character.
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufdd0\ufdd1")
plain = st.lists(st.sampled_from(MARKUP) | st.text(letters, max_size=5), max_size=8).map("".join)


class Shown(HTMLParser):
    """A page as its elements, with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def met():
    """What a visitor is told: the elements and the text of the page, and the body."""
    # An answer that a cache may keep would have a reference of its own each time.
    headers = {"X-Request-ID": "ref", "Authorization": "Bearer x", "Accept": "text/html"}
    shown = Shown(Client().get("/say/", headers=headers).content.decode())
    body = Client().get("/say/", headers={**headers, "Accept": "application/json"}).json()
    return shown.elements, shown.text.split(), {name: body.get(name, "").strip() for name in TEXTS}


@override_settings(ROOT_URLCONF="tests.admin_urls", HTTP4XX={"TYPE_BASE_URI": "https://x.example/"})
class BuiltInWords(TestCase):
    @hypothesis_settings(max_examples=100)
    @given(st.fixed_dictionaries(dict.fromkeys(TEXTS, plain)))
    @example({"title": "# *A*_b_ `c`", "explanation": "1. {tea}\n{{x}", "remedy": "[x](//y) <b>"})
    def test_saved_unchanged_they_are_the_same_letter_by_letter(self, words):
        said.update(words)
        editor = signed_in("add", "change")
        # A change of the language makes the built-in words new.
        with override_settings(LANGUAGE_CODE="en"):
            before = met()
            asked = {"problem_type": "tea-says", "language": "en"}
            form = editor.get(ADD, asked).context["adminform"].form
            written = {name: form[name].value() for name in TEXTS}
            response = editor.post(ADD, {**asked, **written, "is_active": "on"})
            assert response.status_code == 302, response.context["errors"]
            assert met() == before


def test_a_text_that_needs_no_escape_is_as_it_was(admin_client, settings):
    settings.ROOT_URLCONF = "tests.admin_urls"
    for text, written in [
        ("Tea & cake, 5*3. It's <3!", "Tea & cake, 5*3. It's <3!"),
        ("2 * 3 * 4 and a_b_c, 1. and #1 - {tea}", "2 * 3 * 4 and a_b_c, 1. and #1 - {tea}"),
        ("Write {{tea}} [now].", "Write {{tea}} [now]."),
        ("Not *now*. Or 2 * 3?", "Not \\*now*. Or 2 * 3?"),
        ("`{tea}` at {path}.", "\\`{tea}` at {path}."),
        ("1. Wait. 2. See.", "1\\. Wait. 2. See."),
        ("# Wait", "\\# Wait"),
        ("[x](/y/)", "\\[x](/y/)"),
        ("{nope} left", "{{nope}} left"),
        ("One\ntwo", "One&#10;two"),
    ]:
        said["explanation"] = text
        settings.LANGUAGE_CODE = "en"  # the built-in words are made anew
        form = admin_client.get(ADD, {"problem_type": "tea-says"}).context["adminform"].form
        assert form["explanation"].value() == written


def test_of_a_text_full_of_markup_not_every_escape_is_weighed(admin_client, settings):
    settings.ROOT_URLCONF = "tests.admin_urls"
    said["explanation"] = "2 * 3, " * 600 + "*so* to say"
    settings.LANGUAGE_CODE = "en"  # the built-in words are made anew
    form = admin_client.get(ADD, {"problem_type": "tea-says"}).context["adminform"].form
    written = form["explanation"].value()
    assert written.startswith("2 \\* 3, 2 \\* 3")
    assert written.endswith("2 * 3, \\*so* to say")


FIELDS = (
    *("problem_type", "language", *TEXTS, "help_url", "help_label", "host", "path_prefix"),
    *("is_active", "note", "preview_language", "preview_scheme", "preview_narrow"),
)
USUAL = {
    "problem_type": ["not-found", "tea-says", "unauthorized", "too-many-requests", "no-such"],
    "language": ["", "", "en", "en", "zh-hans", "zh", "zh_Hans", "tlh"],
    "preview_language": ["", "en", "zh-hans", "tlh"],
    "preview_scheme": ["", "light", "dark", "sepia"],
    "help_url": ["/x/", "//x", "javascript:x()", "https://x.example/{path}"],
    "host": ["testserver", "Testserver:8000", "x.example", "[::1]", "a_b", "a b", "<b>", ":", "."],
    "path_prefix": ["/", "/a/b/", "a", "/<b>", "/%3Cb%3E", "//x", "/a?b", "/%00", "/%ff", "/..//"],
}
FORMATTED = ["*x*", "**{path}**", "`<b>`", "[<i>](https://x.example/)", "\n\n- <b>\n- x"]
anything = st.lists(st.sampled_from(FORMATTED + MARKUP) | st.text(max_size=5), max_size=6)
anything = anything.map("".join)


def typed_into(name):
    """What is sent for a field: most often once, but it may be missing, or be there twice."""
    usual = st.sampled_from(USUAL[name]) if name in USUAL else anything
    return st.lists(usual, min_size=1, max_size=1) | st.lists(usual | anything, max_size=2)


drafts = st.fixed_dictionaries({name: typed_into(name) for name in FIELDS})
FORM = "application/x-www-form-urlencoded"
KINDS = st.sampled_from(
    [
        *(FORM, f"{FORM}; charset=latin-1", f"{FORM}; charset=nonsense", "application/json", ""),
        *("text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "nonsense"),
    ]
)
rows = st.sampled_from(["", "1", "-1", "²", "9" * 40, "9" * 5000, "1_2F", "\0"]) | st.text()

OF_A_PAGE = {"html", "head", "meta", "title", "style", "body", "main", "h1", "p", "nav", "ul", "li"}
OF_A_PAGE |= {"a", "base", "footer", "span", "div", "section", "bdi", "svg", "path", "time"}
OF_MARKDOWN = {"em", "strong", "code", "pre", "blockquote", "hr", "br", "ol", "h2", "h3", "h4"}
OF_MARKDOWN |= {"h5", "h6"}
ATTRIBUTES = {"lang", "dir", "charset", "name", "content", "class", "href", "start", "aria-label"}
ATTRIBUTES |= {"tabindex", "target", "data-turbo-track", "aria-hidden", "viewbox", "d", "datetime"}
ATTRIBUTES |= {"width", "height"}
CLASSES = {"", "reference", "detail", "faults", "site", "drawing", "until"}
LINK = re.compile(r"(https?://|mailto:|tel:|/(?!/))[^\s]*", re.IGNORECASE)


def assert_harmless(page):
    shown = Shown(page)
    for element, attributes in shown.elements:
        assert element in OF_A_PAGE | OF_MARKDOWN
        assert attributes.keys() <= ATTRIBUTES
        assert LINK.fullmatch(attributes.get("href", "/"))
        # What can be typed is never among them.
        assert attributes.get("class", "") in CLASSES


def assert_harmless_but_for_the_frame(document):
    before, tag, rest = document.partition("<iframe ")
    frame, end, after = rest.partition("></iframe>")
    assert_harmless(before + after)
    if tag:
        [(_iframe, attributes)] = Shown(f"{tag}{frame}{end}").elements
        assert attributes.keys() - {"class"} == {"title", "sandbox", "srcdoc"}
        assert not attributes["sandbox"]
        assert_harmless(attributes["srcdoc"])


@override_settings(ROOT_URLCONF="tests.admin_urls")
class AnyDraft(TestCase):
    @hypothesis_settings(max_examples=100)
    @given(drafts, rows, st.just(FORM) | KINDS, st.sampled_from(["*", "testserver"]))
    def test_a_preview_never_fails_nor_writes_and_nothing_typed_becomes_markup(
        self, draft, row, kind, allowed
    ):
        editor = signed_in("add", "change")
        with (
            CaptureQueriesContext(connection) as asked,
            override_settings(ALLOWED_HOSTS=["testserver", allowed]),
        ):
            responses = {
                name: editor.generic(
                    "POST",
                    f"{LIST}preview/{path}?{urlencode({'row': row})}",
                    urlencode(draft, doseq=True),
                    kind,
                )
                for name, path in {"button": "", "live": "draft/", "page": "page/"}.items()
            }
        assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
        if responses["page"].status_code == 400 and kind != FORM:
            return
        assert {response.status_code for response in responses.values()} == {200}
        assert_harmless(responses["page"].content.decode())
        live = responses["live"].json()
        assert live.keys() == {"json", "faults", "notes", "built_in", "start", "placeholders"}
        assert_harmless_but_for_the_frame(responses["button"].content.decode())
