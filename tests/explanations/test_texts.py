"""What editors write, and what goes into it: Markdown becomes a page, values never become markup."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from django_http4xx.exceptions import Locked, RequestHeaderFieldsTooLarge
from django_http4xx.models import Explanation
from django_http4xx.responses import problem_response


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = "tests.explanations.urls"


def row(explanation, **fields):
    return Explanation(**{"problem_type": "sold-out", "explanation": explanation, **fields})


FRAGMENT = {"Accept": "*/*", "Sec-Fetch-Dest": "empty", "HX-Request": "true"}


def asked(accept, **values):
    fields = FRAGMENT if accept == "fragment" else {"Accept": accept}
    return Client().get("/sold-out/", values, headers=fields).content.decode()


def page_and_text(explanation, **values):
    row(explanation).save()
    page = asked("text/html", **values)
    shown = re.search(r"</h1>\n(.*?)\n<p>Choose another", page, re.DOTALL)[1]
    return shown, json.loads(asked("application/json", **values))["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "source, page, text",
    [
        ("Plain.", "<p>Plain.</p>", "Plain."),
        ("*Not* __here__", "<p><em>Not</em> <strong>here</strong></p>", "Not here"),
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>", "One\n\nTwo"),
        ("One\nline", "<p>One\nline</p>", "One line"),
        ("One  \ntwo", "<p>One<br />\ntwo</p>", "One\ntwo"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "- a\n- b"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>', "3. a\n4. b"),
        ("# Head", "<h2>Head</h2>", "Head"),
        ("[us](/contact/)", '<p><a href="/contact/">us</a></p>', "us (/contact/)"),
        ("[us](mailto:a@b.c)", '<p><a href="mailto:a@b.c">us</a></p>', "us (a@b.c)"),
        ("<tel:+49123>", '<p><a href="tel:+49123">tel:+49123</a></p>', "tel:+49123"),
        ('[us](/c "tip {sku}")', '<p><a href="/c">us</a></p>', "us (/c)"),
        ("{{sku}} }} {{", "<p>{sku} } {</p>", "{sku} } {"),
        ("{sku}, {available}", "<p><bdi>A1</bdi>, <bdi>2</bdi></p>", "A1, 2"),
        ("`{sku}`", "<p><code><bdi>A1</bdi></code></p>", "A1"),
        ("**{sku}**s", "<p><strong><bdi>A1</bdi></strong>s</p>", "A1s"),
        ("{method} {status}", "<p><bdi>GET</bdi> <bdi>409</bdi></p>", "GET 409"),
        ("{path}", "<p><bdi>/sold-out/</bdi></p>", "/sold-out/"),
        ("{host}", "<p><bdi>testserver</bdi></p>", "testserver"),
        # In a row that came another way than through the form:
        ("{nothing}", "<p>{nothing}</p>", "{nothing}"),
        ("{sku.x} {sku[0]} {0}", "<p>{sku.x} {sku[0]} {0}</p>", "{sku.x} {sku[0]} {0}"),
        ("[x](javascript:y)", "<p>[x](javascript:y)</p>", "[x](javascript:y)"),
        ("[x](/a/{sku})", "<p>[x](/a/<bdi>A1</bdi>)</p>", "[x](/a/A1)"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>", "<b>x</b>"),
        ("&#xFDD0;sku&#xFDD1;", "<p>\ufffdsku\ufffd</p>", "\ufffdsku\ufffd"),
        ("\ufdd0nothing\ufdd1", "<p>nothing</p>", "nothing"),
        ("```{sku}\ncode\n```", "<pre><code>code\n</code></pre>", "code"),
    ],
)
def test_what_is_written_and_what_is_shown(source, page, text):
    assert page_and_text(source) == (page, text)


@pytest.mark.django_db
def test_a_value_may_hold_what_looks_like_a_placeholder_or_markdown():
    assert page_and_text("{sku}", sku="{available} *x*") == (
        "<p><bdi>{available} *x*</bdi></p>",
        "{available} *x*",
    )


@pytest.mark.django_db
def test_a_delay_is_told_as_one_says_it(settings):
    settings.ROOT_URLCONF = "tests.urls"
    Explanation.objects.create(problem_type="too-many-requests", remedy="Again {retry_after}.")
    Explanation.objects.create(problem_type="method-not-allowed", remedy="Try {allowed}.")
    body = [
        Client().get(f"/raise/{code}/", headers={"Accept": "application/json"}).json()["remedy"]
        for code in (429, 405)
    ]
    assert body == ["Again in 2 minutes.", "Try PUT, DELETE."]


@pytest.mark.django_db
def test_the_field_at_fault_and_the_condition_can_be_named(settings, rf):
    for name, text in (
        ("request-header-fields-too-large", "{field} is too long."),
        ("locked", "It failed: {precondition}."),
    ):
        written = Explanation(problem_type=name, explanation=text)
        written.full_clean()
        written.save()
    shown = [
        json.loads(
            problem_response(rf.get("/", headers={"Accept": "application/json"}), error).content
        )
        for error in (
            RequestHeaderFieldsTooLarge(field="Cookie"),
            Locked(precondition="no-conflicting-lock"),
        )
    ]
    assert [body["detail"] for body in shown] == [
        "Cookie is too long.",
        "It failed: no-conflicting-lock.",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field, written, said",
    [
        ("explanation", "{colour} left", "{colour} is not a placeholder that works here"),
        ("explanation", "{sku.upper} left", "{sku.upper} is not a placeholder that works here"),
        ("explanation", "{sku[0]} left", "{sku[0]} is not a placeholder that works here"),
        ("title", "{ left", "{ is not a placeholder that works here"),
        ("remedy", "[x](/a/{sku})", "cannot have a placeholder in it: /a/{sku}"),
        ("remedy", "<https://x.example/{sku}>", "cannot have a placeholder in it"),
        ("remedy", "[x](javascript:y)", "This one does not: javascript:y"),
        ("remedy", "[x][1]\n\n[1]: //evil.example", "This one begins with two: //evil.example"),
        ("remedy", "[x](data:text/html,y)", "A link has to begin with https://"),
        ("remedy", "![x](/y.png)", "Images cannot be shown here: /y.png"),
        ("help_url", "javascript:y", "A link has to begin with https://"),
        ("help_url", "contact/", "A link has to begin with https://"),
        ("help_url", "/contact/?at={path}", "cannot have a placeholder in it: /contact/?at={path}"),
        ("title", "x" * 201, "200"),
        ("explanation", "x" * 2001, "This is 2001 characters long; there is room for 2000."),
        ("problem_type", "no-such-thing", "There is no such error on this site."),
        ("language", "tlh", "It supports: en, zh-hans."),
        ("host", "https://shop.example/", "Enter the name of the site only"),
        ("path_prefix", "shop", "begins with a slash"),
        ("path_prefix", "/shop?x=1", "without what follows a ? or #"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_its_field(field, written, said):
    with pytest.raises(ValidationError) as refused:
        row(**{"explanation": "Fine.", field: written}).full_clean()
    assert refused.value.message_dict.keys() == {field}
    assert said in " ".join(refused.value.message_dict[field])


@pytest.mark.django_db
def test_what_there_is_is_listed():
    with pytest.raises(ValidationError) as refused:
        row("{colour}").full_clean()
    for name in ("sku", "available", "path", "host", "detail", "retry_after"):
        assert f"{{{name}}}" in refused.value.messages[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field, typed, kept",
    [
        ("language", "zh_Hans", "zh-hans"),
        ("host", " Shop.Example:8000 ", "shop.example"),
        ("path_prefix", "/caf%C3%A9/", "/café"),
        ("path_prefix", "/", ""),
    ],
)
def test_what_is_typed_is_kept_in_one_spelling(field, typed, kept):
    one = row("Fine.", **{field: typed})
    one.full_clean()
    assert getattr(one, field) == kept


@pytest.mark.django_db
def test_a_row_whose_problem_type_is_gone_may_be_kept_as_a_draft():
    one = row("Old.")
    one.problem_type = "no-such-thing"
    one.save()
    with pytest.raises(ValidationError, match="no such error"):
        one.full_clean()
    one.is_active = False
    one.full_clean()


@pytest.mark.django_db
def test_texts_are_refused_in_the_editors_language():
    with override("zh-hans"), pytest.raises(ValidationError) as refused:
        row("{colour} [x](javascript:y)").full_clean()
    assert all(re.search("[\u4e00-\u9fff]", message) for message in refused.value.messages)


class Page(HTMLParser):
    """The elements of a page that a browser would see, and its texts."""

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        self.elements, self.text = [], ""
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))

    def handle_data(self, data):
        self.text += data


HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "nav", "ul", "li", "a"),
    *(
        "footer",
        "p",
        "span",
        "bdi",
        "em",
        "strong",
        "code",
        "pre",
        "ol",
        "br",
        "hr",
        "blockquote",
        "link",
        "svg",
        "path",
    ),
    *("h2", "h3", "h4", "h5", "h6", "section", "small", "div", "link", "svg", "path", "time"),
}
ATTRIBUTES = {
    *("aria-hidden", "data-turbo-track", "d", "datetime", "rel", "viewbox", "width", "height"),
    "lang",
    "dir",
    "charset",
    "name",
    "content",
    "href",
    "class",
    "start",
    "aria-label",
    "role",
}
SAFE = re.compile("/(?![/\\\\])|https?://|mailto:|tel:", re.IGNORECASE)
SNIPPETS = [
    *(
        "<script>",
        "</p>",
        "<img src=x onerror=y>",
        '"',
        "'",
        "&",
        "&lt;",
        "`",
        "```",
        "*",
        "_",
        "[",
    ),
    *(
        "](",
        ")",
        "](javascript:",
        "](/",
        "](//",
        "](data:",
        "![",
        "<",
        ">",
        "{",
        "}",
        "{sku}",
        "{{",
    ),
    *(
        "\n",
        "\n\n",
        "\t",
        "\\",
        "# ",
        "- ",
        "1. ",
        "    ",
        "[a]: ",
        "\x00",
        "\ufdd0",
        "\ue000title",
    ),
    *("\ue001", "]]>", "<!--", "&#xFDD0;", "javascript&colon;", "onload=", "é", "\u202e", "x", " "),
]
NASTY = st.lists(
    st.sampled_from(SNIPPETS) | st.text(st.characters(codec="utf-8"), max_size=4), max_size=12
).map("".join)


class TestNothingBecomesMarkup(TestCase):
    def harmless(self, content):
        page = Page(content)
        for tag, attrs in page.elements:
            assert tag in HARMLESS, tag
            assert {name for name, _ in attrs} <= ATTRIBUTES, attrs
            addresses = [value for name, value in attrs if name == "href"]
            if tag == "link":
                assert attrs == [("rel", "icon"), ("href", "data:,")]
            else:
                assert all(map(SAFE.match, addresses)), attrs
        return page

    @hypothesis_settings(max_examples=200)
    @given(written=NASTY, value=NASTY)
    @example("[a](/{sku} '{sku}')<{sku}>", '"><script>')
    @example("{sku}", "\ue000title.html\ue001")
    def test_in_no_format(self, written, value):
        one = row(written.replace("\x00", ""), title=written.replace("\x00", "")[:200])
        one.save()
        with self.settings(ROOT_URLCONF="tests.explanations.urls"):
            for accept in ("text/html", "fragment"):
                self.harmless(asked(accept, sku=value))
            body = json.loads(asked("application/json", sku=value))
            assert body.get("sku", "") == value
            ET.fromstring(asked("application/problem+xml", sku=value).encode())

    @hypothesis_settings(max_examples=100)
    @given(value=NASTY)
    def test_a_value_is_shown_as_it_is(self, value):
        row("Have *this*: {sku}|").save()
        with self.settings(ROOT_URLCONF="tests.explanations.urls"):
            page = self.harmless(asked("text/html", sku=value))
            body = json.loads(asked("application/json", sku=value))
        assert body["detail"] == f"Have this: {value}|"
        shown = page.text.partition("Have this: ")[2].partition("|\n")[0]
        # HTML has no way to write these (HTML 13.1.4, 13.2.3.5).
        if not re.search("[\x00\r|]", value):
            assert shown == value
