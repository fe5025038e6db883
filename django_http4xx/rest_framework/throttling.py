"""Django REST framework's throttles, with another import: they count right, and say so.

Names, scopes, ``DEFAULT_THROTTLE_RATES``, ``NUM_PROXIES`` and subclassing are as its documentation shows
them; rates may also be ``"5/10min"`` or ``"100/min burst 20"``::

    REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_CLASSES": ["django_http4xx.rest_framework.throttling.AnonRateThrottle"],
        "DEFAULT_THROTTLE_RATES": {"anon": "100/day"},
    }
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from django.utils.functional import classproperty
from rest_framework import throttling
from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings

from django_http4xx.api_exceptions import from_api_exception
from django_http4xx.conversion import converts
from django_http4xx.throttling import clients
from django_http4xx.throttling.quota import is_unavailable, quota_of, refusal
from django_http4xx.throttling.rates import SECOND, Rate, parse
from django_http4xx.throttling.throttles import Ask, Throttle

from .exceptions import ThrottleUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.server_errors import HttpError
    from django_http4xx.throttling.algorithm import PolicyState

_VERDICTS = "_http4xx_verdicts"


class SimpleRateThrottle(throttling.SimpleRateThrottle):
    """The parent of throttles of your own, as Django REST framework's is.

    Several on one view are decided in one trip to the store, and refuse together: a request that one
    of them refuses uses up nothing of the others. ``store``, by default that of the attribute ``cache``
    or of ``HTTP4XX["THROTTLE"]``, and ``on_outage`` are as of ``Throttle``. The store's clock counts,
    unless ``timer`` is another than ``time.time``.
    """

    store: ClassVar[str | None] = None
    on_outage: ClassVar[str | None] = None
    rate: str | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "cache" in cls.__dict__ and "store" not in cls.__dict__:
            cls.store = _alias_of(cls.__dict__["cache"])

    @classproperty
    def THROTTLE_RATES(cls) -> dict[str, str | None]:  # noqa: N802, N805 - the framework's name
        """``DEFAULT_THROTTLE_RATES``, read when it is needed."""
        rates: Any = api_settings.DEFAULT_THROTTLE_RATES
        return cast("dict[str, str | None]", rates)

    def parse_rate(self, rate: str | None) -> tuple[int | None, int | None]:
        """The number of requests and the seconds of a rate.

        Raises ``ImproperlyConfigured``, naming the text and the units that there are.
        """
        if rate is None:
            return None, None
        parsed = _parsed(rate, self)
        return parsed.limit, parsed.period

    def get_ident(self, request: Request) -> str:
        """The client's address: by ``NUM_PROXIES``, else by ``HTTP4XX["TRUSTED_PROXIES"]``."""
        plain: HttpRequest = request._request if hasattr(request, "_request") else request
        return clients.grouped(clients.address_of(plain, api_settings.NUM_PROXIES))

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the request may pass. Raises ``ThrottleUnavailable``."""
        self.state: PolicyState | None = None
        ask = self.ask(request, view)
        if ask is None:
            return True
        self.state = _verdict(self, ask, request, view)
        if self.state is None or self.state.allowed:
            return self.throttle_success()
        return self.throttle_failure()

    def ask(self, request: Request, view: APIView) -> Ask | None:
        """What to ask of the store; ``None`` where the request is not limited."""
        if self.rate is None:
            return None
        self.key = self.get_cache_key(request, view)
        if self.key is None:
            return None
        limit, period = self.parse_rate(self.rate)
        if limit is None or period is None:
            return None
        name = str(self.scope or type(self).__name__).encode("ascii", "replace").decode("ascii")
        # A project's own parse_rate may take texts that ours does not.
        own = _has_own_parse_rate(type(self))
        burst = limit if own else _parsed(self.rate, self).burst
        rate = Rate(limit, int(period), burst)
        return Ask(_throttle(rate, name, self.store, self.on_outage), self.key, 1)

    def moment(self) -> int | None:
        """Microseconds by a ``timer`` of the project's own; ``None`` for the store's clock."""
        return None if self.timer is time.time else round(self.timer() * SECOND)

    def throttle_success(self) -> bool:
        """Called when the request was let through."""
        return True

    def throttle_failure(self) -> bool:
        """Called when the request was refused."""
        return False

    def wait(self) -> float | None:
        """The seconds after which the request would pass."""
        return self.state.retry_after if self.state else None


class AnonRateThrottle(SimpleRateThrottle, throttling.AnonRateThrottle):
    """Limits clients that are not signed in, by address: scope ``anon``."""


class UserRateThrottle(SimpleRateThrottle, throttling.UserRateThrottle):
    """Limits users, and by address those that are not signed in: scope ``user``."""


class ScopedRateThrottle(SimpleRateThrottle, throttling.ScopedRateThrottle):
    """Limits the views that have a ``throttle_scope``, together by scope."""

    def __init__(self) -> None:
        """Leave rate and scope to the view."""

    def ask(self, request: Request, view: APIView) -> Ask | None:
        """What to ask of the store for the view's scope; ``None`` where it has none."""
        self.scope = getattr(view, self.scope_attr, None)
        if not self.scope:
            return None
        self.rate = self.get_rate()
        return super().ask(request, view)


def _parsed(rate: str, throttle: SimpleRateThrottle) -> Rate:
    try:
        return parse(rate)
    except ValueError as error:
        raise ImproperlyConfigured(f"{type(throttle).__name__}: {error}") from error


def wrong_rates() -> Iterator[tuple[str, Exception]]:
    """The scopes of ``DEFAULT_THROTTLE_RATES`` whose rates make no sense, for ``manage.py check``."""
    for scope, rate in api_settings.DEFAULT_THROTTLE_RATES.items():
        # The class that reads it may read it in a way of its own.
        classes = [cls for cls in _throttle_classes(SimpleRateThrottle) if cls.scope == scope]
        if rate is None or any(_has_own_parse_rate(cls) for cls in classes):
            continue
        try:
            parse(rate)
        except ValueError as error:
            yield scope, error


def _throttle_classes(cls: type[SimpleRateThrottle]) -> Iterator[type[SimpleRateThrottle]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _throttle_classes(child)


def _has_own_parse_rate(cls: type[SimpleRateThrottle]) -> bool:
    return cls.parse_rate is not SimpleRateThrottle.parse_rate


def used_classes() -> set[type[SimpleRateThrottle]]:
    """The throttles of ours that views have, by themselves or by default, for ``manage.py check``."""
    views = _view_classes(get_resolver().url_patterns)
    return {
        throttle
        for view in views
        for throttle in getattr(view, "throttle_classes", ())
        if isinstance(throttle, type) and issubclass(throttle, SimpleRateThrottle)
    }


def _view_classes(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _view_classes(pattern.url_patterns)
        elif hasattr(pattern.callback, "cls"):
            yield pattern.callback.cls


@lru_cache(maxsize=1024)
def _throttle(rate: Rate, name: str, store: str | None, on_outage: str | None) -> Throttle:
    # The framework makes its throttles anew for each request.
    return Throttle(rate, name=name, store=store, on_outage=on_outage, scope=f"drf:{name}")


@dataclass
class _Verdicts:
    """How a request's throttles were decided, and which have been counted for it."""

    states: dict[Ask, PolicyState | None] = field(default_factory=dict)
    counted: set[Ask] = field(default_factory=set)


def _verdict(
    throttle: SimpleRateThrottle, ask: Ask, request: Request, view: APIView
) -> PolicyState | None:
    """How a throttle decided: with the first of a view's throttles all of them are."""
    quota = quota_of(request)
    verdicts: _Verdicts | None = getattr(request, _VERDICTS, None)
    if verdicts is None:
        if not quota.doors:
            # The same request went through a view before, as in tests.
            quota.outcomes.clear()
        verdicts = _Verdicts()
        setattr(request, _VERDICTS, verdicts)
    if ask not in verdicts.states:
        others = _others(throttle, request, view)
        asks = [ask, *(other for other in others if other not in {ask, *verdicts.counted})]
        decision = quota.ask(asks, throttle.moment())
        # The framework sends them with whatever answer it makes.
        if isinstance(headers := getattr(view, "headers", None), dict):
            headers.update(quota.header_fields())
        if is_unavailable(decision):
            raise ThrottleUnavailable
        by_policy = {(state.name, state.rate): state for state in decision.policies}
        for each in asks:
            policy = each.throttle.policies[0]
            verdicts.states[each] = by_policy.get((policy.name, policy.rate))
        verdicts.counted.update(asks)
    # Who asks again with the same request counts again.
    return verdicts.states.pop(ask)


def _others(throttle: SimpleRateThrottle, request: Request, view: APIView) -> list[Ask]:
    """What the view's other throttles will ask, of those that surely will, by the same clock."""
    if not hasattr(view, "get_throttles"):
        return []
    others = [
        other
        for other in view.get_throttles()
        if isinstance(other, SimpleRateThrottle)
        and type(other).allow_request is SimpleRateThrottle.allow_request
        and type(other).timer is type(throttle).timer
    ]
    return [ask for other in others if (ask := other.ask(request, view)) is not None]


@converts(Throttled)
def _quota_exceeded(exception: Throttled, request: HttpRequest) -> HttpError | None:
    """A refusal of ours with what it knows; another's as any exception of the framework."""
    quota = quota_of(request)
    if quota.outcomes and not quota.decision.allowed and quota.decision.policies:
        return refusal(quota)
    return from_api_exception(exception, request)


def _alias_of(cache: object) -> str | None:
    """The ``CACHES`` alias of what a class has as its ``cache``; ``None`` for the default one."""
    if cache is throttling.SimpleRateThrottle.cache:
        return None
    for alias in settings.CACHES:
        if caches[alias] is cache:
            return alias
    raise ImproperlyConfigured(f"The cache of a throttle is one of CACHES, not {cache!r}.")
