"""Get the view and the request from a handler's context, or replace them if they are missing.

Django REST framework's own handler uses neither, so projects call handlers without them: for the
items of a batch, in background jobs, in their tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

# The module, not its names: while DRF imports `views`, its settings may make it import this file.
from rest_framework import views
from rest_framework.request import Request

from django_http4xx.resolved_views import plain_request


def view_and_request(context: object) -> tuple[views.APIView, Request]:
    """The ``APIView`` and the framework's ``Request`` of a handler's context.

    If they are missing, return a plain ``APIView`` and an empty request. Django's own request is
    wrapped: a ``dispatch`` that raises before it calls the framework's has only that. ::

        view_and_request({"view": view, "request": request})
    """
    given: Mapping[str, Any] = context if isinstance(context, Mapping) else {}
    view = given.get("view")
    if not isinstance(view, views.APIView):
        view = views.APIView()
    request = given.get("request")
    return view, _wrapped(getattr(view, "request", None) if request is None else request, view)


def bare_response(context: object) -> HttpResponse | None:
    """The empty 4xx response that the view returned; ``None`` if it raised an exception."""
    response = context.get("response") if isinstance(context, Mapping) else None
    return response if isinstance(response, HttpResponse) else None


def _wrapped(request: object, view: views.APIView) -> Request:
    plain = plain_request(request)
    if not isinstance(plain, HttpRequest):
        plain = HttpRequest()
        plain.method = "GET"
    # Without a server name, `get_host()` raises KeyError; with an empty one, DisallowedHost.
    if "SERVER_NAME" not in plain.META:
        plain.META["SERVER_NAME"] = ""
        plain.META.setdefault("SERVER_PORT", "80")
    if isinstance(request, Request):
        return request
    try:
        wrapped: Request = view.initialize_request(plain)
    except Exception:
        # A viewset that was not made by `as_view()` has no `action_map`.
        return Request(plain)
    return wrapped
