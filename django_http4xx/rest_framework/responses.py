"""``problem_response()``: a problem as a ``Response`` of Django REST framework."""

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
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.utils.serializer_helpers import ReturnDict

from django_http4xx import responses
from django_http4xx.compiled import as_utf8
from django_http4xx.formats import HTMLPage, ProblemJSON, as_json
from django_http4xx.header_fields import held
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
    """Make the response to an error, like ``responses.problem_response``. Never raises.

    The view's renderer writes its ``data``. ``bare``: the view's own response without a body, whose
    header fields are kept.
    """
    response = ProblemResponse(status=error.status)
    response.at_hand = rendering_context(view, request)
    if bare is not None:
        responses.take_over(response, bare)
    try:
        _explain_on(response, view, request, error)
    except Exception:
        logger.exception("Could not explain a %s as a response of the API.", error.status)
        return responses.problem_response(request._request, error)
    keep_allow(view, error)
    return response


def rendering_context(view: APIView, request: Request) -> dict[str, Any]:
    """The ``renderer_context`` for a response that is rendered outside of its view."""
    args, kwargs = getattr(view, "args", ()), getattr(view, "kwargs", {})
    return {"view": view, "args": args, "kwargs": kwargs, "request": request}


def completed(response: Response, at_hand: Mapping[str, Any]) -> dict[str, Any]:
    """The ``renderer_context`` of a response; ``at_hand`` supplies what is missing or ``None``."""
    given = getattr(response, "renderer_context", None) or {}
    known = {name: value for name, value in given.items() if value is not None}
    return {**at_hand, **known, "response": response}


def keep_allow(view: APIView, error: HttpError) -> None:
    """Keep the error's own ``Allow``, which the view would overwrite with its methods."""
    if "Allow" in error.headers:
        getattr(view, "headers", {}).pop("Allow", None)


def _explain_on(
    response: ProblemResponse, view: APIView, request: Request, error: HttpError
) -> None:
    fields = held(response)
    problem, vary = responses.explained(
        fields, request._request, error, has_cookies=bool(response.cookies)
    )
    responses.announce_when_sent(response, request._request, error, problem)
    response.chosen, vary_format = choose(view, request)
    reads = response.chosen.format.vary_on if response.chosen.format else ()
    responses.set_vary(fields, problem, (*vary_format, *vary), reads)
    response.data, response.error = _body(problem, request._request, error), error
    is_plain = type(response.data) is dict and not (problem.errors or problem.members)
    response.told = dict(response.data) if is_plain else None


def _body(problem: Problem, request: HttpRequest, error: HttpError) -> dict[str, Any]:
    """The members of the problem as plain values.

    A ``ReturnDict`` for a form's errors, since the browsable API finds them by its serializer.
    """
    body = problem.as_dict()
    members = problem.members
    if members and not all(isinstance(value, _JSON_SCALARS) for value in members.values()):
        # Written by our encoder, as for plain views: DRF's writes some numbers and dates otherwise.
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
    """Reduce data to what every renderer can write: Python's own types, no lone surrogates.

    A member that JSON cannot hold is left out.
    """
    return json.loads(as_json(data).encode("utf-8", "replace"))


class ProblemResponse(Response):
    """A problem that the view's renderer, or one of our formats, writes."""

    # DRF drops these when a response is pickled, such as for a cache.
    rendering_attrs = [
        *Response.rendering_attrs,
        *("problem", "error", "chosen", "at_hand", "told"),
    ]

    problem: Problem
    error: HttpError
    chosen: Choice
    at_hand: dict[str, Any]
    # The data as we made it; `None` if it has parts that can be changed in place.
    told: dict[str, Any] | None = None

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        """The content for the negotiated media type, even if the view has no renderer for it."""
        with shown_as_to_get(self._http_request):
            content = self._content()
        responses.forget_frames_unless_awaited(self.problem)
        if type(self.chosen.renderer) is not JSONRenderer:
            # Only now: a project's renderer may have loaded the user, so the response is private.
            has_cookies = bool(self.cookies)
            responses.set_caching(
                held(self), self._http_request, self.error, has_cookies=has_cookies
            )
        return content

    @property
    def _http_request(self) -> HttpRequest:
        request: HttpRequest = self.at_hand["request"]._request  # private: Django's own request
        return request

    def _content(self) -> bytes:
        self._say_the_status()
        if self.data is None:
            # A project's handler removed the body on purpose.
            del self.headers["Content-Type"]
            return b""
        try:
            content = self._written()
            if content is not None:
                return content
            self._follow_changes()
        except Exception:
            logger.exception("Could not write a problem as %s.", self.chosen.content_type)
        self.problem.template = ""
        wanted = HTMLPage if self.chosen.content_type.startswith("text/html") else ProblemJSON
        form, content = responses.written(self.problem, self._http_request, wanted)
        self.headers["Content-Type"] = form.content_type
        return content

    def _say_the_status(self) -> None:
        """Put the response's status into the body: a project's handler may have changed it."""
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
        """Copy what a project's handler changed in ``data`` to the problem, for other formats."""
        if self.problem.body is None:
            told = _body(self.problem, self._http_request, self.error)
            if told != self.data:
                rewrite(self.problem, told, plain(self.data))

    def _written(self) -> bytes | None:
        """The output of the renderer or our format; ``None`` if it does not show the problem."""
        responses.set_content_type(self, self.content_type or self.chosen.content_type)
        renderer = self.chosen.renderer
        if self.told is not None and self._is_as_made_for(renderer):
            content = ProblemJSON.encoded(self.problem, self._http_request)
            if not content.isascii():
                # As the renderer does, for JavaScript.
                content = content.replace(b"\xe2\x80\xa8", b"\\u2028")
                content = content.replace(b"\xe2\x80\xa9", b"\\u2029")
            return content
        if isinstance(renderer, JSONRenderer):
            if not isinstance(self.data, Mapping) and self.content_type is None:
                # A problem must be a JSON object (RFC 9457 §3).
                self.headers["Content-Type"] = JSONRenderer.media_type
            try:
                return as_content(self._rendered_by(renderer, self.data), renderer)
            except Exception:
                # A member that JSON cannot hold, or a lone surrogate, which UTF-8 cannot encode.
                return as_content(self._rendered_by(renderer, plain(self.data)), renderer)
        with unchanged_language():
            return self._written_otherwise(renderer)

    def _is_as_made_for(self, renderer: BaseRenderer | None) -> bool:
        """Whether the framework's JSON renderer would write what our format writes in less time."""
        context = getattr(self, "renderer_context", None) or {}
        return (
            type(renderer) is JSONRenderer
            and self.data == self.told
            and renderer.compact
            and not renderer.ensure_ascii
            and renderer.encoder_class is JSONEncoder
            and "indent" not in context
            and "indent" not in (getattr(self, "accepted_media_type", "") or "")
        )

    def _written_otherwise(self, renderer: BaseRenderer | None) -> bytes | None:
        self._follow_changes()
        if renderer is None:
            form = self.chosen.format or ProblemJSON
            return as_utf8(form.render(self.problem, self._http_request))
        if isinstance(renderer, TemplateHTMLRenderer):
            return as_content(self._page(renderer), renderer)
        if isinstance(renderer, BrowsableAPIRenderer):
            # Its page has its own style, which the policy for our page would forbid.
            self.problem.template = renderer.template
            return as_content(self._in_the_browsable_api(renderer), renderer)
        written = as_content(self._rendered_by(renderer, plain(self.data)), renderer)
        return written if tells(written, plain(self.data), renderer) else None

    def _rendered_by(self, renderer: BaseRenderer, data: Any) -> object:
        self.renderer_context = completed(self, self.at_hand)
        media_type = getattr(self, "accepted_media_type", None) or renderer.media_type
        return renderer.render(data, media_type, self.renderer_context)

    def _page(self, renderer: TemplateHTMLRenderer) -> str:
        """The project's own page or one of ``exception_template_names``, else ours."""
        status = self.status_code
        names = [name % {"status_code": status} for name in renderer.exception_template_names]
        members = self.data if isinstance(self.data, Mapping) else {"details": self.data}
        page = own_page(self.problem, self._http_request, names, {**members, "status_code": status})
        return page or HTMLPage.render(self.problem, self._http_request)

    def _in_the_browsable_api(self, renderer: BrowsableAPIRenderer) -> object:
        status = self.status_code
        is_form = self._http_request.method not in ("GET", "HEAD") and self.problem.errors
        if isinstance(renderer, AdminRenderer) and is_form:
            # It shows the form with its errors only for a 400.
            self.status_code = 400
        try:
            return self._rendered_by(renderer, self.data)
        finally:
            self.status_code = status
