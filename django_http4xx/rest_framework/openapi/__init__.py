"""Every 4xx of an API in its OpenAPI schema, derived from its views.

Needs drf-spectacular, which only this package imports. One setting is enough::

    REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "django_http4xx.rest_framework.openapi.AutoSchema"}

Declare what the code of a view raises with ``raises``.

The files; each imports only from those above it:

    declarations            ``raises``, and the conditions that decorators put on a view
    sources, codes          the error codes that a serializer can give, for each pointer
    causes, queries         which 4xx an operation can give, and why; errors of query parameters
    members, examples       the members of each problem type; an example of each
    components              schemas, responses and examples that operations share
    bodies, fields          the errors of a request body; header fields of a response
    compatible, operations  the responses of one operation, in either handler's shape
    schemas, hooks          the schema class and the hook that drf-spectacular calls
"""

from __future__ import annotations

from .declarations import raises
from .hooks import postprocess_problems
from .schemas import AutoSchema, ProblemSchemaMixin

__all__ = ["AutoSchema", "ProblemSchemaMixin", "postprocess_problems", "raises"]
