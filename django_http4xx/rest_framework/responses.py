"""``problem_response()``: a problem as a ``Response`` of Django REST framework's."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from django_http4xx.log import logger
from django_http4xx.pages import own_page, shown_as_to_get
from django_http4xx.statuses import is_never_stored
from django_http4xx.words.activation import unchanged_language

from .negotiation import Choice, choose
from .rewriting import restate, rewrite
from .written import as_content, tells

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.problems import Problem
    from django_http4xx.server_errors import HttpError


_JSON_SCALARS = (str, int, type(None))


def problem_response(
    view: APIView, request: Request, error: HttpError, bare: HttpResponse | None = None
) -> HttpResponse:
    """The answer to a request that ended in an error, as ``responses.problem_response`` makes it.

    Its ``data`` is written down when the view's response is rendered. ``bare``: the response without
    a body that it answers for, whose fields it has. Never raises.
    """
    response = ProblemResponse(status=error.status)
    response.at_hand = rendering_context(view, request)
    if bare is not None:
        responses.take_over(response, bare)
    try:
        _explain_on(response, view, request, error)
    except Exception:
        logger.exception("A %s could not be explained to a client of the API.", error.status)
        return responses.problem_response(request._request, error)
    keep_allow(view, error)
    return response


def rendering_context(view: APIView, request: Request) -> dict[str, Any]:
    """What a renderer is told, where whoever renders the response does not say it."""
    args, kwargs = getattr(view, "args", ()), getattr(view, "kwargs", {})
    return {"view": view, "args": args, "kwargs": kwargs, "request": request}


def completed(response: Response, at_hand: Mapping[str, Any]) -> dict[str, Any]:
    """The ``renderer_context`` of a response, as whoever renders it set it, without its gaps."""
    given = getattr(response, "renderer_context", None) or {}
    known = {name: value for name, value in given.items() if value is not None}
    return {**at_hand, **known, "response": response}


def keep_allow(view: APIView, error: HttpError) -> None:
    """Let the error's own ``Allow`` stand: the view would write its own methods over it."""
    if "Allow" in error.headers:
        getattr(view, "headers", {}).pop("Allow", None)


def _explain_on(
    response: ProblemResponse, view: APIView, request: Request, error: HttpError
) -> None:
    problem, vary = responses.explain_on(response, request._request, error)
    response.chosen, vary_format = choose(view, request)
    reads = response.chosen.format.vary_on if response.chosen.format else ()
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


def plain(data: object) -> Any:
    """The same as renderers can write that know no class but Python's own, nor half a character.

    What JSON can hold, they can; a member that it cannot is left out.
    """
    return json.loads(as_json(data).encode("utf-8", "replace"))


class ProblemResponse(Response):
    """A problem that the view's renderer, or one of our formats, writes down."""

    # What only rendering needs is left out where a response is kept.
    rendering_attrs = [
        *Response.rendering_attrs,
        *("problem", "error", "chosen", "at_hand"),
    ]

    problem: Problem
    error: HttpError
    chosen: Choice
    at_hand: dict[str, Any]

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        """The content for the media type that was negotiated, whatever the view's own renderers."""
        with shown_as_to_get(self._http_request):
            content = self._content()
        # A renderer of the project's own may have loaded the user, to greet them.
        responses.set_caching(self, self._http_request, self.error)
        return content

    @property
    def _http_request(self) -> HttpRequest:
        request: HttpRequest = self.at_hand["request"]._request
        return request

    def _content(self) -> bytes:
        self._say_the_status()
        if self.data is None:
            # Whoever took the problem away wants nothing in its place.
            del self.headers["Content-Type"]
            return b""
        try:
            content = self._written()
            if content is not None:
                return content
            self._follow_changes()
        except Exception:
            logger.exception("A problem cannot be written as %s.", self.chosen.content_type)
        self.problem.template = ""
        wanted = HTMLPage if self.chosen.content_type.startswith("text/html") else ProblemJSON
        form, content = responses.written(self.problem, self._http_request, wanted)
        self.headers["Content-Type"] = form.content_type
        return content

    def _say_the_status(self) -> None:
        """Let the body say the status that is sent, which a handler around ours may have set."""
        if isinstance(self.data, dict) and isinstance(self.data.get("status"), int):
            self.data["status"] = self.status_code
        if self.status_code == self.problem.status:
            return
        phrase = self.problem.phrase
        restate(self.problem, self.status_code)
        if isinstance(self.data, dict) and self.data.get("title") == phrase:
            self.data["title"] = self.problem.phrase
        if is_never_stored(self.status_code):
            self.headers["Cache-Control"] = "no-store"

    def _follow_changes(self) -> None:
        """Let the problem say what a handler around ours made of its members."""
        if self.problem.body is None:
            told = _body(self.problem, self._http_request, self.error)
            if told != self.data:
                rewrite(self.problem, told, plain(self.data))

    def _written(self) -> bytes | None:
        """What the renderer, or our format, writes; ``None`` where that is no text of the problem."""
        self.headers["Content-Type"] = self.content_type or self.chosen.content_type
        renderer = self.chosen.renderer
        if isinstance(renderer, JSONRenderer):
            if not isinstance(self.data, Mapping) and self.content_type is None:
                # Only an object is a problem (RFC 9457 §3).
                self.headers["Content-Type"] = JSONRenderer.media_type
            try:
                return as_content(self._rendered_by(renderer, self.data), renderer)
            except Exception:
                # A member that JSON cannot hold, or half of a character, which UTF-8 cannot.
                return as_content(self._rendered_by(renderer, plain(self.data)), renderer)
        with unchanged_language():
            return self._written_otherwise(renderer)

    def _written_otherwise(self, renderer: BaseRenderer | None) -> bytes | None:
        self._follow_changes()
        if renderer is None:
            form = self.chosen.format or ProblemJSON
            return form.render(self.problem, self._http_request).encode("utf-8", "replace")
        if isinstance(renderer, TemplateHTMLRenderer):
            return as_content(self._page(renderer), renderer)
        if isinstance(renderer, BrowsableAPIRenderer):
            # Its page has a style of its own, which our policy would forbid.
            self.problem.template = renderer.template
            return as_content(self._in_the_browsable_api(renderer), renderer)
        written = as_content(self._rendered_by(renderer, plain(self.data)), renderer)
        return written if tells(written, plain(self.data), renderer) else None

    def _rendered_by(self, renderer: BaseRenderer, data: Any) -> object:
        self.renderer_context = completed(self, self.at_hand)
        media_type = getattr(self, "accepted_media_type", None) or renderer.media_type
        return renderer.render(data, media_type, self.renderer_context)

    def _page(self, renderer: TemplateHTMLRenderer) -> str:
        """The project's own page, among them those that the renderer looks for; else ours."""
        status = self.status_code
        names = [name % {"status_code": status} for name in renderer.exception_template_names]
        members = self.data if isinstance(self.data, Mapping) else {"details": self.data}
        page = own_page(self.problem, self._http_request, names, {**members, "status_code": status})
        return page or HTMLPage.render(self.problem, self._http_request)

    def _in_the_browsable_api(self, renderer: BrowsableAPIRenderer) -> object:
        status = self.status_code
        is_form = self._http_request.method not in ("GET", "HEAD") and self.problem.errors
        if isinstance(renderer, AdminRenderer) and is_form:
            # It shows the form again for this status only, above what the view answers to GET.
            self.status_code = 400
        try:
            return self._rendered_by(renderer, self.data)
        finally:
            self.status_code = status
