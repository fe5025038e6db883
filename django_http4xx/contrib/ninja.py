"""Explain the errors of django-ninja APIs like those of other views."""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.http import Http404, HttpRequest

from django_http4xx import validation
from django_http4xx.causes import CAUSES
from django_http4xx.conversion import allowing, convert, converts, readable, without_fields
from django_http4xx.exceptions import ClientError, CsrfFailed
from django_http4xx.header_fields import readable_delay
from django_http4xx.negotiation import is_left_to_django
from django_http4xx.responses import problem_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from django_http4xx.causes import ErrorKind

__all__ = ["explain_errors"]

# django-ninja's default messages, in English: our own words are in the reader's language.
_GENERAL = frozenset(
    {"Unauthorized", "Forbidden", "Too many requests.", "Cannot parse request body"}
)
_CSRF = "CSRF check Failed"

_IN_CONTENT = ("body", "form", "file")


def explain_errors(api: Any) -> None:
    """Explain the exceptions of an API's operations and of django-ninja itself.

    ``ClientError``, ``Http404``, and django-ninja's ``ValidationError`` and ``HttpError`` below 500
    become problems. Other exceptions are left to Django, as in other views.
    Handlers that the project registers later override these. ::

        from django_http4xx.contrib.ninja import explain_errors

        api = NinjaAPI()
        explain_errors(api)
    """
    errors = import_module("ninja.errors")
    for cls in (ClientError, Http404):
        api.exception_handler(cls)(_as_from_a_view)
    for cls in (errors.HttpError, errors.ValidationError):
        api.exception_handler(cls)(partial(_as_refused, api))
    api.exception_handler(Exception)(_leave_to_django)


def _as_from_a_view(request: HttpRequest, exception: Exception) -> HttpResponse:
    error = None if is_left_to_django(request) else convert(exception, request)
    if error is None:
        raise exception
    # Django rolls back if an exception leaves a view; this one does not leave it.
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)
    return problem_response(request, error)


def _as_refused(api: Any, request: HttpRequest, exception: Any) -> HttpResponse:
    error = None if is_left_to_django(request) else convert(exception, request)
    if error is not None:
        return problem_response(request, error)
    # As django-ninja's own handler does.
    said, status = {"detail": str(exception)}, getattr(exception, "status_code", 422)
    response: HttpResponse = api.create_response(request, said, status=status)
    return response


def _leave_to_django(request: HttpRequest, exception: Exception) -> HttpResponse:
    raise exception


@converts("ninja.errors.HttpError")
def _http_error(exception: Any, request: HttpRequest) -> ClientError | None:
    """Keep the status, the message and the wait of a 4xx; ``None`` for a 5xx."""
    status, message = int(exception.status_code), exception.message
    if not 400 <= status < 500:
        return None
    if (status, message) == (403, _CSRF):
        return CsrfFailed()
    error = without_fields(status)
    if isinstance(message, str) and message.partition(" (")[0] not in _GENERAL:
        error.detail = message
    wait = getattr(exception, "wait", None)
    if wait is not None and (delay := readable_delay(wait)) is not None:
        error.send_field("Retry-After", str(delay), retry_after=delay)
    return allowing(error, request)


@converts("ninja.errors.ValidationError")
def _validation_error(exception: Any, request: HttpRequest) -> ClientError:
    """Convert the errors of the parameters; their kinds decide the status."""
    found = readable(partial(_findings, _content_of(request)), exception.errors)
    return validation.problem_type_for(found.kinds)(errors=found.errors)


def _content_of(request: HttpRequest) -> object:
    try:
        return json.loads(request.body)
    except Exception:
        # A form, or no content.
        return None


def _findings(content: object, errors: Sequence[dict[str, Any]]) -> validation.Findings:
    found = validation.Findings([], set())
    for error in errors:
        source, *steps = error["loc"]
        code = validation.written_code(error["type"])
        place = (
            {"pointer": _pointer(content, steps)}
            if source in _IN_CONTENT
            else {"parameter": str(steps[0] if steps else source)}
        )
        found.errors.append({**place, "code": code, "detail": str(error["msg"])})
        found.kinds.add(_kind(code))
    return found


def _pointer(content: object, steps: Sequence[object]) -> str:
    """The pointer into the content, without the name of a single parameter, which is not in it."""
    is_named = isinstance(content, dict) and steps[0] in content
    if content is not None and not is_named and (len(steps) > 1 or not isinstance(content, dict)):
        steps = steps[1:]
    pointer = validation.ROOT
    for step in steps:
        pointer = validation.at(pointer, step)
    return pointer


def _kind(code: str) -> ErrorKind:
    """The kind of an error, by pydantic's name for it."""
    is_form = code == "json_invalid" or code.endswith(("_parsing", "_type"))
    return CAUSES.get(code, "form" if is_form else "meaning")
