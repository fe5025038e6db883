"""``AutoSchema``: drf-spectacular's, with every 4xx that an operation can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema as _AutoSchema

from .bodies import share_fields
from .causes import Operation
from .components import Components
from .declarations import Declarations, callback_of
from .operations import add_problems

if TYPE_CHECKING:
    from drf_spectacular.plumbing import ComponentRegistry

    from .members import Schema

if TYPE_CHECKING:
    _Base = _AutoSchema
else:
    _Base = object


class ProblemSchemaMixin(_Base):
    """For a schema class of your own, before that of drf-spectacular.

    Every 4xx of an operation is described, as ``AutoSchema`` does. ::

        class Schema(ProblemSchemaMixin, AutoSchema): ...
    """

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Schema | None:
        """The description of an operation, with its 4xx; what it describes itself stays."""
        self._renderers: dict[str, list[Any]] = {}
        described = super().get_operation(path, path_regex, path_prefix, method, registry)
        if described is not None:
            describe_problems(self, described)
        return described

    def map_renderers(self, attribute: str) -> list[Any]:
        """As drf-spectacular has it, found out once for an operation: it is asked for each response."""
        known = getattr(self, "_renderers", {})
        if attribute not in known:
            known[attribute] = super().map_renderers(attribute)
        return list(known[attribute])

    def _map_serializer(self, serializer: Any, *args: Any, **kwargs: Any) -> Schema:
        """As drf-spectacular has it, with fields that are made once for all of a class."""
        share_fields(serializer, Components.of(self.registry).fields)
        mapped: Schema = super()._map_serializer(serializer, *args, **kwargs)
        return mapped


class AutoSchema(ProblemSchemaMixin, _AutoSchema):
    """For ``REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"]``: nothing else has to be set."""


def describe_problems(schema: Any, described: Schema) -> None:
    """Add the 4xx of an operation that drf-spectacular has described."""
    try:
        callback = callback_of(schema.view, schema.path_regex)
        operation = Operation(
            schema=schema,
            view=schema.view,
            method=schema.method,
            path=schema.path,
            has_body="requestBody" in described,
            declared=Declarations(schema.view, schema.method, callback),
        )
        add_problems(operation, described, Components.of(schema.registry))
    except Exception as error:
        name = type(schema.view).__name__
        warn(f"{name}: no 4xx of it is described: {type(error).__name__}: {error}")
