"""What is wrong with the fields of a request: one flat list, and the status that it deserves.

Django's ``ValidationError`` and the ``detail`` of Django REST framework's are read alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from . import conf
from .causes import TAKES_ANY_KEY, ErrorKind, is_one_of, kind_of
from .exceptions import BadRequest, Conflict, UnprocessableContent

if TYPE_CHECKING:
    from typing import TypeAlias

    from .exceptions import ClientError

    Error: TypeAlias = dict[str, object]
    # Where something stands, what it is, and its field where that is known.
    _Found: TypeAlias = tuple[str, object, Any]

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


BY_CAUSE = "by-cause"


def _validation_status(value: object) -> int | str:
    if not isinstance(value, (int, str)) or value not in (BY_CAUSE, 400, 422):
        raise ValueError(f"takes {BY_CAUSE!r}, 400 or 422")
    return value


VALIDATION_STATUS = conf.Key("VALIDATION_STATUS", _validation_status, BY_CAUSE)


class Findings(NamedTuple):
    """What is wrong: the errors in document order, and what they are about."""

    errors: list[Error]
    kinds: set[ErrorKind]


def problem_type_for(kinds: set[ErrorKind]) -> type[ClientError]:
    """Which problem these errors make, as ``HTTP4XX["VALIDATION_STATUS"]`` says.

    By cause: 400 when any error is about form; 409 when every one says that the thing exists
    already; else 422 (RFC 9110 §15.5.1, §15.5.10, §15.5.21).
    """
    status = VALIDATION_STATUS.value
    if status == BY_CAUSE:
        if "form" in kinds:
            return BadRequest
        return Conflict if kinds == {"conflict"} else UnprocessableContent
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
        pointer = ROOT if name in whole else at(ROOT, name)
        code = written_code(single.code or "invalid")
        for message in single.messages:
            found.errors.append(_error(pointer, code, message, in_query))
            if "form" not in found.kinds:
                found.kinds.add(kind_of(code, message, None, is_root=pointer == ROOT))
    return found


def from_detail(detail: object, *, in_query: bool = False) -> Findings:
    """The errors of a nested ``detail``, as Django REST framework builds it, in document order.

    A detail that knows its serializer tells more: which errors are about form, and the limits that
    its fields declare.

    >>> from_detail({"items": [{}, {"qty": ["At least 1."]}]}).errors
    [{'pointer': '#/items/1/qty', 'code': 'invalid', 'detail': 'At least 1.'}]
    """
    errors: list[Error] = []
    kinds: set[ErrorKind] = set()
    for pointer, message, field in _messages(detail):
        code = written_code(getattr(message, "code", None) or "invalid")
        text = str(message)
        error = _error(pointer, code, text, in_query)
        if code in _LIMITS and (limit := getattr(field, _LIMITS[code], None)) is not None:
            error["params"] = {code: _plain(limit)}
        errors.append(error)
        # One error about form decides the status; what the others are about need not be found out.
        if "form" not in kinds:
            kinds.add(kind_of(code, message, field, is_root=pointer == ROOT))
    return Findings(errors, kinds)


def _messages(detail: object) -> Iterator[_Found]:
    """Each message of a detail, with its place and its field; levels are met without recursion.

    A view may have put the details of several serializers into one.
    """
    parts_of = _Parts()
    whole = _whole_keys()
    levels: list[Iterator[_Found]] = [iter([(ROOT, detail, None)])]
    while levels:
        for pointer, item, field in levels[-1]:
            if isinstance(item, dict):
                its = field or getattr(item, "serializer", None)
                levels.append(_members(pointer, item, its, parts_of[its], whole))
                break
            if not isinstance(item, (list, tuple)):
                yield pointer, item, field
                continue
            if _is_nested(item):
                its = field or getattr(item, "serializer", None)
                levels.append(_items(pointer, item, parts_of[its]))
                break
            for message in item:
                yield pointer, message, field
        else:
            levels.pop()


def _is_nested(detail: Sequence[object]) -> bool:
    for part in detail:  # noqa: SIM110 - several times as fast as `any`, and asked for each field
        if isinstance(part, (dict, list, tuple)):
            return True
    return False


def _members(
    pointer: str,
    detail: dict[Any, object],
    field: Any,
    parts: _PartsOfOne,
    whole: frozenset[object],
) -> Iterator[_Found]:
    """What stands under each key: errors of the whole, or of one of its parts."""
    # The framework's own name for a text is no field's either, unless it is known to be one.
    is_known = field is not None and not parts.any_key
    for key, value in detail.items():
        part = parts.named.get(key) or (parts.each if parts.any_key or type(key) is int else None)
        is_text = key == "detail" and (is_known or isinstance(value, str))
        if part is None and (key in whole or is_text):
            yield pointer, value, field
        else:
            yield at(pointer, key), value, part


def _items(pointer: str, detail: Sequence[object], parts: _PartsOfOne) -> Iterator[_Found]:
    for number, item in enumerate(detail):
        yield at(pointer, number), item, parts.each


class _PartsOfOne(NamedTuple):
    """The fields of the parts of a field: of an object's by name, of a list's or dictionary's one."""

    named: Mapping[object, Any] = {}
    each: Any = None
    any_key: bool = False


class _Parts(dict[Any, _PartsOfOne]):
    """The parts of each field, found out once: a list has one field for all of its items."""

    def __missing__(self, field: Any) -> _PartsOfOne:
        fields = getattr(field, "fields", None)
        if isinstance(fields, Mapping):
            parts = _PartsOfOne(named=dict(fields))
        else:
            each = getattr(field, "child", None) or getattr(field, "child_relation", None)
            parts = _PartsOfOne(each=each, any_key=is_one_of(field, TAKES_ANY_KEY))
        self[field] = parts
        return parts


def _error(pointer: str, code: str, text: str, in_query: bool) -> Error:  # noqa: FBT001
    # JSON can name half of a character, and UTF-8 cannot hold it.
    detail = text if text.isascii() else text.encode("utf-8", "replace").decode()
    if not in_query:
        return {"pointer": pointer, "code": code, "detail": detail}
    if pointer == ROOT:
        return {"code": code, "detail": detail}
    return {"parameter": _parameter(pointer), "code": code, "detail": detail}


def _parameter(pointer: str) -> str:
    """The parameter of a query that a pointer would lead to, had the values come in a body."""
    return unquote(pointer.split("/", 2)[1]).replace("~1", "/").replace("~0", "~")


ROOT = "#"


# A client chooses the names that a pointer is made of, and each error of what is below repeats it.
_MAX_POINTER_LENGTH = 2048


class _ToAncestor(str):
    """A pointer that leads no further, since the whole one would be too long."""

    __slots__ = ()


def at(pointer: str, step: object) -> str:
    """The pointer to a member or an item (RFC 6901 §6).

    Where that would be too long, the pointer to the nearest object or list around it.

    >>> at("#/items/1", "a/b")
    '#/items/1/a~1b'
    """
    if type(pointer) is _ToAncestor:
        return pointer
    if type(step) is int:
        longer = f"{pointer}/{step}"
    else:
        name = str(step)
        escaped = _escaped(name) if len(name) <= 64 else _escaped.__wrapped__(name)
        longer = f"{pointer}/{escaped}"
    return longer if len(longer) <= _MAX_POINTER_LENGTH else _ToAncestor(pointer)


@lru_cache(maxsize=1024)
def _escaped(step: str) -> str:
    pointed = step.replace("~", "~0").replace("/", "~1")
    return quote(pointed, safe="!$&'()*+,;=:@?~", errors="replace")


def written_code(code: Any) -> Any:
    """A code as every format can write it: a text, or the number that a project has for one."""
    if type(code) is str:
        return code
    code = code.value if isinstance(code, Enum) else code
    return code if isinstance(code, (str, int)) else str(code)


def _plain(limit: object) -> object:
    """A limit as every format can write it."""
    is_number = isinstance(limit, (int, float)) and math.isfinite(limit)
    return limit if is_number else str(limit)


def _whole_keys() -> frozenset[object]:
    """Where an error belongs to the whole rather than to one of its fields."""
    renamed = getattr(settings, "REST_FRAMEWORK", {}).get("NON_FIELD_ERRORS_KEY")
    return _WHOLE if renamed is None else _WHOLE | {renamed}


_WHOLE = frozenset({NON_FIELD_ERRORS, "non_field_errors"})
