"""Who may do what in the admin, and is shown: the model's permissions guard every page of ours."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from django_http4xx.models import Explanation
from tests.editors import FORM, LIST, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

TEXTS = {**FORM, "title": "Second"}
NEW = {**TEXTS, "problem_type": "gone"}

PEOPLE = {
    "nobody": None,
    "staff": (),
    "view": ("view",),
    "add": ("add",),
    "change": ("change",),
    "delete": ("delete",),
    "view-add": ("view", "add"),
    "editor": ("view", "add", "change"),
}


@pytest.fixture
def row():
    one = Explanation.objects.create(problem_type="locked", language="en", title="First")
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    admin.post(f"{LIST}{one.pk}/change/", TEXTS)
    return one


def client_of(name):
    permissions = PEOPLE[name]
    return Client() if permissions is None else signed_in(*permissions)


# What is asked for, and who gets it: to nobody it is a way to sign in, to all others it is refused.
PAGES = {
    "the overview": (("GET", "", None), {"view", "change", "view-add", "editor"}),
    "the list": (("GET", "?q=x", None), {"view", "change", "view-add", "editor"}),
    "a new one": (("GET", "add/", None), {"add", "view-add", "editor"}),
    "saving a new one": (("POST", "add/", NEW), {"add", "view-add", "editor"}),
    "a row": (("GET", "{row}/change/", None), {"view", "change", "view-add", "editor"}),
    "saving a row": (("POST", "{row}/change/", TEXTS), {"change", "editor"}),
    "moving a row": (("GET", "{row}/move/", None), {"change", "editor"}),
    "what moving means": (("POST", "{row}/move/", TEXTS), {"change", "editor"}),
    "returning to the built-in words": (("GET", "{row}/return/", None), {"change", "editor"}),
    "saving that return": (("POST", "{row}/return/", {}), {"change", "editor"}),
    "the page of a saved row": (
        ("GET", "{row}/shown/", None),
        {"view", "change", "view-add", "editor"},
    ),
    "a fresh token": (
        ("GET", "token/", None),
        {"view", "add", "change", "delete", "view-add", "editor"},
    ),
    "the history": (("GET", "{row}/history/", None), {"view", "change", "view-add", "editor"}),
    "deleting": (("GET", "{row}/delete/", None), {"delete"}),
    **{
        f"{name} of a new one": (("POST", path, NEW), {"add", "view-add", "editor"})
        for name, path in (
            ("the live preview", "preview/draft/"),
            ("its page", "preview/page/"),
            ("the preview by button", "preview/"),
        )
    },
    **{
        f"{name} of a row": (("POST", f"{path}?row={{row}}", TEXTS), {"change", "editor"})
        for name, path in (
            ("the live preview", "preview/draft/"),
            ("its page", "preview/page/"),
            ("the preview by button", "preview/"),
        )
    },
    "a preview that nobody sent": (("GET", "preview/", None), set()),
}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("page", PAGES)
def test_who_gets_what(row, page, name):
    (method, path, texts), allowed = PAGES[page]
    client, address = client_of(name), LIST + path.format(row=row.pk)
    response = client.post(address, texts) if method == "POST" else client.get(address)
    if name == "nobody":
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")
    elif name in allowed:
        assert response.status_code == (302 if page.startswith("saving") else 200)
    else:
        assert response.status_code == 403


def links(response):
    return [html.unescape(link) for link in re.findall('href="([^"]*)"', response.content.decode())]


@pytest.mark.parametrize(
    ("name", "adds", "changes"),
    [("view", False, False), ("change", False, True), ("view-add", True, False)],
)
def test_the_overview_offers_what_may_be_done(row, name, adds, changes):
    page = client_of(name).get(LIST).content.decode()
    buttons = re.findall(r'class="button" href="([^"]*)"', page)
    assert any("/add/?" in button for button in buttons) is adds
    assert any("/change/" in button for button in buttons) is changes
    assert ("return_to_built_in_words" in page) is changes


@pytest.mark.parametrize("name", ["view", "change", "view-add", "editor"])
def test_no_link_leads_to_a_page_that_is_refused(row, name):
    client = client_of(name)
    for start in (LIST, f"{LIST}?q=x", f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/"):
        ways = {link for link in links(client.get(start)) if link.startswith(LIST)}
        for way in ways:
            assert client.get(way).status_code == 200, (start, way)


@pytest.mark.parametrize(("name", "may"), [("view", False), ("view-add", False), ("change", True)])
def test_old_words_are_brought_back_by_who_may_change_them(row, name, may):
    client = client_of(name)
    history = client.get(f"{LIST}{row.pk}/history/").content.decode()
    assert "<del>First</del>" in history
    assert ("Restore the texts" in history) is may
    entry = LogEntry.objects.get()
    page = client.get(f"{LIST}{row.pk}/change/", {"bring_back": entry.pk}).content.decode()
    assert ("These are the earlier texts" in page) is may
    assert ("First" in page) is may


@pytest.mark.parametrize("name", PEOPLE)
def test_the_built_in_words_return_for_who_may_change(row, name):
    chosen = {"action": "return_to_built_in_words", "_selected_action": [row.pk]}
    client_of(name).post(LIST, chosen)
    row.refresh_from_db()
    assert row.is_active is (name not in ("change", "editor"))


@pytest.mark.parametrize(("name", "may"), [("view", False), ("view-add", False), ("editor", True)])
def test_the_preview_is_offered_to_who_may_save(row, name, may):
    page = client_of(name).get(f"{LIST}{row.pk}/change/").content.decode()
    assert ("http4xx-preview" in page) is may
    # Who may only look sees what visitors see.
    assert (f'src="{LIST}{row.pk}/shown/"' in page) is not may


@pytest.mark.parametrize("name", ["view", "view-add"])
def test_who_may_only_look_reads_the_words_and_no_codes(row, name):
    Explanation.objects.update(explanation="**Gone** from {path}.", note="One\ntwo")
    client = client_of(name)
    page = client.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "<strong>Gone</strong> from <bdi>{path}</bdi>." in page
    assert "**Gone**" not in page
    assert "One<br>two" in page
    shown = client.get(f"{LIST}{row.pk}/shown/")
    assert "from <bdi>/an/example/</bdi>" in shown.content.decode()
    assert shown["Content-Security-Policy"].startswith("sandbox; frame-ancestors 'self'")
    assert not re.search(r'name="(title|opened_with|_save)"', page)


def test_a_fresh_token_is_one_that_a_form_may_send(row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="root"))
    answer = client.get(f"{LIST}token/")
    assert "no-store" in answer["Cache-Control"]
    address = f"{LIST}{row.pk}/change/"
    sent = {**TEXTS, "title": "Third", "csrfmiddlewaretoken": answer.json()["token"]}
    assert client.post(address, {**sent, "csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert client.post(address, sent).status_code == 302


class TestInAPopup:
    """As in any admin: the form of another model picks a row, or adds one."""

    @pytest.fixture
    def editor(self):
        return client_of("editor")

    @pytest.mark.parametrize("query", [{"_popup": "1"}, {"_popup": "1", "_to_field": "id"}])
    def test_the_list_is_djangos_own(self, editor, row, query):
        page = editor.get(LIST, query).content.decode()
        assert "http4xx-overview" not in page
        assert "<h1>Select explanation</h1>" in page
        assert f'data-popup-opener="{row.pk}"' in page

    @pytest.mark.parametrize("query", ["?_popup=1", "?_popup=1&_to_field=id"])
    def test_what_is_added_goes_to_the_opener(self, editor, query):
        form = editor.get(f"{LIST}add/{query}").content.decode()
        assert 'name="_popup"' in form
        response = editor.post(f"{LIST}add/{query}", {**NEW, "_popup": "1"})
        assert f"{Explanation.objects.get().pk}" in response.content.decode()
        assert response.templates[0].name.endswith("popup_response.html")

    def test_a_row_is_changed_by_another_field(self, editor, row):
        response = editor.get(f"{LIST}{row.pk}/change/?_popup=1&_to_field=id")
        assert "Second" in response.content.decode()
        assert editor.get(f"{LIST}{row.pk}/change/?_to_field=title").status_code == 400
