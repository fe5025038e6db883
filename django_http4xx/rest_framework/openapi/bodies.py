"""What an operation reads, and what can be wrong with it: the errors of a validation problem."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drf_spectacular.plumbing import force_instance, is_list_serializer, is_serializer
from drf_spectacular.utils import OpenApiRequest

from .codes import Findings, Place, findings_of
from .members import ERROR
from .queries import findings_of_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .causes import Operation
    from .components import Components
    from .members import Schema


@dataclass(frozen=True)
class Input:
    """What is read from a request. ``key``: the same for operations that read the same."""

    name: str
    key: object
    findings: Findings
    serializer: Any = None


def input_of(operation: Operation, components: Components) -> Input | None:
    """What an operation reads; ``None`` where nothing is wrong with any of it."""
    if operation.has_body:
        return _body_of(operation, components)
    found = findings_of_query(operation)
    if found is None:
        return None
    name = operation.schema.get_operation_id().title().replace("_", "")
    return Input(name, (operation.path, operation.method), found)


def _body_of(operation: Operation, components: Components) -> Input | None:
    partial = operation.method == "PATCH"
    read = [_of_request(each, partial=partial) for each in _listed(operation.schema)]
    read = list({_identity(each): each for each in read if is_serializer(each)}.values())
    if not read:
        return None
    key = (*map(_identity, read), partial)
    known: Input | None = components.memory.get(key)
    if known is None:
        found = Findings()
        for each in read:
            found.merge(findings_of(each, partial=partial))
        name = operation.schema._get_serializer_name(read[0], "request")
        many = "List" if is_list_serializer(read[0]) else ""
        known = components.memory[key] = Input(f"{name}{many}", key, found, read[0])
    return known if known.findings.codes else None


def _listed(schema: Any) -> Iterable[Any]:
    """The serializers of a body, of which each media type may have its own."""
    given = schema.get_request_serializer()
    return given.values() if isinstance(given, Mapping) else (given,)


def _of_request(given: Any, *, partial: bool) -> Any:
    serializer = force_instance(given.request if isinstance(given, OpenApiRequest) else given)
    if partial and is_serializer(serializer) and not is_list_serializer(serializer):
        serializer = copy.copy(serializer)
        serializer.partial = True
    return serializer


def _identity(serializer: Any) -> object:
    """What two serializers have in common that say the same, as drf-spectacular sees it."""
    child = getattr(serializer, "child", None) if is_list_serializer(serializer) else None
    name = getattr(serializer if child is None else child, "component_name", None)
    return type(serializer), type(child), name


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
