"""Turn validation errors into one flat list, and choose the status for it.

They come as Django's ``ValidationError``, or as the ``detail`` of Django REST framework's.
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
    # A pointer, the part of a detail that it points to, and the field, if that is known.
    _Found: TypeAlias = tuple[str, object, Any]

# For each code, the attribute of the field that holds the limit.
_LIMITS = {
    "max_decimal_places": "decimal_places",
    "max_digits": "max_digits",
    "max_length": "max_length",
    "max_value": "max_value",
    "max_whole_digits": "max_whole_digits",
    "min_length": "min_length",
    "min_value": "min_value",
}

# The most errors that an answer lists; `errors_left_out` counts the others.
MAX_ERRORS = 1000


BY_CAUSE = "by-cause"


def _validation_status(value: object) -> int | str:
    if not isinstance(value, (int, str)) or value not in (BY_CAUSE, 400, 422):
        raise ValueError(f"must be {BY_CAUSE!r}, 400 or 422")
    return value


VALIDATION_STATUS = conf.Key("VALIDATION_STATUS", _validation_status, BY_CAUSE)


class Findings(NamedTuple):
    """The errors in document order, and the kinds of error among them."""

    errors: list[Error]
    kinds: set[ErrorKind]


def problem_type_for(kinds: set[ErrorKind]) -> type[ClientError]:
    """Choose the problem type for errors of these kinds, according to ``VALIDATION_STATUS``.

    By cause, it is 400 if any error is about form, 409 if every error is a conflict, and else 422
    (RFC 9110 §15.5.1, §15.5.10, §15.5.21).
    """
    status = VALIDATION_STATUS.value
    if status == BY_CAUSE:
        if "form" in kinds:
            return BadRequest
        return Conflict if kinds == {"conflict"} else UnprocessableContent
    return BadRequest if status == 400 else UnprocessableContent


def from_validation_error(error: ValidationError, *, in_query: bool = False) -> Findings:
    """List the errors in Django's ``ValidationError``, one for each message.

    ``in_query``: the values came in the query string, where no JSON pointer can lead.

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
            said = _error(code, message)
            placed = _placed(pointer, said) if in_query else {"pointer": pointer, **said}
            found.errors.append(placed)
            if "form" not in found.kinds:
                found.kinds.add(kind_of(code, message, None, is_root=pointer == ROOT))
    return found


def from_detail(detail: object, *, in_query: bool = False) -> Findings:
    """List the errors in a nested ``detail`` of Django REST framework, in document order.

    If the detail has its serializer, the fields tell which errors are about form, and the limits
    that were exceeded.

    >>> from_detail({"items": [{}, {"qty": ["At least 1."]}]}).errors
    [{'pointer': '#/items/1/qty', 'code': 'invalid', 'detail': 'At least 1.'}]
    """
    errors: list[Error] = []
    kinds: set[ErrorKind] = set()
    # What was said before, since the items of a list have the same faults in the same fields.
    known: dict[tuple[object, ...], tuple[Error, Error | None]] = {}
    for pointer, message, field in _messages(detail):
        text, code = str(message), written_code(getattr(message, "code", None) or "invalid")
        is_root = pointer == ROOT
        said = (text, code, id(field), is_root)
        found = known.get(said)
        if found is None:
            found = known[said] = _error(code, text), _params(code, field)
            # One error about form decides the status, so the others need not be classified.
            if "form" not in kinds:
                kinds.add(kind_of(code, message, field, is_root=is_root))
        error, params = found
        error = _placed(pointer, error) if in_query else {"pointer": pointer, **error}
        if params is not None:
            error["params"] = {**params}
        errors.append(error)
    return Findings(errors, kinds)


def _params(code: Any, field: Any) -> Error | None:
    """The limit that was exceeded, by the code of the error."""
    limit = getattr(field, _LIMITS[code], None) if code in _LIMITS else None
    return None if limit is None else {code: _plain(limit)}


def _messages(detail: object) -> Iterator[_Found]:
    """Yield each message of a detail with its pointer and its field.

    Clients can choose the depth, so this does not recurse. A detail may combine serializers.
    """
    parts_of = _Parts()
    whole = _whole_keys()
    # What is left to look at, the next one last.
    left: list[_Found] = [(ROOT, detail, None)]
    while left:
        pointer, item, field = left.pop()
        if isinstance(item, dict):
            its = field or getattr(item, "serializer", None)
            left += reversed(_members(pointer, item, its, parts_of[its], whole))
        elif not isinstance(item, (list, tuple)):
            yield pointer, item, field
        elif _is_nested(item):
            its = field or getattr(item, "serializer", None)
            each = parts_of[its].each
            items = [(at(pointer, number), part, each) for number, part in enumerate(item)]
            left += reversed(items)
        else:
            for message in item:
                yield pointer, message, field


def _is_nested(detail: Sequence[object]) -> bool:
    for part in detail:  # noqa: SIM110 - several times as fast as `any`, and called for each field
        if isinstance(part, (dict, list, tuple)):
            return True
    return False


def _members(
    pointer: str,
    detail: dict[Any, object],
    field: Any,
    parts: _PartsOfOne,
    whole: frozenset[object],
) -> list[_Found]:
    """The value of each key, which belongs to the whole object or to one of its fields."""
    # The framework uses "detail" for a text about the whole, unless a field has that name.
    is_known = field is not None and not parts.any_key
    found = []
    for key, value in detail.items():
        part = parts.named.get(key) or (parts.each if parts.any_key or type(key) is int else None)
        is_text = key == "detail" and (is_known or isinstance(value, str))
        if part is None and (key in whole or is_text):
            found.append((pointer, value, field))
        else:
            found.append((at(pointer, key), value, part))
    return found


class _PartsOfOne(NamedTuple):
    """The fields inside a field: by name in an object, one for all items in a list or mapping."""

    named: Mapping[object, Any] = {}
    each: Any = None
    any_key: bool = False


class _Parts(dict[Any, _PartsOfOne]):
    """Caches the fields inside each field, for one detail: the items of a list share a field."""

    def __missing__(self, field: Any) -> _PartsOfOne:
        fields = getattr(field, "fields", None)
        if isinstance(fields, Mapping):
            parts = _PartsOfOne(named=dict(fields))
        else:
            each = getattr(field, "child", None) or getattr(field, "child_relation", None)
            parts = _PartsOfOne(each=each, any_key=is_one_of(field, TAKES_ANY_KEY))
        self[field] = parts
        return parts


def _error(code: object, text: str) -> Error:
    # JSON can contain half of a surrogate pair, which UTF-8 cannot encode.
    detail = text if text.isascii() else text.encode("utf-8", "replace").decode()
    return {"code": code, "detail": detail}


def _placed(pointer: str, error: Error) -> Error:
    """An error of a query string, with its parameter; the whole has no name."""
    return {**error} if pointer == ROOT else {"parameter": _parameter(pointer), **error}


def _parameter(pointer: str) -> str:
    """The name of the query parameter for a pointer, which is the first step of the pointer."""
    return unquote(pointer.split("/", 2)[1]).replace("~1", "/").replace("~0", "~")


ROOT = "#"


# A client chooses the names in a pointer, and every error below repeats them.
_MAX_POINTER_LENGTH = 2048


class _ToAncestor(str):
    """A pointer to an ancestor of the value, since its own pointer would be too long."""

    __slots__ = ()


def at(pointer: str, step: object) -> str:
    """Extend a pointer by the name of a member or the index of an item (RFC 6901 §6).

    If the result would be too long, the pointer leads to the nearest ancestor instead.

    >>> at("#/items/1", "a/b")
    '#/items/1/a~1b'
    """
    if type(pointer) is _ToAncestor:
        return pointer
    if type(step) is int:
        longer = f"{pointer}/{step}"
    elif type(step) is str and len(step) <= 64:
        longer = f"{pointer}/{_escaped(step)}"
    else:
        name = str(step)
        longer = f"{pointer}/{_escaped.__wrapped__(name)}"
    return longer if len(longer) <= _MAX_POINTER_LENGTH else _ToAncestor(pointer)


@lru_cache(maxsize=1024)  # never emptied; long names, which clients may choose, bypass it
def _escaped(step: str) -> str:
    pointed = step.replace("~", "~0").replace("/", "~1")
    return quote(pointed, safe="!$&'()*+,;=:@?~", errors="replace")


def written_code(code: Any) -> Any:
    """Reduce a code to what every format can write: a string, or a number if it is one."""
    if type(code) is str:
        return code
    code = code.value if isinstance(code, Enum) else code
    return code if isinstance(code, (str, int)) else str(code)


def _plain(limit: object) -> object:
    """Reduce a limit to what every format can write: a finite number or a string."""
    is_number = isinstance(limit, (int, float)) and math.isfinite(limit)
    return limit if is_number else str(limit)


def _whole_keys() -> frozenset[object]:
    """The keys whose errors belong to the whole object rather than to a field."""
    renamed = getattr(settings, "REST_FRAMEWORK", {}).get("NON_FIELD_ERRORS_KEY")
    return _WHOLE if renamed is None else _WHOLE | {renamed}


_WHOLE = frozenset({NON_FIELD_ERRORS, "non_field_errors"})
