"""What a view of Django REST framework raised as ours, with what only the view knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from django_http4xx import header_fields
from django_http4xx.api_exceptions import challenge_of
from django_http4xx.conversion import convert
from django_http4xx.exceptions import CHALLENGE, BadRequest, ClientError
from django_http4xx.log import SafeLogger, logger

from .contrib.camel_case import as_sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from rest_framework.views import APIView

    from django_http4xx.server_errors import HttpError

# The method is private; no other place tells that it was the parser that failed.
_PARSE = Request._parse.__code__  # type: ignore[attr-defined]

_UNREADABLE = (RecursionError, UnicodeError)

# No body that means something nests deeper; Python gives up at about a thousand calls.
_DEEP = 100


def client_error(
    exception: Exception, view: APIView, request: Request, *, is_returned: bool = False
) -> HttpError | None:
    """The exception as ours; ``None`` where it is not for the client to know.

    ``is_returned``: it stands for a response without a body, to which the view adds as much.
    """
    if cannot_be_read(exception, request):
        error: HttpError = BadRequest()
        error.origin = exception
        return error
    converted = convert(exception, request._request)
    if converted is None:
        return None
    if isinstance(exception, SuspiciousOperation):
        _report_suspicious(exception, request._request, converted.status)
    try:
        _complete(converted, view, request, is_returned)
    except Exception:
        logger.exception("A %s could not be completed.", converted.status)
    return converted


def _report_suspicious(exception: SuspiciousOperation, request: HttpRequest, status: int) -> None:
    """What Django does of it, had the view let it pass: tell the loggers of security."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        # To read the body again would raise the exception again.
        request._mark_post_parse_error()  # type: ignore[attr-defined]
    SafeLogger(f"django.security.{type(exception).__name__}").error(
        exception,
        exc_info=exception,
        extra={"status_code": status, "request": request},
    )


def _complete(
    error: HttpError,
    view: APIView,
    request: Request,
    is_returned: bool,  # noqa: FBT001
) -> None:
    """Add what the view knows: what it allows, takes and gives, and how to sign in."""
    if error.errors:
        as_sent(error, request)
    if not isinstance(error, ClientError):
        return
    add = _KNOWN_BY_THE_VIEW.get(error.status)
    # A response that was returned may say by itself how to sign in, and what is taken.
    is_silent = is_returned and not error.headers.keys() & {"WWW-Authenticate", "Accept"}
    is_of_drf = isinstance(error.origin, APIException)
    if add and (is_of_drf or is_silent or _has_default_challenge(error)):
        add(error, view, request)


def _has_default_challenge(error: ClientError) -> bool:
    return error.headers.get("WWW-Authenticate") == CHALLENGE.value


def _add_challenge(error: ClientError, view: APIView, request: Request) -> None:
    """The challenges of the view, unless the exception has one of its own."""
    own = getattr(error.origin, "auth_header", None)
    if own and own != view.get_authenticate_header(request):
        return
    if challenge := challenge_of(view, request):
        error.send_field("WWW-Authenticate", challenge, challenge=challenge)


def _add_allowed(error: ClientError, view: APIView, request: Request) -> None:
    """The view's methods, without the one that it refuses."""
    refused = {"GET", "HEAD"} if request.method in ("GET", "HEAD") else {request.method}
    methods = [method for method in view.allowed_methods if method not in refused]
    error.send_field("Allow", ", ".join(methods), allow=methods)


def _add_available(error: ClientError, view: APIView, request: Request) -> None:
    if types := _media_types(view.get_renderers(), error.named("available")):
        error.members["available"] = types


def _add_accepted(error: ClientError, view: APIView, request: Request) -> None:
    if types := _media_types(request.parsers or (), error.named("accept")):
        error.send_field("Accept", ", ".join(types), accept=types)


def _media_types(classes: Iterable[Any], where: str) -> list[str]:
    types = [cls.media_type for cls in classes if cls.media_type]
    return list(dict.fromkeys(header_fields.media_ranges(types, where)))


_KNOWN_BY_THE_VIEW = {
    401: _add_challenge,
    405: _add_allowed,
    406: _add_available,
    415: _add_accepted,
}


def cannot_be_read(exception: Exception, request: Request) -> bool:
    """Whether an exception tells that the body is unreadable, where it looks like a bug.

    It nests more deeply than Python can follow, it names an encoding that is none for text, or it is
    not in the one that it names.
    """
    if not isinstance(exception, (*_UNREADABLE, LookupError, TypeError, AssertionError)):
        return False
    if isinstance(exception, RecursionError) and _nests_deeply(getattr(request, "_full_data", 0)):
        return True
    frame = exception.__traceback__
    while frame is not None and frame.tb_frame.f_code is not _PARSE:
        frame = frame.tb_next
    return frame is not None and (
        isinstance(exception, _UNREADABLE) or not _is_in_a_text_encoding(request)
    )


def _is_in_a_text_encoding(request: Request) -> bool:
    """Whether the encoding of the body is one for text, which the parsers of packages do not ask."""
    charset = (request._request.content_params or {}).get("charset", "utf-8")
    try:
        "".encode(charset)
    except (LookupError, ValueError):
        return False
    return True


def _nests_deeply(data: object) -> bool:
    level, depth = [data], 0
    while level and depth <= _DEEP:
        level = [
            part
            for item in level
            if isinstance(item, (dict, list))
            for part in (item.values() if isinstance(item, dict) else item)
        ]
        depth += 1
    return depth > _DEEP
