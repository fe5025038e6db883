"""Ask a view of Django REST framework who is signed in and allowed, before it is called.

Such a view is recognised by its methods, so that the framework need not be installed.
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
    """The framework's view for a request, with its own ``request``; ``None`` for other views.

    Before the framework creates the view, this is a separate instance, created once for each
    request.
    """
    # The framework's own request, which its handlers get.
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
    # Not the view's own `setup()`, which may look up the object.
    View.setup(view, request, *(match.args if match else ()), **(match.kwargs if match else {}))
    return view


# Never emptied: URLconfs keep their views for as long as the process lives.
_class_of = lru_cache(maxsize=4096)(class_of)


def _is_api(view: object) -> bool:
    return hasattr(view, "perform_authentication")


def challenges_of(view: Any) -> str | None:
    """The challenges of all authenticators of a view (RFC 9110 §11.6.1); ``None`` without any."""
    try:
        return challenge_of(view, view.request)
    except Exception:
        logger.exception("Could not get the challenges of %s.", type(view).__name__)
        return None


def refusal_by_view(request: HttpRequest) -> HttpResponseBase | None:
    """The response of a framework's view that refuses a request before it calls a handler.

    ``None`` if it does not refuse, if it has let the request pass already, and for other views. Its
    throttles do not count the request here, since they do when the view is called.
    """
    view = None if hasattr(request, "_request") else api_view_for(request)
    if view is None:
        return None
    view.check_throttles = _nothing_is_counted
    view.headers = view.default_response_headers  # as the framework's `dispatch()` does
    try:
        view.initial(view.request, *view.args, **view.kwargs)
    except Exception as error:
        refused = view.handle_exception(error)
    else:
        return None
    response: HttpResponseBase = view.finalize_response(view.request, refused)
    return response


def _nothing_is_counted(request: object) -> None:
    """Replace ``check_throttles()`` while a view is asked before it is called."""
