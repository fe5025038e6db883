"""``postprocess_problems``: the same for views that have a schema class of somebody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from drf_spectacular.plumbing import (
    is_versioning_supported,
    modify_for_versioning,
)
from drf_spectacular.settings import spectacular_settings

from .components import Components
from .schemas import ProblemSchemaMixin, describe_problems

if TYPE_CHECKING:
    from .members import Schema


def postprocess_problems(result: Schema, generator: Any, request: Any, public: bool) -> Schema:  # noqa: FBT001
    """Add the 4xx of each operation whose schema class does not: a ``POSTPROCESSING_HOOKS``.

    Needed only where ``AutoSchema`` and ``ProblemSchemaMixin`` cannot be used. ::

        SPECTACULAR_SETTINGS = {
            "POSTPROCESSING_HOOKS": [
                "drf_spectacular.hooks.postprocess_schema_enums",
                "django_http4xx.rest_framework.openapi.postprocess_problems",
            ]
        }
    """
    for path, path_regex, method, view in generator._get_paths_and_endpoints():
        if isinstance(view.schema, ProblemSchemaMixin):
            continue
        view.request = spectacular_settings.GET_MOCK_REQUEST(method, path, view, request)
        versioned = _versioned(path, method, view, generator)
        described = result["paths"].get(_shown(versioned), {}).get(method.lower())
        if described is not None:
            schema = view.schema
            schema.registry, schema.path, schema.path_regex = (
                generator.registry,
                versioned,
                path_regex,
            )
            schema.path_prefix, schema.method = "", method.upper()
            describe_problems(schema, described)
    components = Components.of(generator.registry)
    result["components"] = components.added_to(result.get("components", {}))
    return result


def _versioned(path: str, method: str, view: Any, generator: Any) -> str:
    scheme = view.versioning_class
    version = scheme and (generator.api_version or scheme.default_version)
    if version and is_versioning_supported(scheme):
        versioned: str = modify_for_versioning(
            generator.inspector.patterns, method, path, view, version
        )
        return versioned
    return path


def _shown(path: str) -> str:
    """A path as the schema has it."""
    if spectacular_settings.SCHEMA_PATH_PREFIX_TRIM:
        prefix = spectacular_settings.SCHEMA_PATH_PREFIX or ""
        path = re.sub(f"^{prefix.removeprefix('^')}", "", path, flags=re.IGNORECASE)
    shown = f"{spectacular_settings.SCHEMA_PATH_PREFIX_INSERT or ''}{path}"
    return shown if shown.startswith("/") else f"/{shown}"
