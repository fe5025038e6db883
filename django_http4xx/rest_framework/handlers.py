"""``exception_handler``: every error of an API is a problem of RFC 9457."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# By its module: while that is being imported, it may import ours for the classes in its settings.
from rest_framework import views
from rest_framework.exceptions import APIException

from .conversion import client_error, request_in
from .responses import problem_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Explain what a view of Django REST framework raised: set ``EXCEPTION_HANDLER`` to this.

    Returns a ``Response`` whose ``data`` is the body of RFC 9457 §3, a plain ``dict`` that a handler
    of the project's own may change; ``None``, which leaves the exception to Django, for what is not
    for the client to know. An ``APIException`` keeps its status, a 5xx, too. ::

        def handler(exception, context):
            response = exception_handler(exception, context)
            if response is not None:
                response.data["support"] = "https://example.com/support"
            return response
    """
    view, request = context["view"], request_in(context)
    error = client_error(exception, view, request)
    if error is None:
        return (
            views.exception_handler(exception, dict(context)) if _is_no_error(exception) else None
        )
    views.set_rollback()
    return problem_response(view, request, error)


def _is_no_error(exception: Exception) -> bool:
    """Whether a project raises what its class calls a success or a redirection."""
    if not isinstance(exception, APIException):
        return False
    try:
        return int(exception.status_code) < 400
    except (TypeError, ValueError):
        return False
