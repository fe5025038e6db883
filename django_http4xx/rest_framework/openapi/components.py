"""The components of one schema: a problem of each type, and what can be wrong with each body.

Names are given when all of the project's own are known, so that nothing of ours stands in their way.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django_http4xx.exceptions import Forbidden, MethodNotAllowed, Unauthorized
from django_http4xx.formats import ProblemJSON
from django_http4xx.type_uris import TYPE_BASE_URI

from .examples import error_of, explained, written
from .members import ALWAYS, BODY, members_of, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drf_spectacular.plumbing import ComponentRegistry

    from django_http4xx.exceptions import ClientError
    from django_http4xx.formats import Format
    from django_http4xx.problems import Problem

    from .members import Schema

_STATE = "_http4xx_components"


class Component:
    """A component whose name is not settled before the schema is complete.

    ``ref``: what leads to it, one object for all, whose text is settled with the name.
    """

    def __init__(self, kind: str, name: str, content: Schema) -> None:
        self.kind, self.wanted, self.content = kind, name, content
        self.ref: dict[str, str] = {}
        self.settle(name)

    def settle(self, name: str) -> None:
        self.name = name
        self.ref["$ref"] = f"#/components/{self.kind}/{name}"


class Components:
    """What is shared by the operations of one schema."""

    @classmethod
    def of(cls, registry: ComponentRegistry) -> Components:
        """Those of a registry, which are in it once it is built."""
        found: Components | None = registry.__dict__.get(_STATE)
        if found is None:
            found = registry.__dict__[_STATE] = cls()
            # A registry takes what has a name already; ours are named last.
            registry.build = partial(found.build, registry.build)  # type: ignore[method-assign]
        return found

    def __init__(self) -> None:
        self._made: dict[Any, Component] = {}
        self._mappings: list[tuple[dict[str, str], dict[str, Component]]] = []
        self.memory: dict[Any, Any] = {}
        # The fields of each class of serializers.
        self.fields: dict[type, Any] = {}
        self.problem()
        self.add("responses", "MethodNotAllowed", None, lambda: _method_not_allowed(self))

    def build(self, build: Callable[[Any], dict[str, Any]], extra: Any) -> dict[str, Any]:
        """All components of the schema, by kind and name."""
        return self.added_to(build(extra))

    def added_to(self, components: Mapping[str, Any]) -> dict[str, Any]:
        """The project's components and ours, whose names differ from theirs."""
        added = {kind: dict(by_name) for kind, by_name in components.items()}
        for component in self._made.values():
            by_name = added.setdefault(component.kind, {})
            name, number = component.wanted, 1
            while name in by_name and by_name[name] is not component.content:
                number += 1
                name = f"{component.wanted}{number}"
            component.settle(name)
            by_name[name] = component.content
        for mapping, targets in self._mappings:
            mapping.update({value: target.ref["$ref"] for value, target in targets.items()})
        return {
            kind: {name: added[kind][name] for name in sorted(added[kind])}
            for kind in sorted(added)
        }

    def add(self, kind: str, name: str, key: object, make: Callable[[], Schema]) -> Component:
        """A component by what it is of, which is made once."""
        known = self._made.get((kind, name, key))
        if known is None:
            known = self._made[kind, name, key] = Component(kind, name, {})
            known.content.update(make())
        return known

    def problem(self) -> Component:
        """Any problem."""
        own = {name: BODY[name] for name in (*_tags(), "errors")}
        return self.add(
            "schemas", "Problem", None, lambda: self.extended(own, (), "A problem (RFC 9457).")
        )

    def extended(
        self, members: Mapping[str, Schema], required: Iterable[str], text: str = ""
    ) -> Schema:
        """What all problems say, and what one kind of them adds or says in its own way."""
        # What every kind of problem says in its own way, or not at all, is its own.
        own = {*_tags(), "errors"}
        common = {name: schema for name, schema in BODY.items() if name not in own}
        always = [name for name in ALWAYS if name in common]
        base = self.add("schemas", "ProblemMembers", None, lambda: _object(common, always))
        always_own = [name for name in ALWAYS if name in members]
        described = {"description": text} if text else {}
        return {**described, "allOf": [base.ref, _object(members, [*always_own, *required])]}

    def of_type(self, cls: type[ClientError]) -> Component:
        """A problem of one type, with the members that it declares."""
        name = f"{cls.__name__.removesuffix('Problem')}Problem"
        return self.add("schemas", name, cls, lambda: self._of_type(cls))

    def _of_type(self, cls: type[ClientError]) -> Schema:
        members, required = members_of(cls)
        title = str(self.explained(cls).title)
        return self.extended({**identity([cls]), **members}, required, title)

    def example(self, name: str, key: object, make: Callable[[], object]) -> Component:
        """An example, which operations refer to."""
        return self.add("examples", name, key, lambda: {"value": make()})

    def discriminated(self, by: str, targets: dict[str, Component]) -> Schema:
        """Which component a value of a member says that it is."""
        mapping: dict[str, str] = {}
        self._mappings.append((mapping, targets))
        return {"propertyName": by, "mapping": mapping}

    def written(self, cls: type[ClientError], form: type[Format]) -> Any:
        """An example of a type in a format, written once."""
        key = (cls, form)
        if key not in self.memory:
            self.memory[key] = written(self.explained(cls), form)
        return self.memory[key]

    def explained(self, cls: type[ClientError]) -> Problem:
        """An example of a type, explained once."""
        if cls not in self.memory:
            self.memory[cls] = explained(error_of(cls, members_of(cls)[0]))
        problem: Problem = self.memory[cls]
        return problem


def _object(properties: Mapping[str, Schema], required: Iterable[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": dict(properties)}
    listed = list(required)
    return {**schema, "required": listed} if listed else schema


# What refuses somebody may say why, under a code of its own.
_WITH_ANY_CODE = frozenset({Unauthorized, Forbidden})


def _tags() -> tuple[str, ...]:
    """What a program tells kinds of problems apart by."""
    return ("type", "status", "code") if TYPE_BASE_URI.value else ("status", "code")


def identity(classes: Iterable[type[ClientError]]) -> dict[str, Schema]:
    """The members by which a program tells problem types apart: ``type`` where it is a URI, else ``code``."""
    listed = list(dict.fromkeys(classes))
    told = {name: BODY[name] for name in _tags()}
    told["status"] = one_of(sorted({cls.status for cls in listed}))
    tags = [tag for cls in listed if (tag := tag_of(cls))]
    if len(tags) == len(listed):
        told[tags[0][0]] = one_of(value for _, value in tags)
    return told


def tag_of(cls: type[ClientError]) -> tuple[str, str] | None:
    """The member by which a type is known, and its value; ``None`` where no member tells."""
    if base := TYPE_BASE_URI.value:
        return "type", base + cls.problem_type
    return None if cls in _WITH_ANY_CODE else ("code", cls.problem_type)


def _method_not_allowed(components: Components) -> Schema:
    problem = components.explained(MethodNotAllowed)
    schema = components.of_type(MethodNotAllowed)
    return {
        "description": f"{problem.phrase}: whatever an address has no operation for.",
        "headers": {"Allow": {"schema": {"type": "string"}, "required": True}},
        "content": {
            ProblemJSON.media_type: {
                "schema": schema.ref,
                "examples": {"MethodNotAllowed": {"value": written(problem)}},
            }
        },
    }
