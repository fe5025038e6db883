"""The editors' side: what somebody sees and does who has no code."""

import json
import re

import django
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from django_http4xx.exceptions import Gone
from django_http4xx.models import Explanation
from tests.editors import FORM, LIST, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

ADD = f"{LIST}add/"
PREVIEWS = [f"{LIST}preview/", f"{LIST}preview/draft/", f"{LIST}preview/page/"]
DRAFT = {
    **FORM,
    "problem_type": "not-found",
    "title": "Nothing to *see*",
    "explanation": "No page at {path}.",
    "remedy": "Ask <b>us</b>.",
    "preview_language": "en",
}


class TeaWentCold(Gone):
    title = "The tea went cold"
    tea: str

    def __init__(self, pot):
        super().__init__(tea=pot.tea)


@pytest.fixture(autouse=True)
def _frames_are_refused(settings):
    framed = "django.middleware.clickjacking.XFrameOptionsMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, framed]


@pytest.fixture
def editor():
    return signed_in("view", "add", "change")


def text_of(response):
    return response.content.decode()


def test_the_overview_lists_every_error_those_met_first_at_the_top(editor):
    page = text_of(editor.get(LIST))
    names = re.findall(r"<code>([a-z-]+)</code>", page)
    assert names[:5] == [
        "not-found",
        "forbidden",
        "unauthorized",
        "bad-request",
        "too-many-requests",
    ]
    assert {"conflict", "csrf-failed", "im-a-teapot"} <= set(names)


def test_the_overview_is_in_the_language_chosen(editor):
    assert "找不到页面" in text_of(editor.get(LIST, {"in": "zh-hans"}))


def test_the_overview_tells_which_row_the_words_come_from(editor):
    row = Explanation.objects.create(problem_type="gone", language="en", title="It went away")
    page = text_of(editor.get(LIST))
    assert "It went away" in page
    assert f'href="{LIST}{row.pk}/change/"' in page


def test_the_overview_warns_of_a_template_that_prints_no_words(editor, settings, tmp_path):
    (tmp_path / "404.html").write_text("<p>Nope.</p>")
    (tmp_path / "410.html").write_text("<p>{{ problem.title }}</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    page = text_of(editor.get(LIST))
    assert "<code>404.html</code>" in page
    assert "<code>410.html</code>" not in page


def test_a_filter_shows_the_list_alone(editor):
    page = text_of(editor.get(LIST, {"is_active__exact": "1"}))
    assert "http4xx-overview" not in page


def test_customise_starts_with_the_words_that_are_there(editor):
    page = text_of(editor.get(ADD, {"problem_type": "not-found", "language": "zh-hans"}))
    assert 'value="找不到页面"' in page


@pytest.mark.parametrize(
    "place, is_folded",
    [({}, True), ({"host": "shop.example"}, False), ({"path_prefix": "/shop"}, False)],
)
def test_a_part_of_the_site_is_folded_away_until_somebody_writes_for_one(editor, place, is_folded):
    page = text_of(editor.get(ADD, {"problem_type": "gone", **place}))
    assert ('class="module aligned collapse"' in page) == is_folded


def test_the_form_names_the_placeholders_of_the_error(editor):
    page = text_of(editor.get(ADD, {"problem_type": "too-many-requests"}))
    assert "<code>{retry_after}</code>" in page


def test_what_an_editor_saves_is_what_visitors_read(editor):
    assert editor.post(ADD, DRAFT).status_code == 302
    row = Explanation.objects.get()
    assert (row.title, row.changed_by) == (DRAFT["title"], "ana")
    page = text_of(Client().get("/nowhere/", headers={"Accept": "text/html"}))
    assert "<h1>Nothing to <em>see</em></h1>" in page
    assert "Ask &lt;b&gt;us&lt;/b&gt;." in page


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(editor):
    page = text_of(editor.post(ADD, {**DRAFT, "explanation": "At {adress}.", "note": "Keep me"}))
    assert 'id="id_explanation_error"' in page
    assert "{adress}" in page
    assert "Keep me" in page
    assert not Explanation.objects.exists()


def test_a_text_as_long_as_the_browser_lets_it_be_is_saved(editor):
    lines = "\n".join(["x" * 99] * 20)
    sent = {**DRAFT, "explanation": lines.replace("\n", "\r\n") + "x"}
    assert editor.post(f"{LIST}preview/draft/", sent).json()["faults"] == []
    assert editor.post(ADD, sent).status_code == 302
    assert len(Explanation.objects.get().explanation) == 2000


@pytest.mark.parametrize("name", ["path_prefix", "host", "language", "title", "explanation"])
def test_the_preview_reads_no_more_of_a_text_than_its_field_takes(editor, name):
    limit = Explanation._meta.get_field(name).max_length
    long = {"path_prefix": "/a", "language": "a-"}.get(name, "*a ") * 50_000
    draft = {**DRAFT, name: long}
    shown = editor.post(f"{LIST}preview/draft/", draft).json()
    assert shown["faults"]
    assert len(shown["json"]) < 3 * limit + 1000


def test_the_preview_is_the_page_and_the_body_that_a_visitor_gets(editor):
    shown = editor.post(f"{LIST}preview/draft/", DRAFT).json()
    body = json.loads(shown["json"])
    assert (body["title"], body["detail"]) == ("Nothing to see", "No page at /an/example/.")
    page = editor.post(f"{LIST}preview/page/", DRAFT)
    assert "<h1>Nothing to <em>see</em></h1>" in text_of(page)
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    policy = page["Content-Security-Policy"]
    assert policy.startswith("sandbox; frame-ancestors 'self'; default-src 'none'")
    assert not Explanation.objects.exists()


@pytest.mark.parametrize(("scheme", "query"), [("dark", "@media all"), ("light", "@media not all")])
def test_the_preview_is_light_or_dark_as_chosen(editor, scheme, query):
    page = text_of(editor.post(f"{LIST}preview/page/", {**DRAFT, "preview_scheme": scheme}))
    assert query in page
    assert f"color-scheme: {scheme}" in page
    assert "prefers-color-scheme" not in page


def test_the_preview_of_a_type_with_arguments_of_its_own_is_of_that_type(editor):
    draft = {**DRAFT, "problem_type": "tea-went-cold", "title": "Cold *again*"}
    draft["explanation"] = "The {tea} stood too long."
    body = json.loads(editor.post(f"{LIST}preview/draft/", draft).json()["json"])
    assert (body["code"], body["title"]) == ("tea-went-cold", "Cold again")
    assert body["detail"] == "The [tea] stood too long."


@pytest.mark.parametrize(
    "typed",
    [
        {"host": " Tea.example:8000 "},
        {"host": "TEA.EXAMPLE."},
        {"path_prefix": "/shop/"},
        {"path_prefix": " /shop "},
        {"path_prefix": "/caf%C3%A9/"},
        {"path_prefix": "/"},
        {"language": "zh-hans", "preview_language": "zh-hans"},
    ],
)
def test_the_preview_is_as_it_will_be_once_it_is_saved(editor, settings, typed):
    settings.ALLOWED_HOSTS = ["testserver", "tea.example"]
    draft = {**DRAFT, "explanation": "At {path} of {host}.", **typed}
    shown = editor.post(f"{LIST}preview/draft/", draft).json()
    assert shown["faults"] == []
    assert editor.post(ADD, draft).status_code == 302
    row = Explanation.objects.get()
    path = f"{row.path_prefix}/nowhere/"
    headers = {"Host": row.host or "testserver", "Accept-Language": row.language}
    met = Client().get(path, headers={**headers, "Accept": "application/json"}).json()
    assert met["title"] == "Nothing to see"
    shown_at = f"{row.path_prefix}/" if row.path_prefix else "/an/example/"
    expected = met["detail"].replace(met["detail"].split()[1], shown_at)
    assert json.loads(shown["json"])["detail"] == expected


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"host": "https://tea.example/"}, "Host: Enter the name of the site only"),
        ({"path_prefix": "shop"}, "Path: Enter a path that begins with a slash"),
        ({"path_prefix": "/shop?x=1"}, "Path: Enter the path only"),
        ({"title": "{<b>}"}, "Title: {<b>} is not a placeholder"),
    ],
)
def test_what_is_wrong_is_said_in_the_preview_as_on_saving(editor, typed, said):
    draft = {**DRAFT, **typed}
    faults = editor.post(f"{LIST}preview/draft/", draft).json()["faults"]
    assert any(said in fault for fault in faults)
    assert escape(said.partition(": ")[2] or said) in text_of(editor.post(ADD, draft))


@pytest.mark.urls("tests.admin_urls_with_type_pages")
def test_the_preview_has_the_scheme_of_a_site_behind_a_proxy(editor, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for proto in ("https", "http"):
        headers = {"X-Forwarded-Proto": proto}
        shown = editor.post(f"{LIST}preview/draft/", DRAFT, headers=headers).json()
        assert json.loads(shown["json"])["type"].startswith(f"{proto}://testserver")


@pytest.mark.parametrize("allowed", ["tea.example", "other.example"])
def test_the_preview_is_of_the_part_of_the_site_that_the_words_are_for(editor, settings, allowed):
    settings.ALLOWED_HOSTS = ["testserver", allowed]
    draft = {**DRAFT, "host": "tea.example", "path_prefix": "/shop/tea"}
    body = json.loads(editor.post(f"{LIST}preview/draft/", draft).json()["json"])
    assert body["detail"] == "No page at /shop/tea/."


def test_the_preview_in_another_language_has_the_words_of_that_language(editor):
    draft = {**DRAFT, "preview_language": "zh-hans"}
    shown = editor.post(f"{LIST}preview/draft/", draft).json()
    assert json.loads(shown["json"])["title"] == "未找到"
    # What is beside the fields stays in the language that is being written.
    assert shown["built_in"]["title"] == "Page not found"


def test_the_preview_without_javascript_shows_page_and_body(editor):
    response = editor.post(f"{LIST}preview/", DRAFT)
    assert "Nothing to see" in text_of(response)
    assert response["X-Frame-Options"] == "DENY"
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox; frame-ancestors 'none'; default-src 'none'")


@pytest.mark.skipif(django.VERSION < (6, 0), reason="SECURE_CSP is new in Django 6.0.")
@pytest.mark.parametrize("address", [PREVIEWS[0], PREVIEWS[2]])
def test_the_preview_keeps_its_policy_where_django_sets_one(editor, settings, address):
    csp = "django.middleware.csp.ContentSecurityPolicyMiddleware"
    settings.MIDDLEWARE = [csp, *settings.MIDDLEWARE]
    settings.SECURE_CSP = {"default-src": ["'self'"]}
    assert editor.get(ADD)["Content-Security-Policy"] == "default-src 'self'"
    assert editor.post(address, DRAFT)["Content-Security-Policy"].startswith("sandbox; ")


def test_the_preview_of_a_template_of_the_projects_has_what_the_template_loads(
    editor, settings, tmp_path
):
    (tmp_path / "404.html").write_text(
        '<link rel="stylesheet" href="/shop.css">{{ problem.title }}'
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    for address, ancestors in ((PREVIEWS[0], "'none'"), (PREVIEWS[2], "'self'")):
        response = editor.post(address, DRAFT)
        assert "shop.css" in text_of(response)
        policy = response["Content-Security-Policy"]
        assert policy == f"sandbox; frame-ancestors {ancestors}"


@pytest.mark.parametrize(
    ("typed", "shown"), [("en", "en"), ("zh-hans", "zh-hans"), ("zh", "zh-hans"), ("", "en")]
)
def test_the_preview_is_in_the_language_that_the_words_are_for(editor, typed, shown):
    draft = {**DRAFT, "language": typed, "preview_language": ""}
    page = text_of(editor.post(f"{LIST}preview/page/", draft))
    assert f'<html lang="{shown}"' in page
    assert "<h1>Nothing to <em>see</em></h1>" in page


def test_the_preview_tells_what_would_be_refused(editor):
    shown = editor.post(f"{LIST}preview/draft/", {**DRAFT, "title": "{nope}"}).json()
    assert any("nope" in fault for fault in shown["faults"])


@pytest.mark.parametrize("name", ["no-such-error", ""])
def test_the_preview_of_an_unknown_error_is_no_error_itself(editor, name):
    for address in PREVIEWS:
        assert editor.post(address, {**DRAFT, "problem_type": name}).status_code == 200


@pytest.mark.parametrize("address", PREVIEWS)
def test_previews_are_for_those_who_may_write(address):
    assert signed_in("view").post(address, DRAFT).status_code == 403
    assert Client().post(address, DRAFT).status_code == 302


@pytest.mark.parametrize("address", [LIST, ADD])
def test_pages_are_for_those_who_have_the_permission(address):
    assert signed_in().get(address).status_code == 403


def test_a_reader_of_the_overview_is_offered_nothing_to_change():
    page = text_of(signed_in("view").get(LIST))
    assert "Customise" not in page


def test_chosen_rows_return_to_the_built_in_words(editor):
    row = Explanation.objects.create(problem_type="gone", language="en", title="It went away")
    editor.post(LIST, {"action": "return_to_built_in_words", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.is_active
    assert "It went away" not in text_of(Client().get("/raise/410/"))


def test_the_history_shows_old_and_new_text_and_brings_the_old_one_back(editor):
    editor.post(ADD, DRAFT)
    row = Explanation.objects.get()
    change = f"{LIST}{row.pk}/change/"
    editor.post(change, {**DRAFT, "title": "Second thoughts"})
    history = text_of(editor.get(f"{LIST}{row.pk}/history/"))
    assert "<del>Nothing to *see*</del>" in history
    assert "<ins>Second thoughts</ins>" in history
    again = re.search(rf'href="({change}\?bring_back=\d+)"', history).group(1)
    assert 'value="Nothing to *see*"' in text_of(editor.get(again))
    row.refresh_from_db()
    assert row.title == "Second thoughts"
    editor.post(again, DRAFT)
    row.refresh_from_db()
    assert row.title == "Nothing to *see*"


def test_a_row_whose_error_is_gone_is_kept_and_shown_as_such(editor):
    row = Explanation.objects.create(problem_type="old-error", language="en", title="Old")
    assert "no longer exists" in text_of(editor.get(f"{LIST}{row.pk}/change/"))
    assert "old-error" in text_of(editor.get(LIST))


def test_the_words_of_the_admin_are_in_the_editors_language(editor, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    assert "自定义" in text_of(editor.get(LIST))


@pytest.mark.parametrize("key", ["abc", "_", "1_2F", "9" * 40])
def test_an_address_of_no_row_leads_back(editor, key):
    assert editor.get(f"{LIST}{key}/change/").status_code == 302
    assert editor.get(f"{LIST}{key}/history/").status_code == 302


@pytest.mark.parametrize("entry", ["x", "-1", "9" * 40, "9" * 5000, "²"])
def test_no_texts_are_brought_back_from_a_change_that_there_is_not(editor, entry):
    row = Explanation.objects.create(problem_type="gone", language="en", title="It went away")
    response = editor.get(f"{LIST}{row.pk}/change/", {"bring_back": entry})
    assert 'value="It went away"' in text_of(response)
    assert "These are the earlier texts" not in text_of(response)


def test_no_texts_are_brought_back_from_a_change_of_another_row(editor):
    for name in ("gone", "locked"):
        editor.post(ADD, {**DRAFT, "problem_type": name})
    one, other = Explanation.objects.order_by("pk")
    editor.post(f"{LIST}{one.pk}/change/", {**DRAFT, "problem_type": "gone", "title": "New"})
    entry = LogEntry.objects.get(object_id=str(one.pk), action_flag=CHANGE)
    response = editor.get(f"{LIST}{other.pk}/change/", {"bring_back": entry.pk})
    assert "These are the earlier texts" not in text_of(response)


def test_who_may_only_look_sees_the_words_and_no_preview():
    row = Explanation.objects.create(problem_type="gone", language="en", title="It went away")
    for permissions in (["view"], ["view", "add"]):
        User.objects.all().delete()
        page = text_of(signed_in(*permissions).get(f"{LIST}{row.pk}/change/"))
        assert "It went away" in page
        assert "http4xx-preview" not in page


def test_the_preview_of_a_row_does_not_take_the_row_itself_for_another(editor):
    row = Explanation.objects.create(problem_type="not-found", language="en", title="Before")
    form = text_of(editor.get(f"{LIST}{row.pk}/change/"))
    draft, page = re.search(r'data-url="([^"]+)"\s+data-page-url="([^"]+)"', form).groups()
    assert editor.post(draft, DRAFT).json()["faults"] == []
    assert editor.post(page, DRAFT).status_code == 200
    # Another row for the same place is told as before.
    assert "already" in editor.post(f"{LIST}preview/draft/", DRAFT).json()["faults"][0]


@pytest.mark.parametrize(
    "sent",
    [
        *({"path_prefix": "/other"}, {"host": "testserver"}, {"language": "zh-hans"}),
        {"problem_type": "gone"},
    ],
)
def test_the_preview_of_a_saved_text_is_of_the_place_that_it_has(editor, sent):
    row = Explanation.objects.create(
        problem_type="not-found", language="en", path_prefix="/shop", remedy="Before"
    )
    draft = {**DRAFT, "remedy": "", **sent, "preview_language": "en"}
    shown = json.loads(editor.post(f"{LIST}preview/draft/?row={row.pk}", draft).json()["json"])
    assert (shown["status"], shown["detail"]) == (404, "No page at /shop/.")
    assert shown.get("remedy") != "Before"
    assert "Before" not in text_of(editor.post(f"{LIST}preview/?row={row.pk}", draft))


def test_a_language_that_the_form_does_not_offer_is_not_lost(editor):
    row = Explanation.objects.create(problem_type="gone", language="zh", title="没有了")
    page = text_of(editor.get(f"{LIST}{row.pk}/move/"))
    assert '<option value="zh" selected>' in page
    editor.post(f"{LIST}{row.pk}/change/", {**FORM, "title": "没了"})
    row.refresh_from_db()
    assert (row.language, row.title) == ("zh", "没了")


def test_who_writes_words_that_there_are_already_is_led_to_them(editor):
    row = Explanation.objects.create(problem_type="not-found", language="en", title="Before")
    page = text_of(editor.post(ADD, DRAFT))
    assert DRAFT["explanation"] in page  # nothing is lost from the form
    assert f'<a href="{LIST}{row.pk}/change/" target="_blank">Open the existing words' in page


def test_who_may_not_see_the_words_that_there_are_is_not_led_to_them():
    row = Explanation.objects.create(problem_type="not-found", language="en", title="Before")
    page = text_of(signed_in("add").post(ADD, DRAFT))
    assert "already" in page
    assert f"/{row.pk}/" not in page


@pytest.mark.parametrize(
    ("host", "is_warned"),
    [("shop.example", False), ("shop.example:8000", False), ("shpo.example", True), ("", False)],
)
def test_words_for_a_host_that_the_site_does_not_answer_to_are_saved_with_a_warning(
    editor, settings, host, is_warned
):
    settings.ALLOWED_HOSTS = ["testserver", "shop.example"]
    page = text_of(editor.post(ADD, {**DRAFT, "host": host}, follow=True))
    assert Explanation.objects.get().host == host.partition(":")[0]
    assert (f"This site does not answer to {host}" in page) is is_warned


def test_what_the_preview_shows_is_kept_when_the_form_comes_back(editor):
    page = text_of(
        editor.post(
            ADD,
            {
                **DRAFT,
                "title": "{nothing}",
                "preview_language": "zh-hans",
                "preview_scheme": "dark",
                "preview_narrow": "on",
            },
        )
    )
    assert re.search(r'name="preview_scheme" value="dark" checked', page)
    assert not re.search(r'name="preview_scheme" value="" checked', page)
    assert re.search(r'name="preview_narrow" checked', page)
    controls = page.partition('name="preview_language"')[2].partition("</select>")[0]
    assert '<option value="zh-hans" selected>' in controls


def test_the_form_says_what_the_fields_of_the_built_in_errors_stand_for(editor):
    for name, meaning in {
        "locked": "the condition that is not met",
        "request-header-fields-too-large": "the header field that is too large",
    }.items():
        page = text_of(editor.get(ADD, {"problem_type": name}))
        assert meaning in page
        assert "a detail of this error" not in page


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("not-found", ["path"]),
        ("too-many-requests", ["retry_after"]),
        ("method-not-allowed", ["path", "method", "allowed"]),
        ("locked", ["precondition"]),
        ("tea-went-cold", ["tea", "path"]),
        ("conflict", []),
    ],
)
def test_what_says_nothing_of_an_error_is_folded_away(editor, name, telling):
    page = text_of(editor.get(ADD, {"problem_type": name}))
    listed = re.findall('<dl class="http4xx-placeholders".*?</dl>', page)
    assert re.findall("<code>{(.*?)}", listed[0]) == telling
    assert "<details><summary>More names" in page
    draft = editor.post(f"{LIST}preview/draft/", {**DRAFT, "problem_type": name}).json()
    assert [one[0] for one in draft["placeholders"] if one[2]] == telling


def test_the_placeholders_come_with_their_values_in_the_preview(editor):
    draft = {**DRAFT, "problem_type": "too-many-requests", "path_prefix": "/shop"}
    found = editor.post(f"{LIST}preview/draft/", draft).json()["placeholders"]
    values = {name: value for name, _meaning, _is_telling, value in found}
    assert values["retry_after"] == "in 2 minutes"
    assert (values["path"], values["status"], values["host"]) == ("/shop/", "429", "testserver")


NO_WORDS = dict.fromkeys(("title", "explanation", "remedy"), "")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"remedy": "Ask <b>us</b>."}, "visitors would read <b> as it is written"),
        ({"explanation": "<!-- Word --> x"}, "visitors would read <!-- as it is written"),
        ({"explanation": '<p class="x">Hi</p>'}, 'visitors would read <p class="x"> as'),
        ({"help_label": "Write to us"}, "there is no help link to go with it"),
        (NO_WORDS, "visitors see no difference"),
    ],
)
def test_what_is_not_as_it_seems_is_said_while_writing_and_after_saving(editor, typed, said):
    draft = {**DRAFT, "remedy": "Ask us.", **typed}
    (note,) = editor.post(f"{LIST}preview/draft/", draft).json()["notes"]
    assert said in note
    assert escape(note) in text_of(editor.post(f"{LIST}preview/", draft))
    assert escape(note) in text_of(editor.post(ADD, draft, follow=True))


@pytest.mark.parametrize(
    "typed",
    [
        {"remedy": "Write `<b>`, or ``<i>``, or 1 < 2 > 0, or <https://x.example/>."},
        {"help_label": "Write to us", "help_url": "/contact/"},
        {**NO_WORDS, "is_active": ""},
        {**NO_WORDS, "help_url": "/contact/"},
    ],
)
def test_what_is_as_it_seems_needs_no_note(editor, typed):
    draft = {**DRAFT, "remedy": "Ask us.", **typed}
    assert editor.post(f"{LIST}preview/draft/", draft).json()["notes"] == []


def test_the_text_of_a_link_that_another_text_gives_is_shown(editor):
    Explanation.objects.create(problem_type="not-found", help_url="/contact/")
    draft = {**DRAFT, "remedy": "", "help_label": "Write to us"}
    shown = editor.post(f"{LIST}preview/draft/", draft).json()
    assert (shown["notes"], shown["faults"]) == ([], [])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("//other.example/x", "This one begins with two: //other.example/x"),
        ("/\\other.example", "This one begins with two: /\\other.example"),
        ("/a b", "cannot have spaces in it: /a b"),
        ("https://", "This link is not complete: https://"),
        ("mailto:", "This link is not complete: mailto:"),
        ("contact/", "A link has to begin with https://, http://, mailto:, tel: or /"),
    ],
)
def test_what_is_wrong_with_a_link_is_what_is_said(editor, address, said):
    faults = editor.post(f"{LIST}preview/draft/", {**DRAFT, "help_url": address}).json()["faults"]
    assert [said in fault for fault in faults] == [True]


def test_a_link_without_an_address_is_said_to_need_one(editor):
    faults = editor.post(f"{LIST}preview/draft/", {**DRAFT, "remedy": "[Us]()"}).json()["faults"]
    assert any("A link needs an address" in fault for fault in faults)


@pytest.mark.parametrize("name", ["title", "explanation", "remedy", "help_url", "help_label"])
def test_a_browser_cuts_nothing_off(editor, name):
    page = text_of(editor.get(ADD))
    (field,) = re.findall(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', page)
    assert "maxlength" not in field
    assert f'dir="{"ltr" if name == "help_url" else "auto"}"' in field


def test_rows_have_names_that_editors_know(editor):
    Explanation.objects.create(problem_type="not-found", language="en", path_prefix="/shop/old")
    page = text_of(editor.get(f"{LIST}?q=old"))
    assert "404 · Page not found" in page
    assert "English, /shop/old" in page
    (row,) = Explanation.objects.all()
    assert str(row) == "404 · Page not found, English, /shop/old"


def test_an_address_keeps_its_order_in_a_text_that_reads_from_right_to_left(editor, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    settings.LANGUAGE_CODE = "ar"
    row = Explanation.objects.create(problem_type="not-found", path_prefix="/shop/old")
    page = text_of(editor.get(f"{LIST}{row.pk}/change/"))
    assert "\u2066/shop/old\u2069" in page
    assert '<pre tabindex="0" dir="ltr">' in page
