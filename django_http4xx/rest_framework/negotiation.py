"""Which of the view's renderers, or of our formats, writes a problem down.

``ContentNegotiation`` lets the view speak to a client that takes nothing but problems.
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
    """The framework's own, but for a client that takes nothing but problems: it is served.

    To ``Accept: application/problem+json`` alone a success comes as the view's first renderer writes
    it, and an error as a problem, in place of a 406 for whatever was due. Set
    ``DEFAULT_CONTENT_NEGOTIATION_CLASS``, or a view's ``content_negotiation_class``, to this.
    """

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """A renderer and its media type. Raises ``NotAcceptable``."""
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
        except NotAcceptable as refused:
            # Those that an address with a format leaves.
            left: Any = refused.available_renderers
            if left and negotiation.takes_only_problems(request.META.get("HTTP_ACCEPT", "")):
                return left[0], left[0].media_type
            raise
        return chosen


class Choice(NamedTuple):
    """What writes a problem down: a renderer as ``content_type``, or, without one, a format."""

    content_type: str
    renderer: BaseRenderer | None
    format: type[Format] | None


@dataclass(frozen=True, eq=False)
class _Offer:
    """A media type; each is made once, and is equal to itself alone."""

    name: str
    media_type: str
    format: type[Format] | None = None


def choose(view: APIView, request: Request) -> tuple[Choice, tuple[str, ...]]:
    """What ``negotiation.format_for`` chooses among our formats and the view's renderers.

    A renderer of the view's writes what is sent under its media type: the browsable API, YAML, the
    names in camel case. Any JSON renderer writes problems as well.

    Returns the choice, and the fields of the request that it looked at.
    """
    accepted = getattr(request, "accepted_renderer", None)
    if accepted is not None and _is_named_in_the_address(view, request):
        return _by(accepted), ()
    renderers = _renderers_of(view)
    if accepted is not None:
        # Of two with one media type this is the one that the client asked for.
        renderers = [accepted, *renderers]
    offers = _offers(FORMATS.value, tuple(map(type, renderers)))

    def default(http_request: HttpRequest) -> str:
        name = negotiation.default_format(http_request)
        return _name_of(renderers[0]) if name == "html" and renderers else name

    offer, looked_at = negotiation.best_of(request._request, offers, default)
    return _written_by(offer, renderers), looked_at


def _renderers_of(view: APIView) -> Sequence[BaseRenderer]:
    """The renderers of a view; of one that needs a request to tell and has none, JSON."""
    try:
        return list(view.get_renderers())
    except Exception:
        logger.exception("%s cannot tell its renderers.", type(view).__name__)
        return [JSONRenderer()]


def _is_named_in_the_address(view: APIView, request: Request) -> bool:
    """Whether ``?format=`` or a suffix chose the renderer, rather than ``Accept``."""
    parameter, query = api_settings.URL_FORMAT_OVERRIDE, request._request.GET
    by_query = query and parameter and query.get(parameter)
    return bool(by_query or getattr(view, "format_kwarg", None))


@lru_cache(maxsize=256)
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
    """What the first renderer of a view is for, under the name of a format or its own."""
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
    """A renderer that the address names, as itself; JSON says that it is a problem."""
    if renderer.media_type == JSONRenderer.media_type:
        return Choice(ProblemJSON.content_type, renderer, ProblemJSON)
    return Choice(_content_type(renderer), renderer, None)


def _content_type(renderer: Any) -> str:
    """The field as ``rest_framework.response.Response`` makes it."""
    charset = renderer.charset
    return f"{renderer.media_type}; charset={charset}" if charset else str(renderer.media_type)
