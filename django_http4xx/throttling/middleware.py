"""``ThrottleMiddleware``: limits by path prefix, for views that one cannot or need not decorate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured

from django_http4xx.exceptions import TooManyRequests
from django_http4xx.responses import problem_response
from django_http4xx.server_errors import ServerError

from .by_path import LIMITS_BY_PATH
from .limits import aadmit, admit, asettle, settle
from .quota import quota_of, tell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from .limits import Limit


class ThrottleMiddleware:
    """Throttles by ``HTTP4XX["THROTTLES"]``, where the longest prefix that fits a path decides.

    As in::

        HTTP4XX = {"THROTTLES": {"/api/": {"rate": "100/min", "key": "user_or_ip"}, "/health/": None}}

    Its place is below what its keys need: sessions and authentication.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        if fault := LIMITS_BY_PATH.fault:
            raise ImproperlyConfigured(f"HTTP4XX['THROTTLES'] {fault.message}.")

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self.acall(request)
        with quota_of(request) as quota:
            limits = _limits_for(request)
            try:
                admit(request, quota, limits)
            except (TooManyRequests, ServerError) as error:
                return problem_response(request, error)
            response: HttpResponseBase = self.get_response(request)
            if quota.undecided:
                settle(request, quota, limits, response)
            tell(quota, response)
            return response

    async def acall(self, request: HttpRequest) -> HttpResponseBase:
        """The asynchronous ``__call__``."""
        with quota_of(request) as quota:
            limits = _limits_for(request)
            try:
                await aadmit(request, quota, limits)
            except (TooManyRequests, ServerError) as error:
                # A project's own template may ask the database.
                return await sync_to_async(problem_response)(request, error)
            response: HttpResponseBase = await self.get_response(request)
            if quota.undecided:
                await asettle(request, quota, limits, response)
            tell(quota, response)
            return response


def _limits_for(request: HttpRequest) -> Sequence[Limit]:
    return LIMITS_BY_PATH.value.nearest(request.path_info) or ()
