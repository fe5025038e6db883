"""The members of a problem's body, as JSON Schema and TypeScript describe them (RFC 9457 §3).

A client switches on ``type`` where it is a URI, else on ``code``; ``title`` and ``detail`` are for people.
"""

from __future__ import annotations

import datetime as dt
import decimal
import inspect
import json
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from django_http4xx.exceptions import CLASSES
from django_http4xx.log import logger

if TYPE_CHECKING:
    from django_http4xx.exceptions import ClientError

JSONSchema: TypeAlias = "dict[str, Any]"

_TEXT: JSONSchema = {"type": "string"}
# A project may have numbers for codes.
_CODE: JSONSchema = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
_WHOLE: JSONSchema = {"type": "integer"}
_TEXTS: JSONSchema = {"type": "array", "items": _TEXT}
ERROR: JSONSchema = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "where in the body it is (RFC 6901)"},
        "parameter": {"type": "string", "description": "which query parameter it is about"},
        "code": {**_CODE, "description": "what is wrong, for programs"},
        "detail": {"type": "string", "description": "what is wrong, for people"},
        "params": {"type": "object", "description": "the limit that the code speaks of"},
    },
}


@dataclass(frozen=True)
class Member:
    """One member: its JSON type, what it is, and whether every problem that may have it does."""

    name: str
    schema: JSONSchema
    about: str = ""
    is_required: bool = False


# Those of every problem.
BODY = (
    Member(
        "type",
        {"type": "string", "format": "uri-reference"},
        "the URI of the problem type",
        is_required=True,
    ),
    Member("title", _TEXT, "the problem type in a few words, for people", is_required=True),
    Member(
        "status",
        {"type": "integer", "minimum": 400, "maximum": 599},
        "the status code",
        is_required=True,
    ),
    Member(
        "code",
        _CODE,
        "the name of the problem type, or the code that an API gave",
        is_required=True,
    ),
    Member("detail", _TEXT, "what happened this time; else what the type means", is_required=True),
    Member("explanation", _TEXT, "what the type means, beside a detail that says something else"),
    Member("remedy", _TEXT, "what to do next"),
    Member("help", {"type": "string", "format": "uri-reference"}, "where to get help"),
    Member("reference", _TEXT, "the id of this occurrence, as in the logs", is_required=True),
    Member(
        "instance",
        {"type": "string", "format": "uri"},
        "the same id as a URI (urn:uuid:)",
        is_required=True,
    ),
    Member(
        "errors", {"type": "array", "items": ERROR}, "what is wrong with the fields of the request"
    ),
    Member(
        "errors_left_out",
        {"type": "integer", "minimum": 1},
        "how many more there are than are listed",
    ),
)
# Those that say what a header field says, or what HTTP has no field for.
CARRIED = (
    Member("allow", _TEXTS, "the methods that work here (405)"),
    Member("available", _TEXTS, "the media types that there are (406)"),
    Member("accept", _TEXTS, "the media types that can be read (415)"),
    Member("accept_encoding", _TEXTS, "the content codings that can be read (415)"),
    Member("challenge", _TEXT, "how to sign in (401, 407)"),
    Member("retry_after", _WHOLE, "the seconds to wait (413, 429, 503)"),
    Member("complete_length", _WHOLE, "the length of the whole in bytes (416)"),
    Member("upgrade", _TEXTS, "the protocols to change to (426)"),
    Member("precondition", _TEXT, "the condition that does not hold (423)"),
    Member("field", _TEXT, "the header field that is too large (431)"),
    Member("blocked_by", {"type": "string", "format": "uri"}, "who demands it (451)"),
    Member("limit", _WHOLE, "the most that is accepted (413, 414, 431)"),
    Member("violated-policies", _TEXTS, "the rates that were used up (429)"),
)
_BY_NAME = {member.name: member for member in (*BODY, *CARRIED)}
# What an error about fields is, by its cause.
_WITH_ERRORS = (400, 409, 422)


def members_of(problem_type: type[ClientError], found: Collection[str] = ()) -> list[Member]:
    """The members that a type has beside those of every problem; ``found`` are those of an example.

    >>> [(member.name, member.schema) for member in members_of(OutOfStock)]
    [('sku', {'type': 'string'}), ('available', {'type': 'integer'})]
    """
    declared = declared_members(problem_type)
    names = {member.name for member in declared}
    others = [member for member in CARRIED if member.name in found and member.name not in names]
    errors = [_BY_NAME["errors"]] if problem_type.status in _WITH_ERRORS and not declared else []
    return [*declared, *others, *errors]


def declared_members(problem_type: type[ClientError]) -> list[Member]:
    """The fields that a problem type annotates, with the JSON types of their annotations."""
    of_status = CLASSES[problem_type.status].fields
    return [
        Member(
            name,
            schema_of(annotation_of(problem_type, name)),
            is_required=not hasattr(problem_type, name),
        )
        for name in problem_type.fields
        if name not in of_status
    ]


def annotation_of(problem_type: type[ClientError], name: str) -> Any:
    """The annotation of a field; ``None`` if only type checkers can read it."""
    for cls in problem_type.__mro__:
        if name in (annotations := inspect.get_annotations(cls)):
            # By itself: another annotation of the class may name what is not imported.
            namespace = {"__module__": cls.__module__, "__annotations__": {name: annotations[name]}}
            try:
                return typing.get_type_hints(type(cls.__name__, (), namespace))[name]
            except Exception:
                logger.debug("The annotation %s of %s is not known.", name, cls.__qualname__)
    return None


_JSON_TYPES: tuple[tuple[type, JSONSchema], ...] = (
    (bool, {"type": "boolean"}),
    (int, _WHOLE),
    (float, {"type": "number"}),
    (str, _TEXT),
    # As Django writes them in JSON.
    (decimal.Decimal, _TEXT),
    (dt.datetime, {"type": "string", "format": "date-time"}),
    (dt.date, {"type": "string", "format": "date"}),
    (Mapping, {"type": "object"}),
    (Collection, {"type": "array"}),
)


def schema_of(annotation: Any) -> JSONSchema:
    """The JSON Schema of what an annotation allows; an empty one, which allows all, where it tells nothing.

    >>> schema_of(list[int])
    {'type': 'array', 'items': {'type': 'integer'}}
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        several = [schema_of(one) for one in arguments if one is not type(None)]
        # A member that is `None` is left out.
        return several[0] if len(several) == 1 else {"anyOf": several}
    cls = origin or annotation
    if not isinstance(cls, type):
        return {}
    schema = next((dict(found) for base, found in _JSON_TYPES if issubclass(cls, base)), {})
    if schema.get("type") == "array" and arguments:
        schema["items"] = schema_of(arguments[0])
    return schema


_SAMPLES: Mapping[str, object] = {
    "integer": 2,
    "number": 2.5,
    "boolean": True,
    "object": {"key": "value"},
}
_SAMPLES_BY_FORMAT: Mapping[str, str] = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "time": "12:00:00",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://api.example/",
    "email": "somebody@api.example",
}


def sample_of(schema: Mapping[str, Any], name: str) -> object:
    """A value that a schema allows; for a text its name in brackets.

    >>> sample_of({"type": "integer"}, "available")
    2
    """
    if "enum" in schema:
        return schema["enum"][0]
    if several := schema.get("oneOf") or schema.get("anyOf"):
        return sample_of(several[0], name)
    kind = str(schema.get("type"))
    if kind == "array":
        return [sample_of(schema.get("items", {}), name)]
    if kind == "object" and "properties" in schema:
        return {key: sample_of(value, key) for key, value in schema["properties"].items()}
    return _SAMPLES.get(kind) or _SAMPLES_BY_FORMAT.get(schema.get("format", ""), f"[{name}]")


def json_schema(address: str) -> JSONSchema:
    """The JSON Schema (2020-12) of every problem; ``address`` is its own URI."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "Problem",
        "type": "object",
        "required": [member.name for member in BODY if member.is_required],
        "properties": {
            member.name: {**member.schema, "description": member.about}
            for member in (*BODY, *CARRIED)
        },
    }


def typescript() -> str:
    """The same as a TypeScript declaration."""
    problem = "".join(map(_in_typescript, (*BODY, *CARRIED)))
    required = ERROR["required"]
    error = "".join(
        _in_typescript(Member(name, schema, schema["description"], name in required))
        for name, schema in ERROR["properties"].items()
    )
    return (
        f"/** One fault of a field. */\nexport interface ProblemError {{\n{error}}}\n\n"
        f"/** A problem (RFC 9457). */\nexport interface Problem {{\n{problem}"
        "  [member: string]: unknown;\n}\n"
    )


def _in_typescript(member: Member) -> str:
    name = member.name if member.name.isidentifier() else json.dumps(member.name)
    mark = "" if member.is_required else "?"
    return f"  /** {member.about} */\n  {name}{mark}: {_typescript_type(member.schema)};\n"


def _typescript_type(schema: JSONSchema) -> str:
    if schema is ERROR:
        return "ProblemError"
    if "anyOf" in schema:
        return " | ".join(map(_typescript_type, schema["anyOf"]))
    if schema["type"] == "array":
        return f"{_typescript_type(schema['items'])}[]"
    name: str = schema["type"]
    return _IN_TYPESCRIPT.get(name, name)


_IN_TYPESCRIPT = {"integer": "number", "object": "Record<string, unknown>"}
