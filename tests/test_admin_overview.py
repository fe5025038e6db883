"""The overview: the words that visitors get, where they come from, and what else there is."""

import html
import re
from urllib.parse import urljoin

import pytest
from django.conf import global_settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy

from django_http4xx.models import Explanation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

LIST = "/admin/django_http4xx/explanation/"


@pytest.fixture
def editor():
    user = User.objects.create_user("ana", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__endswith="_explanation").exclude(
            codename="delete_explanation"
        )
    )
    client = Client()
    client.force_login(user)
    return client


def row(name="locked", **fields):
    return Explanation.objects.create(problem_type=name, **{"language": "en", **fields})


def overview(editor, **query):
    return editor.get(LIST, query).content.decode()


def entry(page, name="locked"):
    """What the overview says of a problem type, as HTML."""
    (found,) = (
        part for part in page.split('<span class="status">')[1:] if f"<code>{name}</code>" in part
    )
    return found


def text(part):
    """What a reader sees of a piece of HTML."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", part)).split())


def origin(part):
    """Where an entry says that its words come from."""
    found = re.search(r'<p class="quiet"><code>.*?</p>', part, re.DOTALL).group()
    return text(found).partition(" · ")[2]


def link_to(one):
    return f'href="{LIST}{one.pk}/change/'


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"title": "A draft", "is_active": False}],
        [{"title": "关了", "language": "zh-hans"}],
        [{"title": "Of the shop", "path_prefix": "/shop"}],
        [{"title": "Of a host", "host": "tea.example"}],
        [{"note": "No words at all"}],
    ],
    ids=["none", "draft", "language", "path", "host", "empty"],
)
def test_words_that_no_row_gives_are_said_to_be_built_in(editor, rows):
    others = [row(**fields) for fields in rows]
    found = entry(overview(editor))
    assert "This is locked at the moment" in found
    assert origin(found) == "Built-in words"
    assert all(link_to(other) in found.partition("<details")[2] for other in others)


def test_words_of_one_row_name_that_row_and_no_other(editor):
    shown = row(title="Shut", explanation="It is shut.", remedy="Knock.")
    other = row(title="Of the shop", path_prefix="/shop")
    before, _, after = entry(overview(editor)).partition("</details>")[0].partition("<details")
    assert origin(before) == "Written by editors: English, everywhere"
    assert link_to(shown) in before
    assert link_to(other) not in before
    assert link_to(other) in after
    assert link_to(shown) not in after


def test_words_of_several_rows_are_told_apart_text_by_text(editor):
    row(title="Shut", help_url="/help/")
    row(remedy="Knock.", language="")
    found = entry(overview(editor))
    assert origin(found) == (
        "Title, help link: English, everywhere · "
        "Explanation, text of the help link: Built-in words · "
        "What to do next: Any language, everywhere"
    )
    assert "Get help (/help/)" in text(found)


def test_words_for_a_language_that_this_one_is_a_kind_of_count(editor):
    row(title="关了", explanation="关了。", remedy="敲门。", language="zh")
    found = entry(overview(editor, **{"in": "zh-hans"}))
    assert "关了" in found
    assert origin(found) == "Written by editors: zh, everywhere"


def test_the_words_are_those_in_the_database_whatever_this_process_knows(editor, settings):
    settings.HTTP4XX = {"EXPLANATIONS_MAX_AGE": None}
    one = row(title="Shut")
    overview(editor)
    # As another process writes it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_http4xx_explanation SET title = 'Ajar'")
    assert "Ajar" in entry(overview(editor))
    assert link_to(one) in entry(overview(editor))


def test_texts_are_shown_as_a_reader_reads_them(editor):
    row(
        title="*Shut*",
        explanation="There is nothing at `{path}`.",
        remedy="Look at [the shop](/shop/).\n\n- or\n- knock",
    )
    found = entry(overview(editor))
    assert "There is nothing at {path}." in found
    assert "Look at the shop (/shop/).\n\n- or\n- knock" in found
    assert "<em>" not in found
    assert not re.search(r"[*`\[\]]", text(found))
    listed = overview(editor).partition('id="http4xx-list"')[2]
    assert ">Shut</a>" in listed


def test_what_an_editor_writes_is_no_markup(editor):
    row(title="<b>Bold</b>", explanation="<script>alert(1)</script>")
    page = overview(editor)
    assert "<b>Bold" not in page
    assert "<script>alert" not in page


def test_thirty_other_rows_are_counted_and_not_all_listed(editor):
    for number in range(30):
        row(path_prefix=f"/area-{number}", title="Shut")
    row("conflict", path_prefix="/shop", title="Twice", is_active=False)
    found = entry(overview(editor))
    assert "30 other texts" in text(found)
    assert found.count("English, /area-") == 10
    address = re.search(r'href="(\?[^"]+)">Show all in a list', found).group(1)
    listed = editor.get(LIST + address).content.decode()
    assert len(re.findall("<td[^>]*>English, /area-", listed)) == 30
    assert "1 other text " in text(entry(overview(editor), "conflict"))
    assert "English, /shop (draft)" in text(entry(overview(editor), "conflict"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({}, "What visitors are told when something goes wrong"),
        ({"in": "zh-hans"}, "What visitors are told when something goes wrong"),
        ({"is_active__exact": "1"}, "Texts that editors wrote"),
        ({"q": "tea"}, "Texts that editors wrote"),
    ],
)
def test_the_title_says_what_the_page_is(editor, query, title):
    page = overview(editor, **query)
    assert f"<h1>{title}</h1>" in page
    assert f"<title>{title} |" in page
    # From the list there is a way back.
    assert ('<a href="?">What visitors are told' in page) is title.startswith("Texts")


def test_rows_of_an_error_that_is_gone_stand_apart(editor):
    one = row("old-error", title="Old")
    page = overview(editor)
    section = page.partition("Errors that no longer exist")[2].partition("</section>")[0]
    assert link_to(one) in section
    assert "old-error (no longer exists)" in page.partition('id="http4xx-list"')[2]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"404.html": "<p>There was a problem.</p>"}, True),
        ({"404.html": "{{ exception }}"}, True),
        ({"404.html": "{% load i18n %}{% translate 'There was a problem.' %}"}, True),
        ({"404.html": "{% comment %}{% endcomment %}{# problem #}"}, True),
        ({"404.html": "{% include 'top.html' %}", "top.html": "Nope."}, True),
        ({"404.html": "{{ problem.title }}"}, False),
        ({"404.html": "{% if problem.remedy %}?{% endif %}"}, False),
        ({"404.html": "{% include 'words.html' %}", "words.html": "{{ problem.title }}"}, False),
        ({"404.html": "{% include 'django_http4xx/words.html' with heading='h1' %}"}, False),
        ({"404.html": "{% extends 'django_http4xx/problem.html' %}"}, False),
        (
            {"404.html": "{{ request.path }}{% with x='it' %}{{ problem.title }}{% endwith %}"},
            False,
        ),
        ({"404.html": "{% if 'a' == problem.code %}?{% endif %}"}, False),
        # These cannot be rendered: the page is ours.
        ({"404.html": "{% include 'no-such.html' %}"}, False),
        ({"404.html": "{% extends '404.html' %}"}, False),
    ],
)
def test_a_page_of_the_projects_own_without_the_words_is_named(
    editor, settings, tmp_path, files, named
):
    for name, source in files.items():
        (tmp_path / name).write_text(source)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert ("<code>404.html</code>" in entry(overview(editor), "not-found")) is named


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Simplified Chinese", "简体中文"),
        (gettext_lazy("language"), "语言"),
        (gettext_lazy("No such text"), "No such text"),
    ],
    ids=["plain", "own", "own-untranslated"],
)
def test_languages_have_names_in_the_editors_language(editor, settings, name, shown):
    settings.LANGUAGE_CODE = "zh-hans"
    settings.LANGUAGES = [("en", "English"), ("zh-hans", name), ("tlh", "Klingon")]
    row(language="zh-hans", title="关了")
    row(path_prefix="/shop", language="tlh", title="Soq")
    page = overview(editor)
    wanted = {"en": "英语", "zh-hans": shown, "tlh": "Klingon"}
    form = editor.get(f"{LIST}add/").content.decode()
    for code, said in wanted.items():
        assert re.search(rf'<option value="{code}"[^>]*>{said}</option>', page)
        # The language of the row, and that of the preview.
        assert len(re.findall(rf'<option value="{code}"[^>]*>{said}</option>', form)) == 2
    assert f"{shown}, 所有位置" in page
    assert "Klingon, /shop" in page


def test_the_list_is_filtered_by_language_by_name(editor):
    row(language="zh-hans", title="关了")
    row(language="", title="For all")
    page = overview(editor)
    assert 'href="?language=zh-hans">Simplified Chinese' in page
    assert 'href="?language=">Any language' in page
    listed = overview(editor, language="")
    assert "For all" in listed
    assert "关了" not in listed


def test_who_comes_back_from_a_form_finds_the_language_that_was_chosen(editor):
    part = entry(overview(editor, **{"in": "zh-hans"}))
    address = html.unescape(re.search(r'href="([^"]+/add/[^"]*)"', part).group(1))
    form = editor.get(address).content.decode()
    action = re.search(r'<form (?:action="([^"]*)" )?method="post" id="explanation_form"', form)
    saved = {"problem_type": "locked", "language": "zh-hans", "title": "关了", "is_active": "on"}
    saved |= dict.fromkeys(("explanation", "remedy", "help_url", "help_label"), "")
    saved |= dict.fromkeys(("host", "path_prefix", "note"), "")
    target = urljoin(address, html.unescape(action.group(1)))
    response = editor.post(target, saved, follow=True)
    assert response.redirect_chain[-1][0] == f"{LIST}?in=zh-hans"
    assert "关了" in entry(response.content.decode())


def test_the_number_of_queries_does_not_grow_with_the_rows(editor):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            overview(editor)
        return len(asked)

    row(title="Shut")
    with_one = queries()
    Explanation.objects.bulk_create(
        Explanation(
            problem_type=["locked", "not-found", "old-error"][number % 3],
            language=["en", "zh-hans", ""][number % 2],
            path_prefix=f"/area-{number}",
            title="Shut",
            is_active=number % 5 > 0,
        )
        for number in range(199)
    )
    assert queries() == with_one


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([True], "1 text is no longer in use."),
        ([True, False], "1 text is no longer in use."),
        ([True, True], "2 texts are no longer in use."),
        ([False], "The chosen texts are drafts already."),
    ],
)
def test_the_action_says_what_it_did(editor, states, said):
    rows = [row(path_prefix=f"/{at}", is_active=state) for at, state in enumerate(states)]
    chosen = {"action": "return_to_built_in_words", "_selected_action": [one.pk for one in rows]}
    assert said in editor.post(LIST, chosen, follow=True).content.decode()
    assert not Explanation.objects.filter(is_active=True).exists()


@pytest.mark.parametrize(
    "languages", [global_settings.LANGUAGES, [("en", "English"), ("zh-hans", "Chinese")]]
)
def test_a_site_in_a_kind_of_a_language_is_shown_in_that_language(editor, settings, languages):
    settings.LANGUAGE_CODE = "en-us"  # as `startproject` has it; there is no such language
    settings.LANGUAGES = languages

    page = overview(editor)
    assert re.findall(r'<option value="([^"]*)" selected>', page)[0] == "en"
    start = html.unescape(re.search(r'href="([^"]*/add/[^"]*problem_type=locked[^"]*)"', page)[1])
    form = editor.get(urljoin(LIST, start)).content.decode()
    assert re.findall(r'<option value="([^"]*)" selected>', form) == ["locked", "en"]

    one = row(title="Ours")
    assert link_to(one) in entry(overview(editor))
