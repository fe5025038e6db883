"""A path prefix is whole segments of the path below the script's prefix, for whoever takes one."""

from __future__ import annotations

import html
import itertools
from urllib.parse import unquote_to_bytes

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import re_path, set_script_prefix

from django_http4xx.exceptions import NotFound
from django_http4xx.models import CatalogueRevision, Explanation, digest

from . import settings as tests_settings
from .editors import FORM, LIST

MIDDLEWARE = [
    "django_http4xx.middleware.Http4xxMiddleware",
    "django_http4xx.throttling.ThrottleMiddleware",
]


def nothing(request):
    raise NotFound


urlpatterns = [
    re_path("^seen/", lambda request: HttpResponse("seen")),
    re_path("", nothing),
]

# A prefix, the path that is asked for as it is sent, and whether the path has the prefix.
TABLE = [
    ("/api", "/api", True),
    ("/api", "/api/", True),
    ("/api", "/api/teas/", True),
    ("/api/", "/api", True),
    ("/api/", "/api/teas", True),
    ("/api//", "/api/teas", True),
    (" /api/ ", "/api/teas", True),
    ("/api/v1", "/api/v1/teas", True),
    ("/", "/", True),
    ("/", "/anything/at/all", True),
    ("/api", "/", False),
    ("/api", "/apiary/", False),
    ("/api", "/api.json", False),
    ("/api/", "/apiary/", False),
    ("/api/v1", "/api/v10", False),
    ("/api/v1", "/api/", False),
    ("/api", "/the/api/", False),
    # Case counts, and so do empty segments: Django's URL patterns tell them apart, too.
    ("/api", "/API/", False),
    ("/API", "/api/", False),
    ("/api", "//api/", False),
    ("//api", "//api/teas", True),
    ("/a/b", "/a//b", False),
    ("/a//b", "/a//b/c", True),
    # Both are decoded, once.
    ("/caf%C3%A9/", "/caf%C3%A9/", True),
    ("/café", "/caf%C3%A9/", True),
    ("/caf%c3%a9", "/caf%C3%A9/teas", True),
    ("/my teas", "/my%20teas/", True),
    ("/100%25ab", "/100%25ab/", True),
    ("/50%off", "/50%25off/", True),
    ("/a%2541", "/aA/", False),
    ("/%ff", "/%ff/", True),
]


numbers = itertools.count()


def ask(path, **environ):
    # A client of a test would take `//api/` for a host.
    decoded = unquote_to_bytes(path).decode("latin-1")
    return Client().get("/", PATH_INFO=decoded, **environ)


def says_json(prefix, path, settings, **environ):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {prefix: "json"}}
    return ask(path, **environ)["Content-Type"] == "application/json"


def throttles(prefix, path, settings, **environ):
    limit = {"rate": "1/h", "name": f"part {next(numbers)}"}
    settings.HTTP4XX = {"THROTTLES": {prefix.strip(): limit}}
    return {ask(path, **environ).status_code for _ in range(2)} == {404, 429}


def shows_words(prefix, path, settings, **environ):
    Explanation.objects.create(problem_type="not-found", path_prefix=prefix, title="Ours")
    return b"Ours" in ask(path, **environ).content


def shows_words_written_in_a_form(prefix, path, settings, **environ):
    row = Explanation(problem_type="not-found", path_prefix=prefix, title="Ours")
    # Who saves it again changes nothing.
    for _ in range(2):
        row.full_clean()
        row.save()
    return b"Ours" in ask(path, **environ).content


USERS = [says_json, throttles, shows_words, shows_words_written_in_a_form]


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = MIDDLEWARE


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize(("prefix", "path", "has_it"), TABLE)
def test_formats_throttles_and_explanations_mean_one_thing(prefix, path, has_it, user, settings):
    assert user(prefix, path, settings) is has_it


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("path", ["/api/teas/", "/apiary/"])
@pytest.mark.parametrize("name", ["/shop", "/shop/", "/api"])
def test_the_scripts_prefix_is_no_part_of_the_path(name, path, user, settings):
    settings.FORCE_SCRIPT_NAME = name

    assert user("/api", path, settings) is (path == "/api/teas/")


@pytest.mark.django_db
@pytest.mark.parametrize("user", USERS)
def test_the_scripts_prefix_may_be_known_to_the_server_only(user, settings):
    assert user("/api", "/api/", settings, SCRIPT_NAME="/shop")


def test_the_scripts_prefix_is_no_part_of_the_path_under_asgi(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/api": "json"}}
    settings.FORCE_SCRIPT_NAME = "/shop"

    response = async_to_sync(AsyncClient().get)("/shop/api/teas/")

    assert response["Content-Type"] == "application/json"


def test_the_longest_prefix_decides_whatever_the_order(settings):
    settings.HTTP4XX = {
        "DEFAULT_FORMAT": {"/": "text", "/a/b/c/": "html", "/a/": "json", "/a/b": "problem+xml"}
    }

    found = {path: Client().get(path)["Content-Type"] for path in ("/x", "/a/", "/a/b/", "/a/b/c")}

    assert [kind.partition(";")[0] for kind in found.values()] == [
        "text/plain",
        "application/json",
        "application/problem+xml",
        "text/html",
    ]


def test_a_part_of_the_site_can_be_free_of_its_throttle(settings):
    settings.HTTP4XX = {"THROTTLES": {"/": {"rate": "1/h", "name": "part"}, "/seen": None}}
    client = Client()

    assert [client.get("/seen/").status_code for _ in range(3)] == [200, 200, 200]
    assert [client.get("/seenery/").status_code for _ in range(2)] == [404, 429]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"DEFAULT_FORMAT": {"api/": "json"}}, "begin with '/'; 'api/' does not"),
        (
            {"DEFAULT_FORMAT": {"/api": "json", "/api/": "html"}},
            "has '/api' and '/api/', which are the same path prefix",
        ),
        (
            {"DEFAULT_FORMAT": {"/caf%C3%A9": "json", "/café/": "html"}},
            "which are the same path prefix",
        ),
        (
            {"THROTTLES": {"/twice": "5/h", "/twice/": "6/h"}},
            "has '/twice/' and '/twice', which are the same path prefix",
        ),
    ],
)
def test_the_check_refuses_prefixes_that_mean_nothing_or_two_things(value, said, settings):
    settings.HTTP4XX = value

    assert said in str([message.msg for message in checks.run_checks()])


def test_a_prefix_that_is_written_twice_with_one_value_is_no_fault(settings):
    settings.HTTP4XX = {"DEFAULT_FORMAT": {"/api": "json", "/api/": "json"}}

    assert not [m for m in checks.run_checks() if m.id == "django_http4xx.E002"]


@pytest.fixture
def script_name(settings):
    settings.FORCE_SCRIPT_NAME = "/shop"
    set_script_prefix("/shop/")
    yield
    set_script_prefix("/")


@pytest.fixture
def editor(db, settings):
    settings.ROOT_URLCONF = "tests.admin_urls"
    settings.MIDDLEWARE = tests_settings.MIDDLEWARE
    client = Client()
    client.force_login(User.objects.create_superuser("ana"))
    return client


@pytest.mark.usefixtures("script_name")
class TestTheAdminShowsAddressesAsVisitorsSeeThem:
    @pytest.mark.parametrize(
        ("typed", "kept", "shown"),
        [
            ("/shop/teas/", "/teas", "/shop/teas"),
            ("/shop/shop", "/shop", "/shop/shop"),
            ("/shop/caf%C3%A9/", "/café", "/shop/café"),
            ("/shop/100%25ab", "/100%25ab", "/shop/100%25ab"),
            ("/shop", "", ""),
            ("/shop/", "", ""),
            ("", "", ""),
            # What no visitor of this site sees is taken for what stands in the URL patterns.
            ("/teas", "/teas", "/shop/teas"),
            ("/shopping", "/shopping", "/shop/shopping"),
        ],
    )
    def test_in_its_form(self, editor, typed, kept, shown):
        form = {**FORM, "problem_type": "not-found", "title": "Ours", "path_prefix": typed}
        assert editor.post(f"{LIST}add/", form).status_code == 302
        row = Explanation.objects.get()
        assert row.path_prefix == kept
        page = editor.get(f"{LIST}{row.pk}/move/")
        assert page.context["form"]["path_prefix"].value() == shown
        # Who saves it again changes nothing.
        form["path_prefix"] = shown
        same = editor.post(f"{LIST}{row.pk}/move/", form).content.decode()
        assert "This is where the text is already." in same
        editor.post(f"{LIST}{row.pk}/change/", form)
        row.refresh_from_db()
        assert (row.path_prefix, LogEntry.objects.first().get_change_message()) == (
            kept,
            "No fields changed.",
        )

    def test_in_a_form_that_has_a_fault(self, editor):
        form = {**FORM, "problem_type": "not-found", "title": "{x}", "path_prefix": "/shop/teas/"}
        page = editor.post(f"{LIST}add/", form)
        assert page.context["adminform"].form["path_prefix"].value() == "/shop/teas"

    def test_what_is_no_path_is_refused_as_it_was_typed(self, editor):
        form = {**FORM, "problem_type": "not-found", "title": "Ours", "path_prefix": "teas"}
        page = editor.post(f"{LIST}add/", form)
        assert page.context["adminform"].form["path_prefix"].value() == "teas"
        assert "Enter a path that begins with a slash" in page.content.decode()

    def test_in_its_lists(self, editor):
        Explanation.objects.create(problem_type="not-found", path_prefix="/teas", title="Ours")
        for address in (LIST, f"{LIST}?q=Ours", f"{LIST}?q=/shop/teas"):
            assert "Any language, /shop/teas" in html.unescape(editor.get(address).content.decode())

    def test_in_the_name_of_a_row(self, editor):
        row = Explanation.objects.create(
            problem_type="not-found", host="shop.example", path_prefix="/teas"
        )
        assert str(row) == "404 · Page not found, Any language, shop.example/shop/teas"

    def test_in_the_preview(self, editor):
        form = {**FORM, "problem_type": "not-found", "explanation": "Not at {path}."}
        form["path_prefix"] = "/shop/teas/"
        shown = editor.post(f"{LIST}preview/draft/", form).json()["json"]
        assert "Not at /shop/teas/." in shown


def test_the_words_of_a_place_name_the_path_that_visitors_see(db, settings):
    settings.FORCE_SCRIPT_NAME = "/shop"
    Explanation.objects.create(
        problem_type="not-found", path_prefix="/teas", explanation="Not at {path}."
    )
    body = Client().get("/teas/green/", headers={"accept": "application/json"}).json()
    assert body["detail"] == "Not at /shop/teas/green/."


def migrated(*rows):
    """Rows as they are after the migration; each is a prefix and whether it is shown."""
    executor = MigrationExecutor(connection)
    executor.migrate([("django_http4xx", "0001_explanation")])
    old = executor.loader.project_state(("django_http4xx", "0001_explanation")).apps
    old.get_model("django_http4xx", "CatalogueRevision").objects.create(pk=1, revision="before")
    for number, (prefix, is_active) in enumerate(rows):
        old.get_model("django_http4xx", "Explanation").objects.create(
            problem_type="not-found",
            title=str(number),
            path_prefix=prefix,
            is_active=is_active,
            digest=digest(("not-found", "", "", prefix)) if is_active else None,
        )
    executor.loader.build_graph()
    executor.migrate(executor.loader.graph.leaf_nodes("django_http4xx"))
    assert CatalogueRevision.objects.get().revision != "before"
    found = Explanation.objects.order_by("pk")
    assert all(row.digest == row.current_digest() for row in found)
    return [(row.path_prefix, row.is_active) for row in found]


@pytest.mark.django_db(transaction=True)
class TestTheMigration:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ([("/teas", True)], [("/teas", True)]),
            ([("", True)], [("", True)]),
            ([("/", True)], [("", True)]),
            ([("/teas/", True)], [("/teas", True)]),
            ([("/caf%C3%A9/", True)], [("/café", True)]),
            ([("/teas/", False)], [("/teas", False)]),
            # The last one was shown; drafts are none too many.
            ([("/teas", True), ("/teas/", True)], [("/teas", False), ("/teas", True)]),
            ([("/teas/", True), ("/teas", True)], [("/teas", False), ("/teas", True)]),
            ([("/teas", False), ("/teas/", True)], [("/teas", False), ("/teas", True)]),
        ],
    )
    def test_gives_every_prefix_one_spelling(self, before, after):
        assert migrated(*before) == after

    @pytest.mark.usefixtures("script_name")
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ([("/shop/teas", True)], [("/teas", True)]),
            ([("/shop/", True)], [("", True)]),
            ([("/shopping", True)], [("/shopping", True)]),
            # What was shown goes on being shown.
            ([("/shop/teas", True), ("/teas", True)], [("/teas", True), ("/teas", False)]),
            ([("/shop", True), ("", True)], [("", True), ("", False)]),
            ([("/shop/shop", True), ("/shop", True)], [("/shop", True), ("", True)]),
        ],
    )
    def test_takes_the_scripts_prefix_off(self, before, after):
        assert migrated(*before) == after
