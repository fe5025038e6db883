"""The members of a problem's body, as JSON Schema: what is always there, and what a type adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.drainage import warn
from drf_spectacular.plumbing import UnableToProceedError, resolve_type_hint
from drf_spectacular.settings import spectacular_settings

from django_http4xx.exceptions import (
    ClientError,
    ContentTooLarge,
    NotAcceptable,
    PreconditionFailed,
    TooManyRequests,
)
from django_http4xx.type_pages import members
from django_http4xx.type_pages.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}

BODY: Mapping[str, Schema] = {
    member.name: {**member.schema, "description": member.about} for member in members.BODY
}
# The members of every problem.
ALWAYS = tuple(member.name for member in members.BODY if member.is_required)

# What these say where it is known, which the example of their type does not.
_SAID_SOMETIMES: Mapping[type[ClientError], Mapping[str, Schema]] = {
    NotAcceptable: {"available": _TEXTS},
    PreconditionFailed: {"etag": _TEXT, "last_modified": _TEXT},
    ContentTooLarge: {"limit": {"type": "integer"}},
    TooManyRequests: {"violated-policies": _TEXTS},
}


def only(value: object) -> Schema:
    """The schema of one value.

    Not a plain ``enum``: drf-spectacular would make components of them, and rename those that the
    project has for fields of the same name.
    """
    kind = {"type": "integer" if isinstance(value, int) else "string"}
    if not spectacular_settings.OAS_VERSION.startswith("3.0"):
        return {**kind, "const": value}
    return {"oneOf": [{**kind, "enum": [value]}]}


def one_of(values: Iterable[object]) -> Schema:
    """The schema of several values, as ``only`` writes it."""
    listed = list(values)
    if len(listed) == 1:
        return only(listed[0])
    kind = "integer" if isinstance(listed[0], int) else "string"
    return {"oneOf": [{"type": kind, "enum": listed}]}


def members_of(problem_type: type[ClientError]) -> tuple[dict[str, Schema], list[str]]:
    """The members that a type adds to the body, and those of them that are always there.

    A type of the project's own has those that it annotates, as their JSON types; what it has no
    default for is always there, unless it may be empty.
    """
    found: dict[str, Schema] = {}
    for cls, said in _SAID_SOMETIMES.items():
        if issubclass(problem_type, cls):
            found |= said
    for name, value in example_of(problem_type).members.items():
        found.setdefault(name, _schema_of(value))
    required = []
    for name in problem_type.fields:
        schema = found[name] = _schema_of_hint(problem_type, name)
        may_be_left_out = schema.pop("nullable", False) or schema.get("type") in ("array", "object")
        # What a class of ours takes is for its raiser to leave out.
        if not (may_be_left_out or problem_type.open_ended or hasattr(problem_type, name)):
            required.append(name)
    return found, required


def _schema_of(value: object) -> Schema:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, list):
        return {"type": "array", "items": _schema_of(value[0]) if value else {}}
    return dict(_TEXT)


def _schema_of_hint(problem_type: type[ClientError], name: str) -> Schema:
    if problem_type.open_ended:
        return dict(_TEXT)
    hint = members.annotation_of(problem_type, name)
    if hint is Any:
        return {}
    try:
        return dict(resolve_type_hint(hint))
    except UnableToProceedError:
        warn(f"{problem_type.__name__}.{name} has a type that JSON does not; any value is allowed.")
        return {}
