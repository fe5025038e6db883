"""Django's own hooks: ``handler400``, ``handler403``, ``handler404`` and ``CSRF_FAILURE_VIEW``.

``AppConfig.ready()`` makes them Django's defaults; a project's own handlers win. They work for all
methods, sync and async. ``handler429`` is for django-allauth, which looks for it in the URLconf.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.urls import get_resolver
from django.utils.cache import patch_vary_headers
from django.views import csrf
from django.views.decorators.csrf import csrf_exempt, requires_csrf_token

from . import negotiation, stale_forms
from .conversion import convert
from .exceptions import BadRequest, ClientError, CsrfFailed, Forbidden, NotFound, TooManyRequests
from .policies import POLICY, policy_for_form
from .responses import problem_response, unexplained

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLResolver

    from .problems import Problem

__all__ = ["csrf_failure", "handler400", "handler403", "handler404", "handler429"]

_V = TypeVar("_V", bound="Callable[..., HttpResponse]")


def _with_csrf_token(handler: _V) -> _V:
    """Let a project's template use ``{% csrf_token %}``.

    Without ``csrf_exempt``, ``requires_csrf_token`` would read the body for a token, and an
    unreadable body would turn the 4xx into a 500.
    """
    return requires_csrf_token(csrf_exempt(handler))


@_with_csrf_token
def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 400, or any ``ClientError``: Django treats each as a ``BadRequest``."""
    return _explained(request, exception, BadRequest)


@_with_csrf_token
def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 403."""
    return _explained(request, exception, Forbidden)


@_with_csrf_token
def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Explain a 404."""
    return _explained(request, exception, NotFound)


@_with_csrf_token
def handler429(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Explain a 429 of django-allauth, if the root URLconf names this handler.

    ``handler429 = "django_http4xx.handlers.handler429"``
    """
    if exception is None:
        return problem_response(request, TooManyRequests())
    return _explained(request, exception, TooManyRequests)


def _explained(
    request: HttpRequest, exception: Exception, otherwise: type[ClientError]
) -> HttpResponse:
    if negotiation.is_left_to_django(request):
        return unexplained(request, exception, otherwise.status)
    return problem_response(request, convert(exception, request) or otherwise())


def is_replaced(status: int, urlconf: str | None = None) -> bool:
    """Whether a project has a handler of its own for a status.

    Raises ``ImportError`` or ``AttributeError`` if it cannot be imported.
    """
    return _is_replaced(get_resolver(urlconf), status)


@lru_cache(maxsize=256)  # never emptied: Django makes a new resolver when the URLconf changes
def _is_replaced(resolver: URLResolver, status: int) -> bool:
    handler = resolver.resolve_error_handler(status)
    return handler.__module__ != __name__


@_with_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain a failed CSRF check. To use it, set ``CSRF_FAILURE_VIEW`` to its dotted path.

    The page shows what was typed, see ``stale_forms``. With ``DEBUG=True``, browsers get Django's
    page, which tells the developer the reason.
    """
    if negotiation.is_left_to_django(request):
        return csrf.csrf_failure(request, reason)
    if not negotiation.prefers_page(request):
        return problem_response(request, CsrfFailed())
    if settings.DEBUG:
        return csrf.csrf_failure(request, reason)
    response = problem_response(request, stale_forms.refusal(request))
    problem: Problem = response.problem  # type: ignore[attr-defined]
    if stale_forms.form_of(problem):
        _protect(response, problem)
    return response


def _protect(response: HttpResponse, problem: Problem) -> None:
    """Set the fields of a page that shows what somebody typed."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Frame-Options"] = "DENY"
    patch_vary_headers(response, ("Origin", "Sec-Fetch-Site", "Cookie"))
    # A page of the project's own has scripts, and gets its policy from middleware.
    if not problem.template:
        response.headers[POLICY] = policy_for_form(problem.site)
