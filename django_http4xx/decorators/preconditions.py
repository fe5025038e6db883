"""412 and 428: changes only to the version that the client has seen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_etags, parse_http_date_safe, quote_etag
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import MethodNotAllowed, PreconditionFailed, PreconditionRequired
from django_http4xx.requirements import (
    SAFE_METHODS,
    P,
    R,
    Requirement,
    ViewDecorator,
    hidden_requirements,
    is_pending,
    request_of,
    require,
    required_by,
)
from django_http4xx.resolved_views import bound_method_of

from .api_views import api_view_for, refusal_by_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    # What the view is called with, they are called with.
    ETagFunc = Callable[..., str | Awaitable[str | None] | None]
    LastModifiedFunc = Callable[..., datetime | Awaitable[datetime | None] | None]


# What selects nothing has nothing to compare (RFC 9110 §13.2.1).
_WITHOUT_CONDITIONS = frozenset({"CONNECT", "OPTIONS", "TRACE"})

_is_one_etag = re.compile(r'(?:W/)?"[^",]*"').fullmatch


def require_precondition(
    *, etag_func: ETagFunc | None = None, last_modified_func: LastModifiedFunc | None = None
) -> ViewDecorator:
    """Let an unsafe method change only the version that it names (RFC 6585 §3, RFC 9110 §13).

    Without ``If-Match`` or ``If-Unmodified-Since`` it is 428, which says how to send it again; where
    they name another version it is 412, with the ``ETag`` of the current one. ``If-None-Match: *``
    names the absence of any. Reading works as with ``django.views.decorators.http.condition``,
    whose arguments these are; for an async view they may be coroutine functions. ::

        @require_precondition(etag_func=lambda request, pk: Page.objects.get(pk=pk).revision)
        def page(request, pk): ...

    They are called only for whoever has passed what else the view requires, and for a method that it
    has; on a class-based view what the class itself requires counts, too. What a user may do with
    one object and not with another is for them to say. Raises ``TypeError`` where both are missing.
    """
    if etag_func is None and last_modified_func is None:
        raise TypeError("require_precondition() needs an etag_func or a last_modified_func.")

    how_to = (
        _("Send it again with the ETag of the version that you changed in an If-Match header.")
        if etag_func is not None
        else _(
            "Send it again with the Last-Modified date of the version that you changed in an "
            "If-Unmodified-Since header."
        )
    )

    by_etag, by_date = etag_func is not None, last_modified_func is not None

    def check(request: HttpRequest) -> None:
        if request.method in SAFE_METHODS:
            return
        # Nearly always it is one entity tag, which is seen without parsing.
        if by_etag and _is_one_etag(request.META.get("HTTP_IF_MATCH", "")):
            return
        if not _names_a_version(request, by_etag=by_etag, by_date=by_date):
            raise PreconditionRequired(how_to)

    requirement = Requirement(428, check, asks_for_object=True)
    validators = _Validators(etag_func, last_modified_func)

    def decorator(view: Callable[P, R]) -> Callable[P, R]:
        return require(_conditional(view, validators, requirement), requirement)

    return decorator


def _names_a_version(request: HttpRequest, *, by_etag: bool, by_date: bool) -> bool:
    """Whether the request has a precondition that this view can evaluate.

    One that cannot be read, or that nothing is known for, is ignored (RFC 9110 §13.1.4): it must
    not let the change through.
    """
    fields = request.META
    if by_etag:
        if parse_etags(fields.get("HTTP_IF_MATCH", "")):
            return True
        if fields.get("HTTP_IF_NONE_MATCH", "").strip() == "*":
            return True
    date = fields.get("HTTP_IF_UNMODIFIED_SINCE", "")
    return by_date and parse_http_date_safe(date) is not None


class _Version:
    """The current version of what a request is about."""

    __slots__ = ("etag", "timestamp")

    def __init__(self, etag: str | None, last_modified: datetime | None) -> None:
        self.etag = None if etag is None else quote_etag(etag)
        self.timestamp: int | None = None
        if last_modified is not None:
            aware = last_modified if is_aware(last_modified) else last_modified.replace(tzinfo=UTC)
            self.timestamp = int(aware.timestamp())

    def answer(self, request: HttpRequest) -> HttpResponseBase | None:
        """304 where the client has this version; raises where it names another one."""
        response: HttpResponseBase | None = get_conditional_response(
            request, etag=self.etag, last_modified=self.timestamp
        )
        if response is not None and response.status_code == 412:
            raise self._failure()
        return response

    def _failure(self) -> PreconditionFailed:
        error = PreconditionFailed()
        if self.etag is not None:
            error.send_field("ETag", self.etag, etag=self.etag)
        if self.timestamp is not None:
            date = http_date(self.timestamp)
            error.send_field("Last-Modified", date, last_modified=date)
        return error

    def tell(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Name this version on an answer that shows it."""
        if request.method in ("GET", "HEAD"):
            if self.etag is not None:
                response.headers.setdefault("ETag", self.etag)
            if self.timestamp is not None:
                response.headers.setdefault("Last-Modified", http_date(self.timestamp))
        return response


@dataclass(frozen=True, slots=True)
class _Validators:
    """How the version of what a request is about is found."""

    etag_func: ETagFunc | None
    last_modified_func: LastModifiedFunc | None

    def ask(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """The entity tag and the date, or what is to be awaited for them."""
        etag: Any = self.etag_func(*args, **kwargs) if self.etag_func else None
        date: Any = self.last_modified_func(*args, **kwargs) if self.last_modified_func else None
        return etag, date


@dataclass(frozen=True, slots=True)
class _ConditionalView:
    """``django.views.decorators.http.condition``, whose 412 is raised, for coroutine functions, too."""

    view: Callable[..., Any]
    validators: _Validators

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        validators = self.validators.ask(*args, **kwargs)
        if any(map(is_pending, validators)):
            return self._answer_later(validators, args, kwargs)
        return self._answer(_Version(*validators), args, kwargs)

    async def _answer_later(self, validators: tuple[Any, Any], args: Any, kwargs: Any) -> Any:
        version = _Version(*[await v if is_pending(v) else v for v in validators])
        response = self._answer(version, args, kwargs)
        return await response if is_pending(response) else response

    def _answer(self, version: _Version, args: Any, kwargs: Any) -> Any:
        request = request_of(args)
        response: Any = version.answer(request)
        if response is None:
            response = self.view(*args, **kwargs)
        # That of an async view, or the `dispatch` of one, which is a plain function.
        if is_pending(response):
            return self._tell_later(version, request, response)
        return version.tell(request, response)

    @staticmethod
    async def _tell_later(version: _Version, request: HttpRequest, pending: Any) -> Any:
        return version.tell(request, await pending)


@dataclass(frozen=True, slots=True)
class _GuardedVersion:
    """A view whose version is asked for only for who has passed, and for a method that it has."""

    conditional: _ConditionalView
    requirement: Requirement
    hides_requirements: bool

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request, view = request_of(args), self.conditional.view
        if self.hides_requirements:
            name = getattr(view, "__qualname__", repr(view))
            raise ImproperlyConfigured(
                f"require_precondition() cannot see what {name} requires, and would ask "
                "for the version before that is met: a decorator in between must use functools.wraps."
            )
        if request.method in _WITHOUT_CONDITIONS or self._is_left_to_handler(request):
            return view(*args, **kwargs)
        required = required_by(request, view, (self.requirement,))
        if required.lacks(request.method):
            # A view of Django REST framework says so in its own format.
            if api_view_for(request) is not None:
                return view(*args, **kwargs)
            raise MethodNotAllowed(required.methods)
        refusal = refusal_by_view(request)
        return self.conditional(*args, **kwargs) if refusal is None else refusal

    def _is_left_to_handler(self, request: HttpRequest) -> bool:
        """Let the handler of a class-based view ask, where what is decorated is its ``dispatch``.

        What else the class does to let somebody pass is done by then, and the method is there.
        """
        dispatch = bound_method_of(self.conditional.view)
        if dispatch is None or dispatch.__name__ != "dispatch":
            return False
        instance: Any = dispatch.__self__
        name = (request.method or "").lower()
        handler = getattr(instance, name, None) if name in instance.http_method_names else None
        if handler is None:
            return False
        is_async = getattr(instance, "view_is_async", False)
        conditional = _ConditionalView(handler, self.conditional.validators)
        setattr(instance, name, _awaited(conditional) if is_async else conditional)
        return True


def _awaited(call: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function that does what a function does that may give a coroutine."""

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        return await result if is_pending(result) else result

    return awaited


def _conditional(
    view: Callable[P, R], validators: _Validators, requirement: Requirement
) -> Callable[P, R]:
    # `method_decorator` marks the method itself, and decorates anew for each request.
    hides = bound_method_of(view) is None and bool(hidden_requirements(view))
    guarded = _GuardedVersion(_ConditionalView(view, validators), requirement, hides)

    if iscoroutinefunction(view):
        inner: Any = wraps(view)(_awaited(guarded))
    else:

        @wraps(view)
        def inner(*args: P.args, **kwargs: P.kwargs) -> Any:
            return guarded(*args, **kwargs)

    return cast("Callable[P, R]", inner)
