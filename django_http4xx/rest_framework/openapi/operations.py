"""The responses of one operation: each 4xx that it can give, with its bodies, fields and examples."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from drf_spectacular.drainage import warn
from rest_framework import views

from django_http4xx import validation
from django_http4xx.formats import FORMATS, ProblemJSON
from django_http4xx.rest_framework.compatible import compatible_exception_handler
from django_http4xx.rest_framework.handlers import exception_handler

from .bodies import Input, input_of, items_of
from .causes import TABLE, Operation
from .compatible import compatible_responses
from .components import Components, problem_with_errors, tag_of
from .examples import error_of, explained, written
from .fields import fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_http4xx.exceptions import ClientError
    from django_http4xx.formats import Format
    from django_http4xx.problems import Problem

    from .components import Component
    from .members import Schema


def add_problems(operation: Operation, described: Schema, components: Components) -> None:
    """Add to the description of an operation the 4xx that it can give and does not describe itself.

    A cause that cannot be looked at is left out, with a warning that names the view.
    """
    types = _types(operation)
    given = _or_warn(operation, "what it reads", partial(input_of, operation, components))
    make = compatible_responses if _keeps_bodies(operation.view) else _responses
    found = make(operation, components, types, given)
    responses = described.setdefault("responses", {})
    for status in sorted(found):
        responses.setdefault(str(status), found[status])


def _types(operation: Operation) -> list[type[ClientError]]:
    types: dict[type[ClientError], None] = {}
    for problem_type, when in TABLE:
        name = (when.__doc__ or "what is declared for it").partition("\n")[0]
        found = _or_warn(operation, name, partial(_asked, when, operation))
        if problem_type is None:
            types.update(dict.fromkeys(found or ()))
        elif found:
            types[problem_type] = None
    return list(types)


def _asked(when: Callable[[Operation], Any], operation: Operation) -> Any:
    answer = when(operation)
    return answer if isinstance(answer, bool) else list(answer)


def _or_warn(operation: Operation, what: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:
        name = type(operation.view).__name__
        warn(
            f"{name}: not every 4xx of {operation.method} {operation.path} is described, since the "
            f"view cannot be inspected ({what}): {type(error).__name__}: {error}"
        )
        return None


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
    # What the body's own problem is, with errors or without.
    types = [cls for cls in types if cls not in of_input]
    found: dict[int, Schema] = {}
    for status in {cls.status for cls in (*types, *of_input)}:
        possible: dict[type[ClientError], Component] = {}
        for cls in of_input:
            if cls.status == status and given is not None:
                possible[cls] = _problem_of_input(given, of_input, components)
        possible |= {cls: components.of_type(cls) for cls in types if cls.status == status}
        problems = {
            cls: _example(cls, given if cls in of_input else None, components) for cls in possible
        }
        found[status] = {
            "description": str(next(iter(problems.values()))[1].phrase),
            **fields_of(operation, list(possible)),
            "content": _content(operation, components, possible, problems),
        }
    return found


def _types_of(given: Input | None) -> list[type[ClientError]]:
    """The problem types that the errors of a body, or of a query, can make."""
    if given is None:
        return []
    found = {validation.problem_type_for({kind}) for kind in given.findings.kinds}
    return sorted(found, key=lambda cls: cls.status)


def _problem_of_input(
    given: Input, types: list[type[ClientError]], components: Components
) -> Component:
    return components.add(
        "schemas",
        f"{given.name}ValidationProblem",
        given.key,
        lambda: problem_with_errors(types, items_of(given.findings)),
    )


def _example(
    cls: type[ClientError], given: Input | None, components: Components
) -> tuple[str, Problem, object]:
    """The name of an example, the problem in it, and what it is the example of."""
    if given is None:
        return cls.__name__, components.explained(cls), cls
    key = (cls, given.key)
    if key not in components.memory:
        error = error_of(cls, {}, _sample_errors(cls, given))
        components.memory[key] = explained(error)
    return f"{given.name}{cls.status}", components.memory[key], key


def _sample_errors(cls: type[ClientError], given: Input) -> list[dict[str, object]]:
    for kind, sample in given.findings.samples.items():
        if validation.problem_type_for({kind}) is cls:
            where = "parameter" if sample.place.kind == "parameter" else "pointer"
            place = {where: sample.pointer} if sample.pointer else {}
            return [{**place, "code": sample.code, "detail": sample.detail}]
    return []


def _content(
    operation: Operation,
    components: Components,
    possible: Mapping[type[ClientError], Component],
    problems: Mapping[type[ClientError], tuple[str, Problem, object]],
) -> Schema:
    schema = _any_of(possible, components)
    content: Schema = {}
    for form in _formats():
        suffix = "" if issubclass(form, ProblemJSON) else form.name.rpartition("+")[2].upper()
        content[form.media_type] = {
            "schema": schema,
            "examples": {
                name: components.example(
                    f"{name}{suffix}",
                    (key, suffix),
                    partial(written, problem, form),
                ).ref
                for name, problem, key in problems.values()
            },
        }
    for media_type in operation.schema.map_renderers("media_type"):
        if not media_type.startswith("text/html"):
            content.setdefault(media_type, {"schema": schema})
    return content


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
