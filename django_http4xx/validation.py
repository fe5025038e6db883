"""What is wrong with the fields of a request: one flat list, and the status that it deserves.

Django's ``ValidationError`` and the ``detail`` of Django REST framework's are read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from .exceptions import BadRequest, Conflict, UnprocessableContent

if TYPE_CHECKING:
    from typing import TypeAlias

    from .exceptions import ClientError

    Error: TypeAlias = dict[str, object]
    Path: TypeAlias = tuple[object, ...]

# Codes that say: this is not in the form that was asked for.
FORM_CODES = frozenset(
    {
        "required",
        "null",
        "blank",
        "empty",
        "missing",
        "incomplete",
        "not_a_list",
        "not_a_dict",
        "invalid_list",
        "missing_management_form",
        "parse_error",
    }
)
# Codes that say: such a thing exists already.
CONFLICT_CODES = frozenset({"unique", "unique_together", "unique_for_date"})

# Where an error belongs to the whole rather than to one of its fields.
_WHOLE = frozenset({NON_FIELD_ERRORS, "non_field_errors"})

# An answer lists no more errors than this; `errors_left_out` counts the others.
MAX_ERRORS = 1000


def pointer(path: Path) -> str:
    """A JSON pointer into the request body, as a URI fragment (RFC 6901 §6).

    >>> pointer(("items", 1, "a/b"))
    '#/items/1/a~1b'
    """
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "#" + "".join("/" + quote(step, safe="!$&'()*+,;=:@?~") for step in steps)


def from_validation_error(error: ValidationError) -> list[Error]:
    """The errors of Django's ``ValidationError``, one for each message.

    >>> from_validation_error(ValidationError({"rating": ValidationError("At most 5.", "max")}))
    [{'pointer': '#/rating', 'code': 'max', 'detail': 'At most 5.'}]
    """
    if hasattr(error, "error_dict"):
        listed = [(name, single) for name, found in error.error_dict.items() for single in found]
    else:
        listed = [(NON_FIELD_ERRORS, single) for single in error.error_list]
    return [
        _error(() if name in _WHOLE else (name,), single.code, message)
        for name, single in listed
        for message in single.messages
    ]


def from_detail(detail: object) -> list[Error]:
    """The errors of a nested ``detail``, as Django REST framework builds it, in document order.

    >>> from_detail({"items": [{}, {"qty": ["At least 1."]}]})
    [{'pointer': '#/items/1/qty', 'code': 'invalid', 'detail': 'At least 1.'}]
    """
    errors: list[Error] = []
    pending: list[tuple[Path, object]] = [((), detail)]
    while pending:
        path, found = pending.pop()
        if isinstance(found, Mapping):
            children = [
                (path if key in _WHOLE else (*path, key), value) for key, value in found.items()
            ]
            pending.extend(reversed(children))
        elif isinstance(found, Sequence) and not isinstance(found, str):
            nested = any(isinstance(item, (Mapping, list, tuple)) for item in found)
            pending.extend(
                ((*path, index) if nested else path, item)
                for index, item in reversed(list(enumerate(found)))
            )
        else:
            errors.append(_error(path, getattr(found, "code", None), found))
    return errors


def _error(path: Path, code: str | None, detail: object) -> Error:
    return {"pointer": pointer(path), "code": code or "invalid", "detail": str(detail)}


def problem_type_for(errors: Sequence[Error]) -> type[ClientError]:
    """Which problem these errors make: form is 400, clash is 409, meaning is 422.

    400 when any error is about form; 409 when every one says that the thing exists; else 422.
    """
    codes = {error["code"] for error in errors}
    if codes & FORM_CODES:
        return BadRequest
    if codes and codes <= CONFLICT_CODES:
        return Conflict
    return UnprocessableContent
