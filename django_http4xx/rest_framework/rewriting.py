"""What a handler around ours made of a problem, so that every format says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django_http4xx.statuses import phrase_of
from django_http4xx.words.texts import literal
from django_http4xx.words.wording import in_language

if TYPE_CHECKING:
    from django_http4xx.problems import Problem

_WORDS = ("title", "explanation", "remedy", "detail")
_TEXTS = ("help", "reference", "code", "type")
# Shown by other means, or not at all.
_NOT_SHOWN = frozenset({"status", "instance", "errors_left_out"})


def restate(problem: Problem, status: int) -> None:
    """Let a problem be one of another status, whose phrase is the title where the old one's was."""
    phrase = literal(*in_language(phrase_of(status), problem.language))
    if problem.title == problem.phrase:
        problem.title = phrase
    problem.status, problem.phrase = status, phrase


def rewrite(problem: Problem, told: Mapping[str, object], data: object) -> None:
    """Let a problem say what ``data`` says, where ``told`` is what it said before.

    What was changed or taken away is so in its words; what was added is listed beside them.
    """
    problem.body = data
    members: Mapping[str, object] = data if isinstance(data, Mapping) else {"": data}
    for name in told.keys() - members.keys():
        _say(problem, name, None)
    problem.added = {
        str(name): value
        for name, value in members.items()
        if (name not in told or told[name] != value) and not _say(problem, name, value)
    }
    # A page has a heading in any case.
    problem.title = problem.title or problem.phrase


def _say(problem: Problem, name: str, value: object) -> bool:
    """Say it where a problem has a place for it; ``None`` says nothing there.

    Tells whether it is said: what has another shape than ours is not, and takes its place.
    """
    if name in _NOT_SHOWN:
        return True
    if name == "errors":
        is_said = value is None or _are_errors(value)
        problem.errors = (is_said and value) or ()  # type: ignore[assignment]
        return is_said
    if name not in (*_WORDS, *_TEXTS):
        return False
    is_said = value is None or isinstance(value, str)
    text = value if isinstance(value, str) else ""
    setattr(problem, name, literal(text, problem.language) if name in _WORDS else text)
    return is_said


def _are_errors(value: object) -> bool:
    """Whether these are errors as ours are: the least that each has is a text."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(error, Mapping) and "detail" in error for error in value)
    )
