"""What a page tells first, and what it does not tell twice: links, times, references, drawings."""

import logging
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import path
from django.utils import timezone

from django_http4xx.exceptions import (
    CLASSES,
    ContentTooLarge,
    Forbidden,
    TooManyRequests,
    UnprocessableContent,
)
from django_http4xx.responses import problem_response
from django_http4xx.server_errors import ServerError
from django_http4xx.signals import client_error_explained

from .urls import urlpatterns as every_code

RAISED = {}


def raised(request, name):
    error = RAISED[name]()
    if isinstance(error, ServerError):
        return problem_response(request, error)
    raise error


urlpatterns = [*every_code, path("raised/<name>/", raised)]
pytestmark = pytest.mark.urls(__name__)

FORMATS = {
    "page": {"accept": "text/html"},
    "fragment": {"accept": "text/html", "hx-request": "true"},
    "text": {"accept": "text/plain"},
}


@pytest.fixture(autouse=True)
def site(settings):
    settings.HTTP4XX = {"SITE": {"name": "Tea shop"}}
    settings.LOGIN_URL = "/sign-in/"


def asked(address, method="get", form="page", **headers):
    return getattr(Client(), method)(address, headers={**FORMATS[form], **headers})


def page(address, method="get", form="page", **headers):
    return asked(address, method, form, **headers).content.decode()


def said(content):
    """The texts that a reader sees, a line each."""
    body = content.partition("<body>")[2] or content
    lines = re.sub(r"</?(?:a|span|bdi|small|time|strong)\b[^>]*>", "", body)
    return [line.strip() for line in re.split(r"<[^>]+>|\n", unescape(lines)) if line.strip()]


def sentences(content):
    text = re.sub(r"Reference.*| \(\d{3}\)", "", "\n".join(said(content)))
    return [s.strip(" .-").casefold() for s in re.split(r"(?<=[.?!])\s|\n", text) if s.strip(" .-")]


# Nothing twice


DETAILS = ["", "This is not yours.", "{title}", "{title}.", "{explanation}", "{explanation} "]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("status", CLASSES)
def test_no_sentence_is_there_twice(status, detail, form):
    cls = CLASSES[status]
    detail = detail.format(title=cls.title, explanation=cls.explanation)

    def error():
        required = {407: {"challenge": "Basic"}, 405: {"allow": "PUT"}, 426: {"upgrade": "TLS/1.3"}}
        return cls(detail=detail or None, **required.get(status, {}))

    RAISED["error"] = error
    told = sentences(page("/raised/error/", form=form))
    assert len(told) == len(set(told)), told
    assert {*sentences(detail)} <= {*told}


@pytest.mark.parametrize("form", ["page", "fragment"])
def test_a_refusal_with_a_reason_says_no_in_two_sentences(form):
    RAISED["error"] = lambda: Forbidden("This is the order of another customer.")
    told = page("/raised/error/", form=form)
    assert "You do not have access to this" in told
    assert "This is the order of another customer." in told
    assert "You do not have permission" not in told


def test_the_words_that_an_editor_or_a_project_wrote_stay_beside_a_reason():
    class NotOnSundays(Forbidden):
        explanation = "We rest on Sundays."

    RAISED["error"] = lambda: NotOnSundays("Come on Monday.")
    told = page("/raised/error/")
    assert "We rest on Sundays." in told
    assert "Come on Monday." in told


@pytest.mark.parametrize("form", FORMATS)
def test_to_sign_in_is_said_in_the_title_and_where_it_is_done(form):
    told = "\n".join(said(page("/raise/401/", form=form)))
    assert len(re.findall("sign(?:ed)? in", told, re.IGNORECASE)) == 2


def test_without_a_login_page_the_remedy_stays(settings):
    settings.LOGIN_URL = "no-such-view"
    assert "Sign in, then try again." in page("/raise/401/")


def test_words_in_a_template_of_the_project_say_what_to_do(settings, tmp_path):
    folder = tmp_path / "django_http4xx"
    folder.mkdir()
    words = '{% include "django_http4xx/words.html" with heading="h1" %}'
    (folder / "unauthorized.html").write_text(words)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert "Sign in, then try again." in page("/raise/401/")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("pointer", [{}, {"pointer": "#/quantity"}])
def test_a_single_error_is_said_once(form, pointer):
    errors = [{"detail": "At most 5.", **pointer}]
    RAISED["error"] = lambda: UnprocessableContent("At most 5.", errors=errors)
    told = page("/raised/error/", form=form)
    assert told.count("At most 5.") == 1
    assert ("quantity" in told) == bool(pointer)


# After a form


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("status", CLASSES)
def test_after_a_form_the_first_advice_is_the_browsers_back(status, method):
    shown = page(f"/raise/{status}/", method, referer="http://testserver/form/")
    assert "http://testserver/form/" not in shown
    assert "Try again</a>" not in shown
    advice = shown.index("To get back to what you typed, go back with your browser.")
    assert advice < shown.index("<nav")


@pytest.mark.parametrize("method", ["get", "head"])
def test_without_a_form_the_page_before_is_a_link(method):
    RAISED["error"] = Forbidden
    shown = page("/raised/error/", referer="http://testserver/list/")
    assert '<a href="http://testserver/list/">Back to the page you came from</a>' in shown
    assert "what you typed" not in shown
    length = asked("/raised/error/", method, referer="http://testserver/list/")["Content-Length"]
    assert int(length) == len(shown.encode())


# When to come back


NOW = datetime(2026, 11, 28, 13, 31, 20, tzinfo=UTC)


@pytest.fixture
def now(settings):
    settings.TIME_ZONE = "UTC"
    with time_machine.travel(NOW, tick=False):
        yield


def until(seconds, form="page", **headers):
    RAISED["error"] = lambda: TooManyRequests(retry_after=seconds)
    return page("/raised/error/", form=form, **headers)


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("form", ["page", "fragment"])
@pytest.mark.parametrize(
    ("seconds", "told", "moment", "clock"),
    [
        (57, "in 57 seconds", "2026-11-28T13:32:17Z", "1:33 p.m. UTC"),
        (40, "in 40 seconds", "2026-11-28T13:32:00Z", "1:32 p.m. UTC"),
        (3600, "in 60 minutes", "2026-11-28T14:31:20Z", "2:32 p.m. UTC"),
        (86400, "in 24 hours", "2026-11-29T13:31:20Z", "Nov. 29, 2026, 1:32 p.m. UTC"),
    ],
)
def test_a_wait_has_the_moment_of_its_end_for_scripts_and_for_clocks(
    form, seconds, told, moment, clock
):
    shown = until(seconds, form)
    found = re.search(r'<time class="until" datetime="([^"]*)">(.*?)</time> <bdi>\((.*?)\)', shown)
    assert found.groups() == (moment, told.replace("60 minutes", "1 hour"), clock)


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("Europe/Berlin", "2:33 p.m. CET"),
        ("Asia/Kathmandu", "7:18 p.m. UTC+05:45"),
        ("America/Sao_Paulo", "10:33 a.m. UTC-03:00"),
    ],
)
def test_the_clock_is_that_of_the_active_zone_and_names_it(zone, clock):
    with timezone.override(zone):
        assert f"({clock})" in until(57)


@pytest.mark.usefixtures("now")
def test_the_moment_is_right_without_time_zones(settings):
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    shown = until(57)
    assert 'datetime="2026-11-28T13:32:17Z"' in shown
    assert "(2:33 p.m. CET)" in shown


@pytest.mark.parametrize("seconds", [10**10, 10**12, 10**17])
def test_a_wait_beyond_the_calendar_is_told_without_its_end(seconds):
    RAISED["error"] = lambda: TooManyRequests(retry_after=seconds)
    response = asked("/raised/error/")
    assert response.status_code == 429
    assert b"Try again" in response.content


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    "error",
    [lambda: ContentTooLarge(retry_after=57), lambda: ServerError(503, retry_after=57)],
    ids=["413", "503"],
)
def test_the_text_of_a_program_has_no_markup(error):
    RAISED["error"] = error
    assert "<time" not in page("/raised/error/", form="text")


@pytest.mark.usefixtures("now")
def test_programs_are_told_the_seconds_and_a_plain_sentence():
    RAISED["error"] = lambda: TooManyRequests(retry_after=timedelta(seconds=57))
    response = Client().get("/raised/error/", headers={"accept": "application/json"})
    body = response.json()
    assert (body["retry_after"], body["remedy"]) == (57, "Try again in 57 seconds.")
    assert response["Retry-After"] == "57"
    assert "Try again in 57 seconds." in page("/raised/error/", form="text")


@pytest.mark.parametrize("status", CLASSES)
def test_trying_again_is_a_link_where_it_can_help(status):
    shown = page(f"/raise/{status}/?a=1&b=2")
    can_help = status in (408, 421, 423, 425, 429)
    assert (f'<a href="/raise/{status}/?a=1&amp;b=2">Try again</a>' in shown) == can_help


# The reference


def test_the_short_reference_is_read_out_and_the_whole_one_is_there_to_copy(caplog):
    caplog.set_level(logging.INFO, "django_http4xx")
    heard = []

    def listen(problem, **kwargs):
        heard.append(problem)

    client_error_explained.connect(listen)
    try:
        shown = page("/raise/404/")
    finally:
        client_error_explained.disconnect(listen)
    short, whole = re.findall('<span class="reference" dir="ltr">(.*?)<', shown)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", short)
    (record,) = [record for record in caplog.records if short in record.getMessage()]
    assert whole in record.getMessage()
    assert (record.short_reference, record.reference) == (short, whole)
    assert (heard[0].short_reference, heard[0].reference) == (short, whole)


def test_references_of_one_moment_are_short_in_different_ways():
    # ULIDs begin with the time.
    whole = [f"01KB5M2Z0Q{n:016}" for n in range(200)]
    shown = [page("/raise/403/", **{"x-request-id": one}) for one in whole]
    short = {re.search('<span class="reference"[^>]*>(.*?)<', one)[1] for one in shown}
    assert len(short) == len(whole)


def test_a_fragment_has_both():
    told = page("/raise/403/", form="fragment", **{"x-request-id": "abc-123"})
    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}\D*\(abc-123\)", re.sub("<[^>]*>", "", told))


# The drawing


def drawing(status):
    (found,) = re.findall(
        r'<svg class="drawing" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true"><path d="([^"]+)"/></svg>',
        page(f"/raise/{status}/"),
    )
    return found


def test_each_page_has_one_drawing_and_groups_of_codes_differ():
    drawings = {status: drawing(status) for status in CLASSES}
    apart = (404, 401, 429, 451, 403, 409, 402, 423, 422)
    assert len({drawings[status] for status in apart}) == len(apart)
    assert drawings[404] == drawings[410]
    assert drawings[429] == drawings[408]


def test_a_fragment_has_none():
    assert "<svg" not in page("/raise/404/", form="fragment")
