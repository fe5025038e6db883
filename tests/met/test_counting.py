"""What is counted of an error, and what it costs the one who asks: no query."""

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.db import connection
from django.test import AsyncClient, Client
from django.utils import timezone

from django_http4xx.met.models import ErrorCount

pytestmark = pytest.mark.django_db

SAME = {"Sec-Fetch-Site": "same-origin", "Referer": "http://testserver/shop/?q=secret"}


def flushed():
    out = io.StringIO()
    call_command("flush_met", stdout=out)
    return out.getvalue()


def counted(*columns):
    """The rows after a flush, as (*columns, count)."""
    flushed()
    return sorted(ErrorCount.objects.values_list(*columns, "count"))


def ask(path="/nowhere/", **headers):
    return Client().get(path, headers=headers)


def test_an_error_makes_no_query_and_is_there_after_a_flush(django_assert_num_queries):
    ask()  # the editors' words are read now
    with django_assert_num_queries(0):
        ask()
        ask("/raise/409/")
    assert counted("problem_type") == [("conflict", 1), ("not-found", 2)]
    assert flushed().startswith("Errors written: 0.")


def test_counts_of_a_day_are_added_up():
    for _ in range(3):
        ask()
        flushed()
    assert counted("day", "problem_type") == [(timezone.localdate(), "not-found", 3)]


@pytest.mark.urls("tests.admin_urls")
def test_what_succeeds_is_not_counted():
    assert Client().get("/admin/login/").status_code == 200
    assert counted("problem_type") == []


PARTS = {
    "/raise/409/": "/raise/<int:status>/",
    "/nowhere/": "/nowhere/",
    "/a/b/c/d/": "/a/b/",
    "/a": "/a/",
    "/": "/",
    "/a//b/": "/a/",
    "/ana@mail.example/orders/": "/…/orders/",
    "/ana%40mail.example/": "/…/",
    "/ana%2540mail.example/": "/…/",
    f"/reset/{'x' * 20}/": "/reset/…/",
    f"/reset/{'x' * 19}/": f"/reset/{'x' * 19}/",
    "/a%00b/": "/…/",
    "/%ff/": "/%FF/",
    "/茶/": "/茶/",
    "/wp-login.php": "scanners",
    "/.env": "scanners",
    "/old/index.PHP": "scanners",
    "/wp-content/x.js": "scanners",
    "/photography/": "/photography/",
    "/shop/" + "x" * 9000: "/shop/…/",
}


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path[:30])
def test_the_part_of_the_site(path):
    ask(path)
    [(part, count)] = counted("part")
    assert (part, count) == (PARTS[path], 1)


LINKS = [
    ({}, "nowhere"),
    ({"Sec-Fetch-Site": "none"}, "nowhere"),
    ({"Sec-Fetch-Site": "cross-site"}, "elsewhere"),
    ({"Sec-Fetch-Site": "same-site"}, "elsewhere"),
    ({"Sec-Fetch-Site": "same-origin"}, "site"),
    # No page can choose what the browser says.
    ({"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"}, "elsewhere"),
    ({"Sec-Fetch-Site": "nonsense"}, "nowhere"),
    ({"Referer": "http://testserver/shop/"}, "site"),
    ({"Referer": "https://TESTSERVER"}, "site"),
    ({"Referer": "http://testserver.example/"}, "elsewhere"),
    ({"Referer": "http://testserver@evil.example/"}, "elsewhere"),
    ({"Referer": "http://testserver:81/"}, "elsewhere"),
    ({"Referer": "testserver"}, "elsewhere"),
    ({"Referer": "//testserver/"}, "elsewhere"),
    ({"Referer": "\xff\x00"}, "elsewhere"),
]


@pytest.mark.parametrize("headers, link", LINKS)
def test_where_the_link_was(headers, link):
    ask(**headers)
    assert counted("link") == [(link, 1)]


def test_behind_a_proxy_the_site_has_the_name_that_the_proxy_tells(settings):
    settings.USE_X_FORWARDED_HOST = True
    settings.ALLOWED_HOSTS = ["shop.example"]
    ask(**{"X-Forwarded-Host": "shop.example", "Referer": "https://shop.example/"})
    assert counted("link") == [("site", 1)]


def test_a_broken_link_on_the_site_itself_is_kept_with_its_address():
    ask("/shop/old/a@b.example/list/?token=1", **SAME)
    assert counted("address") == [("/shop/old/…/list/", 1)]


@pytest.mark.parametrize(
    "path, headers",
    [
        ("/lost/", {**SAME, "Sec-Fetch-Site": "none"}),
        ("/lost/", {"Referer": "http://testserver/"}),
        ("/lost/", {"Sec-Fetch-Site": "same-origin"}),
        ("/lost/", {**SAME, "Referer": "http://elsewhere.example/"}),
        ("/raise/409/", SAME),
        ("/favicon.ico", SAME),
        ("/apple-touch-icon-precomposed.png", SAME),
        ("/.well-known/appspecific/com.chrome.devtools.json", SAME),
        ("/wp-login.php", SAME),
        ("/" + "a/" * 200, SAME),
        ("/" + "a/" * 2000, SAME),
    ],
)
def test_no_other_address_is_kept(path, headers):
    ask(path, **headers)
    assert counted("address") == [("", 1)]


def test_nothing_about_a_person_is_kept():
    ask("/lost/?email=ana@mail.example", **{**SAME, "User-Agent": "Mozilla", "Cookie": "a=b"})
    flushed()
    [row] = ErrorCount.objects.values()
    del row["id"]
    assert row == {
        "day": timezone.localdate(),
        "problem_type": "not-found",
        "part": "/lost/",
        "link": "site",
        "address": "/lost/",
        "count": 1,
    }


def test_a_day_is_one_of_the_sites_time_zone(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    with time_machine.travel(datetime(2026, 4, 4, 11, 30, tzinfo=ZoneInfo("UTC")), tick=False):
        ask()  # half past midnight, on the day that clocks are put back
    with (
        time_machine.travel(datetime(2026, 4, 5, 11, 45, tzinfo=ZoneInfo("UTC")), tick=False),
        timezone.override("America/New_York"),
    ):
        ask()  # a quarter to midnight, 24 hours and a quarter later
    with time_machine.travel(datetime(2026, 4, 5, 12, 0, tzinfo=ZoneInfo("UTC")), tick=False):
        ask()
        assert counted("day") == [(date(2026, 4, 5), 2), (date(2026, 4, 6), 1)]


def test_a_flood_of_addresses_fills_neither_memory_nor_the_table():
    client = Client()
    client.get("/known/")
    flushed()
    for flood in range(2):
        for number in range(700):
            client.get(f"/flood-{flood}/{number}/", headers=SAME)
            client.get("/known/")
        flushed()
    rows = ErrorCount.objects
    assert rows.count() <= 1000 + 3  # one for each kind of link, without a part
    assert rows.exclude(address="").values("address").distinct().count() == 200
    assert sum(rows.values_list("count", flat=True)) == 2 * 1400 + 1
    assert rows.get(part="/known/").count == 2 * 700 + 1
    assert rows.get(part="").count > 0


def test_a_flood_within_a_minute_keeps_the_memory_bounded():
    from django_http4xx.met.flushing import flusher

    client = Client()
    for number in range(1300):
        client.get(f"/flood/{number}/")
    assert len(flusher.counts) <= 1001
    flushed()
    assert sum(ErrorCount.objects.values_list("count", flat=True)) == 1300


def test_rows_are_kept_for_ninety_days():
    today = timezone.localdate()
    for age in (0, 90, 91, 400):
        ErrorCount.objects.create(
            day=today - timedelta(days=age), problem_type="gone", part="/", link="site", count=1
        )
    assert "Old counts removed: 2." in flushed()
    assert ErrorCount.objects.count() == 2


def test_old_rows_go_with_the_first_flush_of_a_day():
    old = timezone.localdate() - timedelta(days=91)
    ErrorCount.objects.create(day=old, problem_type="gone", part="/", link="site", count=1)
    ask()
    assert "Old counts removed: 0." in flushed()  # they went with what was written
    assert counted("problem_type") == [("not-found", 1)]


@pytest.mark.parametrize("alias", ["default", "other"])
@pytest.mark.django_db(databases=["default", "other"])
def test_a_router_chooses_the_database(alias, settings):
    settings.DATABASE_ROUTERS = [Router(alias)]
    ask()
    flushed()
    assert ErrorCount.objects.using(alias).count() == 1


class Router:
    def __init__(self, alias):
        self.alias = alias

    def db_for_write(self, model, **hints):
        return self.alias if model is ErrorCount else None


def test_a_database_that_does_not_answer_costs_nothing_and_is_said_once(caplog):
    ask()
    table = ErrorCount._meta.db_table

    def refuse(execute, sql, *args):
        if table in sql:
            raise ConnectionError("Nobody is there.")
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        for _ in range(2):
            ask()
            with pytest.raises(ConnectionError):
                flushed()  # where old rows are removed, which a person waits for
    said = [r for r in caplog.records if "counts of errors" in r.getMessage()]
    assert len(said) == 1
    assert counted("problem_type") == [("not-found", 3)]


@pytest.mark.parametrize("status", [400, 404, 409, 429])
def test_a_broken_count_costs_no_answer(status, settings):
    settings.DATABASE_ROUTERS = ["tests.met.test_counting.Broken"]
    response = ask(f"/raise/{status}/", Accept="application/json")
    assert (response.status_code, response.json()["status"]) == (status, status)


class Broken:
    def db_for_write(self, model, **hints):
        raise LookupError("Nobody knows.")


def test_async_is_counted_too():
    async_to_sync(AsyncClient().get)("/async/raise/404/")
    assert counted("problem_type") == [("not-found", 1)]
