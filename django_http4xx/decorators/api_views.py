"""A view of Django REST framework, asked who is there and what they may, before it is called.

It is known by its methods, so that this needs no import of the framework.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.views import View

from django_http4xx.api_exceptions import challenge_of
from django_http4xx.log import logger
from django_http4xx.requirements import guarded_view_of
from django_http4xx.resolved_views import class_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_ASKED = "_http4xx_asked"


def api_view_for(request: HttpRequest) -> Any:
    """The framework's view that a request is for, holding its request; ``None`` for other views.

    Where the framework has not come to it yet it is another instance, one for all that is asked of
    a request.
    """
    # The request that the framework gives to its handlers.
    if hasattr(request, "_request"):
        handled: Any = request
        return handled.parser_context["view"]
    guarded = guarded_view_of(request)
    asked = getattr(request, _ASKED, None)
    if asked is None or asked[0] is not guarded:
        asked = (guarded, _view_to_ask(guarded, request))
        setattr(request, _ASKED, asked)
    return asked[1]


def _view_to_ask(guarded: Any, request: HttpRequest) -> Any:
    if isinstance(guarded, View):
        view: Any = copy(guarded) if _is_api(guarded) else None
    else:
        view = _new_view(guarded, request)
    if view is not None:
        view.request = view.initialize_request(request)
    return view


def _new_view(resolved: Any, request: HttpRequest) -> Any:
    match = request.resolver_match
    cls, initkwargs, actions = _class_of(resolved)
    if not _is_api(cls):
        return None
    view = cls(**initkwargs)
    view.action_map = actions
    # Not the view's own `setup`, which may look for what the request is about.
    View.setup(view, request, *(match.args if match else ()), **(match.kwargs if match else {}))
    return view


# Views live as long as the process does.
_class_of = lru_cache(maxsize=4096)(class_of)


def _is_api(view: object) -> bool:
    return hasattr(view, "perform_authentication")


def challenges_of(view: Any) -> str | None:
    """How to sign in to a view: the challenges of all its authenticators (RFC 9110 §11.6.1)."""
    try:
        return challenge_of(view, view.request)
    except Exception:
        logger.exception("The challenges of a %s cannot be told.", type(view).__name__)
        return None


def refusal_by_view(request: HttpRequest) -> HttpResponseBase | None:
    """What the framework's view answers to somebody whom it does not let pass to its handlers.

    ``None`` for other views, and once the framework has let them pass. Its throttles count a request
    when the view is called, not here.
    """
    view = None if hasattr(request, "_request") else api_view_for(request)
    if view is None:
        return None
    view.check_throttles = _nothing_is_counted
    view.headers = view.default_response_headers
    try:
        view.initial(view.request, *view.args, **view.kwargs)
    except Exception as error:
        refused = view.handle_exception(error)
    else:
        return None
    response: HttpResponseBase = view.finalize_response(view.request, refused)
    return response


def _nothing_is_counted(request: object) -> None:
    """What takes the throttles' place where a view is asked before it is called."""
