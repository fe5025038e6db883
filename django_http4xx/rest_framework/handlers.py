"""``exception_handler``: every error of an API is a problem of RFC 9457."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# By its module: while that is being imported, it may import ours for the classes in its settings.
from rest_framework import views
from rest_framework.exceptions import APIException

from .contexts import bare_response, view_and_request
from .conversion import client_error
from .responses import problem_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse


def exception_handler(
    exc: Exception, context: Mapping[str, Any] | None = None
) -> HttpResponse | None:
    """Explain what a view of Django REST framework raised: set ``EXCEPTION_HANDLER`` to this.

    Returns a ``Response`` whose ``data`` is the body of RFC 9457 §3, a plain ``dict`` that a handler
    of the project's own may change; ``None``, which leaves the exception to Django, for what is not
    for the client to know. An ``APIException`` keeps its status, a 5xx, too. ``context`` may lack
    the view or the request. ::

        def handler(exception, context):
            response = exception_handler(exception, context)
            if response is not None:
                response.data["support"] = "https://example.com/support"
            return response
    """
    view, request = view_and_request(context)
    bare = bare_response(context)
    error = client_error(exc, view, request, is_returned=bare is not None)
    if error is None:
        # The framework's own looks at nothing of the context.
        return views.exception_handler(exc, {}) if _is_no_error(exc) else None
    views.set_rollback()
    return problem_response(view, request, error, bare)


def _is_no_error(exception: Exception) -> bool:
    """Whether a project raises what its class calls a success or a redirection."""
    if not isinstance(exception, APIException):
        return False
    try:
        return int(exception.status_code) < 400
    except (TypeError, ValueError):
        return False
