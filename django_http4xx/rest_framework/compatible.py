"""``compatible_exception_handler``: keep Django REST framework's bodies for existing clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.cache import patch_vary_headers

# The module, not its names: while DRF imports `views`, its settings may make it import this file.
from rest_framework import exceptions, views
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from django_http4xx import negotiation, responses
from django_http4xx.api_exceptions import ensure_detail, type_by_status
from django_http4xx.conversion import convert
from django_http4xx.exceptions import CLASSES, BadRequest, ClientError
from django_http4xx.header_fields import held, readable_delay
from django_http4xx.log import logger
from django_http4xx.pages import shown_as_to_get
from django_http4xx.type_uris import type_uri

from .contexts import bare_response, view_and_request
from .conversion import cannot_be_read, client_error
from .responses import completed, keep_allow, plain, rendering_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.server_errors import HttpError


def compatible_exception_handler(
    exc: Exception, context: Mapping[str, Any] | None = None
) -> HttpResponse | None:
    """Respond like ``rest_framework.views.exception_handler``, and to more exceptions.

    Responses of Django REST framework keep their body, media type and status. Exceptions that it
    leaves to Django, such as for a body that is too large, get their status, their fields and a
    body of the same shape. ``Link: <type>; rel="describedby"`` leads to the problem type's page.
    ``context`` may lack the view or the request.
    """
    view, request = view_and_request(context)
    if negotiation.is_left_to_django(request._request):
        return views.exception_handler(exc, {})
    answer = _answer_of_drf(exc, request)
    if answer is not None:
        return _described(answer, exc, view, request)
    bare = bare_response(context)
    error = client_error(exc, view, request, is_returned=bare is not None)
    if error is None:
        return None
    views.set_rollback()
    return _in_the_shape_of_drf(view, request, error, bare)


def _answer_of_drf(exception: Exception, request: Request) -> Response | None:
    """The response of Django REST framework; ``None`` if it has none, or fails to make it."""
    try:
        known = _as_known(exception, request)
        if known is None:
            return None
        if isinstance(known, APIException):
            ensure_detail(known)
            _make_wait_readable(known)
        # Its handler does not use the context.
        return views.exception_handler(known, {})
    except Exception:
        logger.exception("Django REST framework could not handle %s.", type(exception).__name__)
        return None


def _make_wait_readable(exception: APIException) -> None:
    """Make ``wait`` a number, since Django REST framework fails to print anything else."""
    wait = getattr(exception, "wait", None)
    try:
        "%d" % (wait or 0)  # noqa: UP031 - exactly as the framework prints it
    except (TypeError, ValueError, OverflowError):
        exception.wait = readable_delay(wait)  # type: ignore[attr-defined]


def _as_known(exception: Exception, request: Request) -> Exception | None:
    """The exception as one that Django REST framework handles; ``None`` if it handles none."""
    if isinstance(exception, ClientError):
        return None
    if isinstance(exception, DjangoValidationError):
        return ValidationError(as_serializer_error(exception))
    if cannot_be_read(exception, request):
        return ParseError()
    return exception if isinstance(exception, (APIException, Http404, PermissionDenied)) else None


def _described(answer: Response, exception: Exception, view: APIView, request: Request) -> Response:
    """The response of Django REST framework, with a link to the page of the problem type."""
    # To make a second response would take as long as to make the first.
    answer.__class__ = _CompatibleResponse
    response = cast("_CompatibleResponse", answer)
    response.at_hand = rendering_context(view, request)
    if 400 <= response.status_code < 500:
        try:
            name = _problem_type_of(exception, response.status_code, request._request)
            _add_link(response, type_uri(request._request, name))
        except Exception:
            logger.exception("Could not find the problem type of a %s.", response.status_code)
    return response


def _problem_type_of(exception: Exception, status: int, request: HttpRequest) -> str:
    """The name of the problem type for a response of Django REST framework.

    Convert the exception only if a project or a package registered a converter for it: converting
    a ``ValidationError`` would read the errors of all fields for nothing.
    """
    known = type_by_status(exception, status)
    if known is not None:
        return known.problem_type
    error = convert(exception, request)
    if error is not None and error.status == status:
        return error.problem_type
    return CLASSES.get(status, BadRequest).problem_type


def _in_the_shape_of_drf(
    view: APIView, request: Request, error: HttpError, bare: HttpResponse | None
) -> HttpResponse:
    response = _CompatibleResponse(status=error.status)
    response.at_hand = rendering_context(view, request)
    if bare is not None:
        responses.take_over(response, bare)
    try:
        problem, vary = responses.explained(
            held(response), request._request, error, has_cookies=bool(response.cookies)
        )
    except Exception:
        logger.exception("Could not explain a %s as a response of the API.", error.status)
        return responses.problem_response(request._request, error)
    responses.announce_when_sent(response, request._request, error, problem)
    # The page of the browsable API has its own style, which the policy for our page would forbid.
    problem.template = "rest_framework/api.html"
    detail = None if bare is None else _said_by_drf(error, request)
    response.data = {"detail": detail or ErrorDetail(str(problem.detail), error.code)}
    patch_vary_headers(response, vary)
    _add_link(response, problem.type)
    keep_allow(view, error)
    return response


def _said_by_drf(error: HttpError, request: Request) -> Any:
    """Django REST framework's own detail for this status; ``None`` if it never raises it."""
    make = _RAISED_BY_DRF.get(error.status)
    return make(error, request).detail if make else None


def _delay_of(error: HttpError) -> int | None:
    delay = error.members.get("retry_after")
    return delay if isinstance(delay, int) else None


_RAISED_BY_DRF: Mapping[int, Callable[[HttpError, Request], APIException]] = {
    401: lambda error, request: exceptions.NotAuthenticated(),
    403: lambda error, request: exceptions.PermissionDenied(),
    404: lambda error, request: exceptions.NotFound(),
    405: lambda error, request: exceptions.MethodNotAllowed(str(request.method)),
    406: lambda error, request: exceptions.NotAcceptable(),
    415: lambda error, request: exceptions.UnsupportedMediaType(str(request.content_type)),
    429: lambda error, request: exceptions.Throttled(_delay_of(error)),
}


def _add_link(response: HttpResponse, address: str) -> None:
    """Link to the page of the problem type (RFC 8288, relation ``describedby``)."""
    if address and address != "about:blank":
        links = [response.headers.get("Link", ""), f'<{address}>; rel="describedby"']
        response.headers["Link"] = ", ".join(link for link in links if link)


class _CompatibleResponse(Response):
    """Render as usual; if that fails, render plain values, and if that fails too, send JSON."""

    rendering_attrs = [*Response.rendering_attrs, "problem", "at_hand"]

    at_hand: dict[str, Any]

    @property
    def rendered_content(self) -> Any:
        # These are missing if a project renders the response itself, outside of a view.
        self.renderer_context = completed(self, self.at_hand)
        if getattr(self, "accepted_renderer", None) is None:
            self.accepted_renderer: Any = JSONRenderer()
        if getattr(self, "accepted_media_type", None) is None:
            self.accepted_media_type = self.accepted_renderer.media_type
        with shown_as_to_get(self.at_hand["request"]._request):
            return self._content()

    def _content(self) -> Any:
        try:
            return self._content_of_drf()
        except Exception:
            logger.exception("Could not render a response of the API; trying plain values.")
            self.data = plain(self.data)
        try:
            return self._content_of_drf()
        except Exception:
            # `AdminRenderer` calls the view again, which may raise again.
            logger.exception("Could not render a response of the API; sending JSON.")
            return self._as_json()

    def _content_of_drf(self) -> Any:
        content = super().rendered_content
        is_handed_through = self.data is not None and not isinstance(content, (str, bytes))
        return self._as_json() if is_handed_through else content

    def _as_json(self) -> bytes:
        self.headers["Content-Type"] = JSONRenderer.media_type
        return JSONRenderer().render(self.data)
