"""``problem_response()``: turns an error into the answer. Every entry point calls it."""

from __future__ import annotations

import logging
import weakref
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from wsgiref.util import is_hop_by_hop

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import LazyObject, empty
from django.views import defaults

from . import negotiation, problems
from .compiled import as_utf8
from .conversion import without_fields
from .exceptions import ClientError
from .formats import (
    JSON,
    EscapedText,
    HTMLFragment,
    HTMLPage,
    PlainText,
    ProblemJSON,
    ProblemXML,
)
from .header_fields import checked, extra_fields, held
from .log import logger
from .resolved_views import plain_request
from .server_errors import ServerError
from .signals import client_error_explained
from .statuses import STATUSES, is_never_stored, phrase_of
from .words.activation import speaking, unchanged_language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

    from .formats import Format
    from .header_fields import Fields
    from .problems import Problem
    from .server_errors import HttpError

__all__ = ["problem_response"]

# These describe the content that the explanation replaces. Its type and length are set anew.
_CONTENT_FIELDS = frozenset(
    {
        "content-encoding",
        "content-language",
        "etag",
        "last-modified",
    }
)

# The keys of `META` that identify a visitor.
_TELLS_WHO = (
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
    # A server that authenticates people may not pass `Authorization` on.
    "REMOTE_USER",
    # Django made a CSRF token, so the page may contain a form with it.
    "CSRF_COOKIE_NEEDS_UPDATE",
)

# HTTP/2 and HTTP/3 forbid these fields (RFC 9113 §8.2.2).
_ONLY_HTTP_1 = frozenset({"connection", "keep-alive", "te", "transfer-encoding", "upgrade"})


# What Django calls if nobody replaces its handlers.
_DJANGOS_HANDLERS: Mapping[int, Callable[..., HttpResponse]] = {
    400: defaults.bad_request,
    403: defaults.permission_denied,
    404: defaults.page_not_found,
}

_T = TypeVar("_T")

# Our formats that run no code of the project's, such as its template or its name of the site.
_RUN_NO_OTHER_CODE = frozenset({JSON, PlainText, ProblemJSON, ProblemXML})
# The others of ours. Those for frames of Turbo are not here: they ask for the project's fragment.
_OURS = _RUN_NO_OTHER_CODE | {EscapedText, HTMLFragment, HTMLPage}

_PLAIN_TEXT: tuple[type[Format], tuple[str, ...]] = (PlainText, ("Accept",))


def problem_response(
    request: HttpRequest, error: HttpError, response: HttpResponse | None = None
) -> HttpResponse:
    """Create the answer for an error: its status, header fields and words.

    ``response``: a response to change in place, keeping its cookies and other fields.
    Never raises: it logs what fails, and uses the built-in words instead.

    >>> problem_response(request, NotFound("There is no order 12.")).status_code
    404
    """
    # The attributes of Django REST framework's wrapper would authenticate the user.
    request = plain_request(request)
    if negotiation.is_left_to_django(request):
        return unexplained(request, error, error.status)
    fields = {} if response is None else held(response)
    has_cookies = response is not None and bool(response.cookies)
    problem = None
    try:
        hint = "" if response is None else _type_of_empty(response)
        problem, vary = explained(fields, request, error, has_cookies=has_cookies)
        wanted, vary_format = _safely(negotiation.format_for, request, hint) or _PLAIN_TEXT
        chosen, content = written(problem, request, wanted)
        # A template or format of the project's may have loaded the user, to greet them.
        if problem.template or chosen not in _OURS:
            set_caching(fields, request, error, has_cookies=has_cookies)
        _describe_content(fields, chosen)
        set_vary(fields, problem, (*vary_format, *vary), chosen.vary_on)
    except Exception:
        logger.exception("A %s could not be explained.", error.status)
        content = _explained_briefly(fields, request, error)
    if response is None:
        response = HttpResponse(content, fields["content-type"][1], error.status)
        held(response).update(fields)
    else:
        _replace_content(response, content)
    if problem is not None:
        announce_when_sent(response, request, error, problem)
    return response


def _type_of_empty(response: HttpResponse) -> str:
    """The media type of an empty response, a hint at the view's format; else ``""``."""
    return "" if response.content else response.headers.get("Content-Type", "")


def _describe_content(fields: Fields, chosen: type[Format]) -> None:
    """Set the type of the content, and where htmx shows it."""
    fields["content-type"] = _checked("Content-Type", chosen.content_type)
    if chosen.name == "fragment":
        fields.update(checked(negotiation.htmx_fields()) | fields)


def unexplained(request: HttpRequest, exception: BaseException, status: int) -> HttpResponse:
    """Answer as Django does by itself, for a path that the project leaves to Django.

    Our exceptions keep their own status, and the header fields that HTTP requires.
    """
    if isinstance(exception, (ClientError, ServerError)):
        status = exception.status
    response = _safely(_djangos_page, request, exception, status)
    if response is None:
        response = HttpResponse(status=status)
    if isinstance(exception, (ClientError, ServerError)):
        _set_fields(held(response), request, exception)
    if is_never_stored(status):
        response.headers["Cache-Control"] = "no-store"
    return response


def _djangos_page(request: HttpRequest, exception: BaseException, status: int) -> HttpResponse:
    """The page of Django's own handler, or one like it for a status that Django has none for."""
    if view := _DJANGOS_HANDLERS.get(status):
        return view(request, exception)
    title = f"{phrase_of(status)} ({status})"
    content = defaults.ERROR_PAGE_TEMPLATE % {"title": title, "details": ""}
    return HttpResponse(content, status=status)


def explained(
    fields: Fields, request: HttpRequest, error: HttpError, *, has_cookies: bool
) -> tuple[Problem, tuple[str, ...]]:
    """Explain an error, and set the fields of the answer that do not depend on the format.

    ``has_cookies``: as in ``set_caching``. Returns the problem, and the names of the header fields
    that decided its language.
    """
    language, vary = _safely(negotiation.language_for, request) or (settings.LANGUAGE_CODE, ())
    _set_fields(fields, request, error)
    may_be_stored = set_caching(fields, request, error, has_cookies=has_cookies)
    try:
        problem = problems.explain(request, error, language, may_be_stored=may_be_stored)
    except Exception:
        logger.exception("A part of an explanation failed; a simpler one is used instead.")
        simple = _without_fields(error)
        problem = problems.explain(request, simple, language, may_be_stored=may_be_stored)
    fields["content-language"] = _checked("Content-Language", problem.language)
    if not problem.may_be_stored:
        name = problems.REFERENCE_HEADER.value
        # The reference is a token, and so is the name.
        fields.setdefault(name.lower(), (name, problem.reference))
    return problem, vary


@lru_cache(maxsize=256)  # never emptied: depends on its arguments only
def _checked(name: str, value: str) -> tuple[str, str]:
    return checked({name: value})[name.lower()]


def _without_fields(error: HttpError) -> HttpError:
    is_server_error = isinstance(error, ServerError)
    return ServerError(error.status) if is_server_error else without_fields(error.status)


def set_vary(
    fields: Fields, problem: Problem, looked_at: tuple[str, ...], read: tuple[str, ...]
) -> None:
    """Set ``Vary``: the fields that decided the answer and, if it is not stored, those it reads."""
    names = looked_at if problem.may_be_stored else (*looked_at, *read)
    if "vary" in fields:
        # `patch_vary_headers()` needs a response.
        said = HttpResponse(headers={"Vary": fields["vary"][1]})
        patch_vary_headers(said, names)
        fields["vary"] = held(said)["vary"]
    elif names:
        fields["vary"] = _checked("Vary", ", ".join(names))


def written(
    problem: Problem, request: HttpRequest, wanted: type[Format]
) -> tuple[type[Format], bytes]:
    """Render the problem in a format, or its plain text if that fails."""
    try:
        # Only a project's code changes the language: its template, function or format.
        if wanted in _RUN_NO_OTHER_CODE:
            return wanted, wanted.encoded(problem, request)
        with unchanged_language():
            if wanted in _OURS:
                return wanted, wanted.encoded(problem, request)
            return wanted, as_utf8(wanted.render(problem, request))
    except Exception:
        logger.exception("A problem cannot be written as %s.", wanted.name)
        simple = EscapedText if wanted.name == "fragment" else PlainText
        return simple, simple.encoded(problem, request)


def _safely(step: Callable[..., _T], *args: Any) -> _T | None:
    """Run a step; if it fails, log it and return ``None``, so that the caller does without."""
    try:
        return step(*args)
    except Exception:
        logger.exception("A part of an explanation failed; a simpler one is used instead.")
        return None


def _explained_briefly(fields: Fields, request: HttpRequest, error: HttpError) -> bytes:
    """The last resort: the right status and fields, and English words that need no lookup."""
    with speaking(None):
        if isinstance(error, ServerError):
            text = f"{error.phrase} ({error.status})\n"
        else:
            words = type(without_fields(error.status))
            text = f"{words.title} ({error.status})\n\n{words.explanation}\n\n{words.remedy}\n"
    _set_fields(fields, request, error)
    of_content = {"Content-Language": "en", "Content-Type": PlainText.content_type}
    fields.update(checked({"Cache-Control": "no-store", **of_content}))
    return text.encode()


def _set_fields(fields: Fields, request: HttpRequest, error: HttpError) -> None:
    """Set the header fields of the error, as far as the gateway allows them."""
    # They were checked when the error was created, but may have been changed since.
    has_none = type(error.headers) is dict and not error.headers
    given: dict[str, object] = {} if has_none else _safely(dict, error.headers) or {}
    for pair in given.items():
        for name, value in (_safely(extra_fields, dict([pair]), "headers") or {}).items():
            if _is_carried(name, request):
                fields.update(checked({name: value}))
    # These fields imply that the method is allowed (RFC 5789 §3.1), and so does a 415.
    if error.status == 415 and "accept" in fields and request.method in ("PATCH", "POST"):
        fields.update(checked({f"Accept-{request.method.title()}": fields["accept"][1]}))


def _is_carried(name: str, request: HttpRequest) -> bool:
    """Whether an application may send a header field.

    WSGI forbids hop-by-hop fields (PEP 3333), HTTP/2 those of a connection (RFC 9113 §8.2.2).
    """
    scope = getattr(request, "scope", None)
    if scope is None:
        return not is_hop_by_hop(name)
    return name.lower() not in _ONLY_HTTP_1 or str(scope.get("http_version", "1.1")) < "2"


def set_caching(
    fields: Fields, request: HttpRequest, error: HttpError, *, has_cookies: bool
) -> bool:
    """Set ``Cache-Control``, unless the view has set it to what HTTP allows for the status.

    ``has_cookies``: the answer has a cookie, which is for one reader only. Returns whether caches
    may store the answer (RFC 9111 §3).

    Call it again when the content is rendered: a template may have loaded the user meanwhile.
    """
    status = STATUSES.get(error.status)
    said = fields["cache-control"][1] if "cache-control" in fields else ""
    ours = "" if error.cache_for is None else f"max-age={error.cache_for}"
    if status and status.no_store:
        caching = "no-store"
    elif said not in ("", ours):
        caching = said
    else:
        # If this fails, the answer counts as personal.
        is_shared = not has_cookies and _safely(_is_personal, request) is False
        caching = ours if is_shared else "no-store"
    if caching != said:
        fields["cache-control"] = _checked("Cache-Control", caching)
    is_fresh = caching or "expires" in fields or (status and status.cacheable)
    is_kept = bool(is_fresh) and "no-store" not in caching
    return is_kept and request.method in ("GET", "HEAD")


def _is_personal(request: HttpRequest) -> bool:
    """Whether this request identifies its sender; loads nothing to find out.

    A visitor without a cookie is anonymous, even if code has loaded the user or the session.
    """
    meta = request.META
    for name in _TELLS_WHO:
        if meta.get(name):
            return True
    session = getattr(request, "session", None)
    if session is not None and (
        getattr(session, "modified", False) or getattr(session, "session_key", None)
    ):
        return True
    # An authenticator with a header field of its own may know a token, but no user.
    if getattr(request, "auth", None) is not None:
        return True
    # The users that a middleware, a view or `auser()` has loaded already.
    for name in ("user", "_cached_user", "_acached_user"):
        user = getattr(request, name, None)
        if user is not None and _is_known(user):
            return True
    return False


def _is_known(user: Any) -> bool:
    if isinstance(user, LazyObject):
        user = user.__dict__.get("_wrapped", empty)
    # A project's authenticator may have set an object unlike Django's users.
    is_loaded = user is not None and user is not empty
    return is_loaded and bool(getattr(user, "is_authenticated", True))


def set_content_type(response: HttpResponse, content_type: str) -> None:
    """Set ``Content-Type``, whose values are few, so that they are checked once."""
    held(response)["content-type"] = _checked("Content-Type", content_type)


def _replace_content(response: HttpResponse, content: bytes) -> None:
    # If a middleware has set the length of the old content, it will not do so again. Otherwise the
    # length stays unset, for outer middleware that may still change the content.
    if "content-length" in held(response):
        response.headers["Content-Length"] = str(len(content))
    # For HEAD, too: servers drop the content, and middleware computes the same fields as for GET.
    response.content = content


def announce_when_sent(
    response: HttpResponse, request: HttpRequest, error: HttpError, problem: Problem
) -> None:
    """Log the problem and send the signal when the server closes the response.

    A server closes only the response that it sends, so one that a middleware replaced is left out.
    Django has no public hook for that.
    """
    response.problem = problem  # type: ignore[attr-defined]
    # A strong reference would be a cycle, which keeps the response until the garbage collector runs.
    itself = weakref.ref(response)
    response.__getstate__ = _StateToPickle(itself)  # type: ignore[method-assign]
    response._resource_closers.append(  # type: ignore[attr-defined]
        partial(_announce, itself, request, type(error), problem)
    )


class _StateToPickle:
    """The state of a response that is pickled, as for a cache: without our attributes.

    Pickle looks up ``__getstate__`` on the instance first.
    """

    def __init__(self, response: weakref.ref[HttpResponse]) -> None:
        self.response = response

    def __call__(self) -> dict[str, object]:
        response: Any = self.response()
        of_class: Any = type(response).__getstate__
        state: dict[str, object] = of_class(response)
        kept = {name: value for name, value in state.items() if name not in _STAYS_BEHIND}
        return {**kept, "_resource_closers": []}


_STAYS_BEHIND = ("problem", "__getstate__")


def _announce(
    itself: weakref.ref[HttpResponse],
    request: HttpRequest,
    sender: type[HttpError],
    problem: Problem,
) -> None:
    response = itself()
    if response is None:
        return
    if logger.isEnabledFor(logging.INFO):
        _log(problem, request)
    if not issubclass(sender, ServerError):
        client_error_explained.send_robust(
            sender=sender, request=request, problem=problem, response=response
        )
    forget_frames(problem)


def forget_frames_unless_awaited(problem: Problem) -> None:
    """Drop the traceback now, and not when the response is closed, if no receiver waits for it."""
    if not client_error_explained.receivers:
        forget_frames(problem)


def forget_frames(problem: Problem) -> None:
    """Drop the traceback of a problem's exception, if all that look at it have done so.

    Its frames hold the response, which holds the problem, which holds the exception: this cycle
    would keep them all until the garbage collector runs.
    """
    problem.exception.__traceback__ = None


def _log(problem: Problem, request: HttpRequest) -> None:
    # If caches may store the answer, its reference is not the request's id: log both.
    request_id = problems.request_id(request) or problem.reference
    also = f", request {request_id}" if request_id != problem.reference else ""
    logger.info(
        "%s %s: %s (reference %s, %s%s)",
        problem.status,
        problem.problem_type,
        problem.path,
        problem.reference,
        problem.short_reference,
        also,
        extra={
            "reference": problem.reference,
            "short_reference": problem.short_reference,
            "request_id": request_id,
            "status": problem.status,
            "type": problem.problem_type,
            "path": problem.path,
        },
    )


def explain_bare(response: HttpResponse, request: HttpRequest, error: HttpError) -> HttpResponse:
    """Explain a bare 4xx response in place.

    Removes the fields that describe its old content, and those that the gateway does not allow.
    """
    for name in list(response.headers):
        if name.lower() in _CONTENT_FIELDS or not _is_carried(name, request):
            del response.headers[name]
    return problem_response(request, error, response)


def take_over(response: HttpResponse, bare: HttpResponse) -> None:
    """Copy the fields and cookies of a bare response to the one that replaces it.

    Fields that the new response has stay, and those that describe the old content are not copied.
    """
    for name, value in bare.headers.items():
        if name.lower() not in _CONTENT_FIELDS | {"content-type", "content-length"}:
            response.headers.setdefault(name, value)
    response.cookies.update(bare.cookies)
