"""Django REST framework's door: its errors, explained in the same way.

One of two handlers goes into the project's settings::

    REST_FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}

``exception_handler`` answers with problems of RFC 9457; ``compatible_exception_handler`` keeps the
bodies of Django REST framework for clients that parse them.
"""

from __future__ import annotations

from .compatible import compatible_exception_handler
from .handlers import exception_handler

__all__ = ["compatible_exception_handler", "exception_handler"]
