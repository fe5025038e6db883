"""The errors of Django REST framework, explained in the same way.

One of two handlers goes into the project's settings::

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}

``exception_handler`` answers with problems of RFC 9457; ``compatible_exception_handler`` keeps the
bodies of Django REST framework for clients that parse them.

Its files, each below those that it imports:

    contrib/, contexts, conversion      what a handler is called with; other exceptions as ours
    negotiation, written, rewriting     what writes the answer, and what has been written already
    responses                           the answer, as the framework's ``Response``
    handlers, compatible                the two handlers
    exceptions, throttling, checks      throttles with another import
    openapi/                            every 4xx in the OpenAPI schema
"""

from __future__ import annotations

from .compatible import compatible_exception_handler
from .handlers import exception_handler

__all__ = ["compatible_exception_handler", "exception_handler"]
