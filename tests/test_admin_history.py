"""The history of a row: what each change replaced, and the way back."""

import json
import re

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from django_http4xx.models import Explanation
from tests.editors import FORM, LIST

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

TEXTS = {**FORM, "title": "First", "explanation": "One."}


@pytest.fixture
def editor():
    client = Client()
    client.force_login(User.objects.create_superuser("ana"))
    return client


@pytest.fixture
def row(editor):
    editor.post(f"{LIST}add/", TEXTS)
    return Explanation.objects.get()


def address(row):
    return f"{LIST}{row.pk}/change/"


def history(editor, row):
    return editor.get(f"{LIST}{row.pk}/history/").content.decode()


def way_back(editor, row):
    """The addresses that bring texts back, the newest change first."""
    return re.findall(r'href="([^"]+bring_back=\d+)"', history(editor, row))


def shown_in(response):
    page = response.content.decode()
    is_active = re.search(r'<input[^>]*name="is_active"[^>]*>', page).group()
    return re.search(r'name="title" value="([^"]*)"', page).group(1), "checked" in is_active


def test_the_changes_are_told_in_the_editors_language(editor, row, settings):
    editor.post(address(row), {**TEXTS, "title": "Second", "remedy": "Knock.", "note": "x"})
    assert "Changed title, what to do next and note." in history(editor, row)
    settings.LANGUAGE_CODE = "zh-hans"
    told = re.search("已修改[^<]*", history(editor, row)).group()
    assert all(name in told for name in ("备注", "标题", "接下来该怎么做"))


def test_a_change_that_was_taken_back_by_the_action_can_be_undone(editor, row):
    editor.post(LIST, {"action": "return_to_built_in_words", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.is_active
    page = history(editor, row)
    assert "Changed shown." in page
    assert re.search(r"<dt>Shown</dt>.*<del>Yes</del>.*<ins>No</ins>", page, re.DOTALL)
    (back,) = way_back(editor, row)
    assert shown_in(editor.get(back)) == ("First", True)


def test_texts_of_a_draft_come_back_as_a_draft(editor, row):
    editor.post(address(row), {**TEXTS, "title": "Second"})
    draft = {name: value for name, value in TEXTS.items() if name != "is_active"}
    editor.post(address(row), {**draft, "title": "Second"})
    newest, oldest = way_back(editor, row)
    response = editor.get(oldest)
    assert shown_in(response) == ("First", False)
    assert "These are the earlier texts, kept as a draft." in response.content.decode()
    assert shown_in(editor.get(newest)) == ("Second", True)


def test_what_is_saved_after_bringing_back_is_what_the_form_goes_on_with(editor, row):
    editor.post(address(row), {**TEXTS, "title": "Second"})
    (back,) = way_back(editor, row)
    form = editor.get(back).content.decode()
    action = re.search(r'<form (?:action="([^"]*)" )?method="post" id="explanation_form"', form)
    saved = editor.post(
        action.group(1) or back, {**TEXTS, "title": "Third", "_continue": "1"}, follow=True
    )
    assert shown_in(saved) == ("Third", True)
    assert "These are the earlier texts" not in saved.content.decode()


def test_a_text_that_was_added_or_cleared_is_said_to_have_been_empty(editor, row):
    editor.post(address(row), {**TEXTS, "explanation": "", "remedy": "Knock."})
    page = history(editor, row)
    assert re.search(r"<del>One.</del></dd>\s*<dd><b>After</b> <ins><span[^>]*>\(empty\)", page)
    assert re.search(r"\(empty\)</span></del></dd>\s*<dd><b>After</b> <ins>Knock.</ins>", page)


def test_what_was_written_is_no_markup(editor, row):
    editor.post(address(row), {**TEXTS, "title": "<b>Bold</b>"})
    editor.post(address(row), TEXTS)
    page = history(editor, row)
    assert "<del>&lt;b&gt;Bold" in page
    assert "<b>Bold" not in page


def test_a_text_of_several_lines_that_was_not_touched_is_no_change(editor, row):
    Explanation.objects.update(remedy="- One\n- Two", note="For\nyou")
    # Browsers send each end of a line as two characters.
    sent = {**TEXTS, "title": "Second", "remedy": "- One\r\n- Two", "note": "For\r\nyou"}
    editor.post(address(row), sent)
    assert "Changed title." in history(editor, row)
    assert Explanation.objects.get().remedy == "- One\n- Two"


def test_a_change_of_nothing_is_no_change_of_texts(editor, row):
    editor.post(address(row), TEXTS)
    assert LogEntry.objects.count() == 2
    assert "No fields changed." in history(editor, row)
    assert way_back(editor, row) == []


def changed(texts):
    """A record as our own are, which Django can read, with these values in it."""
    return json.dumps([{"changed": {"fields": ["Title"], "texts": texts}}])


@pytest.mark.parametrize(
    "message",
    [
        *("Imported.", '["imported"]', "[]", '[{"added": {}}]', "12", ""),
        *map(changed, ({"title": "x"}, {"title": ["x"]}, {"title": ["x", "y", "z"]})),
        *map(changed, ({"title": {}}, {"title": None}, {"title": "xy"}, {"title": [1, 2]})),
        *map(changed, ({"title": [None, "x"]}, {"is_active": ["on", ""]}, {"is_active": [0, 1]})),
        *map(changed, ({"nothing": ["x", "y"]}, {"pk": ["x", "y"]}, [], "title", None, 5)),
        '[{"changed": {"fields": ["Title"]}}]',
    ],
)
def test_what_others_write_into_the_log_is_no_change_of_texts(editor, row, message):
    entry = LogEntry.objects.create(
        user=User.objects.get(),
        content_type=ContentType.objects.get_for_model(Explanation),
        object_id=str(row.pk),
        object_repr=str(row),
        action_flag=CHANGE,
        change_message=message,
    )
    assert way_back(editor, row) == []
    assert shown_in(editor.get(f"{address(row)}?bring_back={entry.pk}")) == ("First", True)
