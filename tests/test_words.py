"""The words that come with the app: for all 29 codes and what else it explains, in both languages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import django.conf
import polib
import pytest
from django.test import Client

import django_http4xx
from django_http4xx.statuses import STATUSES

from .requirements import missing

PACKAGE = Path(django_http4xx.__file__).parent
CATALOGUES = sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/django.po"))
WORDS = ("title", "explanation", "remedy")
LONGEST = {"title": 60, "explanation": 160, "remedy": 160}
LONGEST_IN_CHINESE = {"title": 20, "explanation": 50, "remedy": 50}
PROBLEM_TYPES = [*STATUSES, "csrf-failed", "session-interrupted"]

# What a reader who is no developer does not know, or does not want to hear.
JARGON = re.compile(
    r"""\b(HTTP|URI|URL|API|JSON|CSRF|headers?|tokens?|methods?|prox(y|ies)|media\ types?|payloads?
    |Content-[A-Z]\w+|ETag|If-[A-Z]\w+|Retry-After|status|4\d\d|server\ error|resource
    |invalid|illegal|bad|forbidden|unauthorized|fail(ed|ure)|fatal|oops|sorry|please|unfortunately)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
CHINESE_JARGON = re.compile(
    r"HTTP|URI|API|JSON|CSRF|令牌|请求头|字段|报头|代理|媒体类型|非法|抱歉|糟糕|状态码"
)
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _titles_of_their_own(settings):
    # Under about:blank the title is the registered phrase (RFC 9457 §4.2.1).
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}


def explained(problem_type, language, media_type="application/problem+json"):
    headers = {"accept": media_type, "accept-language": language}
    if problem_type == "csrf-failed":
        return Client(enforce_csrf_checks=True).post("/raise/404/", headers=headers)
    if problem_type == "session-interrupted":
        return Client().get("/interrupted/", headers=headers)
    return Client().get(f"/raise/{problem_type}/", headers=headers)


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_english_words_are_short_and_without_jargon(problem_type):
    response = explained(problem_type, "en")
    assert response.headers["Content-Language"] == "en"
    for name in WORDS:
        text = str(getattr(response.problem, name))
        assert 0 < len(text) <= LONGEST[name], text
        assert not JARGON.search(text), text
        assert text.endswith(".") is (name != "title"), text
        assert "!" not in text


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_chinese_words_are_short_and_without_jargon(problem_type):
    response = explained(problem_type, "zh-CN")
    assert response.headers["Content-Language"] == "zh-hans"
    for name in WORDS:
        text = str(getattr(response.problem, name))
        assert 0 < len(text) <= LONGEST_IN_CHINESE[name], text
        assert CHINESE.search(text), text
        assert not re.search(r"[A-Za-z]", text.replace("Cookie", "")), text
        assert not CHINESE_JARGON.search(text), text
        assert text.endswith("。") is (name != "title"), text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", WORDS)
def test_the_three_words_of_a_type_say_different_things(language, name):
    for problem_type in PROBLEM_TYPES:
        problem = explained(problem_type, language).problem
        assert len({getattr(problem, word) for word in WORDS}) == 3


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_two_types_have_the_same_title(language):
    titles = [explained(problem_type, language).json()["title"] for problem_type in PROBLEM_TYPES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("status", STATUSES)
def test_phrases_are_translated(status, settings):
    settings.HTTP4XX = {}
    english, chinese = (explained(status, code).json()["title"] for code in ("en", "zh-hans"))
    assert str(STATUSES[status].phrase) == english
    assert CHINESE.search(chinese)


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_a_chinese_page_has_no_english_left(problem_type, settings):
    settings.HTTP4XX = {"SITE": {"name": "茶店"}}
    page = explained(problem_type, "zh-hans", "text/html").content.decode()
    assert '<html lang="zh-hans"' in page
    body = re.sub(
        r"<style.*?</style>|<span class=\"reference\".*?</span>|UTC|CST", "", page, flags=re.DOTALL
    )
    shown = re.sub(r"<[^>]*>", "", body).replace("Cookie", "")
    assert not re.search(r"[A-Za-z]{2}", shown), shown
    assert all(CHINESE.search(label) for label in re.findall(r'aria-label="([^"]*)"', page))


@pytest.mark.parametrize(
    "language, remedy", [("en", "Try again in 2 minutes."), ("zh-hans", "请在 2 分钟后重试。")]
)
def test_too_many_requests_says_when_to_come_back(language, remedy):
    assert explained(429, language).json()["remedy"] == remedy


def test_the_words_are_ours_though_another_app_has_the_same_text(settings):
    assert settings.INSTALLED_APPS.index("django.contrib.admin") < settings.INSTALLED_APPS.index(
        "django_http4xx"
    )
    assert explained(404, "zh-hans").json()["title"] == "找不到页面"


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The package, with the catalogues as they would be, were the texts collected now."""
    if shutil.which("msgmerge") is None:
        missing("This test needs GNU gettext.")
    copy = tmp_path_factory.mktemp("collected") / "django_http4xx"
    shutil.copytree(PACKAGE, copy)
    command = (sys.executable, "-m", "django", "makemessages", "--all")
    subprocess.run(
        [*command, "--no-location", "--no-obsolete"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
    )
    return copy


# A placeholder of the words, or of Python's `%`.
PLACEHOLDER = re.compile(r"{\w*}|%\(\w+\)[sd]|%[sd]")


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-3])
class TestCatalogue:
    @pytest.mark.parametrize("kind", ["--untranslated", "--only-fuzzy"])
    def test_every_text_of_the_sources_is_translated(self, collected, catalogue, kind):
        now = collected / catalogue.relative_to(PACKAGE)
        assert tool("msgattrib", kind, "--no-wrap", now) == ""

    def test_the_compiled_catalogue_is_up_to_date(self, collected, catalogue, tmp_path):
        compiled = tmp_path / "django.mo"
        tool("msgfmt", "--check", "-o", compiled, collected / catalogue.relative_to(PACKAGE))
        assert messages(catalogue.with_suffix(".mo")) == messages(compiled)

    def test_the_placeholders_are_those_of_the_source(self, catalogue):
        entries = list(polib.pofile(str(catalogue)))
        texts = [(entry.msgid, entry.msgstr) for entry in entries if not entry.msgid_plural]
        assert [text for text, ours in texts if placeholders(ours) != placeholders(text)] == []

    def test_the_plural_forms_have_no_other_placeholders(self, catalogue):
        """A form for exactly one or two things may spell the number, and have fewer."""
        forms = [
            (entry.msgid_plural, form)
            for entry in polib.pofile(str(catalogue))
            for form in entry.msgstr_plural.values()
        ]
        assert [text for text, ours in forms if not placeholders(ours) <= placeholders(text)] == []

    def test_the_plural_forms_are_those_of_djangos_own_catalogue(self, catalogue):
        language = catalogue.parts[-3]
        of_django = (
            Path(django.conf.__file__).parent / "locale" / catalogue.relative_to(PACKAGE / "locale")
        )
        assert plural_forms(catalogue) == plural_forms(of_django), language


def placeholders(text):
    return set(PLACEHOLDER.findall(text))


def plural_forms(catalogue):
    return polib.pofile(str(catalogue)).metadata["Plural-Forms"].replace(" ", "")


def tool(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def messages(compiled):
    """What a compiled catalogue holds, without its dates."""
    text = tool("msgunfmt", "--no-wrap", "--sort-output", compiled)
    return [line for line in text.splitlines() if "-Date: " not in line]
