"""Answers of which most is the same each time: pieces of text, with holes for what differs.

A format writes the words that all problems of a *shape* share, with marks for the rest, and cuts
the result at the marks. To write an answer is then to join its pieces, which are encoded already.
Problems have one shape if they have the same words, language, members and links.
"""

from __future__ import annotations

import re
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from django.utils.safestring import SafeString

from . import conf
from .log import logger
from .problems import Problem
from .type_uris import ABOUT_BLANK
from .words.texts import Shown, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # What gets the value of a hole, what escapes it, and whether it is a link.
    _Hole: TypeAlias = tuple[Callable[[Any], Any], Callable[[Any], str], bool]

__all__ = ["Template", "Words", "mark"]

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([a-z_.]+){_CLOSE}")
_may_hold_mark = re.compile(f"[{_OPEN}{_CLOSE}]").search
_TEXTS = ("title", "explanation", "remedy", "program_remedy", "help_label", "phrase")
_NO_LINKS: dict[str, str] = {}


def mark(name: str) -> SafeString:
    """The mark for a hole: an attribute of the problem, such as ``title.html``, or a link."""
    return SafeString(f"{_OPEN}{name}{_CLOSE}")


class _MarkedText(Shown):
    @property
    def block(self) -> SafeString:
        return mark(str(self)[1:-1].replace("plain", "block"))


def _marked_text(name: str, like: Shown) -> Shown:
    if not like:
        return literal("", like.language)
    return _MarkedText(mark(f"{name}.plain"), mark(f"{name}.html"), like.language)


class Words(Problem):
    """What the problems of a shape have in common: a problem with marks for the rest.

    ``links``: the links that the problems have, by name; the addresses are marks.
    """

    links: Mapping[str, str]

    # What the texts say to people does not show from their marks.
    _shows: tuple[bool, bool]

    @property
    def shown_detail(self) -> Shown | None:
        return self.detail if self._shows[0] else None

    @property
    def shown_explanation(self) -> Shown | None:
        return self.explanation if self._shows[1] else None

    @property
    def instance(self) -> str:
        return mark("instance")

    @property
    def short_reference(self) -> str:
        return mark("short_reference")

    @classmethod
    def of(cls, problem: Problem, links: Sequence[str] = ()) -> Words:
        """The words that a problem shares with all others of its shape."""
        words = object.__new__(cls)
        words.__dict__.update(
            problem.__dict__,
            reference=mark("reference"),
            path=mark("path"),
            links={name: mark(f"links.{name}") for name in links},
            errors=(),
            members={},
            added={},
            exception=None,
            _shows=_shows(problem),
        )
        # A text that looks like a mark is not cut, but put in.
        is_own = problem.words is None or any(
            _may_hold_mark(str(text)) for text in problem.words.same_for_all.values()
        )
        for name in _TEXTS if is_own else ():
            setattr(words, name, _marked_text(name, getattr(problem, name)))
        words.type = ABOUT_BLANK if problem.type == ABOUT_BLANK else mark("type")
        if is_own or problem.code != problem.problem_type:
            words.code = mark("code")
        if is_own and problem.help:
            words.help = mark("help")
        if problem.explanation == problem.title:
            words.explanation = words.title
        same = {problem.title: words.title, problem.explanation: words.explanation}
        words.detail = same.get(problem.detail) or _marked_text("detail", problem.detail)
        return words


def _shows(problem: Problem) -> tuple[bool, bool]:
    """Which texts of the occurrence a reader sees."""
    return problem.shown_detail is not None, problem.shown_explanation is not None


def _shape(problem: Problem) -> tuple[object, ...]:
    shape = (
        problem.words,
        problem.status,
        problem.code == problem.problem_type,
        problem.type == ABOUT_BLANK,
        None if problem.detail is problem.explanation else _shape_of_detail(problem),
    )
    if problem.words is not None:
        return shape
    texts = [text and text.language for name in _TEXTS for text in [getattr(problem, name)]]
    has_one_text = problem.explanation == problem.title
    own = (problem.language, problem.has_own_title, has_one_text, bool(problem.help))
    return (*own, *texts, *shape, _shows(problem))


def _shape_of_detail(problem: Problem) -> tuple[object, ...]:
    detail = problem.detail
    is_same = detail == problem.explanation, detail == problem.title
    # What a reader sees of the texts depends on these and, for some words, on nothing else.
    is_listed = bool(problem.errors) and problem.shown_detail is None
    return (problem.is_detail_general, is_listed, detail and detail.language, *is_same)


class _Compiles(Protocol):
    def compile(self, words: Words, /) -> Template: ...


def as_utf8(text: str) -> bytes:
    """Encode a text; half of a surrogate pair, which UTF-8 cannot hold, becomes ``?``."""
    return text.encode("utf-8", "replace")


class Template:
    """A text with holes, made once for all problems of a shape.

    ``text``: the text, with marks for its holes. ``escape``: makes a value safe at its place.
    ``rest``: writes what fills the hole ``rest``, if there is one.
    """

    def __init__(
        self,
        text: str,
        escape: Callable[[Any], str] = str,
        rest: Callable[[Problem], str] | None = None,
    ) -> None:
        def hole(name: str) -> _Hole:
            if name == "rest" and rest is not None:
                return rest, str, False
            link = name.removeprefix("links.")
            return (attrgetter(name) if link == name else itemgetter(link)), escape, link != name

        *pieces, end = _MARK.split(text)
        names = map(hole, pieces[1::2])
        between = map(as_utf8, pieces[::2])
        self._pieces = [(text, *found) for text, found in zip(between, names, strict=True)]
        self._end = as_utf8(end)

    def fill(self, problem: Problem, links: Mapping[str, str] = _NO_LINKS) -> bytes:
        """Write a problem. A hole that cannot be filled stays empty, which is logged."""
        parts: list[bytes] = []
        try:
            for text, get, escape, is_link in self._pieces:
                parts += (text, escape(get(links if is_link else problem)).encode())
        except Exception:
            parts = [self._part(piece, problem, links) for piece in self._pieces]
        return b"".join((*parts, self._end))

    @staticmethod
    def _part(piece: tuple[Any, ...], problem: Problem, links: Mapping[str, str]) -> bytes:
        text, get, escape, is_link = piece
        try:
            return text + as_utf8(escape(get(links if is_link else problem)))  # type: ignore[no-any-return]
        except Exception:
            logger.exception("A part of a problem cannot be written.")
            return text + as_utf8(escape(""))  # type: ignore[no-any-return]


# The most templates to keep: a site has some for each type, language and format that it uses.
_MOST = 2048
_templates: dict[tuple[object, ...], Template] = {}


def filled(
    form: _Compiles,
    problem: Problem,
    links: Mapping[str, Any] = _NO_LINKS,
    more: tuple[object, ...] = (),
) -> bytes:
    """Write a problem in a format, with the template for its shape.

    ``more``: what else all problems with the template have in common.
    """
    present = [name for name, address in links.items() if address] if links else ()
    key = (form, *present, *more, *_shape(problem))
    template = _templates.get(key)
    if template is None:
        template = form.compile(Words.of(problem, present))
        if len(_templates) >= _MOST:
            _templates.clear()
        _templates[key] = template
    return template.fill(problem, links)


conf.forget_on_change({"TEMPLATES", *conf.LANGUAGE_SETTINGS}, _templates.clear)
