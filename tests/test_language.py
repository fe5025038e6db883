"""Which language a problem is told in, and that the answer says so truthfully."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import suppress
from functools import partial

import pytest
from asgiref.sync import async_to_sync
from django.conf import global_settings
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import Conflict, NotFound
from django_http4xx.responses import problem_response

CHINESE = re.compile("[\u4e00-\u9fff]")
LOCALE_MIDDLEWARE = "django.middleware.locale.LocaleMiddleware"


class HalfTranslated(Conflict):
    title = _("Nobody has translated this title")
    explanation = _("Home")  # Django's own catalogues have it.
    remedy = _("Nobody has translated this remedy")


def not_found(request):
    raise NotFound


def half_translated(request):
    raise HalfTranslated


def activating(request, language):
    translation.activate(language)
    raise NotFound


async def activating_async(request, language):
    translation.activate(language)
    raise NotFound


def deactivating(request):
    translation.deactivate_all()
    raise NotFound


def overriding(language, **kwargs):
    with translation.override(language, **kwargs):
        pass


def override_in_override():
    with translation.override("zh-hans"), translation.override("en"):
        overriding(None)


def override_that_fails():
    with suppress(ValueError), translation.override("fr"):
        raise ValueError


def override_twice():
    overriding("en")
    overriding("zh-hans")


def decorated():
    translation.override("zh-hans")(gettext)("Home")


def by_hand(language):
    before = translation.get_language()
    translation.activate(language)
    translation.activate(before)


def deactivated():
    translation.activate("zh-hans")
    translation.deactivate()


# What has ended is no choice.
ENDED = {
    "en": partial(overriding, "en"),
    "zh": partial(overriding, "zh-hans"),
    "none": partial(overriding, None),
    "deactivating": partial(overriding, "zh-hans", deactivate=True),
    "nested": override_in_override,
    "fails": override_that_fails,
    "twice": override_twice,
    "decorated": decorated,
    "hand-en": partial(by_hand, "en"),
    "hand-zh": partial(by_hand, "zh-hans"),
    "deactivated": deactivated,
}


def ended(request, name):
    ENDED[name]()
    raise NotFound


async def ended_async(request, name):
    with translation.override("zh-hans"):
        await asyncio.sleep(0)
        with translation.override("en"):
            await asyncio.sleep(0)
    ENDED[name]()
    raise NotFound


def chosen_after_all(request, name, language):
    ENDED[name]()
    translation.activate(language)
    overriding("fr")
    raise NotFound


def overrides_around(get_response):
    def middleware(request):
        with translation.override("zh-hans"):
            return get_response(request)

    return middleware


def overrides_before(get_response):
    def middleware(request):
        for end in ENDED.values():
            end()
        return get_response(request)

    return middleware


RAISED = {
    "detail": lambda: NotFound(_("Nobody has translated this detail")),
    "home": lambda: NotFound(_("Home")),
    "explanation": lambda: NotFound(explanation=_("Nobody has translated this explanation")),
    "plain": lambda: NotFound("A detail", title="A title"),
}


def raised(request, name):
    error = RAISED[name]()
    raise error


def explaining_before(request):
    problem_response(request, Conflict(_("Home")))
    raise NotFound


urlpatterns = [
    path("", not_found),
    path("half/", half_translated),
    path("activate/<language>/", activating),
    path("activate/async/<language>/", activating_async),
    path("deactivate/", deactivating),
    path("ended/<name>/", ended),
    path("ended/async/<name>/", ended_async),
    path("ended/<name>/<language>/", chosen_after_all),
    path("bare/", lambda request: HttpResponse(status=404)),
    path("explain/", explaining_before),
    path("<name>/", raised),
]
pytestmark = pytest.mark.urls(__name__)


def activates_chinese(get_response):
    def middleware(request):
        translation.activate("zh-hans")
        return get_response(request)

    return middleware


def only_says_chinese(get_response):
    def middleware(request):
        request.LANGUAGE_CODE = "zh-hans"
        return get_response(request)

    return middleware


@pytest.fixture(autouse=True)
def _no_language_is_active():
    translation.deactivate()
    yield
    translation.deactivate()


def asked(path="/", accept_language=None, client_class=Client, **kwargs):
    headers = {"accept": "text/html"}
    if accept_language is not None:
        headers["accept-language"] = accept_language
    get = client_class(**kwargs).get
    return (async_to_sync(get) if client_class is AsyncClient else get)(path, headers=headers)


def language_of(response):
    """What the answer says of its language, checked against itself and its words."""
    language = response.headers["Content-Language"]
    page = response.content.decode()
    assert re.search(r'<html lang="([^"]*)"', page)[1] == language
    assert bool(CHINESE.search(page)) is (language == "zh-hans")
    return language


def varies_by_language(response):
    return "Accept-Language" in response.headers["Vary"].split(", ")


@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("zh-hans", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("ZH-Hans-CN", "zh-hans"),
        ("zh", "zh-hans"),
        ("en;q=0.5, zh;q=0.9", "zh-hans"),
        ("en, zh", "en"),
        ("xx, zh;q=0.1", "zh-hans"),
        ("zh;q=0", "en"),
        ("zh;q=0, *", "en"),
        ("*, zh", "en"),
        ("xx", "en"),
        ("zh_CN", "en"),
        ("nonsense, ;;q=,", "en"),
        ("z" * 10_000, "en"),
    ],
)
def test_the_client_s_preference_decides(accept_language, language, client_class):
    response = asked(accept_language=accept_language, client_class=client_class)
    assert language_of(response) == language
    assert varies_by_language(response)


@pytest.mark.parametrize("code", ["en", "zh-hans"])
def test_a_project_that_declares_no_languages_speaks_its_own(settings, code):
    settings.LANGUAGES = global_settings.LANGUAGES
    settings.LANGUAGE_CODE = code
    for preference in ("en", "zh", "fr", None):
        response = asked(accept_language=preference)
        assert language_of(response) == code
        assert not varies_by_language(response)


def test_a_project_that_translates_nothing_speaks_its_own(settings):
    settings.USE_I18N = False
    response = asked(accept_language="zh")
    assert language_of(response) == "en"
    assert not varies_by_language(response)


def test_what_locale_middleware_chose_is_spoken(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE_MIDDLEWARE]
    assert language_of(asked(accept_language="zh")) == "zh-hans"
    response = asked(accept_language="zh")
    assert varies_by_language(response)
    client = Client()
    client.cookies["django_language"] = "zh-hans"
    response = client.get("/", headers={"accept": "text/html", "accept-language": "en"})
    assert language_of(response) == "zh-hans"


def test_an_answer_in_the_language_of_a_cookie_says_so(settings):
    """A cache would give it to readers without the cookie; Django leaves it out of ``Vary``."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE_MIDDLEWARE]
    client = Client()
    assert "Cookie" not in client.get("/")["Vary"]
    client.cookies["django_language"] = "zh-hans"
    assert "Cookie" in client.get("/")["Vary"]


def test_a_view_may_choose_another_than_locale_middleware(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE_MIDDLEWARE]
    assert language_of(asked("/activate/zh-hans/", "en")) == "zh-hans"
    assert language_of(asked("/activate/en/", "zh")) == "en"


@pytest.mark.parametrize("path", ["/activate/{}/", "/activate/async/{}/"])
@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize("carried", [None, "en", "zh-hans"])
def test_what_the_view_activated_is_spoken(carried, client_class, path):
    for language, other in (("zh-hans", "en"), ("en", "zh-hans")):
        if carried:
            translation.activate(carried)
        response = asked(path.format(language), other, client_class=client_class)
        assert language_of(response) == language
        assert not varies_by_language(response)


@pytest.mark.parametrize("carried", [None, "en", "zh-hans"])
def test_what_a_middleware_activated_is_spoken(settings, carried):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.activates_chinese"]
    if carried:
        translation.activate(carried)
    for _request in range(3):
        assert language_of(asked(accept_language="en")) == "zh-hans"


@pytest.mark.parametrize("carried", [None, "en", "zh-hans"])
def test_what_the_request_says_is_spoken_though_nothing_was_activated(settings, carried):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.only_says_chinese"]
    if carried:
        translation.activate(carried)
    assert language_of(asked(accept_language="en")) == "zh-hans"


def test_a_thread_that_still_carries_the_last_request_s_language_is_not_heard():
    spoken = []

    def serve():
        for preference in ("zh", "en", None, "zh"):
            asked(f"/activate/{'en' if preference == 'zh' else 'zh-hans'}/")
            spoken.append(language_of(asked(accept_language=preference)))

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    assert spoken == ["zh-hans", "en", "en", "zh-hans"]


@pytest.mark.parametrize("carried", [None, "en", "zh-hans"])
def test_explaining_a_problem_is_no_choice_of_a_language(carried):
    if carried:
        translation.activate(carried)
    assert language_of(asked("/explain/", "zh")) == "zh-hans"
    assert language_of(asked("/explain/", "en")) == "en"


@pytest.mark.parametrize("carried", ["en", "zh-hans"])
def test_the_language_of_the_thread_is_left_as_it_was(carried):
    translation.activate(carried)
    asked(accept_language="zh")
    assert translation.get_language() == carried


def test_where_translation_was_switched_off_the_client_s_preference_decides():
    assert language_of(asked("/deactivate/", "zh")) == "zh-hans"


class TestAnOverrideThatHasEndedIsNoChoice:
    @pytest.mark.parametrize("path", ["/ended/{}/", "/ended/async/{}/"])
    @pytest.mark.parametrize("client_class", [Client, AsyncClient])
    @pytest.mark.parametrize("carried", [None, "en", "zh-hans"])
    @pytest.mark.parametrize("name", ENDED)
    def test_of_a_view(self, name, carried, client_class, path):
        for accept_language, language in (("zh", "zh-hans"), ("en", "en")):
            if carried:
                translation.activate(carried)
            response = asked(path.format(name), accept_language, client_class=client_class)
            assert language_of(response) == language

    @pytest.mark.parametrize("client_class", [Client, AsyncClient])
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    @pytest.mark.parametrize("name", ENDED)
    def test_but_what_is_activated_for_good_is_one(self, name, language, client_class):
        accepted = "zh" if language == "en" else "en"
        response = asked(f"/ended/{name}/{language}/", accepted, client_class=client_class)
        assert language_of(response) == language

    @pytest.mark.parametrize("name", ENDED)
    def test_of_a_view_below_locale_middleware(self, name, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOCALE_MIDDLEWARE]
        assert language_of(asked(f"/ended/{name}/", "zh")) == "zh-hans"
        assert language_of(asked(f"/ended/{name}/", "en")) == "en"

    def test_of_a_middleware(self, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.overrides_before"]
        assert language_of(asked(accept_language="zh")) == "zh-hans"
        assert language_of(asked(accept_language="en")) == "en"

    def test_but_one_that_a_middleware_has_around_the_view_decides(self, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.overrides_around"]
        assert language_of(asked(accept_language="en")) == "zh-hans"
        # It has ended when a bare response is explained.
        assert language_of(asked("/bare/", "en")) == "en"

    def test_and_the_language_told_is_a_text_like_any_other(self):
        asked()
        language = translation.get_language()
        assert (type(language), language) == (str, "en")
        assert {"en": "found"}[language] == "found"
        assert translation.gettext("Home") == "Home"


# Words that are not there in the reader's language -----------------------------------------------


@pytest.mark.parametrize("default", ["en", "en-gb", "zh-hans"])
def test_a_language_without_our_words_is_not_claimed(settings, default):
    settings.LANGUAGES = [("en", "English"), ("zh-hans", "Chinese"), ("eo", "Esperanto")]
    settings.LANGUAGE_CODE = default
    language = language_of(asked(accept_language="eo"))
    assert language == ("zh-hans" if default == "zh-hans" else "en")


def test_parts_in_another_language_say_which():
    response = asked("/half/", "zh")
    page = response.content.decode()
    assert response.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans"' in page
    assert '<h1 lang="en">Nobody has translated this title</h1>' in page
    assert "<p>首页</p>" in page
    assert '<div lang="en"><p>Nobody has translated this remedy</p></div>' in page


def test_words_for_an_occurrence_say_their_language_where_it_can_be_known():
    page = asked("/detail/", "zh").content.decode()
    assert '<p class="detail" dir="auto" lang="en">Nobody has translated this detail</p>' in page
    page = asked("/home/", "zh").content.decode()
    assert '<p class="detail" dir="auto">首页</p>' in page
    response = asked("/explanation/", "zh")
    assert response.headers["Content-Language"] == "en"
    assert '<html lang="en"' in response.content.decode()


def test_plain_texts_are_taken_to_be_in_the_language_of_the_page(settings):
    settings.LANGUAGES = [("en", "English"), ("eo", "Esperanto")]
    page = asked("/plain/", "eo").content.decode()
    assert "<h1>A title</h1>" in page
    assert '<p class="detail" dir="auto">A detail</p>' in page


def test_the_links_of_the_page_are_in_its_own_language():
    assert ">首页<" in asked(accept_language="zh").content.decode()
