"""The overview says how often visitors meet each error, to those who may see it."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_script_prefix
from django.utils import timezone

from django_http4xx.met.models import ErrorCount
from django_http4xx.models import Explanation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

LIST = "/admin/django_http4xx/explanation/"
COUNTS = "/admin/http4xx_met/errorcount/"


def editor(*permissions):
    user = User.objects.create_user("ana", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


EDITOR = ("view_explanation", "add_explanation", "change_explanation")


def met(count, name="not-found", *, ago=0, part="/", link="nowhere", address=""):
    day = timezone.localdate() - timedelta(days=ago)
    ErrorCount.objects.create(
        day=day, problem_type=name, part=part, link=link, address=address, count=count
    )


def page_of(client):
    return client.get(LIST).content.decode()


def text(page):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


def names(page):
    return re.findall(r'<p class="quiet"><code>([\w-]+)</code>', page)


def entry(page, name="not-found"):
    (found,) = (
        part for part in page.split('<span class="status">')[1:] if f"<code>{name}</code>" in part
    )
    return found


def links(part):
    return {
        text(said).partition(":")[0].strip(): html.unescape(address)
        for address, said in re.findall(r'<a href="([^"]+)">(.*?)</a>', part)
    }


def test_the_errors_are_in_the_order_of_how_often_they_are_met():
    met(3, "conflict")
    met(5, "gone", ago=6)
    met(4, "gone", ago=6, link="site")
    met(100, "locked", ago=7)
    met(1000, "forbidden", ago=14)
    page = page_of(editor(*EDITOR, "view_errorcount"))
    assert names(page)[:3] == ["gone", "conflict", "locked"]
    assert "Met most often" in page
    assert "Met 9 times in the last 7 days; in the 7 days before: 0" in text(entry(page, "gone"))
    assert "Met 0 times in the last 7 days; in the 7 days before: 100" in text(
        entry(page, "locked")
    )
    assert "Met" not in text(entry(page, "forbidden"))


@pytest.mark.parametrize("permissions", [EDITOR, (*EDITOR, "view_errorcount")])
def test_where_nothing_is_counted_nothing_claims_to_be_met_often(permissions):
    page = page_of(editor(*permissions))
    assert "Met" not in text(page)
    assert "Start with these" in page
    assert names(page)[0] == "not-found"


def test_who_may_not_see_counts_sees_none():
    met(3, "conflict", link="site", address="/secret/")
    client = editor(*EDITOR)
    page = page_of(client)
    assert "Met" not in text(page)
    assert "/secret/" not in page
    assert names(page)[0] == "not-found"
    assert client.get(COUNTS).status_code == 403


def test_broken_links_lead_to_words_for_their_part():
    met(2, link="site", part="/shop/teas/", address="/shop/teas/")
    met(3, link="site", part="/shop/teas/", address="/shop/teas/", ago=6)
    met(4, link="site", part="/shop/…/", address="/shop/…/edit/")
    met(1, link="site", part="/…/", address="/…/")
    met(9, link="site", part="/old/", address="/old/", ago=7)
    own = Explanation.objects.create(problem_type="not-found", language="en", path_prefix="/shop")
    found = entry(page_of(editor(*EDITOR, "view_errorcount")))
    broken = found[found.index("Broken links on this site") :]
    listed = re.findall(r"<li>(.*?)</li>", broken, re.DOTALL)[:3]
    assert [re.match(r"[^()]+\((\d+)\)", text(one))[0] for one in listed] == [
        "/shop/teas/ (5)",
        "/shop/…/edit/ (4)",
        "/…/ (1)",
    ]
    start = links(listed[0])["Write words for this part"]
    assert "problem_type=not-found&language=en&path_prefix=%2Fshop%2Fteas" in start
    assert links(listed[1])["Edit the words for this part"].startswith(f"{LIST}{own.pk}/change/")
    assert links(listed[2]) == {}


def test_the_link_leads_to_a_form_that_can_be_saved_as_it_is():
    met(2, link="site", part="/shop/teas/", address="/shop/teas/")
    client = editor(*EDITOR, "view_errorcount")
    start = links(entry(page_of(client)))["Write words for this part"]
    form = client.get(start).context["adminform"].form
    client.post(
        start.partition("?")[0],
        {name: form.initial.get(name) or "" for name in form.fields} | {"is_active": "on"},
    )
    assert Explanation.objects.get().place == ("not-found", "en", "", "/shop/teas")


def test_who_may_not_write_is_offered_nothing():
    met(2, link="site", address="/shop/teas/")
    found = entry(page_of(editor("view_explanation", "view_errorcount")))
    assert "/shop/teas/" in found
    assert links(found) == {}


def test_below_a_script_the_address_is_the_one_that_visitors_see():
    met(2, link="site", address="/shop/teas/")
    client = editor(*EDITOR, "view_errorcount")
    with override_script_prefix("/site/"):
        found = entry(page_of(client))
    assert "/site/shop/teas/" in text(found)
    assert "path_prefix=%2Fshop%2Fteas" in links(found)["Write words for this part"]


def test_scanners_are_one_line():
    met(1, part="scanners")
    met(41, part="scanners", link="elsewhere")
    found = text(entry(page_of(editor(*EDITOR, "view_errorcount"))))
    assert "42 times by scanners, which try addresses such as .php , .env or wp-" in found


def test_the_overview_asks_for_the_counts_twice_however_many_there_are():
    for number in range(300):
        met(number, part=f"/{number}/", link="site", address=f"/{number}/")
    client = editor(*EDITOR, "view_errorcount")
    with CaptureQueriesContext(connection) as asked:
        page_of(client)
    table = ErrorCount._meta.db_table
    assert sum(f'FROM "{table}"' in query["sql"] for query in asked) == 2


def test_a_table_that_is_missing_leaves_the_overview_as_it_is_without_counts(caplog):
    table = ErrorCount._meta.db_table

    def refuse(execute, sql, *args):
        return execute(sql.replace(table, "no_such_table"), *args)

    client = editor(*EDITOR, "view_errorcount")
    with connection.execute_wrapper(refuse):
        response = client.get(LIST)
    assert response.status_code == 200
    assert "Start with these" in response.content.decode()


def test_an_address_is_escaped():
    met(2, link="site", address="/<script>alert(1)</script>/")
    page = page_of(editor(*EDITOR, "view_errorcount"))
    assert "<script>alert" not in page


class TestTheListOfCounts:
    def test_is_only_looked_at(self):
        met(2, part="/shop/", link="site", address="/shop/")
        client = editor("view_errorcount")
        page = client.get(COUNTS).content.decode()
        assert "404 · " in page
        assert "/shop/" in page
        row = ErrorCount.objects.get()
        for path in ("add/", f"{row.pk}/delete/"):
            assert client.get(COUNTS + path).status_code == 403
        assert client.post(f"{COUNTS}{row.pk}/change/", {"count": 5}).status_code == 403

    def test_names_the_parts_that_are_not_addresses(self):
        met(2, part="")
        met(2, part="scanners")
        page = client_page = editor("view_errorcount").get(COUNTS).content.decode()
        assert "other parts" in client_page
        assert "addresses that scanners try" in page

    def test_can_be_searched_and_filtered(self):
        met(2, part="/shop/")
        met(3, "gone", part="/teas/")
        client = editor("view_errorcount")
        page = client.get(COUNTS, {"q": "shop", "link": "nowhere"}).content.decode()
        assert "/shop/" in page
        assert "/teas/" not in page.partition("result_list")[2].partition("</table>")[0]
