"""A saved text stays where it is until somebody moves it, and is told what that means."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from django_http4xx.models import PLACE, Explanation
from tests.editors import FORM, LIST, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

OTHER_PLACE = {
    "problem_type": "gone",
    "language": "zh-hans",
    "host": "testserver",
    "path_prefix": "/shop",
}


@pytest.fixture
def editor():
    return signed_in("view", "add", "change")


@pytest.fixture
def row():
    return written(title="Shut", remedy="Knock.")


def written(**fields):
    return Explanation.objects.create(**{"problem_type": "locked", "language": "en", **fields})


def page_of(editor, row, name="change", **query):
    return editor.get(f"{LIST}{row.pk}/{name}/", query).content.decode()


def met(path="/raise/423/"):
    return Client().get(path, headers={"Accept": "application/json"}).json()["title"]


def hidden_in(page):
    """What the form of a page sends by itself."""
    fields = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page)
    return {name: html.unescape(value) for name, value in fields if "csrf" not in name}


def move(editor, row, **place):
    """Answer both questions; the pages in between."""
    address = f"{LIST}{row.pk}/move/"
    asked = hidden_in(editor.get(address).content.decode())
    place = {**{name: getattr(row, name) for name in PLACE}, **place}
    told = editor.post(address, {**asked, **place}).content.decode()
    done = editor.post(address, {**hidden_in(told), "_move": "1"}, follow=True)
    row.refresh_from_db()
    return told, done.content.decode()


def text(page):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


class TestTheForm:
    @pytest.mark.parametrize("name", PLACE)
    def test_a_saved_text_has_no_field_for_its_place(self, editor, row, name):
        page = page_of(editor, row)
        assert f'name="{name}"' not in page
        assert "<h1>423 · This is locked at the moment, English, everywhere</h1>" in page
        assert f'name="{name}"' in editor.get(f"{LIST}add/").content.decode()

    @pytest.mark.parametrize("name", OTHER_PLACE)
    def test_what_is_sent_for_one_changes_nothing(self, editor, row, name):
        sent = {**FORM, "title": "Ajar", name: OTHER_PLACE[name]}
        assert editor.post(f"{LIST}{row.pk}/change/?{name}={sent[name]}", sent).status_code == 302
        row.refresh_from_db()
        assert (row.title, row.place) == ("Ajar", ("locked", "en", "", ""))

    @pytest.mark.parametrize("name", OTHER_PLACE)
    def test_a_bookmark_with_one_shows_the_text_where_it_is(self, editor, row, name):
        page = page_of(editor, row, **{name: OTHER_PLACE[name]})
        assert "<h1>423 · This is locked at the moment, English, everywhere</h1>" in page


class TestAnotherText:
    def starts(self, page):
        """The addresses of new texts, by what the link says first."""
        links = re.findall(r'<a href="([^"]*/add/\?[^"]*)">(Write for [^<]*)', page)
        return {said: html.unescape(address) for address, said in links if "locked" in address}

    def values(self, editor, address):
        form = editor.get(address).context["adminform"].form
        return {name: form[name].value() or "" for name in FORM}

    def test_from_the_form_it_starts_with_the_words_of_the_text(self, editor, row):
        starts = self.starts(page_of(editor, row))
        for said, language in (
            ("Write for another language", "zh-hans"),
            ("Write for a part of the site", "en"),
        ):
            values = self.values(editor, starts[said])
            assert (values["title"], values["remedy"], values["explanation"]) == (
                *("Shut", "Knock."),
                "",
            )
            assert (values["problem_type"], values["language"]) == ("locked", language)
        assert Explanation.objects.count() == 1

    @pytest.mark.parametrize("language", ["en", ""])
    def test_from_the_overview_it_starts_with_the_words_that_visitors_read(self, editor, language):
        written(language=language, title="*Shut*")
        starts = self.starts(editor.get(LIST).content.decode())
        for address in starts.values():
            values = self.values(editor, address)
            assert values["title"] == "*Shut*"
            assert values["explanation"].startswith("Somebody else is working on it")
        assert len(starts) == 2

    def test_a_text_for_a_part_opens_the_fields_for_it(self, editor, row):
        address = self.starts(page_of(editor, row))["Write for a part of the site"]
        assert "collapse" not in editor.get(address).content.decode()

    def test_where_each_language_has_words_no_other_is_offered(self, editor, row):
        for language in ("", "zh-hans"):
            written(language=language, title="X")
        assert list(self.starts(page_of(editor, row))) == ["Write for a part of the site"]

    def test_who_may_not_add_is_offered_none(self, row):
        editor = signed_in("view", "change")
        assert self.starts(page_of(editor, row)) == {}
        assert self.starts(editor.get(LIST).content.decode()) == {}

    def test_who_may_not_see_a_text_gets_none_of_its_words(self, row):
        adder = signed_in("add")
        address = f"{LIST}add/?problem_type=locked&language=en&words_of={row.pk}&path_prefix=/x"
        assert "Knock." not in self.values(adder, address)["note"]
        page = adder.get(f"{LIST}add/?words_of={row.pk}").content.decode()
        assert "Knock." not in page

    @pytest.mark.parametrize("key", ["", "x", "0", "9" * 40, "1_2F"])
    def test_a_text_that_there_is_not_cannot_be_copied(self, editor, key):
        response = editor.get(f"{LIST}add/", {"problem_type": "locked", "words_of": key})
        assert response.status_code == 200


class TestMoving:
    def test_it_says_what_visitors_read_then_and_moves_the_text(self, editor, row):
        told, done = move(editor, row, path_prefix="/shop/old")
        assert "This is locked at the moment" in told
        assert "Built-in words" in told
        assert "English, /shop/old" in told
        assert row.path_prefix == "/shop/old"
        assert "The text was moved" in done
        assert met() == "Locked"

    def test_it_says_which_other_text_is_shown_then(self, editor, row):
        other = written(language="", title="For all")
        told, _done = move(editor, row, language="zh-hans")
        assert "<h2 lang=" in told
        assert "For all" in told
        assert f"{LIST}{other.pk}/change/" in told
        assert met() == "For all"

    def test_a_text_that_still_applies_there_is_what_it_says(self, editor):
        row = written(path_prefix="/raise", title="Shut")
        told, _done = move(editor, row, path_prefix="")
        assert ">Shut</h2>" in told
        assert met() == "Shut"

    def test_nothing_is_moved_before_it_is_told(self, editor, row):
        sent = {**{name: getattr(row, name) for name in PLACE}, "path_prefix": "/shop"}
        page = editor.post(f"{LIST}{row.pk}/move/", {**sent, "_move": "1"}).content.decode()
        row.refresh_from_db()
        assert row.path_prefix == ""
        assert "visitors will then read" in page

    def test_what_was_changed_after_it_was_told_is_told_again(self, editor, row):
        address = f"{LIST}{row.pk}/move/"
        sent = {**FORM, "path_prefix": "/shop"}
        told = editor.post(address, {**hidden_in(page_of(editor, row, "move")), **sent})
        Explanation.objects.filter(pk=row.pk).update(host="testserver")
        again = editor.post(address, {**hidden_in(told.content.decode()), "_move": "1"})
        assert "English, testserver" in again.content.decode()
        row.refresh_from_db()
        assert row.path_prefix == ""

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ({}, "This is where the text is already."),
            ({"path_prefix": "shop"}, "Enter a path that begins with a slash"),
            ({"host": "a b"}, "Enter the name of the site only"),
            ({"path_prefix": "/taken"}, "There are already words for this error"),
        ],
    )
    def test_a_place_that_cannot_be_is_refused(self, editor, row, place, said):
        written(path_prefix="/taken", title="X")
        told, _done = move(editor, row, **place)
        assert said in told
        assert row.place == ("locked", "en", "", "")

    def test_a_draft_moves_and_visitors_are_said_to_see_no_difference(self, editor):
        row = written(title="Draft", is_active=False)
        told, _done = move(editor, row, path_prefix="/shop")
        assert "visitors see no difference" in told
        assert row.path_prefix == "/shop"

    def test_a_text_of_an_error_that_is_gone_finds_another_one(self, editor):
        row = written(problem_type="old-error", title="Shut")
        told, _done = move(editor, row, problem_type="locked")
        assert "no longer exists" in told
        assert met() == "Shut"

    def test_the_history_names_both_places_and_the_way_back(self, editor, row):
        move(editor, row, path_prefix="/shop/old", language="zh-hans")
        page = page_of(editor, row, "history")
        assert "Changed language and path." in page
        assert "Before English After Simplified Chinese" in text(page)
        assert "Before (empty) After /shop/old" in text(page)
        (back,) = re.findall(r'href="([^"]*/move/\?bring_back=\d+)"', page)
        form = editor.get(back).content.decode()
        assert '<option value="en" selected>' in form
        sent = hidden_in(form) | {"problem_type": "locked", "language": "en"}
        told = editor.post(back, {**sent, "host": "", "path_prefix": ""}).content.decode()
        editor.post(back, {**hidden_in(told), "_move": "1"})
        row.refresh_from_db()
        assert row.place == ("locked", "en", "", "")
        assert met() == "Shut"

    def test_a_move_brings_no_words_back_and_a_change_no_place(self, editor, row):
        move(editor, row, path_prefix="/shop")
        moved = LogEntry.objects.get()
        editor.post(f"{LIST}{row.pk}/change/", {**FORM, "title": "Ajar"})
        changed = LogEntry.objects.exclude(pk=moved.pk).get()
        assert "earlier texts" not in page_of(editor, row, bring_back=moved.pk)
        form = editor.get(f"{LIST}{row.pk}/move/", {"bring_back": changed.pk}).context["form"]
        assert form["path_prefix"].value() == "/shop"

    @pytest.mark.parametrize("name", ["move", "return"])
    @pytest.mark.parametrize("key", ["0", "x", "9" * 40])
    def test_a_text_that_there_is_not_leads_back(self, editor, name, key):
        for answer in (editor.get, editor.post):
            assert answer(f"{LIST}{key}/{name}/").headers["Location"] == LIST

    @pytest.mark.parametrize("name", ["move", "return"])
    def test_a_request_of_another_site_moves_nothing(self, row, name):
        admin = Client(enforce_csrf_checks=True)
        admin.force_login(User.objects.create_superuser("root"))
        sent = {**FORM, "path_prefix": "/x", "_move": "1", "opened_with": json.dumps({})}
        assert admin.post(f"{LIST}{row.pk}/{name}/", sent).status_code == 403


class TestTheBuiltInWords:
    def test_the_overview_leads_to_a_page_that_asks(self, editor, row):
        page = editor.get(LIST).content.decode()
        assert f'href="{LIST}{row.pk}/return/"' in page
        asked = page_of(editor, row, "return")
        assert "This is locked at the moment" in asked
        row.refresh_from_db()
        assert row.is_active

    def test_the_text_is_kept_and_its_history_brings_it_back(self, editor, row):
        done = editor.post(f"{LIST}{row.pk}/return/", follow=True).content.decode()
        assert "is no longer shown" in done
        assert met() == "Locked"
        back = re.search(r'href="([^"]*bring_back=\d+)"', page_of(editor, row, "history")).group(1)
        form = editor.get(back).context["adminform"].form
        assert form["is_active"].value() is True
        assert form["title"].value() == "Shut"

    def test_it_says_when_other_words_of_editors_are_shown_then(self, editor, row):
        written(language="", title="For all")
        assert "For all" in page_of(editor, row, "return")

    def test_a_draft_is_left_as_it_is(self, editor):
        row = written(title="Draft", is_active=False)
        editor.post(f"{LIST}{row.pk}/return/")
        assert not LogEntry.objects.exists()

    def test_customise_is_for_built_in_words_and_edit_for_ones_own(self, editor, row):
        buttons = re.findall(
            r'class="button" href="([^"]*)">(Edit|Customise)<', editor.get(LIST).content.decode()
        )
        said = {
            said: parse_qs(urlsplit(html.unescape(address)).query).get("problem_type")
            for address, said in buttons
            if str(row.pk) in address.split("/") or "problem_type=gone" in address
        }
        assert said == {"Edit": None, "Customise": ["gone"]}
