"""Copy what a project's handler changed in ``data`` to the problem, for every format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django_http4xx.statuses import phrase_of
from django_http4xx.words.texts import literal
from django_http4xx.words.wording import in_language

if TYPE_CHECKING:
    from django_http4xx.problems import Problem

_WORDS = ("title", "explanation", "remedy", "detail")
_SAID_BY = {"remedy": ("remedy", "program_remedy")}
_TEXTS = ("help", "reference", "code", "type")
# Not copied: pages show these by other means, or not at all.
_NOT_SHOWN = frozenset({"status", "instance", "errors_left_out"})


def restate(problem: Problem, status: int) -> None:
    """Change the status of a problem, and its title if that was the old status's phrase."""
    phrase = literal(*in_language(phrase_of(status), problem.language))
    if problem.title == problem.phrase:
        problem.title = phrase
    problem.status, problem.phrase = status, phrase


def rewrite(problem: Problem, told: Mapping[str, object], data: object) -> None:
    """Change a problem to what ``data`` holds; ``told`` is what ``data`` held before.

    Changed and removed members change the problem's words. New members are listed below them.
    """
    problem.body = data
    members: Mapping[str, object] = data if isinstance(data, Mapping) else {"": data}
    gone = told.keys() - members.keys()
    if "detail" in gone and "explanation" not in told:
        # The detail was the explanation.
        gone |= {"explanation"}
    for name in gone:
        _say(problem, name, None)
    problem.added = {
        str(name): value
        for name, value in members.items()
        if (name not in told or told[name] != value) and not _say(problem, name, value)
    }
    # A page must have a heading.
    problem.title = problem.title or problem.phrase


def _say(problem: Problem, name: str, value: object) -> bool:
    """Set one member of a problem; ``None`` clears it. Return whether the problem can show it.

    It cannot show an unknown name, or a value of another type than ours, which clears the member.
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
    for attribute in _SAID_BY.get(name, (name,)):
        setattr(problem, attribute, literal(text, problem.language) if name in _WORDS else text)
        problem.general -= {name}
    return is_said


def _are_errors(value: object) -> bool:
    """Whether a value looks like our ``errors``: mappings with at least a ``detail``."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(error, Mapping) and "detail" in error for error in value)
    )
