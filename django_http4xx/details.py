"""Read the text, the codes and the other members that an exception has as its argument.

``PermissionDenied({"message": "Only for paying users.", "code": "no_plan", "plan": "free"})`` is as
common as a plain text. None of it is about the fields of the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from django.utils.functional import Promise

from .exceptions import BODY_MEMBERS

# The keys under which packages put the text, the usual one first.
_TEXTS = ("detail", "message")

# Members that the problem sets itself.
_TAKEN = BODY_MEMBERS | {"title", "detail", "explanation", "remedy", "errors"}


class Said(NamedTuple):
    """The contents of a detail; ``codes`` begins with the most specific one."""

    # `Any`: besides strings, any object with a `__str__` of its own.
    text: Any = None
    codes: tuple[object, ...] = ()
    members: Mapping[str, object] = {}


def of(exception: BaseException) -> Said:
    """Read an exception: its ``detail``, as Django REST framework has one, else its argument."""
    given = exception.args[0] if exception.args else None
    return read(getattr(exception, "detail", given))


def read(detail: object) -> Said:
    """Read a text, a list of texts, or a dictionary with a text.

    An object without a ``__str__`` of its own has no text: Python's default is not for visitors.

    >>> read({"message": "Only for paying users.", "code": "no_plan", "plan": "free"})
    Said(text='Only for paying users.', codes=('no_plan',), members={'plan': 'free'})
    """
    if isinstance(detail, (str, Promise)):
        code = getattr(detail, "code", None)
        return Said(detail or None, () if code is None else (code,))
    if isinstance(detail, (list, tuple)):
        return _listed(detail)
    if isinstance(detail, Mapping):
        return _named(detail)
    if isinstance(detail, BaseException):
        return of(detail)
    prints_itself = type(detail).__str__ is not object.__str__
    return Said(detail if prints_itself and not isinstance(detail, (bytes, Enum)) else None)


def _listed(detail: list[object] | tuple[object, ...]) -> Said:
    """Join several texts; a list of one text is that text."""
    parts = [read(part) for part in detail]
    if len(parts) == 1:
        return parts[0]
    members: dict[str, object] = {}
    for part in reversed(parts):
        members.update(part.members)
    text = " ".join(str(part.text) for part in parts if part.text is not None)
    return Said(text or None, tuple(code for part in parts for code in part.codes), members)


def _named(detail: Mapping[object, object]) -> Said:
    """Read the text of a dictionary, and its other members."""
    found = {name: read(detail[name]) for name in _TEXTS if name in detail}
    chosen = next((name for name, said in found.items() if said.text is not None), None)
    said = Said() if chosen is None else found[chosen]
    codes = (detail.get("code"), *said.codes, *_codes(detail))
    beside = {
        str(name): value
        for name, value in detail.items()
        if name != chosen and str(name) not in _TAKEN
    }
    return Said(
        said.text,
        tuple(code for code in codes if code and isinstance(code, (str, int, Enum))),
        {**said.members, **beside},
    )


def _codes(detail: object) -> Iterator[object]:
    """Yield the codes of all texts in a detail; the framework puts a code for the whole on each."""
    if isinstance(detail, str):
        yield getattr(detail, "code", None)
    elif isinstance(detail, (list, tuple, Mapping)):
        for part in detail.values() if isinstance(detail, Mapping) else detail:
            yield from _codes(part)
