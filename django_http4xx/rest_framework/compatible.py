"""``compatible_exception_handler``: Django REST framework's own bodies, for clients that parse them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.cache import patch_vary_headers

# By its module: while that is being imported, it may import ours for the classes in its settings.
from rest_framework import exceptions, views
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from django_http4xx import responses
from django_http4xx.api_exceptions import ensure_detail, type_by_status
from django_http4xx.conversion import convert
from django_http4xx.exceptions import CLASSES, BadRequest, ClientError
from django_http4xx.header_fields import readable_delay
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
    """Answer as ``rest_framework.views.exception_handler`` does, and where that gives up, too.

    Body, media type and status of what Django REST framework knows stay as they are; what it left to
    Django (a body that is too large, a host that is not ours) has its status, its fields and a body
    of the same shape. ``Link: <type>; rel="describedby"`` leads to the page of the problem type.
    ``context`` may lack the view or the request.
    """
    view, request = view_and_request(context)
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
    """What Django REST framework answers; ``None`` where it has no answer, or fails over a text."""
    try:
        known = _as_known(exception, request)
        if known is None:
            return None
        if isinstance(known, APIException):
            ensure_detail(known)
            _make_wait_readable(known)
        # It looks at nothing of the context.
        return views.exception_handler(known, {})
    except Exception:
        logger.exception("A %s cannot be answered as ever.", type(exception).__name__)
        return None


def _make_wait_readable(exception: APIException) -> None:
    """Let ``wait`` be what Django REST framework prints as a number; it fails over anything else."""
    wait = getattr(exception, "wait", None)
    try:
        "%d" % (wait or 0)  # noqa: UP031 - as the framework prints it
    except (TypeError, ValueError, OverflowError):
        exception.wait = readable_delay(wait)  # type: ignore[attr-defined]


def _as_known(exception: Exception, request: Request) -> Exception | None:
    """The exception as one that Django REST framework answers; ``None`` where it has none."""
    if isinstance(exception, ClientError):
        return None
    if isinstance(exception, DjangoValidationError):
        return ValidationError(as_serializer_error(exception))
    if cannot_be_read(exception, request):
        return ParseError()
    return exception if isinstance(exception, (APIException, Http404, PermissionDenied)) else None


def _described(answer: Response, exception: Exception, view: APIView, request: Request) -> Response:
    """The answer of Django REST framework, with a link to what it means."""
    response = _CompatibleResponse(answer.data, answer.status_code, headers=dict(answer.items()))
    response.at_hand = rendering_context(view, request)
    if 400 <= response.status_code < 500:
        try:
            name = _problem_type_of(exception, response.status_code, request._request)
            _add_link(response, type_uri(request._request, name))
        except Exception:
            logger.exception("The type of a %s cannot be told.", response.status_code)
    return response


def _problem_type_of(exception: Exception, status: int, request: HttpRequest) -> str:
    """The name of the problem type that an answer of Django REST framework is about.

    Only what a project, or a package, converts by itself is converted: the general way would read
    every error of a field, for nothing.
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
        problem, vary = responses.explain_on(response, request._request, error)
    except Exception:
        logger.exception("A %s could not be explained to a client of the API.", error.status)
        return responses.problem_response(request._request, error)
    # Whatever page shows it is not ours: the policy for ours would forbid its style.
    problem.template = "rest_framework/api.html"
    detail = None if bare is None else _said_by_drf(error, request)
    response.data = {"detail": detail or ErrorDetail(str(problem.detail), error.code)}
    patch_vary_headers(response, vary)
    _add_link(response, problem.type)
    keep_allow(view, error)
    return response


def _said_by_drf(error: HttpError, request: Request) -> Any:
    """What Django REST framework says where it raises an error of this status; ``None`` where it never does."""
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
    """Name the page that describes the problem type (RFC 8288, relation ``describedby``)."""
    if address and address != "about:blank":
        links = [response.headers.get("Link", ""), f'<{address}>; rel="describedby"']
        response.headers["Link"] = ", ".join(link for link in links if link)


class _CompatibleResponse(Response):
    """Written as ever; where that fails, from values that every renderer can write, or as JSON."""

    rendering_attrs = [*Response.rendering_attrs, "problem", "at_hand"]

    at_hand: dict[str, Any]

    @property
    def rendered_content(self) -> Any:
        # Whoever renders it by hand says what Django REST framework's view would have said.
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
            logger.exception("The answer to a client of the API cannot be written; simplified.")
            self.data = plain(self.data)
        try:
            return self._content_of_drf()
        except Exception:
            # The page of the admin asks the view for what there is, which may raise once more.
            logger.exception("The answer to a client of the API cannot be written; sent as JSON.")
            return self._as_json()

    def _content_of_drf(self) -> Any:
        content = super().rendered_content
        is_handed_through = self.data is not None and not isinstance(content, (str, bytes))
        return self._as_json() if is_handed_through else content

    def _as_json(self) -> bytes:
        self.headers["Content-Type"] = JSONRenderer.media_type
        return JSONRenderer().render(self.data)
