"""The members of a problem's body, as JSON Schema: what is always there, and what a type adds."""

from __future__ import annotations

import inspect
import sys
import typing
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
from django_http4xx.type_pages.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_URI: Schema = {"type": "string", "format": "uri"}

# What every problem says.
ALWAYS = ("type", "title", "status", "code", "detail", "reference", "instance")

ERROR: Schema = {
    "type": "object",
    "properties": {
        "pointer": {"type": "string", "description": "Where it is in the body (RFC 6901)."},
        "parameter": {"type": "string", "description": "Which parameter of the query it is about."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "params": {"type": "object", "additionalProperties": {}, "description": "The limits."},
    },
    "required": ["code", "detail"],
}

BODY: Mapping[str, Schema] = {
    "type": {
        "type": "string",
        "format": "uri-reference",
        "description": "The problem type, as a URI that leads to its page.",
    },
    "title": {**_TEXT, "description": "What kind of problem it is, for people."},
    "status": {"type": "integer", "minimum": 400, "maximum": 499},
    "code": {**_TEXT, "description": "The problem type, or what of it this is, for programs."},
    "detail": {**_TEXT, "description": "What happened, for people."},
    "explanation": {**_TEXT, "description": "What such a problem means, for people."},
    "remedy": {**_TEXT, "description": "What the reader can do about it."},
    "help": {**_URI, "description": "Where the reader gets help."},
    "reference": {**_TEXT, "description": "What to tell support: the log has it, too."},
    "instance": {**_URI, "description": "The same reference, as a URI."},
    "errors": {"type": "array", "items": ERROR},
    "errors_left_out": {
        "type": "integer",
        "minimum": 1,
        "description": "How many errors are not in the list.",
    },
}

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
    members: dict[str, Schema] = {}
    for cls, said in _SAID_SOMETIMES.items():
        if issubclass(problem_type, cls):
            members |= said
    for name, value in example_of(problem_type).members.items():
        members.setdefault(name, _schema_of(value))
    required = []
    for name in problem_type.fields:
        schema = members[name] = _schema_of_hint(problem_type, name)
        may_be_left_out = schema.pop("nullable", False) or schema.get("type") in ("array", "object")
        # What a class of ours takes is for its raiser to leave out.
        if not (may_be_left_out or problem_type.open_ended or hasattr(problem_type, name)):
            required.append(name)
    return members, required


def _schema_of(value: object) -> Schema:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, list):
        return {"type": "array", "items": _schema_of(value[0]) if value else {}}
    return dict(_TEXT)


def _hint(problem_type: type[ClientError], name: str) -> Any:
    """The type that a field is annotated with; ``None`` where it cannot be read.

    A module may import it for type checkers only.
    """
    for cls in problem_type.__mro__:
        try:
            declared = inspect.get_annotations(cls)
            if name in declared:
                holder = type(cls.__name__, (), {"__annotations__": {name: declared[name]}})
                return typing.get_type_hints(holder, vars(sys.modules[cls.__module__]))[name]
        except (NameError, TypeError):
            return None
    return None


def _schema_of_hint(problem_type: type[ClientError], name: str) -> Schema:
    if problem_type.open_ended:
        return dict(_TEXT)
    hint = _hint(problem_type, name)
    if hint is Any:
        return {}
    try:
        return dict(resolve_type_hint(hint))
    except UnableToProceedError:
        warn(f"{problem_type.__name__}.{name} has a type that JSON does not; any value is allowed.")
        return {}


_SAMPLES: Mapping[str, object] = {"integer": 2, "number": 2.5, "boolean": True, "object": {}}
_SAMPLE_TEXTS: Mapping[str, str] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://api.example/",
    "email": "somebody@api.example",
}


def sample_of(schema: Mapping[str, Any], name: str) -> object:
    """A value that a schema allows; of a text its name in brackets.

    >>> sample_of({"type": "integer"}, "available")
    2
    """
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return sample_of(schema["oneOf"][0], name)
    kind = str(schema.get("type"))
    if kind == "array":
        return [sample_of(schema.get("items", {}), name)]
    if kind == "object" and "properties" in schema:
        return {key: sample_of(value, key) for key, value in schema["properties"].items()}
    if kind in _SAMPLES:
        return _SAMPLES[kind]
    return _SAMPLE_TEXTS.get(schema.get("format", ""), f"[{name}]")
