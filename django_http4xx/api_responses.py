"""A bare response of a view of Django REST framework, answered as what the view raises.

Views are known by their attributes, so that this needs no import of the framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections

from .causes import is_one_of
from .log import logger
from .resolved_views import class_of
from .responses import take_over

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from .exceptions import ClientError


# Their page is a frame: it says nothing by itself.
_FRAMES = {"rest_framework.renderers.BrowsableAPIRenderer"}


def says_nothing(response: HttpResponse) -> bool:
    """Whether a response has no data, and its renderer made but a frame around it, or ``None``.

    What another renderer, or a template, makes of no data is the view's own.
    """
    if getattr(response, "data", response) is not None:
        return False
    renderer = getattr(response, "accepted_renderer", None)
    return response.content == b"None" or is_one_of(renderer, _FRAMES)


def as_raised(
    response: HttpResponse, request: HttpRequest, error: ClientError
) -> HttpResponse | None:
    """What the view's own handler of exceptions answers to ``error``, with what the response has.

    ``None`` where it is no view of the framework's, or its handler leaves the error to Django. The
    handler's ``context`` has the bare ``response``.
    """
    try:
        view = _view_of(response, request)
        return None if view is None else _answer_of(view, response, error)
    except Exception:
        logger.exception("The handler of a view cannot answer a %s.", response.status_code)
        return None


def _view_of(response: HttpResponse, request: HttpRequest) -> Any:
    """The view that made a response; one like it, where it made one of Django's."""
    context = getattr(response, "renderer_context", None)
    if context and hasattr(context.get("view"), "get_exception_handler"):
        return context["view"]
    match = request.resolver_match
    cls, initkwargs, actions = class_of(match.func if match else None)
    if match is None or not hasattr(cls, "get_exception_handler"):
        return None
    view = cls(**initkwargs)
    # As a viewset is made for a route.
    view.action_map = actions
    for method, action in view.action_map.items():
        setattr(view, method, getattr(view, action))
    view.setup(request, *match.args, **match.kwargs)
    view.request = view.initialize_request(request, *match.args, **match.kwargs)
    view.headers = {}
    view.format_kwarg = view.get_format_suffix(**match.kwargs)
    return view


def _answer_of(view: Any, response: HttpResponse, error: ClientError) -> HttpResponse | None:
    request = view.request
    context = {**view.get_exception_handler_context(), "response": response}
    # The view was left as it is to be: what it wrote is not undone by this.
    atomic = [each for each in connections.all(initialized_only=True) if each.in_atomic_block]
    before = [each.needs_rollback for each in atomic]
    try:
        answer: Any = view.get_exception_handler()(error, context)
    finally:
        for connection, needs_rollback in zip(atomic, before, strict=True):
            connection.needs_rollback = needs_rollback
    if answer is None:
        return None
    if hasattr(answer, "render"):
        if not getattr(request, "accepted_renderer", None):
            chosen = view.perform_content_negotiation(request, force=True)
            request.accepted_renderer, request.accepted_media_type = chosen
        answer.exception = True
        answer.accepted_renderer = request.accepted_renderer
        answer.accepted_media_type = request.accepted_media_type
        answer.renderer_context = view.get_renderer_context()
        answer.render()
    take_over(answer, response)
    if answer.status_code == response.status_code:
        answer.reason_phrase = response.reason_phrase
    answer._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    return answer  # type: ignore[no-any-return]
