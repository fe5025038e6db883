"""Explain the errors of Django REST framework in the same way as all others.

Put one of two exception handlers into the project's settings::

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}

``exception_handler`` sends problem documents (RFC 9457); ``compatible_exception_handler`` keeps the
bodies of Django REST framework, for clients that parse them.

The files; each imports only from those above it:

    contrib/, contexts                  names in camel case; the view and request that a handler is given
    conversion                          exceptions of the framework as ours
    negotiation, written, rewriting     which renderer writes a problem; changes that a project's handler makes
    responses                           problems as the framework's ``Response``
    handlers, compatible                the two exception handlers
    exceptions, throttling, checks      the framework's throttle classes, its 503, their system checks
    openapi/                            every 4xx in the OpenAPI schema
"""

from __future__ import annotations

from .compatible import compatible_exception_handler
from .handlers import exception_handler

__all__ = ["compatible_exception_handler", "exception_handler"]
