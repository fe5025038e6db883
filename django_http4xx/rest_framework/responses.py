"""``problem_response()``: a problem as a ``Response`` of Django REST framework's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import APIException, ErrorDetail
from rest_framework.renderers import (
    AdminRenderer,
    BrowsableAPIRenderer,
    JSONRenderer,
    TemplateHTMLRenderer,
)
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from django_http4xx import responses
from django_http4xx.formats import HTMLPage, ProblemJSON, as_json
from django_http4xx.languages import unchanged_language
from django_http4xx.log import logger
from django_http4xx.pages import own_page

from .negotiation import Choice, choose

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.problems import Problem
    from django_http4xx.server_errors import HttpError


_JSON_SCALARS = (str, int, type(None))


def problem_response(view: APIView, request: Request, error: HttpError) -> HttpResponse:
    """The answer to a request that ended in an error, as ``responses.problem_response`` makes it.

    Its ``data`` is written down when the view's response is rendered. Never raises.
    """
    response = ProblemResponse(status=error.status)
    try:
        _explain_on(response, view, request, error)
    except Exception:
        logger.exception("A %s could not be explained to a client of the API.", error.status)
        return responses.problem_response(request._request, error)
    keep_allow(view, error)
    return response


def keep_allow(view: APIView, error: HttpError) -> None:
    """Let the error's own ``Allow`` stand: the view would write its own methods over it."""
    if "Allow" in error.headers:
        getattr(view, "headers", {}).pop("Allow", None)


def _explain_on(
    response: ProblemResponse, view: APIView, request: Request, error: HttpError
) -> None:
    problem, vary = responses.explain_on(response, request._request, error)
    response.chosen, vary_format = choose(view, request)
    reads = response.chosen.format.looks_at if response.chosen.format else ()
    responses.set_vary(response, problem, (*vary_format, *vary), reads)
    response.data, response.error = _body(problem, request._request, error), error


def _body(problem: Problem, request: HttpRequest, error: HttpError) -> dict[str, Any]:
    """The members of the problem as plain values, in the kind of dictionary that DRF had.

    The browsable API finds a form's errors through the serializer.
    """
    body = problem.as_dict()
    members = problem.members
    if members and not all(isinstance(value, _JSON_SCALARS) for value in members.values()):
        # Written as at every other door: encoders differ over numbers and dates.
        written = json.loads(ProblemJSON.render(problem, request))
        kept = {name: value for name, value in body.items() if name not in problem.members}
        body = {**kept, **{name: written[name] for name in problem.members if name in written}}
    origin = error.origin
    if not isinstance(origin, APIException):
        return body
    if isinstance(origin.detail, ErrorDetail):
        body["detail"] = ErrorDetail(str(body["detail"]), origin.detail.code)
    serializer = getattr(origin.detail, "serializer", None)
    return body if serializer is None else ReturnDict(body, serializer=serializer)


def plain(data: dict[str, object]) -> dict[str, Any]:
    """The same as renderers can write that know no class but Python's own, nor half a character.

    What JSON can hold, they can; a member that it cannot is left out.
    """
    written: dict[str, Any] = json.loads(as_json(data).encode("utf-8", "replace"))
    return written


class ProblemResponse(Response):
    """A problem that the view's renderer, or one of our formats, writes down."""

    problem: Problem
    error: HttpError
    chosen: Choice

    renderer_context: dict[str, Any]

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        """The content for the media type that was negotiated, whatever the view's own renderers."""
        try:
            content = self._written()
        except Exception:
            logger.exception("A problem cannot be written as %s.", self.chosen.content_type)
            self.problem.template = ""
            is_page = self.chosen.content_type.startswith("text/html")
            wanted = HTMLPage if is_page else ProblemJSON
            form, content = responses.written(self.problem, self._http_request, wanted)
            self.headers["Content-Type"] = form.content_type
        if self.problem.template:
            responses.set_caching(self, self._http_request, self.error)
        encoded = content.encode("utf-8", "replace") if isinstance(content, str) else content
        if self._http_request.method != "HEAD":
            return encoded
        # HEAD has the fields of GET and no content (RFC 9110 §9.3.2); some gateways would send it.
        self.headers["Content-Length"] = str(len(encoded))
        return b""

    @property
    def _http_request(self) -> Any:
        request = self.renderer_context["request"]
        return getattr(request, "_request", request)

    def _written(self) -> str | bytes:
        self.headers["Content-Type"] = self.chosen.content_type
        renderer = self.chosen.renderer
        if isinstance(renderer, JSONRenderer):
            try:
                return self._rendered_by(renderer, self.data)
            except UnicodeEncodeError:
                # A member has half of a character, which JSON can name and UTF-8 cannot hold.
                return self._rendered_by(renderer, plain(self.data))
        with unchanged_language():
            return self._written_otherwise(renderer)

    def _written_otherwise(self, renderer: BaseRenderer | None) -> str | bytes:
        if renderer is None:
            form = self.chosen.format or ProblemJSON
            return form.render(self.problem, self._http_request)
        if isinstance(renderer, TemplateHTMLRenderer):
            return self._page(renderer)
        if isinstance(renderer, BrowsableAPIRenderer):
            # Its page has a style of its own, which our policy would forbid.
            self.problem.template = renderer.template
            return self._in_the_browsable_api(renderer)
        return self._rendered_by(renderer, plain(self.data))

    def _rendered_by(self, renderer: BaseRenderer, data: Any) -> str | bytes:
        self.renderer_context["response"] = self
        written: str | bytes = renderer.render(
            data, self.accepted_media_type, self.renderer_context
        )
        return written

    def _page(self, renderer: TemplateHTMLRenderer) -> str:
        """The project's own page, among them those that the renderer looks for; else ours."""
        status = self.status_code
        names = [name % {"status_code": status} for name in renderer.exception_template_names]
        context = {**self.data, "status_code": status}
        page = own_page(self.problem, self._http_request, names, context)
        return page or HTMLPage.render(self.problem, self._http_request)

    def _in_the_browsable_api(self, renderer: BrowsableAPIRenderer) -> str | bytes:
        status = self.status_code
        is_form = self._http_request.method not in ("GET", "HEAD") and self.problem.errors
        if isinstance(renderer, AdminRenderer) and is_form:
            # It shows the form again for this status only, above what the view answers to GET.
            self.status_code = 400
        try:
            return self._rendered_by(renderer, self.data)
        finally:
            self.status_code = status
