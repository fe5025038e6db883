"""412 and 428: changes only to the version that the client has seen."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_etags, parse_http_date_safe, quote_etag
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import PreconditionFailed, PreconditionRequired

from .requirements import (
    SAFE_METHODS,
    P,
    R,
    Requirement,
    ViewDecorator,
    is_pending,
    request_of,
    require,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    # What the view is called with, they are called with.
    ETagFunc = Callable[..., str | Awaitable[str | None] | None]
    LastModifiedFunc = Callable[..., datetime | Awaitable[datetime | None] | None]


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

    Raises ``TypeError`` where both functions are missing.
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

    requirement = Requirement(428, check)

    def decorator(view: Callable[P, R]) -> Callable[P, R]:
        return require(_conditional(view, etag_func, last_modified_func), requirement)

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


class _ConditionalView:
    """``django.views.decorators.http.condition``, whose 412 is raised, for coroutine functions, too."""

    def __init__(
        self,
        view: Callable[..., Any],
        etag_func: ETagFunc | None,
        last_modified_func: LastModifiedFunc | None,
    ) -> None:
        self.view = view
        self.etag_func = etag_func
        self.last_modified_func = last_modified_func

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        etag: Any = self.etag_func(*args, **kwargs) if self.etag_func else None
        date: Any = self.last_modified_func(*args, **kwargs) if self.last_modified_func else None
        if is_pending(etag) or is_pending(date):
            return self._answer_later((etag, date), args, kwargs)
        return self._answer(_Version(etag, date), args, kwargs)

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


def _conditional(
    view: Callable[P, R], etag_func: ETagFunc | None, last_modified_func: LastModifiedFunc | None
) -> Callable[P, R]:
    conditional = _ConditionalView(view, etag_func, last_modified_func)

    if iscoroutinefunction(view):

        @wraps(view)
        async def inner(*args: P.args, **kwargs: P.kwargs) -> Any:
            response = conditional(*args, **kwargs)
            return await response if is_pending(response) else response

    else:

        @wraps(view)
        def inner(*args: P.args, **kwargs: P.kwargs) -> Any:
            return conditional(*args, **kwargs)

    return cast("Callable[P, R]", inner)
