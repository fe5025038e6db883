"""What is wrong with the fields of a request: one flat list, and the status that it deserves.

Django's ``ValidationError`` and the ``detail`` of Django REST framework's are read alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from . import conf
from .causes import CAUSES, TAKES_ANY_KEY, Cause, cause_of, is_one_of
from .exceptions import BadRequest, Conflict, UnprocessableContent

if TYPE_CHECKING:
    from typing import TypeAlias

    from .exceptions import ClientError

    Error: TypeAlias = dict[str, object]

# The attribute in which a field declares the limit that a code speaks of.
_LIMITS = {
    "max_decimal_places": "decimal_places",
    "max_digits": "max_digits",
    "max_length": "max_length",
    "max_value": "max_value",
    "max_whole_digits": "max_whole_digits",
    "min_length": "min_length",
    "min_value": "min_value",
}

# An answer lists no more errors than this; `errors_left_out` counts the others.
MAX_ERRORS = 1000


class Findings(NamedTuple):
    """What is wrong: the errors in document order, and what they are about."""

    errors: list[Error]
    causes: set[Cause]


def problem_type_for(causes: set[Cause]) -> type[ClientError]:
    """Which problem these errors make, as ``HTTP4XX["VALIDATION_STATUS"]`` says.

    By cause: 400 when any error is about form; 409 when every one says that the thing exists
    already; else 422 (RFC 9110 §15.5.1, §15.5.10, §15.5.21).
    """
    status = conf.current().validation_status
    if status == conf.BY_CAUSE:
        if "form" in causes:
            return BadRequest
        return Conflict if causes == {"conflict"} else UnprocessableContent
    return BadRequest if status == 400 else UnprocessableContent


def from_validation_error(error: ValidationError, *, in_query: bool = False) -> Findings:
    """The errors of Django's ``ValidationError``, one for each message.

    ``in_query``: the values came with the address, so that no pointer can lead to them.

    >>> from_validation_error(ValidationError({"rating": ValidationError("At most 5.", "max")}))[0]
    [{'pointer': '#/rating', 'code': 'max', 'detail': 'At most 5.'}]
    """
    if hasattr(error, "error_dict"):
        listed = [(name, single) for name, found in error.error_dict.items() for single in found]
    else:
        listed = [(NON_FIELD_ERRORS, single) for single in error.error_list]
    found = Findings([], set())
    whole = _whole_keys()
    for name, single in listed:
        place = _Place() if name in whole else _Place().at(name)
        for message in single.messages:
            found.errors.append(place.error(single.code, message, None, in_query=in_query))
            found.causes.add(CAUSES.get(single.code or "invalid", "meaning"))
    return found


def from_detail(detail: object, *, in_query: bool = False) -> Findings:
    """The errors of a nested ``detail``, as Django REST framework builds it, in document order.

    A detail that knows its serializer tells more: which errors are about form, and the limits that
    its fields declare.

    >>> from_detail({"items": [{}, {"qty": ["At least 1."]}]}).errors
    [{'pointer': '#/items/1/qty', 'code': 'invalid', 'detail': 'At least 1.'}]
    """
    found = Findings([], set())
    for place, message, field in _messages(detail):
        _add(found, place, message, field, in_query=in_query)
    return found


def _messages(detail: object) -> Iterator[tuple[_Place, object, Any]]:
    """Each message of a detail, with its place and its field; levels are met without recursion."""
    whole = _whole_keys()
    levels = [iter([(_Place(), detail, getattr(detail, "serializer", None))])]
    while levels:
        for place, item, field in levels[-1]:
            if isinstance(item, dict):
                levels.append(_members(place, item, field, whole))
                break
            if not isinstance(item, (list, tuple)):
                yield place, item, field
            elif any(map(_holds_more, item)):
                levels.append(_items(place, item, field))
                break
            else:
                for message in item:
                    yield place, message, field
        else:
            levels.pop()


def _holds_more(item: object) -> bool:
    return isinstance(item, (dict, list, tuple))


def _members(
    place: _Place, detail: dict[Any, object], field: Any, whole: frozenset[object]
) -> Iterator[tuple[_Place, object, Any]]:
    """What stands under each key: errors of the whole, or of one of its parts."""
    for key, value in detail.items():
        child = _child(field, key)
        if child is None and key in whole:
            yield place, value, field
        else:
            yield place.at(key), value, child


def _items(
    place: _Place, detail: Sequence[object], field: Any
) -> Iterator[tuple[_Place, object, Any]]:
    for number, item in enumerate(detail):
        yield place.at(number), item, _child(field, number)


def _add(found: Findings, place: _Place, message: object, field: Any, *, in_query: bool) -> None:
    code = getattr(message, "code", None) or "invalid"
    found.errors.append(place.error(code, message, field, in_query=in_query))
    # One error about form decides the status; what the others are about need not be found out.
    if "form" not in found.causes:
        found.causes.add(cause_of(code, str(message), field, is_root=place.pointer == "#"))


class _Place(NamedTuple):
    """Where a value stands: in a body by its pointer (RFC 6901 §6), in a query by its name."""

    pointer: str = "#"
    parameter: str = ""

    def at(self, step: object) -> _Place:
        """The place of a member or an item.

        >>> _Place().at("items").at(1).at("a/b").pointer
        '#/items/1/a~1b'
        """
        if type(step) is int:
            return _Place(f"{self.pointer}/{step}", self.parameter)
        name = str(step)
        escaped = _escaped(name) if len(name) <= 64 else _escaped.__wrapped__(name)
        return _Place(f"{self.pointer}/{escaped}", self.parameter or name)

    def error(self, code: str | None, detail: object, field: Any, *, in_query: bool) -> Error:
        code = code or "invalid"
        error: Error = {"code": code, "detail": _sendable(str(detail))}
        if not in_query:
            error = {"pointer": self.pointer, **error}
        elif self.parameter:
            error = {"parameter": _sendable(self.parameter), **error}
        if code in _LIMITS and (limit := getattr(field, _LIMITS[code], None)) is not None:
            error["params"] = {code: _plain(limit)}
        return error


@lru_cache(maxsize=1024)
def _escaped(step: str) -> str:
    pointed = step.replace("~", "~0").replace("/", "~1")
    return quote(pointed, safe="!$&'()*+,;=:@?~", errors="replace")


def _sendable(text: str) -> str:
    """The text without halves of characters, which JSON can name and UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _plain(limit: object) -> object:
    """A limit as every format can write it."""
    is_number = isinstance(limit, (int, float)) and math.isfinite(limit)
    return limit if is_number else str(limit)


def _whole_keys() -> frozenset[object]:
    """Where an error belongs to the whole rather than to one of its fields."""
    renamed = getattr(settings, "REST_FRAMEWORK", {}).get("NON_FIELD_ERRORS_KEY")
    return _WHOLE if renamed is None else _WHOLE | {renamed}


_WHOLE = frozenset({NON_FIELD_ERRORS, "non_field_errors"})


def _child(field: Any, key: object) -> Any:
    """The field of a member or an item; ``None`` where nobody knows."""
    if field is None:
        return None
    fields = getattr(field, "fields", None)
    if isinstance(fields, Mapping):
        return fields.get(key)
    # A dictionary takes any key; a list has numbers.
    if isinstance(key, int) or is_one_of(field, TAKES_ANY_KEY):
        return getattr(field, "child", None) or getattr(field, "child_relation", None)
    return None
