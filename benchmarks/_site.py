"""A request sent through the whole of Django, as a server sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.test import RequestFactory
from django.test.utils import override_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

OURS = "django_http4xx.middleware.Http4xxMiddleware"
EMPTY = "benchmarks._site.EmptyMiddleware"


class EmptyMiddleware:
    """The least that a middleware can be."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


def answered(
    path: str,
    middleware: str,
    *,
    status: int = 200,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Callable[[], HttpResponseBase]:
    """A call that has Django answer a request with one middleware, and nothing around that."""
    with override_settings(MIDDLEWARE=[middleware]):
        handler = BaseHandler()
        handler.load_middleware()
    environ = RequestFactory().generic(method, path, headers=headers).environ

    def answer() -> HttpResponseBase:
        return handler.get_response(WSGIRequest(environ))

    if (got := answer().status_code) != status:
        raise ValueError(f"{path} answers {got}, not {status}.")
    return answer


def in_place_of_ours(middleware: str) -> list[str]:
    """The project's middleware, with another one where ours stands."""
    return [middleware if path == OURS else path for path in settings.MIDDLEWARE]


def sent(
    path: str,
    *,
    middleware: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    method: str = "GET",
    content: bytes = b"",
) -> Callable[[], HttpResponseBase]:
    """A call that sends a request and closes the response, as a WSGI server does.

    ``middleware``: the project's where it is left out.
    """
    with override_settings(MIDDLEWARE=middleware or settings.MIDDLEWARE):
        handler = WSGIHandler()
    request = RequestFactory().generic(method, path, content, "application/json", headers=headers)
    # What gunicorn tells of the target as it was sent.
    environ = {**request.environ, "RAW_URI": path}

    def start_response(line: str, fields: object) -> None:
        pass

    def send() -> HttpResponseBase:
        response = handler(environ, start_response)
        response.close()
        return response

    answered = send().status_code
    if answered != status:
        raise ValueError(f"{path} answers {answered}, not {status}.")
    return send
