"""``exception_handler``: send every error of an API as a problem document (RFC 9457)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# The module, not its names: while DRF imports `views`, its settings may make it import this file.
from rest_framework import views
from rest_framework.exceptions import APIException

from django_http4xx import negotiation

from .contexts import bare_response, view_and_request
from .conversion import client_error
from .responses import problem_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse


def exception_handler(
    exc: Exception, context: Mapping[str, Any] | None = None
) -> HttpResponse | None:
    """Explain an exception of a Django REST framework view: set ``EXCEPTION_HANDLER`` to this.

    Returns a ``Response`` whose ``data`` is the problem (RFC 9457 §3), a plain ``dict`` that a
    project's own handler may change. Returns ``None``, which leaves the exception to Django, if the
    client must not see it, such as a bug. An ``APIException`` keeps its status, even a 5xx.
    ``context`` may lack the view or the request. ::

        def handler(exception, context):
            response = exception_handler(exception, context)
            if response is not None:
                response.data["support"] = "https://example.com/support"
            return response
    """
    view, request = view_and_request(context)
    if negotiation.is_left_to_django(request._request):
        return views.exception_handler(exc, {})
    bare = bare_response(context)
    error = client_error(exc, view, request, is_returned=bare is not None)
    if error is None:
        # The framework's handler does not use the context.
        return views.exception_handler(exc, {}) if _is_no_error(exc) else None
    views.set_rollback()
    return problem_response(view, request, error, bare)


def _is_no_error(exception: Exception) -> bool:
    """Whether an ``APIException`` has a status below 400, which some projects raise."""
    if not isinstance(exception, APIException):
        return False
    try:
        return int(exception.status_code) < 400
    except (TypeError, ValueError):
        return False
