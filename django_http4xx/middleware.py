"""``Http4xxMiddleware``: explain what Django has no hook for.

These are bare 4xx responses, our errors while ``DEBUG=True``, and exceptions that Django would turn
into a 500. It also sets the security fields of explained answers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.locale import LocaleMiddleware
from django.utils.module_loading import import_string
from django.views import debug
from django.views.defaults import ERROR_PAGE_TEMPLATE

from . import conf, conversion, csrf_secrets, handlers, negotiation, stale_forms
from .api_responses import as_raised, says_nothing
from .exceptions import ClientError
from .header_fields import checked, held
from .log import logger
from .policies import POLICY, policy_beside, policy_of_page_with_form, shows_our_style
from .request_limits import is_limited, site_fault
from .requirements import aenforce_on_view, enforce, requirements_of
from .resolved_views import LEFT_ALONE
from .responses import explain_bare, forget_frames_unless_awaited, problem_response
from .words.activation import inherited

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from .header_fields import Fields
    from .problems import Problem
    from .server_errors import HttpError

__all__ = ["Http4xxMiddleware"]

# Django logs these exceptions and calls the handlers.
_HANDLED_BY_DJANGO = (
    Http404,
    PermissionDenied,
    MultiPartParserError,
    BadRequest,
    SuspiciousOperation,
)

# The bodies that `django.views.defaults` sends if a project has no template.
_STOCK_PAGES = frozenset(
    (ERROR_PAGE_TEMPLATE % {"title": title, "details": details}).encode()
    for title, details in (
        ("Not Found", "The requested resource was not found on this server."),
        ("Bad Request (400)", ""),
        ("403 Forbidden", ""),
    )
)

# From Django's technical pages, in HTML and in plain text.
_TECHNICAL_PAGE_MARKS = (b"you have <code>DEBUG = True</code>", b"you have DEBUG = True")
_RAISED = "_http4xx_raised"


_POLICY = POLICY.lower()
_settings_read = conf.ALREADY_READ


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("must be True or False")
    return value


EXPLAIN_BARE_RESPONSES = conf.Key("EXPLAIN_BARE_RESPONSES", _boolean, default=True)


class Http4xxMiddleware:
    """Explain the errors that no handler sees, in sync and async stacks.

    Put it below ``SecurityMiddleware``, WhiteNoise, ``GZipMiddleware`` and CORS, and above sessions
    and ``LocaleMiddleware``.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        # A thread for each request would cost more than the checks in it. A subclass's own
        # `process_view` stays.
        if self.is_async and type(self).process_view is Http4xxMiddleware.process_view:
            self.__dict__["process_view"] = self.enforce_asynchronously
        # LocaleMiddleware sets `request.LANGUAGE_CODE`, so nothing needs to be noted.
        self.notes_language = settings.USE_I18N and not any(
            map(_chooses_language, settings.MIDDLEWARE)
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.acall(request)
        error = self.on_the_way_in(request)
        response: HttpResponseBase = (
            problem_response(request, error) if error else self.get_response(request)
        )
        return self.on_the_way_out(request, response) if response.status_code >= 400 else response

    async def acall(self, request: HttpRequest) -> HttpResponseBase:
        """The asynchronous ``__call__``."""
        error = self.on_the_way_in(request)
        response: HttpResponseBase = (
            await sync_to_async(problem_response)(request, error)
            if error
            else await self.get_response(request)
        )
        if response.status_code < 400:
            return response
        # A project's template may query the database.
        return await sync_to_async(self.on_the_way_out)(request, response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        """Check the requirements that decorators put on the view, and explain a refusal."""
        requirements = requirements_of(view)
        if requirements is None:
            return None
        try:
            enforce(request, requirements)
        except Exception as error:
            if response := self.process_exception(request, error):
                return response
            raise
        return None

    # Error trackers wrap this in a plain function with `functools.wraps`, which copies the mark.
    # Without the mark, Django would call the wrapper as a synchronous hook.
    @markcoroutinefunction
    async def enforce_asynchronously(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        """The asynchronous ``process_view``."""
        try:
            await aenforce_on_view(request, view)
        except Exception as error:
            if response := await sync_to_async(self.process_exception)(request, error):
                return response
            raise
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Explain our exceptions, and others that Django would turn into a 500."""
        if negotiation.is_left_to_django(request):
            return _as_django_would(request, exception)
        raised = conversion.without_group(exception, request)
        is_djangos = _is_djangos_own(request, raised)
        error = None if is_djangos else conversion.convert(raised, request)
        # If `EXCEPTIONS` maps it to another problem, the handler of the old status must not get it.
        if is_djangos or (error is raised and _has_own_handler(request, error)):
            if raised is exception:
                return None
            # Django has no handler for a group.
            raise raised
        return None if error is None else problem_response(request, error)

    def on_the_way_in(self, request: HttpRequest) -> ClientError | None:
        """Note what the answer may depend on; return the error if the site refuses the request."""
        if request.META.get("HTTP_COOKIE"):
            csrf_secrets.note_session(request)
        if self.notes_language:
            setattr(request, negotiation.AT_ENTRY, inherited())
        if _settings_read.get("DEBUG", True) and settings.DEBUG:
            _note_what_is_reported(request)
        return site_fault(request) if is_limited() else None

    def on_the_way_out(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Explain a bare 4xx, and set the security fields of an explained answer."""
        is_ours = hasattr(response, "problem") or (
            response.status_code < 500 and not negotiation.is_left_to_django(request)
        )
        if is_ours and isinstance(response, HttpResponse):
            try:
                return self._finished(request, response)
            except Exception:
                logger.exception("A %s could not be explained.", response.status_code)
        return response

    @staticmethod
    def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        raised = getattr(request, _RAISED, None)
        if conf.of_django("DEBUG") and _is_technical(response):
            if isinstance(raised, ClientError) or not negotiation.prefers_page(request):
                _replace_technical(response, request, raised)
        elif _is_bare(response) and not _is_left_alone(request):
            error = conversion.from_response(response, request)
            response = as_raised(response, request, error) or explain_bare(response, request, error)
        if hasattr(response, "problem"):
            _set_security_fields(response)
            forget_frames_unless_awaited(response.problem)
        return response


def _chooses_language(path: str) -> bool:
    middleware = import_string(path)
    return isinstance(middleware, type) and issubclass(middleware, LocaleMiddleware)


def _as_django_would(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """``None`` if Django has an answer of its own, else one with the status of our exception."""
    if not isinstance(exception, ClientError) or exception.status in (400, 403, 404):
        return None
    return problem_response(request, exception)


def _is_djangos_own(request: HttpRequest, exception: BaseException) -> bool:
    """Whether Django has a handler for an exception that is not ours."""
    if isinstance(exception, ClientError) or not isinstance(exception, _HANDLED_BY_DJANGO):
        return False
    if not _is_printable(exception):
        return False
    setattr(request, _RAISED, exception)
    return True


def _is_printable(exception: BaseException) -> bool:
    """Whether ``str(exception)`` works, which Django's handling of it needs."""
    try:
        str(exception)
    except Exception:
        logger.exception("A %s cannot be printed.", type(exception).__name__)
        return False
    return True


def _has_own_handler(request: HttpRequest, error: HttpError) -> bool:
    """Whether Django would call a handler of the project's own for this error."""
    # With `DEBUG=True`, Django shows technical pages instead of calling the other handlers.
    if error.status not in ((403,) if conf.of_django("DEBUG") else (400, 403, 404)):
        return False
    urlconf = getattr(request, "urlconf", None) or conf.of_django("ROOT_URLCONF")
    try:
        return handlers.is_replaced(error.status, urlconf)
    except Exception:
        logger.exception("handler%s cannot be imported.", error.status)
        return False


def _is_technical(response: HttpResponse) -> bool:
    return any(mark in response.content for mark in _TECHNICAL_PAGE_MARKS)


def _note_what_is_reported(request: HttpRequest) -> None:
    """Remember the exception of Django's debug page: no hook sees one that a middleware raised."""
    reporter_class: Any = debug.get_exception_reporter_class(request)

    def report(request: HttpRequest, *exc_info: Any, **kwargs: Any) -> Any:
        setattr(request, _RAISED, exc_info[1])
        return reporter_class(request, *exc_info, **kwargs)

    request.exception_reporter_class = report  # type: ignore[assignment]


def _replace_technical(
    response: HttpResponse, request: HttpRequest, raised: BaseException | None
) -> None:
    """Replace Django's debug page, which is for browsers and Django's own exceptions."""
    error = conversion.convert(raised, request) if raised else None
    error = error or conversion.without_fields(response.status_code)
    response.status_code = error.status
    explain_bare(response, request, error)


def _is_bare(response: HttpResponse) -> bool:
    """Whether a response has no body, or only a stock one."""
    if hasattr(response, "problem"):
        return False
    if not response.content:
        # If a view answers HEAD itself, a length means that GET would have a body.
        return response.headers.get("Content-Length", "0") == "0"
    return response.content in _STOCK_PAGES or says_nothing(response)


def _is_left_alone(request: HttpRequest) -> bool:
    view = request.resolver_match.func if request.resolver_match else None
    return not EXPLAIN_BARE_RESPONSES.value or hasattr(view, LEFT_ALONE)


def _set_security_fields(response: HttpResponse) -> None:
    """Set the fields that protect an error page, unless the project has set them."""
    # SecurityMiddleware runs after this and keeps a policy that is set, so use the project's here.
    referrer: str | list[str] = conf.of_django("SECURE_REFERRER_POLICY") or "same-origin"
    fields = held(response)
    problem: Problem = response.problem  # type: ignore[attr-defined]
    if problem.template and stale_forms.is_sendable_on(response):
        response.headers[POLICY] = policy_of_page_with_form(response.headers)
    said = fields[_POLICY][1] if _POLICY in fields else ""
    framing = fields["x-frame-options"][1] if "x-frame-options" in fields else ""
    ours = ""
    if not problem.template and not (said and shows_our_style(said, problem.site)):
        ours = policy_beside(said, framing, problem.site)
    if ours and _POLICY in fields:
        response.headers[POLICY] = ours
    wanted = _security_fields(referrer if isinstance(referrer, str) else ",".join(referrer), ours)
    fields.update(wanted | fields)


@lru_cache(maxsize=64)  # never emptied: depends on its arguments only
def _security_fields(referrer_policy: str, policy: str) -> Fields:
    return checked(
        {
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
            "Referrer-Policy": referrer_policy,
            **({POLICY: policy} if policy else {}),
        }
    )
