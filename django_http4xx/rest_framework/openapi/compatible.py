"""The responses of ``compatible_exception_handler``: the bodies of Django REST framework itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import exceptions, serializers
from rest_framework.settings import api_settings

from django_http4xx.exceptions import BadRequest, Forbidden, Unauthorized
from django_http4xx.formats import ProblemJSON
from django_http4xx.words.activation import speaking

from .fields import challenge_to, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_http4xx.exceptions import ClientError

    from .bodies import Input
    from .causes import Operation
    from .components import Component, Components
    from .members import Schema

_MIDDLEWARE = "django_http4xx.middleware.Http4xxMiddleware"
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}


def compatible_responses(
    operation: Operation,
    components: Components,
    types: list[type[ClientError]],
    given: Input | None,
) -> dict[int, Schema]:
    """The responses in the framework's own shape, by status: a detail, or what is wrong by field."""
    required = {*operation.declared.required()}
    own = required.union(operation.declared.raised())
    types = [_as_the_framework_has_it(cls, operation) for cls in types]
    types += sorted(own.difference(types), key=lambda cls: cls.problem_type)
    if given is not None and BadRequest not in types:
        types.append(BadRequest)
    # What is refused before the view is called is a problem, whatever the view's handler.
    is_refused_before = _MIDDLEWARE in settings.MIDDLEWARE
    found: dict[int, Schema] = {}
    for status in {cls.status for cls in types}:
        there = [cls for cls in types if cls.status == status]
        found[status] = {
            "description": str(components.explained(there[0]).phrase),
            **fields_of(there, challenge_to(operation)),
            "content": _content(operation, components, there, given if status == 400 else None),
        }
        if is_refused_before and (before := required.intersection(there)):
            schema = components.of_type(before.pop()).ref
            found[status]["content"][ProblemJSON.media_type] = {"schema": schema}
    return found


def _as_the_framework_has_it(cls: type[ClientError], operation: Operation) -> type[ClientError]:
    """Without a challenge of the first authenticator 401 is 403."""
    is_bare = cls is Unauthorized and not operation.view.get_authenticate_header(
        operation.view.request
    )
    return Forbidden if is_bare else cls


def _content(
    operation: Operation,
    components: Components,
    types: list[type[ClientError]],
    given: Input | None,
) -> Schema:
    schemas = [_detail(components)]
    examples = {
        cls.__name__: components.example(
            cls.__name__, ("detail", cls), partial(_said, cls, components)
        ).ref
        for cls in types
    }
    if given is not None:
        schemas.insert(0, _errors(given, components))
    refs = [schema.ref for schema in schemas]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {
        media_type: {"schema": schema, "examples": examples}
        for media_type in operation.schema.map_renderers("media_type")
    }


def _detail(components: Components) -> Component:
    return components.add(
        "schemas",
        "ErrorDetail",
        "detail",
        lambda: {
            "type": "object",
            "properties": {"detail": {"type": "string"}},
            "required": ["detail"],
        },
    )


def _said(cls: type[ClientError], components: Components) -> Schema:
    """What the framework says of an error, in its own words where it has some."""
    make = _OF_THE_FRAMEWORK.get(cls.status)
    with speaking(settings.LANGUAGE_CODE):
        detail = make().detail if make else components.explained(cls).detail
        return {"detail": str(detail)}


_OF_THE_FRAMEWORK: Mapping[int, Callable[[], exceptions.APIException]] = {
    400: exceptions.ParseError,
    401: exceptions.NotAuthenticated,
    403: exceptions.PermissionDenied,
    404: exceptions.NotFound,
    406: exceptions.NotAcceptable,
    415: lambda: exceptions.UnsupportedMediaType("text/csv"),
    429: exceptions.Throttled,
}


def _errors(given: Input, components: Components) -> Component:
    return components.add(
        "schemas", f"{given.name}Errors", given.key, lambda: _shape(given.serializer, ())
    )


def _shape(field: Any, above: tuple[type, ...]) -> Schema:
    """The errors of a field: texts, or for what has parts, the errors of these."""
    if isinstance(field, serializers.Serializer) and type(field) not in above:
        above = (*above, type(field))
        parts = {
            name: _shape(part, above)
            for name, part in field.fields.items()
            if not part.read_only and not isinstance(part, serializers.HiddenField)
        }
        return {
            "type": "object",
            "properties": {**parts, api_settings.NON_FIELD_ERRORS_KEY: _TEXTS},
        }
    if isinstance(field, (serializers.ListSerializer, serializers.ListField)):
        return {"anyOf": [_TEXTS, {"type": "array", "items": {}}, {"type": "object"}]}
    if isinstance(field, (serializers.DictField, serializers.Serializer)):
        return {"anyOf": [_TEXTS, {"type": "object", "additionalProperties": {}}]}
    return _TEXTS if field is not None else {"type": "object", "additionalProperties": _TEXTS}
