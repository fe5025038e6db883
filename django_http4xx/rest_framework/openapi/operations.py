"""The responses of one operation: each 4xx that it can give, with its bodies, fields and examples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from drf_spectacular.drainage import warn
from rest_framework import views

from django_http4xx import validation
from django_http4xx.exceptions import Unauthorized
from django_http4xx.formats import FORMATS, JSON, ProblemJSON
from django_http4xx.negotiation import is_path_left_to_django
from django_http4xx.rest_framework.compatible import compatible_exception_handler
from django_http4xx.rest_framework.handlers import exception_handler

from .bodies import Input, component_of, input_of
from .causes import TABLE, Operation
from .compatible import compatible_responses
from .components import Components, tag_of
from .fields import challenge_to, fields_of, with_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_http4xx.exceptions import ClientError
    from django_http4xx.formats import Format

    from .components import Component
    from .members import Schema


def add_problems(operation: Operation, described: Schema, components: Components) -> None:
    """Add to the description of an operation the 4xx that it can give and does not describe itself.

    A cause that cannot be looked at is left out, with a warning that names the view.
    """
    types = _types(operation)
    given = _input(operation, components)
    is_left = is_path_left_to_django(operation.path)
    make = compatible_responses if is_left or _keeps_bodies(operation.view) else _responses
    found = make(operation, components, types, given)
    responses = described.setdefault("responses", {})
    for status in sorted(found):
        responses.setdefault(str(status), found[status])


def _types(operation: Operation) -> list[type[ClientError]]:
    types: dict[type[ClientError], None] = {}
    for problem_type, when in TABLE:
        try:
            found = when(operation)
            types.update(dict.fromkeys(found) if problem_type is None else {})
        except Exception as error:
            _warn(operation, (when.__doc__ or "").partition("\n")[0], error)
            continue
        if found and problem_type is not None:
            types[problem_type] = None
    return list(types)


def _input(operation: Operation, components: Components) -> Input | None:
    try:
        return input_of(operation, components)
    except Exception as error:
        _warn(operation, "It reads something.", error)
        return None


def _warn(operation: Operation, what: str, error: Exception) -> None:
    name = type(operation.view).__name__
    warn(
        f"{name}: not every 4xx of {operation.method} {operation.path} is described, since the view "
        f"cannot be inspected ({what}): {type(error).__name__}: {error}"
    )


def _keeps_bodies(view: Any) -> bool:
    """Whether the errors of a view have the bodies of Django REST framework."""
    handler = view.get_exception_handler()
    # A handler of the project's own may stand around one of ours.
    code, known = getattr(handler, "__code__", None), getattr(handler, "__globals__", {})
    used = [handler, *(known.get(name) for name in getattr(code, "co_names", ()))]
    if exception_handler in used:
        return False
    return compatible_exception_handler in used or views.exception_handler in used


def _responses(
    operation: Operation,
    components: Components,
    types: list[type[ClientError]],
    given: Input | None,
) -> dict[int, Schema]:
    """The responses as problems, by status."""
    of_input = _types_of(given)
    asked = _Asked(
        tuple(operation.schema.map_renderers("media_type")),
        challenge_to(operation) if Unauthorized in types else "",
        components,
    )
    statuses = {cls.status for cls in of_input}
    others = tuple(cls for cls in types if cls.status not in statuses)
    if not statuses:
        return asked.responses(others)
    # What the body's own problem is, with errors or without.
    beside = tuple(cls for cls in types if cls.status in statuses and cls not in of_input)
    return asked.responses(others) | asked.responses(beside, given, of_input)


@dataclass(frozen=True)
class _Asked:
    """What the responses of an operation have in common; many operations answer alike."""

    media_types: tuple[str, ...]
    challenge: str
    components: Components

    def responses(
        self,
        types: tuple[type[ClientError], ...],
        given: Input | None = None,
        of_input: tuple[type[ClientError], ...] = (),
    ) -> dict[int, Schema]:
        """The responses with problems of these types, by status, made once for all who ask for them."""
        memory = self.components.memory
        key = (types, given and given.key, self.media_types, self.challenge)
        if key not in memory:
            memory[key] = dict(self._made(types, given, of_input))
        found: dict[int, Schema] = memory[key]
        return found

    def _made(
        self,
        types: tuple[type[ClientError], ...],
        given: Input | None,
        of_input: tuple[type[ClientError], ...],
    ) -> Iterator[tuple[int, Schema]]:
        statuses = {cls.status for cls in types}
        for status in statuses:
            there = tuple(cls for cls in (*of_input, *types) if cls.status == status)
            yield status, self._response(there, given, of_input)
        # What is wrong with what is read is told in one way, whichever status it deserves.
        alone = tuple(cls for cls in of_input if cls.status not in statuses)
        if alone:
            response = self._response(alone, given, of_input)
            yield from ((cls.status, response) for cls in alone)

    def _response(
        self,
        types: tuple[type[ClientError], ...],
        given: Input | None,
        of_input: tuple[type[ClientError], ...],
    ) -> Schema:
        answer = _Answer(types, given, of_input, self.media_types, self.components)
        fields = with_reference(fields_of(answer.types, self.challenge))
        key = (*answer.key, str(fields))
        make = partial(answer.described, fields)
        return self.components.add("responses", answer.name, key, make).ref


def _types_of(given: Input | None) -> tuple[type[ClientError], ...]:
    """The problem types that the errors of a body, or of a query, can make."""
    if given is None:
        return ()
    found = {validation.problem_type_for({kind}) for kind in given.findings.kinds}
    return tuple(sorted(found, key=lambda cls: cls.status))


@dataclass(frozen=True)
class _Answer:
    """A response: a problem of one of these types.

    ``of_input``: all types that the errors of what is ``given`` can make.
    """

    types: tuple[type[ClientError], ...]
    given: Input | None
    of_input: tuple[type[ClientError], ...]
    media_types: tuple[str, ...]
    components: Components

    @property
    def name(self) -> str:
        if self.given is not None and set(self.types) <= set(self.of_input):
            return f"{self.given.name}Invalid"
        return "Or".join(map(self._name_of, self.types))

    @property
    def key(self) -> tuple[object, ...]:
        return (self.types, self.given and self.given.key, self.media_types)

    def _name_of(self, cls: type[ClientError]) -> str:
        is_given = self.given is not None and cls in self.of_input
        return f"{self.given.name}{cls.status}" if self.given and is_given else cls.__name__

    def described(self, fields: Schema) -> Schema:
        """The response object."""
        possible = {cls: self._component(cls) for cls in self.types}
        schema = _any_of(possible, self.components)
        content: Schema = {form.media_type: {"schema": schema} for form in _formats()}
        for form in _formats():
            if examples := self._examples(form):
                content[form.media_type]["examples"] = examples
        for media_type in self.media_types:
            if not media_type.startswith("text/html"):
                content.setdefault(media_type, {"schema": schema})
        phrases = {str(self.components.explained(cls).phrase): None for cls in self.types}
        return {"description": ", ".join(phrases), **fields, "content": content}

    def _component(self, cls: type[ClientError]) -> Component:
        given = self.given
        if given is None or cls not in self.of_input:
            return self.components.of_type(cls)
        return component_of(given, self.of_input, self.components)

    def _examples(self, form: type[Format]) -> Schema:
        if form.media_type == JSON.media_type:
            # It is the same as that of problem+json.
            return {}
        suffix = "" if issubclass(form, ProblemJSON) else form.name.rpartition("+")[2].upper()
        found: Schema = {}
        for cls in self.types:
            name = self._name_of(cls)
            if self.given is None or cls not in self.of_input:
                make = partial(self.components.written, cls, form)
                found[name] = self.components.example(f"{name}{suffix}", (cls, suffix), make).ref
            elif not suffix:
                whole = self.given.whole or self.given
                key, make = (cls, whole.key), partial(self._with_errors, cls, whole)
                wanted = f"{whole.name}{cls.status}"
                found[name] = self.components.example(wanted, key, make).ref
        return found

    def _with_errors(self, cls: type[ClientError], given: Input) -> object:
        return {**self.components.written(cls, ProblemJSON), "errors": _sample_errors(cls, given)}


def _sample_errors(cls: type[ClientError], given: Input) -> list[dict[str, object]]:
    for kind, sample in given.findings.samples.items():
        if validation.problem_type_for({kind}) is cls:
            where = "parameter" if sample.place.kind == "parameter" else "pointer"
            place = {where: sample.pointer} if sample.pointer else {}
            return [{**place, "code": sample.code, "detail": sample.detail}]
    return []


def _formats() -> list[type[Format]]:
    """The formats for programs, problem+json first."""
    formats = [form for form in FORMATS.value if not form.media_type.startswith("text/")]
    return sorted(formats, key=lambda form: form.media_type != ProblemJSON.media_type)


def _any_of(possible: Mapping[type[ClientError], Component], components: Components) -> Schema:
    """One of several problems, which a member tells apart wherever each has its own value there."""
    refs = {id(component): component for component in possible.values()}
    if len(refs) == 1:
        return next(iter(refs.values())).ref
    tags = {cls: tag_of(cls) for cls in possible}
    values = [tag[1] for tag in tags.values() if tag]
    alternatives = [component.ref for component in refs.values()]
    if len(set(values)) < len(possible):
        return {"anyOf": alternatives}
    name = next(tag[0] for tag in tags.values() if tag)
    targets = {tag[1]: possible[cls] for cls, tag in tags.items() if tag}
    return {"oneOf": alternatives, "discriminator": components.discriminated(name, targets)}
