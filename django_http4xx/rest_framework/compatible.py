"""``compatible_exception_handler``: Django REST framework's own bodies, for clients that parse them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.cache import patch_vary_headers

# By its module: while that is being imported, it may import ours for the classes in its settings.
from rest_framework import views
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from django_http4xx import negotiation, problems, responses
from django_http4xx.conversion import without_fields
from django_http4xx.exceptions import ClientError
from django_http4xx.log import logger

from .conversion import cannot_be_read, client_error, request_in
from .responses import keep_allow, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request
    from rest_framework.views import APIView


def compatible_exception_handler(
    exception: Exception, context: Mapping[str, Any]
) -> HttpResponse | None:
    """Answer as ``rest_framework.views.exception_handler`` does, and where that gives up, too.

    Body, media type and status of what Django REST framework knows stay as they are; what it left to
    Django (a body that is too large, a host that is not ours) has its status, its fields and a body
    of the same shape. ``Link: <type>; rel="describedby"`` leads to the page of the problem type.
    """
    view, request = context["view"], request_in(context)
    error = client_error(exception, view, request)
    answer = _answer_of_drf(exception, context, request)
    if answer is not None:
        return _described(answer, request, error)
    if error is None:
        return None
    views.set_rollback()
    return _in_the_shape_of_drf(view, request, error)


def _answer_of_drf(
    exception: Exception, context: Mapping[str, Any], request: Request
) -> Response | None:
    """What Django REST framework answers; ``None`` where it has no answer, or fails over a text."""
    try:
        known = _as_known(exception, request)
        return None if known is None else views.exception_handler(known, dict(context))
    except Exception:
        logger.exception("A %s cannot be answered as ever.", type(exception).__name__)
        return None


def _as_known(exception: Exception, request: Request) -> Exception | None:
    """The exception as one that Django REST framework answers; ``None`` where it has none."""
    if isinstance(exception, ClientError):
        return None
    if isinstance(exception, DjangoValidationError):
        return ValidationError(as_serializer_error(exception))
    if cannot_be_read(exception, request):
        return ParseError()
    return exception if isinstance(exception, (APIException, Http404, PermissionDenied)) else None


def _described(answer: Response, request: Request, error: ClientError | None) -> Response:
    """The answer of Django REST framework, with a link to what it means."""
    response = _CompatibleResponse(answer.data, answer.status_code, headers=dict(answer.items()))
    if error is not None:
        if error.status != answer.status_code:
            error = without_fields(answer.status_code)
        _add_link(response, _type_of(request._request, error))
    return response


def _type_of(request: HttpRequest, error: ClientError) -> str:
    try:
        language, _ = negotiation.language_for(request)
        return problems.explain(request, error, language).type
    except Exception:
        logger.exception("The type of a %s cannot be told.", error.status)
        return ""


def _in_the_shape_of_drf(view: APIView, request: Request, error: ClientError) -> HttpResponse:
    response = _CompatibleResponse(status=error.status)
    try:
        problem, vary = responses.explain_on(response, request._request, error)
    except Exception:
        logger.exception("A %s could not be explained to a client of the API.", error.status)
        return responses.problem_response(request._request, error)
    # Whatever page shows it is not ours: the policy for ours would forbid its style.
    problem.template = "rest_framework/api.html"
    response.data = {"detail": ErrorDetail(str(problem.detail), error.code)}
    patch_vary_headers(response, vary)
    _add_link(response, problem.type)
    keep_allow(view, error)
    return response


def _add_link(response: HttpResponse, address: str) -> None:
    """Name the page that describes the problem type (RFC 8288, relation ``describedby``)."""
    if address and address != "about:blank":
        links = [response.headers.get("Link", ""), f'<{address}>; rel="describedby"']
        response.headers["Link"] = ", ".join(link for link in links if link)


class _CompatibleResponse(Response):
    """Written as ever; where that fails, from values that every renderer can write, or as JSON."""

    @property
    def rendered_content(self) -> Any:
        try:
            return super().rendered_content
        except Exception:
            logger.exception("The answer to a client of the API cannot be written; simplified.")
            self.data = plain({"": self.data}).get("")
        try:
            return super().rendered_content
        except Exception:
            # The page of the admin asks the view for what there is, which may raise once more.
            logger.exception("The answer to a client of the API cannot be written; sent as JSON.")
            self.headers["Content-Type"] = JSONRenderer.media_type
            return JSONRenderer().render(self.data)
