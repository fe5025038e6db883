"""Django's own hooks: ``handler400``, ``handler403``, ``handler404`` and ``CSRF_FAILURE_VIEW``.

``AppConfig.ready()`` makes them Django's defaults; a project's own handlers win. They answer every
method, sync and async.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.views import csrf
from django.views.decorators.csrf import requires_csrf_token

from . import negotiation
from .conversion import convert
from .exceptions import BadRequest, ClientError, CsrfFailed, Forbidden, NotFound
from .responses import problem_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@requires_csrf_token
def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 400, and every ``ClientError``, which Django brings here."""
    return _explained(request, exception, BadRequest)


@requires_csrf_token
def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 403."""
    return _explained(request, exception, Forbidden)


@requires_csrf_token
def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 404."""
    return _explained(request, exception, NotFound)


def _explained(
    request: HttpRequest, exception: Exception, otherwise: type[ClientError]
) -> HttpResponse:
    return problem_response(request, convert(exception, request) or otherwise())


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a form that failed the CSRF check: set ``CSRF_FAILURE_VIEW`` to this.

    With ``DEBUG=True`` a browser gets Django's page, which tells the developer the reason.
    """
    if settings.DEBUG and negotiation.format_for(request)[0].name == "html":
        return csrf.csrf_failure(request, reason)
    return problem_response(request, CsrfFailed())
