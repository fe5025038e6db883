"""What a handler is called with: the view and the request, as far as they are there.

Django REST framework's own handler never looks at either, so projects call handlers with less: for
the items of a batch, for jobs, in their tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

# By its module: while that is being imported, it may import ours for the classes in its settings.
from rest_framework import views
from rest_framework.request import Request

from django_http4xx.resolved_views import plain_request


def view_and_request(context: object) -> tuple[views.APIView, Request]:
    """The view and the request of a handler's context, each the framework's own kind of it.

    Where the context has none, a view with the framework's settings, and a request for nowhere.
    A ``dispatch`` that refuses before it hands over to the framework's has Django's request. ::

        view_and_request({"view": view, "request": request})
    """
    given: Mapping[str, Any] = context if isinstance(context, Mapping) else {}
    view = given.get("view")
    if not isinstance(view, views.APIView):
        view = views.APIView()
    request = given.get("request")
    return view, _wrapped(getattr(view, "request", None) if request is None else request, view)


def bare_response(context: object) -> HttpResponse | None:
    """The view's own response without a body, where the error stands for one; not where one was raised."""
    response = context.get("response") if isinstance(context, Mapping) else None
    return response if isinstance(response, HttpResponse) else None


def _wrapped(request: object, view: views.APIView) -> Request:
    plain = plain_request(request)
    if not isinstance(plain, HttpRequest):
        plain = HttpRequest()
        plain.method = "GET"
    # One that was made by hand has no host, which is refused as one that is not served here.
    if "SERVER_NAME" not in plain.META:
        plain.META["SERVER_NAME"] = ""
        plain.META.setdefault("SERVER_PORT", "80")
    if isinstance(request, Request):
        return request
    try:
        wrapped: Request = view.initialize_request(plain)
    except Exception:
        # A viewset that was never routed, for one, cannot.
        return Request(plain)
    return wrapped
