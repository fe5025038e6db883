"""Two editors write at once: nobody overwrites what the other wrote without knowing."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from django_http4xx.models import Explanation
from tests.editors import FORM, LIST

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

TEXTS = {**FORM, "title": "At first", "explanation": "At first."}


@pytest.fixture
def row():
    return Explanation.objects.create(**{**TEXTS, "is_active": True})


def client_of(name):
    client = Client()
    client.force_login(User.objects.create_superuser(name))
    return client


@pytest.fixture
def ana(db):
    return client_of("ana")


@pytest.fixture
def ben(db):
    return client_of("ben")


def address(row):
    return f"{LIST}{row.pk}/change/"


def sent_by(page):
    """What the form of a page sends if nobody touches it."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values["is_active"] = "on" if values["is_active"] else None
    found = re.findall(r'type="hidden" name="(opened_with|clash)" value="([^"]*)"', text_of(page))
    hidden = {}
    for name, value in found:
        hidden.setdefault(name, []).append(html.unescape(value))
    return {name: value for name, value in {**values, **hidden}.items() if value is not None}


def text_of(page):
    return page.content.decode()


def now(row):
    row.refresh_from_db()
    return row.title, row.explanation


def test_a_form_that_is_newest_is_saved(ana, row):
    sent = sent_by(ana.get(address(row)))
    assert ana.post(address(row), {**sent, "title": "By Ana"}).status_code == 302
    assert now(row) == ("By Ana", "At first.")


class TestEachChangesAnotherField:
    @pytest.fixture
    def told(self, ana, ben, row):
        opened = sent_by(ben.get(address(row)))
        ana.post(address(row), {**sent_by(ana.get(address(row))), "title": "By Ana"})
        return ben.post(address(row), {**opened, "explanation": "By Ben."})

    def test_the_second_is_told_what_the_first_changed_and_nothing_is_saved(self, told, row):
        assert "ana changed this text meanwhile" in text_of(told)
        section = re.search("http4xx-differences.*?</section>", text_of(told), re.DOTALL).group()
        assert "By Ana" in section
        assert "At first" in section
        assert "By Ben." not in section
        assert now(row) == ("By Ana", "At first.")

    def test_the_form_has_both_and_saves_them(self, told, ben, row):
        sent = sent_by(told)
        assert (sent["title"], sent["explanation"]) == ("By Ana", "By Ben.")
        assert ben.post(address(row), sent).status_code == 302
        assert now(row) == ("By Ana", "By Ben.")


class TestBothChangeOneField:
    @pytest.fixture
    def told(self, ana, ben, row):
        opened = sent_by(ben.get(address(row)))
        ana.post(address(row), {**sent_by(ana.get(address(row))), "title": "By Ana"})
        return ben.post(address(row), {**opened, "title": "By Ben"})

    def test_both_texts_are_side_by_side_and_nothing_is_saved(self, told, row):
        section = re.search("http4xx-differences.*?</section>", text_of(told), re.DOTALL).group()
        assert "By Ana" in section
        assert "By Ben" in section
        assert sent_by(told)["title"] == "By Ben"
        assert now(row)[0] == "By Ana"

    @pytest.mark.parametrize(("choice", "saved"), [("theirs", "By Ana"), ("yours", "By Ben")])
    def test_the_one_that_is_chosen_is_saved(self, told, ben, row, choice, saved):
        sent = {**sent_by(told), "choice_title": choice}
        assert ben.post(address(row), sent).status_code == 302
        assert now(row)[0] == saved

    @pytest.mark.parametrize("choice", [None, "", "both"])
    def test_without_a_choice_it_is_asked_again(self, told, ben, row, choice):
        sent = sent_by(told) | ({} if choice is None else {"choice_title": choice})
        again = ben.post(address(row), sent)
        assert 'name="choice_title"' in text_of(again)
        assert sent_by(again)["title"] == "By Ben"
        assert now(row)[0] == "By Ana"

    def test_who_writes_the_same_has_nothing_to_choose(self, told, ben, row):
        assert ben.post(address(row), {**sent_by(told), "title": "By Ana"}).status_code == 302

    def test_what_is_changed_a_third_time_is_told_again(self, told, ana, ben, row):
        ana.post(address(row), {**sent_by(ana.get(address(row))), "title": "Again by Ana"})
        again = ben.post(address(row), {**sent_by(told), "choice_title": "yours"})
        assert "Again by Ana" in text_of(again)
        assert now(row)[0] == "Again by Ana"

    def test_what_else_is_wrong_does_not_hide_it(self, told, ben, row):
        wrong = ben.post(address(row), {**sent_by(told), "remedy": "{nope}"})
        assert "{nope} is not a placeholder" in text_of(wrong)
        assert 'name="choice_title"' in text_of(wrong)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("remedy", "- One\n- Two", "- Three"),
        ("note", "By Ana", "By Ben"),
        ("help_url", "/ana/", "/ben/"),
        ("title", "", "By Ben"),
    ],
)
def test_every_field_is_watched(ana, ben, row, name, first, second):
    opened = sent_by(ben.get(address(row)))
    ana.post(address(row), {**sent_by(ana.get(address(row))), name: first})
    told = ben.post(address(row), {**opened, name: second})
    assert f'name="choice_{name}"' in text_of(told)


def test_a_text_that_was_taken_out_of_use_is_not_shown_again_unasked(ana, ben, row):
    opened = sent_by(ben.get(address(row)))
    ana.post(f"{LIST}{row.pk}/return/")
    told = ben.post(address(row), {**opened, "title": "By Ben"})
    assert "ana changed this text meanwhile" in text_of(told)
    ben.post(address(row), sent_by(told))
    row.refresh_from_db()
    assert (row.title, row.is_active) == ("By Ben", False)


def test_a_text_that_was_moved_meanwhile_is_said_to_be_elsewhere(ana, ben, row):
    opened = sent_by(ben.get(address(row)))
    Explanation.objects.filter(pk=row.pk).update(path_prefix="/shop")
    told = ben.post(address(row), {**opened, "title": "By Ben"})
    assert "The text was for English, everywhere. It is now for English, /shop" in text_of(told)
    ben.post(address(row), sent_by(told))
    row.refresh_from_db()
    assert row.title == "By Ben"


def test_one_editor_in_two_windows_is_told_so(ana, row):
    opened = sent_by(ana.get(address(row)))
    ana.post(address(row), {**opened, "title": "First window"})
    told = ana.post(address(row), {**opened, "title": "Second window"})
    assert "You saved this text in another window meanwhile" in text_of(told)


def test_words_for_a_text_that_was_deleted_meanwhile_become_a_new_one(ana, ben, row):
    opened = sent_by(ben.get(address(row)))
    ana.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
    told = ben.post(address(row), {**opened, "title": "By Ben", "note": "Keep me"})
    assert "This text was deleted while you were writing" in text_of(told)
    assert not Explanation.objects.exists()
    assert f'action="{LIST}add/"' in text_of(told)
    assert ben.post(f"{LIST}add/", sent_by(told)).status_code == 302
    new = Explanation.objects.get()
    assert (new.title, new.note, new.place) == ("By Ben", "Keep me", ("locked", "en", "", ""))


@pytest.mark.parametrize(
    "opened_with",
    [None, "", "x", "[]", "{}", '{"title": 5, "is_active": "on", "nope": 1}', "[" * 9999],
)
def test_a_form_that_does_not_say_what_it_was_opened_with_is_saved(ana, row, opened_with):
    sent = {**TEXTS, "title": "By Ana"} | (
        {} if opened_with is None else {"opened_with": opened_with}
    )
    assert ana.post(address(row), sent).status_code == 302
    assert now(row)[0] == "By Ana"


def test_the_live_preview_says_it_before_anything_is_saved(ana, ben, row):
    opened = sent_by(ben.get(address(row)))
    ana.post(address(row), {**sent_by(ana.get(address(row))), "title": "By Ana"})
    draft = ben.post(f"{LIST}preview/draft/?row={row.pk}", {**opened, "title": "By Ben"}).json()
    assert (
        "This text was changed after you opened it. Nothing of yours is saved yet."
        in draft["faults"]
    )


def test_the_history_and_the_list_name_who_wrote_what(ana, ben):
    ana.post(f"{LIST}add/", TEXTS)
    row = Explanation.objects.get()
    ben.post(address(row), {**sent_by(ben.get(address(row))), "title": "By Ben"})
    page = text_of(ana.get(f"{LIST}{row.pk}/history/"))
    by_ben, by_ana = page.split('<div class="module">')[-2:]
    assert ("ben" in by_ben, "<ins>By Ben</ins>" in by_ben) == (True, True)
    assert ("ana" in by_ana, "<ins>At first.</ins>" in by_ana) == (True, True)
    assert "bring_back" not in by_ana
    listed = text_of(ana.get(LIST)).partition('id="http4xx-list"')[2]
    assert "Changed by" in listed
    assert '<td class="field-changed_by">ben</td>' in listed


def test_the_action_leaves_what_others_write_meanwhile(ana, row):
    chosen = {"action": "return_to_built_in_words", "_selected_action": [row.pk]}
    ana.post(LIST, chosen)
    row.refresh_from_db()
    assert (row.is_active, row.changed_by) == (False, "ana")
    assert LogEntry.objects.count() == 1
