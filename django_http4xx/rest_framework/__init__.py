"""Explain the errors of Django REST framework like all others.

Put one of two exception handlers into the project's settings::

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}

``exception_handler`` sends problem documents (RFC 9457); ``compatible_exception_handler`` keeps the
bodies of Django REST framework, for clients that parse them.

The files; each imports only from those above it:

    contrib/, contexts, conversion      a handler's arguments; other exceptions as ours
    negotiation, written, rewriting     the choice of a renderer; its output; changes by handlers
    responses                           problems as the framework's ``Response``
    handlers, compatible                the two handlers
    exceptions, throttling, checks      throttles, as a replacement for the framework's
    openapi/                            every 4xx in the OpenAPI schema
"""

from __future__ import annotations

from .compatible import compatible_exception_handler
from .handlers import exception_handler

__all__ = ["compatible_exception_handler", "exception_handler"]
