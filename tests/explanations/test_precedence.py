"""Which words win: the rules, one by one, and against a plain implementation that is obviously right."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from django_http4xx.models import Explanation

BUILT_IN = {
    "en": {"title": "Page not found", "explanation": "There is nothing at this address."},
    "zh-hans": {"title": "找不到页面", "explanation": "这个网址没有任何内容。"},
}
# A language of the site that has no built-in words; what it would be told is in English.
LANGUAGES = ["en", "zh-hans", "sr-latn"]


@pytest.fixture
def site(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.LANGUAGES = [(code, code) for code in LANGUAGES]
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}


def told(path="/", language="en", host="testserver"):
    """What a reader is told of an address that leads nowhere."""
    fields = {"Accept": "application/json", "Accept-Language": language, "Host": host}
    return Client().get(path, headers=fields).json()


def row(title="", **fields):
    return Explanation.objects.create(problem_type="not-found", title=title, **fields)


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
class TestRules:
    def test_an_editors_words_beat_the_built_in_ones(self):
        row("Ours")
        assert told()["title"] == "Ours"

    def test_a_host_beats_a_path_and_a_path_beats_a_language(self):
        row("language", language="en")
        assert told("/shop/")["title"] == "language"
        row("path", path_prefix="/shop")
        assert told("/shop/")["title"] == "path"
        row("host", host="shop.example")
        assert told("/shop/", host="shop.example")["title"] == "host"

    def test_a_host_is_meant_whatever_its_port_and_case(self):
        row("host", host="shop.example")
        assert told(host="Shop.Example:8443")["title"] == "host"

    def test_another_site_is_not_told(self):
        row("host", host="shop.example")
        assert told(host="blog.example")["title"] == "Page not found"

    def test_the_host_is_not_what_a_visitor_claims(self):
        row("host", host="shop.example")
        answer = Client().get("/", headers={"X-Forwarded-Host": "shop.example"})
        assert "Page not found" in answer.content.decode()

    @pytest.mark.parametrize("path", ["/shop", "/shop/", "/shop/tea/"])
    def test_a_prefix_is_for_what_is_below_it(self, path):
        row("shop", path_prefix="/shop")
        assert told(path)["title"] == "shop"

    @pytest.mark.parametrize("path", ["/", "/shopping/", "/Shop/", "/the/shop/"])
    def test_a_prefix_is_for_whole_segments_as_they_are_spelt(self, path):
        row("shop", path_prefix="/shop")
        assert told(path)["title"] == "Page not found"

    def test_the_longest_prefix_wins(self):
        row("shop", path_prefix="/shop")
        row("tea", path_prefix="/shop/tea")
        assert told("/shop/tea/green")["title"] == "tea"
        assert told("/shop/cups/")["title"] == "shop"

    def test_a_language_is_told_by_its_parents_and_says_which_it_is(self):
        row("Ništa ovde", language="sr", explanation="Ništa.")
        body = Client().get(
            "/", headers={"Accept-Language": "sr-Latn", "Accept": "application/json"}
        )
        assert body.json()["title"] == "Ništa ovde"
        assert body.headers["Content-Language"] == "sr-latn"

    def test_built_in_words_of_the_reader_beat_a_row_for_any_language(self):
        row("Nothing to see")
        assert told(language="zh-hans")["title"] == "找不到页面"

    def test_where_there_are_none_the_row_for_any_language_is_told(self):
        row("Nothing to see")
        assert told(language="sr-latn")["title"] == "Nothing to see"

    def test_a_row_for_any_language_is_in_the_sites_own(self, settings):
        settings.LANGUAGE_CODE = "zh-hans"
        row("什么都没有")
        assert told(language="zh-hans")["title"] == "什么都没有"
        assert told(language="en")["title"] == "Page not found"

    @pytest.mark.parametrize("explanation", ["{detail}", "***", "[a]: /x"])
    def test_a_text_that_says_nothing_this_time_leaves_the_built_in_one(self, explanation):
        before = told()["detail"]
        row("Ours", explanation=explanation)
        assert (told()["title"], told()["detail"]) == ("Ours", before)

    def test_an_empty_text_falls_through(self):
        row("general", remedy="Ask us.")
        row("shop", path_prefix="/shop", remedy=" ")
        body = told("/shop/")
        assert (body["title"], body["remedy"]) == ("shop", "Ask us.")
        assert body["detail"] == "There is nothing at this address."

    def test_a_part_in_another_language_says_so(self):
        row("Nothing to see", path_prefix="/sr")
        page = Client().get("/sr/", headers={"Accept-Language": "sr-latn"}).content.decode()
        assert '<html lang="en"' in page
        Explanation.objects.create(
            problem_type="not-found", language="sr-latn", explanation="Ništa.", path_prefix="/sr"
        )
        page = Client().get("/sr/", headers={"Accept-Language": "sr-latn"}).content.decode()
        assert '<html lang="sr-latn"' in page
        assert '<h1 lang="en">Nothing to see</h1>' in page
        assert "<p>Ništa.</p>" in page

    def test_the_words_of_one_occurrence_beat_them_all(self, settings):
        settings.ROOT_URLCONF = "tests.explanations.urls"
        row("Ours")
        assert told("/own-words/")["title"] == "Only today"

    def test_an_editors_title_is_told_where_the_type_has_no_uri(self, settings):
        settings.HTTP4XX = {}
        assert told()["title"] == "Not Found"
        row("Ours")
        assert told()["title"] == "Ours"

    def test_a_draft_is_not_told(self):
        row("Draft", is_active=False)
        assert told()["detail"] == "There is nothing at this address."

    def test_a_row_of_a_problem_type_that_is_gone_harms_nobody(self):
        Explanation.objects.create(problem_type="no-such-thing", title="Old")
        assert told()["detail"] == "There is nothing at this address."

    def test_help_is_linked_and_told(self):
        row("Ours", help_url="/contact/", help_label="Write to us <b>")
        assert told()["help"] == "/contact/"
        page = Client().get("/nowhere/").content.decode()
        assert '<a href="/contact/">Write to us &lt;b&gt;</a>' in page
        text = Client().get("/nowhere/", headers={"Accept": "text/plain"}).content.decode()
        assert "Write to us <b>: /contact/" in text

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "help"])
    def test_an_address_that_is_not_safe_is_linked_nowhere(self, address):
        row("Ours", help_url=address)
        assert "help" not in told()


def plainly(rows, field, path, language, host):
    """The rules as the documents give them, in the plainest way there is."""

    def covers(one):
        in_path = one.path_prefix == "" or (path + "/").startswith(one.path_prefix + "/")
        languages = [language, language.rpartition("-")[0] or language, ""]
        return one.host in ("", host) and in_path and one.language in languages

    def specificity(one):
        return (one.host != "", len(one.path_prefix), len(one.language))

    site_language = django_settings.LANGUAGE_CODE
    for one in sorted(filter(covers, rows), key=specificity, reverse=True):
        is_for_another = one.language == "" and site_language != language
        if getattr(one, field) and not (is_for_another and language in BUILT_IN):
            return getattr(one, field)
    return BUILT_IN.get(language, BUILT_IN["en"])[field]


ROWS = st.lists(
    st.builds(
        Explanation,
        problem_type=st.just("not-found"),
        language=st.sampled_from(["", "en", "zh-hans", "sr", "sr-latn"]),
        host=st.sampled_from(["", "shop.example", "blog.example"]),
        path_prefix=st.sampled_from(["", "/a", "/a/b", "/ab", "/A", "/a/b/c"]),
        title=st.text("abc", max_size=2),
        explanation=st.text("abc", max_size=2),
    ),
    max_size=12,
    unique_by=lambda one: one.place,
)


class TestAgainstThePlainWay(TestCase):
    @hypothesis_settings(max_examples=300)
    @given(
        rows=ROWS,
        path=st.sampled_from(["/", "/a", "/a/", "/a/b", "/a/b/c/d", "/ab/", "/A/x", "/b/a", "//a"]),
        language=st.sampled_from(LANGUAGES),
        host=st.sampled_from(["shop.example", "blog.example", "testserver"]),
    )
    def test_the_same_words_win(self, rows, path, language, host):
        Explanation.objects.bulk_create(rows)
        with self.settings(
            ALLOWED_HOSTS=["*"],
            LANGUAGES=[(code, code) for code in LANGUAGES],
            HTTP4XX={"TYPE_BASE_URI": "https://x.example/"},
        ):
            body = told(path, language, host)
        for member, field in (("title", "title"), ("detail", "explanation")):
            assert body[member] == plainly(rows, field, path, language, host)
