"""``leave_bare``: a view whose empty 4xx responses stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django_http4xx.resolved_views import LEFT_ALONE

_V = TypeVar("_V", bound=Callable[..., Any])


def leave_bare(view: _V) -> _V:
    """Leave the empty 4xx responses of a view as they are, for clients that want no body.

    For sync and async views, and through ``method_decorator`` on ``dispatch``::

        @leave_bare
        def heartbeat(request):
            return HttpResponse(status=404)
    """
    setattr(view, LEFT_ALONE, True)
    return view
