"""``problem_response()``: the one way from an error to the answer, which every door leads into."""

from __future__ import annotations

import logging
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from wsgiref.util import is_hop_by_hop

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import LazyObject, empty

from . import negotiation, problems
from .conversion import without_fields
from .formats import PlainText
from .header_fields import extra_fields
from .log import logger
from .resolved_views import plain_request
from .server_errors import ServerError
from .signals import client_error_explained
from .statuses import STATUSES
from .words.activation import speaking, unchanged_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http import HttpRequest

    from .formats import Format
    from .problems import Problem
    from .server_errors import HttpError

__all__ = ["problem_response"]

# They describe the content that an explanation replaces, as its type and its length do, which are
# said anew.
_CONTENT_FIELDS = frozenset(
    {
        "content-encoding",
        "content-language",
        "etag",
        "last-modified",
    }
)

# What in `META` tells one visitor from the others.
_TELLS_WHO = (
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    # A server that signs people in may keep `Authorization` to itself.
    "REMOTE_USER",
    # Django made a token, which only a page that has a form would show.
    "CSRF_COOKIE_NEEDS_UPDATE",
)

# Under HTTP/2 and HTTP/3 these fields do not exist (RFC 9113 §8.2.2).
_ONLY_HTTP_1 = frozenset({"connection", "keep-alive", "te", "transfer-encoding", "upgrade"})


_T = TypeVar("_T")

_PLAIN_TEXT: tuple[type[Format], tuple[str, ...]] = (PlainText, ("Accept",))


def problem_response(
    request: HttpRequest, error: HttpError, response: HttpResponse | None = None
) -> HttpResponse:
    """The answer to a request that ended in an error: status, fields and words.

    Where ``response`` is given it is changed in place: its cookies and other fields stay.
    Never raises: what breaks on the way is logged, and the built-in words take its place.

    >>> problem_response(request, NotFound("There is no order 12.")).status_code
    404
    """
    # Django REST framework wraps the request; its attributes would authenticate.
    request = plain_request(request)
    if response is None:
        response = HttpResponse(status=error.status)
    try:
        problem, vary = explain_on(response, request, error)
        with unchanged_language():
            _write_on(response, request, error, problem, vary)
    except Exception:
        logger.exception("A %s could not be explained.", error.status)
        _explain_briefly_on(response, request, error)
    return response


def explain_on(
    response: HttpResponse, request: HttpRequest, error: HttpError
) -> tuple[Problem, tuple[str, ...]]:
    """Give a response all that does not depend on the format: its fields, its language, its words.

    Returns the problem, and the request's fields that the choice of the language looked at. Once
    the response is sent, the problem is logged and the signal goes out.
    """
    language, vary = _safely(negotiation.language_for, request) or (settings.LANGUAGE_CODE, ())
    _set_fields(response, request, error)
    may_be_stored = set_caching(response, request, error)
    explain = partial(problems.explain, may_be_stored=may_be_stored)
    problem = _safely(explain, request, error, language) or explain(
        request, _without_fields(error), language
    )
    response.headers["Content-Language"] = problem.language
    _announce_when_sent(response, request, error, problem)
    return problem, vary


def _without_fields(error: HttpError) -> HttpError:
    is_server_error = isinstance(error, ServerError)
    return ServerError(error.status) if is_server_error else without_fields(error.status)


def _write_on(
    response: HttpResponse,
    request: HttpRequest,
    error: HttpError,
    problem: Problem,
    vary: tuple[str, ...],
) -> None:
    # A type without a body tells what the view speaks.
    said = "" if response.content else response.headers.get("Content-Type", "")
    wanted, vary_format = _safely(negotiation.format_for, request, said) or _PLAIN_TEXT
    chosen, content = written(problem, request, wanted)
    # What is the project's own, a template or a format, may have loaded the user, to greet them.
    set_caching(response, request, error)
    _set_content(response, content, chosen.content_type)
    set_vary(response, problem, (*vary_format, *vary), chosen.vary_on)


def set_vary(
    response: HttpResponse, problem: Problem, looked_at: Iterable[str], read: Iterable[str]
) -> None:
    """Say which fields decided the answer, and, where no cache keeps it, which ones it reads."""
    names = (*looked_at, *(() if problem.may_be_stored else read))
    if "Vary" in response.headers:
        patch_vary_headers(response, names)
    elif names:
        response.headers["Vary"] = ", ".join(names)


def written(
    problem: Problem, request: HttpRequest, wanted: type[Format]
) -> tuple[type[Format], bytes]:
    """The problem in the format wanted, else as plain text."""
    try:
        return wanted, wanted.render(problem, request).encode("utf-8", "replace")
    except Exception:
        logger.exception("A problem cannot be written as %s.", wanted.name)
        return PlainText, PlainText.render(problem, request).encode("utf-8", "replace")


def _safely(step: Callable[..., _T], *args: Any) -> _T | None:
    """The result of a step; ``None``, for a simpler one in its place, where it fails."""
    try:
        return step(*args)
    except Exception:
        logger.exception("A part of an explanation failed; a simpler one takes its place.")
        return None


def _explain_briefly_on(response: HttpResponse, request: HttpRequest, error: HttpError) -> None:
    """The last resort: right in status and fields, and in words that need nothing to be looked up."""
    with speaking(None):
        if isinstance(error, ServerError):
            text = f"{error.phrase} ({error.status})\n"
        else:
            words = type(without_fields(error.status))
            text = f"{words.title} ({error.status})\n\n{words.explanation}\n\n{words.remedy}\n"
    _set_fields(response, request, error)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = "en"
    _set_content(response, text.encode(), PlainText.content_type)


def _set_fields(response: HttpResponse, request: HttpRequest, error: HttpError) -> None:
    """The fields that the error carries, as far as they can reach the client."""
    # They were checked when the error was made, and may have been changed since.
    given: dict[str, object] = _safely(dict, error.headers) or {}
    for pair in given.items():
        for name, value in (_safely(extra_fields, dict([pair]), "headers") or {}).items():
            if _is_carried(name, request):
                response.headers[name] = value
    # They say that the method is allowed here, which this answer shows (RFC 5789 §3.1).
    if error.status == 415 and "Accept" in response.headers and request.method in ("PATCH", "POST"):
        response.headers[f"Accept-{request.method.title()}"] = response.headers["Accept"]


def _is_carried(name: str, request: HttpRequest) -> bool:
    """Whether the gateway takes a field from an application.

    WSGI forbids hop-by-hop fields (PEP 3333); HTTP/2 has none for connections (RFC 9113 §8.2.2).
    """
    scope = getattr(request, "scope", None)
    if scope is None:
        return not is_hop_by_hop(name)
    return name.lower() not in _ONLY_HTTP_1 or str(scope.get("http_version", "1.1")) < "2"


def set_caching(response: HttpResponse, request: HttpRequest, error: HttpError) -> bool:
    """Say who may keep the answer; what the view said of it stands but where HTTP forbids it.

    To be said again once the content is there, which may have loaded the user, to greet them.
    Returns whether a cache may keep it (RFC 9111 §3).
    """
    status = STATUSES.get(error.status)
    said = response.headers.get("Cache-Control", "")
    ours = "" if error.cache_for is None else f"max-age={error.cache_for}"
    if status and status.no_store:
        caching = "no-store"
    elif said not in ("", ours):
        caching = said
    else:
        # What cannot be found out counts as personal; a cookie is for one reader.
        is_shared = not response.cookies and _safely(_is_personal, request) is False
        caching = ours if is_shared else "no-store"
    if caching != said:
        response.headers["Cache-Control"] = caching
    is_fresh = caching or "Expires" in response.headers or (status and status.cacheable)
    is_kept = bool(is_fresh) and "no-store" not in caching
    return is_kept and request.method in ("GET", "HEAD")


def _is_personal(request: HttpRequest) -> bool:
    """Whether this request showed who it comes from; nothing is loaded to find out.

    Whoever has no cookie is nobody's visitor yet, whatever asked for the user and the session.
    """
    if any(map(request.META.get, _TELLS_WHO)):
        return True
    session = getattr(request, "session", None)
    if getattr(session, "modified", False) or getattr(session, "session_key", None):
        return True
    # What signs in by a field of its own may know a token and no user.
    return getattr(request, "auth", None) is not None or any(map(_is_known, _users(request)))


def _users(request: HttpRequest) -> Iterator[object]:
    """Who was found to have sent the request: by what a middleware, a view or `auser()` loaded."""
    for name in ("user", "_cached_user", "_acached_user"):
        user = getattr(request, name, None)
        if not isinstance(user, LazyObject):
            yield user
        elif (loaded := user.__dict__.get("_wrapped", empty)) is not empty:
            yield loaded


def _is_known(user: object) -> bool:
    # Whoever an authenticator of the project's own found need not be as Django's users are.
    return user is not None and bool(getattr(user, "is_authenticated", True))


def _set_content(response: HttpResponse, content: bytes, content_type: str) -> None:
    response.headers["Content-Type"] = content_type
    # Whoever said how long the old content was has had its turn and will not say it again. No length
    # is said otherwise: what comes after us may change the content, and what it says last is true.
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(content))
    # To HEAD, too: servers leave it out, and till then the fields are made as they are for GET.
    response.content = content


def _announce_when_sent(
    response: HttpResponse, request: HttpRequest, error: HttpError, problem: Problem
) -> None:
    """Log the problem and, for a client's error, send the signal once the response leaves the site.

    A server closes only the response that it sent: one that a middleware replaced is not announced.
    """
    response.problem = problem  # type: ignore[attr-defined]
    response.__getstate__ = _StateToPickle(response)  # type: ignore[method-assign]
    response._resource_closers.append(  # type: ignore[attr-defined]
        partial(_announce, response, request, type(error), problem)
    )


class _StateToPickle:
    """What is kept of a response where it is pickled, as for a cache: nothing that we hung on it.

    Pickling asks the instance before its class. The response is held weakly, so that it does not
    wait for the garbage collector.
    """

    def __init__(self, response: HttpResponse) -> None:
        self.response = weakref.ref(response)

    def __call__(self) -> dict[str, object]:
        response: Any = self.response()
        of_class: Any = type(response).__getstate__
        state: dict[str, object] = of_class(response)
        kept = {name: value for name, value in state.items() if name not in _STAYS_BEHIND}
        return {**kept, "_resource_closers": []}


_STAYS_BEHIND = ("problem", "__getstate__")


def _announce(
    response: HttpResponse, request: HttpRequest, sender: type[HttpError], problem: Problem
) -> None:
    if logger.isEnabledFor(logging.INFO):
        _log(problem, request)
    if not issubclass(sender, ServerError):
        client_error_explained.send_robust(
            sender=sender, request=request, problem=problem, response=response
        )
    # The frames hold the response, which holds the problem, which holds what was raised: without
    # this, all of it would wait for the garbage collector.
    problem.exception.__traceback__ = None


def _log(problem: Problem, request: HttpRequest) -> None:
    # An answer that a cache may keep has a reference of its own: the log has both.
    request_id = problems.incoming_reference(request) or problem.reference
    also = f", request {request_id}" if request_id != problem.reference else ""
    logger.info(
        "%s %s: %s (reference %s%s)",
        problem.status,
        problem.problem_type,
        problem.path,
        problem.reference,
        also,
        extra={
            "reference": problem.reference,
            "request_id": request_id,
            "status": problem.status,
            "type": problem.problem_type,
            "path": problem.path,
        },
    )


def explain_bare(response: HttpResponse, request: HttpRequest, error: HttpError) -> HttpResponse:
    """Give a bare 4xx response words; the fields that described its old content go.

    So do those that cannot reach the client.
    """
    for name in list(response.headers):
        if name.lower() in _CONTENT_FIELDS or not _is_carried(name, request):
            del response.headers[name]
    return problem_response(request, error, response)


def take_over(response: HttpResponse, bare: HttpResponse) -> None:
    """Let a response have the fields and cookies of the bare one that it answers for.

    Its own stay, as do those that describe its content.
    """
    for name, value in bare.headers.items():
        if name.lower() not in _CONTENT_FIELDS | {"content-type", "content-length"}:
            response.headers.setdefault(name, value)
    response.cookies.update(bare.cookies)
