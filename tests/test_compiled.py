"""Most of an answer is written once and kept; what a reader gets is as if it were written anew."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from dataclasses import replace
from datetime import date
from pickle import dumps, loads

import pytest
from django.test import RequestFactory
from django.utils.translation import gettext_lazy as _

from django_http4xx import compiled, formats, pages, problems
from django_http4xx.branding import site_of
from django_http4xx.exceptions import CLASSES, Conflict, Forbidden, NotFound, UnprocessableContent
from django_http4xx.formats import (
    Format,
    HTMLFragment,
    HTMLPage,
    PlainText,
    ProblemJSON,
    ProblemXML,
)
from django_http4xx.models import Explanation
from django_http4xx.problems import Problem
from django_http4xx.words.texts import literal

HOSTILE = "<b>&\"'</b>\x00 \ue000title.html\ue001 \ue000\ue001 {path} %s ]]></script> \ud800 中"
ARGUMENTS = {
    401: {"challenge": 'Bearer realm="<x>"'},
    405: {"allow": ["GET"]},
    407: {"challenge": "Basic"},
    426: {"upgrade": "TLS/1.2"},
}


class BerthGone(Conflict):
    title = "Berth {seat} is gone"
    explanation = "{seat} was taken. {detail}"
    remedy = _("Check your connection, then send it again.")
    seat: object


class Unprintable:
    def __str__(self):
        raise RuntimeError("This cannot be printed.")


OCCURRENCES = {
    **{
        f"{status} {detail}": lambda status=status, detail=detail: CLASSES[status](
            detail=detail, **ARGUMENTS.get(status, {})
        )
        for status in CLASSES
        for detail in (None, HOSTILE)
    },
    "lazy": lambda: NotFound(_("Home page")),
    "the explanation as the detail": lambda: NotFound("There is nothing at this address."),
    "an empty detail": lambda: Forbidden(""),
    "an unprintable detail": lambda: Forbidden(Unprintable()),
    "words of its own": lambda: Forbidden("x", title=HOSTILE, explanation=_("Home"), remedy="x"),
    "no words": lambda: Forbidden(title="", explanation="", remedy=""),
    "words with values": lambda: BerthGone(HOSTILE, seat=HOSTILE),
    "words with an unprintable value": lambda: BerthGone(seat=Unprintable()),
    "members": lambda: Forbidden(on=date(2020, 1, 2), deep=[{"a": _("Home")}, HOSTILE], none=None),
    "a member that is not JSON": lambda: Forbidden(fine=1, bad=object(), nan=float("nan")),
    "errors": lambda: UnprocessableContent(
        errors=[{"pointer": "#/a~1b/0", "code": "x", "detail": HOSTILE}], more=1
    ),
    "too many errors": lambda: UnprocessableContent(errors=[{"detail": "x"}] * 1001),
}
FORMATS = (HTMLPage, HTMLFragment, ProblemJSON, ProblemXML, PlainText)


def explained(make, language="en", *, stored=False, **fields):
    request = RequestFactory().get("/<a>/", headers={"X-Request-ID": "ref", **fields})
    return problems.explain(request, make(), language, may_be_stored=stored), request


def written_anew(form, problem, request):
    """What is sent: UTF-8, which cannot hold half of a surrogate pair."""
    return _written_anew(form, problem, request).encode("utf-8", "replace").decode()


def _written_anew(form, problem, request):
    if issubclass(form, HTMLPage):
        links = pages.links(problem, request)
        problem.site = site_of(request)
        problem.frame = pages.frame_for(request, problem.language)
        context = {**pages.surroundings(problem), **links, "problem": problem}
        return pages.rendered(form.template, problem.language, context)
    if form is PlainText:
        return formats._plain_text(problem)
    with problems.speaking(problem.language):
        body = formats.as_json(problem.as_dict())
    return formats._xml(problem.language, body) if form is ProblemXML else body


@pytest.mark.parametrize("language", ["en", "zh-hans", "ar", "eo"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_filled_in_is_what_would_be_written(form, language):
    # Twice: the second finds what the first left behind.
    for _turn in range(2):
        for name, make in OCCURRENCES.items():
            for fields in ({}, {"Referer": "http://testserver/?<b>&'"}):
                problem, request = explained(make, language, **fields)
                assert form.render(problem, request) == written_anew(form, problem, request), name


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.django_db
def test_editors_words_are_filled_in_and_change(form):
    for text in (
        "*No* \ue000detail.html\ue001",
        "{detail} at {path}",
        "`No` \ue000links.x\ue001",
        "\ue001",
        "\ue000",
    ):
        texts = {"title": text, "explanation": text, "remedy": text}
        Explanation.objects.update_or_create(texts, problem_type="not-found")
        problem, request = explained(lambda: NotFound("<12>"))
        assert form.render(problem, request) == written_anew(form, problem, request)


@pytest.mark.parametrize("form", FORMATS)
def test_words_that_code_has_changed_are_written(form):
    problem, request = explained(NotFound)
    form.render(problem, request)
    problem.title = literal("Another <title>", "en")
    assert form.render(problem, request) == written_anew(form, problem, request)
    copied = replace(problem, remedy=literal("Another remedy", "en"))
    assert form.render(copied, request) == written_anew(form, copied, request)


@pytest.mark.parametrize(
    "change",
    [
        lambda problem: problem.added.update({"of": "<another>"}),
        lambda problem: setattr(problem, "general", frozenset()),
        lambda problem: setattr(problem, "problem_type", "another"),
        lambda problem: setattr(problem, "code", "another"),
        lambda problem: setattr(problem, "status", 410),
        lambda problem: setattr(problem, "help", "https://another.example/"),
        lambda problem: setattr(problem, "errors", [{"detail": "Another.", "pointer": "#/a"}]),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_what_code_has_changed_is_in_no_other_answer(form, change):
    before = form.render(*explained(lambda: Forbidden("Another.")))
    problem, request = explained(lambda: Forbidden("Another."))
    change(problem)
    form.render(problem, request)
    assert form.render(*explained(lambda: Forbidden("Another."))) == before


def test_a_detail_that_one_answer_lists_is_shown_in_others():
    class Short(Format):
        name = "short"
        media_type = content_type = "application/short"

        @classmethod
        def compile(cls, words):
            return compiled.Template(f"{words.shown_detail or 'listed'}")

    listed = [{"detail": "Sold out.", "pointer": "#/tea"}]
    for errors, said in ((listed, "listed"), ((), "Sold out."), (listed, "listed")):
        problem, request = explained(lambda errors=errors: Conflict("Sold out.", errors=errors))
        assert Short.render(problem, request) == said


@pytest.mark.parametrize("another", [copy, deepcopy, lambda found: loads(dumps(found))])
def test_a_copy_is_written_alike_and_holds_no_other_words(another):
    problem, request = explained(lambda: NotFound("There is no order 12."))
    written = [form.render(problem, request) for form in FORMATS]
    assert [form.render(another(problem), request) for form in FORMATS] == written
    kept = len(compiled._templates)
    assert [form.render(another(problem), request) for form in FORMATS] == written
    assert len(compiled._templates) == kept
    assert b"wording" not in dumps(problem)


def test_a_part_that_cannot_be_written_costs_that_part_only(caplog):
    class Broken(Problem):
        instance = property(lambda self: 1 / 0)

    problem, request = explained(lambda: NotFound("There is no order 12."))
    problem.__class__ = Broken
    body = json.loads(ProblemJSON.render(problem, request))
    assert body["detail"] == "There is no order 12."
    assert body["reference"] == "ref"
    assert body["instance"] == ""
    assert "cannot be written" in caplog.text


def test_memory_has_a_bound(monkeypatch):
    monkeypatch.setattr(compiled, "_MOST", 10)
    compiled._templates.clear()
    for status in CLASSES:
        for form in FORMATS:
            make = lambda status=status: CLASSES[status](**ARGUMENTS.get(status, {}))  # noqa: E731
            problem, request = explained(make)
            form.render(problem, request)
            assert len(compiled._templates) <= 10


def test_threads_share_what_is_kept():
    def ask(number):
        text = f"There is no order {number}."
        problem, request = explained(lambda: NotFound(text), ("en", "zh-hans")[number % 2])
        return all(text in form.render(problem, request) for form in FORMATS)

    compiled._templates.clear()
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))


class Line(Format):
    name = "line"
    media_type = content_type = "application/line"

    @classmethod
    def compile(cls, words):
        return compiled.Template(f"{words.status} {words.title}: {words.detail}", str.upper)


class Shouted(ProblemJSON):
    name = "shouted"
    media_type = content_type = "application/shouted"

    @staticmethod
    def render(problem, request):
        return ProblemJSON.render(problem, request).upper()


def test_a_project_compiles_a_format_or_renders_it(client, settings):
    settings.HTTP4XX = {"FORMATS": [f"{__name__}.Line", f"{__name__}.Shouted"]}
    for number in (12, 13):
        make = lambda number=number: NotFound(f"There is no order {number}.")  # noqa: E731
        problem, request = explained(make)
        assert Line.render(problem, request) == f"404 Page not found: THERE IS NO ORDER {number}."
        assert f'"DETAIL":"THERE IS NO ORDER {number}."' in Shouted.render(problem, request)
