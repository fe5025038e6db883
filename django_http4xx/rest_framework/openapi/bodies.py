"""What an operation reads, and what can be wrong with it: the errors of a validation problem."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drf_spectacular.plumbing import force_instance, is_list_serializer, is_serializer
from drf_spectacular.utils import OpenApiRequest
from rest_framework import serializers

from django_http4xx.type_pages.members import ERROR

from .codes import Findings, Place, findings_of
from .components import identity
from .queries import findings_of_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django_http4xx.exceptions import ClientError

    from .causes import Operation
    from .components import Component, Components
    from .members import Schema


@dataclass(frozen=True)
class Input:
    """What is read from a request.

    ``key``: the same for operations that find the same in it. ``whole``: what is read where this is
    only a part of it.
    """

    name: str
    key: object
    findings: Findings
    serializer: Any = None
    whole: Input | None = None


def input_of(operation: Operation, components: Components) -> Input | None:
    """What an operation reads; ``None`` where nothing is wrong with any of it."""
    if operation.has_body:
        return _body_of(operation, components)
    found = findings_of_query(operation)
    if found is None:
        return None
    name = operation.schema.get_operation_id().title().replace("_", "")
    address = (operation.path, operation.method)
    return Input(name, address, found)


def _body_of(operation: Operation, components: Components) -> Input | None:
    read = [_of_request(each) for each in _listed(operation.schema)]
    read = list({_identity(each): each for each in read if is_serializer(each)}.values())
    if not read:
        return None
    spelling = _spelling(operation.view)
    key = (*map(_identity, read), spelling is str)
    whole: Input | None = components.memory.get(key)
    if whole is None:
        name = _name(operation.schema, read[0], is_part=False)
        whole = components.memory[key] = Input(
            name, key, _findings(read, spelling, components), read[0]
        )
    if not whole.findings.codes:
        return None
    is_part = operation.method == "PATCH" and not is_list_serializer(read[0])
    return _part_of(whole, operation, components) if is_part else whole


def _part_of(whole: Input, operation: Operation, components: Components) -> Input:
    key = (whole.key, "part")
    if key not in components.memory:
        name = _name(operation.schema, whole.serializer, is_part=True)
        part = Input(name, key, whole.findings.of_a_part(), whole.serializer, whole)
        components.memory[key] = part
    known: Input = components.memory[key]
    return known


def _spelling(view: Any) -> Callable[[str], str]:
    """How a view's clients write the names of members: as the fields, unless a parser changes them."""
    for parser in view.get_parsers():
        if type(parser).__module__.partition(".")[0] == "djangorestframework_camel_case":
            from djangorestframework_camel_case.util import camelize

            return lambda name: next(iter(camelize({name: None}, **parser.json_underscoreize)))
    return str


def _findings(
    read: Iterable[Any], spelling: Callable[[str], str], components: Components
) -> Findings:
    found = Findings()
    for each in read:
        share_fields(each, components.fields)
        found.merge(findings_of(each, spelling))
    return found


# What makes the fields of a serializer from nothing but its class.
_BY_CLASS = [
    (cls.__init__, cls.get_fields)
    for cls in (
        serializers.Serializer,
        serializers.ModelSerializer,
        serializers.HyperlinkedModelSerializer,
    )
]


def share_fields(serializer: Any, fields: dict[type, Any]) -> None:
    """Let a serializer have the fields of another one of its class: to make them takes time.

    One whose own code makes them may have others each time.
    """
    cls = type(serializer)
    made_by = (cls.__init__, getattr(cls, "get_fields", None))
    if made_by in _BY_CLASS and "fields" not in serializer.__dict__:
        if cls not in fields:
            fields[cls] = serializer.fields
        serializer.__dict__["fields"] = fields[cls]


def _name(schema: Any, serializer: Any, *, is_part: bool) -> str:
    if is_part:
        serializer = copy.copy(serializer)
        serializer.partial = True
    name: str = schema._get_serializer_name(serializer, "request")
    return f"{name}List" if is_list_serializer(serializer) else name


def _listed(schema: Any) -> Iterable[Any]:
    """The serializers of a body, of which each media type may have its own."""
    given = schema.get_request_serializer()
    return given.values() if isinstance(given, Mapping) else (given,)


def _of_request(given: Any) -> Any:
    return force_instance(given.request if isinstance(given, OpenApiRequest) else given)


def _identity(serializer: Any) -> object:
    """What two serializers have in common that say the same, as drf-spectacular sees it."""
    child = getattr(serializer, "child", None) if is_list_serializer(serializer) else None
    name = getattr(serializer if child is None else child, "component_name", None)
    return type(serializer), type(child), name


def component_of(
    given: Input, types: Iterable[type[ClientError]], components: Components
) -> Component:
    """A problem of what can be wrong with something that is read."""
    whole = None if given.whole is None else component_of(given.whole, types, components)

    def make() -> Schema:
        if whole is not None:
            return {"allOf": [whole.ref, _with_errors(_codes_of_a_part(given.findings))]}
        errors = _with_errors(items_of(given.findings))["properties"]
        return components.extended({**identity(types), **errors}, ())

    return components.add("schemas", f"{given.name}ValidationProblem", given.key, make)


def _with_errors(items: Schema) -> Schema:
    return {"type": "object", "properties": {"errors": {"type": "array", "items": items}}}


def _codes_of_a_part(found: Findings) -> Schema:
    """What a part says less than the whole: the codes, at whatever place."""
    if found.open:
        return {}
    codes = dict.fromkeys(code for codes in found.codes.values() for code in codes)
    code = {"type": "string", "enum": list(codes)}
    return {"type": "object", "properties": {"code": code}, "required": ["code"]}


def items_of(found: Findings) -> Schema:
    """The errors that can be found: for each place the codes that it can have.

    Places with the same codes are told together.
    """
    groups: dict[tuple[Any, ...], list[Place]] = {}
    for place, codes in found.codes.items():
        is_about = "parameter" if place.kind == "parameter" else "pointer"
        key = (is_about, tuple(codes), place in found.open, place.name == "")
        groups.setdefault(key, []).append(place)
    kinds = [
        _kind(about, codes, places, is_open=is_open, is_named=not of_whole)
        for (about, codes, is_open, of_whole), places in groups.items()
    ]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _kind(
    about: str, codes: tuple[str, ...], places: list[Place], *, is_open: bool, is_named: bool
) -> Schema:
    known: Schema = {"type": "string", "enum": list(codes)}
    # The codes that are known, beside any other.
    code: Schema = {"anyOf": [known, {"type": "string"}]} if is_open else known
    members = {"code": code, "detail": {"type": "string"}}
    if any(name.startswith(("max_", "min_")) for name in codes):
        members["params"] = ERROR["properties"]["params"]
    if is_named:
        members = {about: _where(places), **members}
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name != "params"],
    }


def _where(places: list[Place]) -> Schema:
    names = [place.name for place in places if place.kind != "pattern"]
    where = [{"type": "string", "enum": names}] if names else []
    where += [
        {"type": "string", "pattern": place.name} for place in places if place.kind == "pattern"
    ]
    return where[0] if len(where) == 1 else {"anyOf": where}
