"""``leave_bare``: keep a view's empty 4xx responses empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django_http4xx.resolved_views import LEFT_ALONE

_V = TypeVar("_V", bound=Callable[..., Any])


def leave_bare(view: _V) -> _V:
    """Keep the empty 4xx responses of a view empty, for clients that want no body.

    It works on sync and async views, and on ``dispatch`` through ``method_decorator``::

        @leave_bare
        def heartbeat(request):
            return HttpResponse(status=404)
    """
    setattr(view, LEFT_ALONE, True)
    return view
