"""Every 4xx of an API in its OpenAPI schema, found from what the views are made of.

Needs drf-spectacular, which nothing else here imports. One line is all::

    REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "django_http4xx.rest_framework.openapi.AutoSchema"}

What a view raises by itself is declared with ``raises``.

Its files, each below those that it imports:

    declarations            ``raises``, and what decorators on a view say
    sources, codes          the codes that a serializer can give, at each pointer
    causes, queries         which 4xx an operation can give, and what its filters find
    members, examples       a problem's members as JSON Schema; one problem of each type
    components              what operations share
    bodies, fields          the errors of a body; header fields
    compatible, operations  the responses of an operation
    schemas, hooks          where drf-spectacular calls
"""

from __future__ import annotations

from .declarations import raises
from .hooks import postprocess_problems
from .schemas import AutoSchema, ProblemSchemaMixin

__all__ = ["AutoSchema", "ProblemSchemaMixin", "postprocess_problems", "raises"]
