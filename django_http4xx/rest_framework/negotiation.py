"""Choose the view's renderer or our format that writes a problem.

``ContentNegotiation`` lets a view respond to clients that accept only problem documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.settings import api_settings

from django_http4xx import negotiation
from django_http4xx.formats import FORMATS, HTMLFragment, ProblemJSON
from django_http4xx.log import logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.formats import Format

__all__ = ["ContentNegotiation"]


class ContentNegotiation(DefaultContentNegotiation):
    """The framework's content negotiation, which also serves clients that accept only problems.

    For ``Accept: application/problem+json`` alone, the view's first renderer writes a success and
    an error is a problem; the framework's own class refuses both with 406. Set
    ``DEFAULT_CONTENT_NEGOTIATION_CLASS``, or a view's ``content_negotiation_class``, to this.
    """

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Choose a renderer and its media type. Raises ``NotAcceptable``."""
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
        except NotAcceptable as refused:
            # The renderers that `?format=` or a suffix of the address leaves.
            left: Any = refused.available_renderers
            if left and negotiation.takes_only_problems(request.META.get("HTTP_ACCEPT", "")):
                return left[0], left[0].media_type
            raise
        return chosen


class Choice(NamedTuple):
    """What writes a problem: ``renderer``, else ``format``, sent as ``content_type``."""

    content_type: str
    renderer: BaseRenderer | None
    format: type[Format] | None


@dataclass(frozen=True, eq=False)
class _Offer:
    """A media type to negotiate, compared by identity."""

    name: str
    media_type: str
    format: type[Format] | None = None


def choose(view: APIView, request: Request) -> tuple[Choice, tuple[str, ...]]:
    """Choose among our formats and the view's renderers, as ``negotiation.format_for`` does.

    The view's renderer writes its own media type, such as that of the browsable API or YAML. A JSON
    renderer of the view, such as one for camel case, also writes ``application/problem+json``.

    Returns the choice, and the request fields that it depends on, for ``Vary``.
    """
    accepted = getattr(request, "accepted_renderer", None)
    if accepted is not None and _is_named_in_the_address(view, request):
        return _by(accepted), ()
    renderers = _renderers_of(view)
    if accepted is not None:
        # First: of two renderers with one media type, it is the one that the client asked for.
        renderers = [accepted, *renderers]
    offers = _offers(FORMATS.value, tuple(map(type, renderers)))

    def default(http_request: HttpRequest) -> str:
        name = negotiation.default_format(http_request)
        return _name_of(renderers[0]) if name == "html" and renderers else name

    offer, looked_at = negotiation.best_of(request._request, offers, default)
    return _written_by(offer, renderers), looked_at


def _renderers_of(view: APIView) -> Sequence[BaseRenderer]:
    """The renderers of a view; JSON if ``get_renderers()`` fails, as it may without a request."""
    try:
        return list(view.get_renderers())
    except Exception:
        logger.exception("Could not get the renderers of %s; using JSON.", type(view).__name__)
        return [JSONRenderer()]


def _is_named_in_the_address(view: APIView, request: Request) -> bool:
    """Whether ``?format=`` or a suffix chose the renderer, rather than ``Accept``."""
    parameter, query = api_settings.URL_FORMAT_OVERRIDE, request._request.GET
    by_query = query and parameter and query.get(parameter)
    return bool(by_query or getattr(view, "format_kwarg", None))


@lru_cache(maxsize=256)  # by classes, which do not change: never emptied
def _offers(
    formats: tuple[type[Format], ...], renderers: tuple[type[BaseRenderer], ...]
) -> tuple[_Offer, ...]:
    """Our formats, and the media types that only the view's renderers can write."""
    ours = [_Offer(each.name, each.media_type, each) for each in formats]
    taken = {offer.media_type for offer in ours}
    theirs = {
        renderer.media_type: _Offer(renderer.format, renderer.media_type)
        for renderer in renderers
        if renderer.media_type and renderer.media_type not in taken
    }
    return (*ours, *theirs.values())


def _name_of(renderer: BaseRenderer) -> str:
    """The name of the format for a renderer's media type, else the renderer's own name."""
    if renderer.media_type == JSONRenderer.media_type:
        return ProblemJSON.name
    return "html" if renderer.media_type == "text/html" else renderer.format


def _written_by(offer: _Offer, renderers: Sequence[BaseRenderer]) -> Choice:
    if offer.format is not None and issubclass(offer.format, ProblemJSON):
        return Choice(
            offer.format.content_type,
            _first(JSONRenderer.media_type, renderers) or JSONRenderer(),
            offer.format,
        )
    renderer = None if offer.format is HTMLFragment else _first(offer.media_type, renderers)
    if renderer is not None:
        return Choice(_content_type(renderer), renderer, offer.format)
    content_type = offer.format.content_type if offer.format else offer.media_type
    return Choice(content_type, None, offer.format)


def _first(media_type: str, renderers: Sequence[BaseRenderer]) -> BaseRenderer | None:
    for renderer in renderers:
        if renderer.media_type == media_type:
            return renderer
    return None


def _by(renderer: BaseRenderer) -> Choice:
    """The choice of a renderer that the address names; JSON is sent as a problem."""
    if renderer.media_type == JSONRenderer.media_type:
        return Choice(ProblemJSON.content_type, renderer, ProblemJSON)
    return Choice(_content_type(renderer), renderer, None)


def _content_type(renderer: Any) -> str:
    """The value of ``Content-Type``, as ``rest_framework.response.Response`` makes it."""
    charset = renderer.charset
    return f"{renderer.media_type}; charset={charset}" if charset else str(renderer.media_type)
