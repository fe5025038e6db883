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
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from django.utils.functional import classproperty
from rest_framework import throttling
from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings

from django_http4xx import conf
from django_http4xx.api_exceptions import from_api_exception
from django_http4xx.conversion import converts
from django_http4xx.resolved_views import plain_request
from django_http4xx.throttling import clients
from django_http4xx.throttling.exceptions import QuotaExceeded
from django_http4xx.throttling.families import FAMILIES, Family
from django_http4xx.throttling.quota import is_unavailable, quota_of, refusal, tell_view
from django_http4xx.throttling.rates import SECOND, Rate, parse
from django_http4xx.throttling.signals import announce
from django_http4xx.throttling.throttles import Ask, Throttle
from django_http4xx.throttling.view_names import view_classes

from .exceptions import ThrottleUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from django_http4xx.exceptions import TooManyRequests
    from django_http4xx.server_errors import HttpError
    from django_http4xx.throttling.algorithm import PolicyState

__all__ = ["AnonRateThrottle", "ScopedRateThrottle", "SimpleRateThrottle", "UserRateThrottle"]

_VERDICTS = "_http4xx_verdicts"


class SimpleRateThrottle(throttling.SimpleRateThrottle):
    """The parent of throttles of your own, as Django REST framework's is.

    Several on one view are decided in one trip to the store, and refuse together: a request that one
    of them refuses uses up nothing of the others. ``store``, by default that of the attribute ``cache``
    or of ``HTTP4XX["THROTTLE"]``, and ``on_outage`` are as of ``Throttle``, ``enforce`` and ``raises`` as
    of ``throttle``. The store's clock counts, unless ``timer`` is another than ``time.time``.

    What a subclass does not count, since its ``throttle_success`` does not call this one's, is given back.
    One that decides in an ``allow_request`` of its own counts in the cache, as Django REST framework does.
    """

    store: ClassVar[str | None] = None
    on_outage: ClassVar[str | None] = None
    enforce: ClassVar[bool] = True
    raises: ClassVar[type[TooManyRequests]] = QuotaExceeded
    rate: str | None
    num_requests: int | None
    duration: int | None
    now: float
    state: PolicyState | None = None
    _history: list[float] | None = None
    _lets_none_pass = False
    _is_deciding = False
    _is_counted = False

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
        plain: HttpRequest = plain_request(request)
        return clients.grouped(clients.address_of(plain, api_settings.NUM_PROXIES))

    @property
    def history(self) -> list[float]:
        """When requests were counted, in seconds since the epoch, the newest first, as far as that is known.

        ``num_requests - len(history)`` is what remains; so of a window the length is the number of requests
        that count, with this one unless it was refused. Of a window the last time is true, too: that of the
        oldest. The others are not told by a store, and stand there as ``now``: who counts those of the last
        ten seconds gets too many, never too few. Empty where nothing counted the request.

        No store hears of what is written to it; ``manage.py check`` names who does.

        >>> throttle.num_requests - len(throttle.history)
        4
        """
        if self._history is None:
            state = self.state
            used = 0 if state is None else state.rate.limit - state.remaining
            self._history = [self.now] * used
            if state is not None and used and state.leaves:
                self._history[-1] = self.now + state.leaves - state.rate.period
        return self._history

    @history.setter
    def history(self, times: list[float]) -> None:
        self._history = times

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether the request may pass. Raises ``ThrottleUnavailable``."""
        self.state = self._history = None
        self._lets_none_pass = False
        ask = self.ask(request, view)
        if ask is None:
            return not self._lets_none_pass or self.throttle_failure()
        self.now = self.timer()
        self.state = _verdict(self, ask, request, view)
        if self.state is not None and self.enforce and not self.state.allowed:
            return self.throttle_failure()
        return self._succeeded(request, ask)

    def _succeeded(self, request: Request, ask: Ask) -> bool:
        self._is_deciding, self._is_counted = True, False
        try:
            return self.throttle_success()
        finally:
            self._is_deciding = False
            if not self._is_counted:
                quota_of(request).give_back([ask])

    def ask(self, request: Request, view: APIView) -> Ask | None:
        """What to ask of the store; ``None`` where the request is not limited."""
        if self.rate is None:
            return None
        self.key = self.get_cache_key(request, view)
        if self.key is None:
            return None
        rate = self._rate()
        if rate is None:
            return None
        return Ask(self._throttle(rate), self.key, 1)

    def _throttle(self, rate: Rate) -> Throttle:
        name = str(self.scope or type(self).__name__).encode("ascii", "replace").decode("ascii")
        return _throttle(rate, name, _scope(type(self), self.scope), self.store, self.on_outage)

    def _rate(self) -> Rate | None:
        """The rate by ``num_requests`` and ``duration``, which a subclass may have set."""
        if getattr(self, "num_requests", None) is None:
            self.num_requests, self.duration = self.parse_rate(self.rate)
        limit, period = self.num_requests, self.duration
        if limit is None or period is None:
            return None
        if limit < 1:
            self._lets_none_pass = True
            return None
        # A project's own parse_rate may take texts that ours does not.
        with suppress(ValueError):
            parsed = parse(str(self.rate))
            if (parsed.limit, parsed.period) == (limit, period):
                return parsed
        return Rate(limit, max(1, ceil(period)))

    def moment(self) -> int | None:
        """Microseconds by a ``timer`` of the project's own; ``None`` for the store's clock."""
        return None if self.timer is time.time else round(self.timer() * SECOND)

    def throttle_success(self) -> bool:
        """Called when the request was let through, and counts."""
        self._is_counted = True
        return True if self._is_deciding else super().throttle_success()

    def throttle_failure(self) -> bool:
        """Called when the request was refused."""
        return False

    def wait(self) -> float | None:
        """The seconds after which the request would pass."""
        if self.state is not None:
            return self.state.retry_after
        # Somebody has decided by a history of their own.
        return None if self._history is None else super().wait()


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
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().ask(request, view)


def _parsed(rate: str, throttle: SimpleRateThrottle) -> Rate:
    try:
        return parse(rate)
    except ValueError as error:
        raise ImproperlyConfigured(f"{type(throttle).__name__}: {error}") from error


def throttle_classes(cls: type[SimpleRateThrottle]) -> Iterator[type[SimpleRateThrottle]]:
    yield cls
    for child in cls.__subclasses__():
        yield from throttle_classes(child)


def has_own_parse_rate(cls: type[SimpleRateThrottle]) -> bool:
    return cls.parse_rate is not SimpleRateThrottle.parse_rate


def counts_of(name: str, ident: str) -> Iterator[tuple[Throttle, str]]:
    """The counts of a client, by address or user, at the throttles of a scope or a class."""
    for cls in sorted(used_classes(), key=lambda cls: cls.__qualname__):
        throttle = cls()
        scopes = {name} if issubclass(cls, ScopedRateThrottle) else {cls.scope, cls.__name__}
        if name not in scopes:
            continue
        if throttle.scope is None and issubclass(cls, ScopedRateThrottle):
            throttle.scope, throttle.rate = name, cls.THROTTLE_RATES.get(name)
        rate = None if throttle.rate is None else throttle._rate()
        if rate is not None:
            known = throttle.cache_format % {
                "scope": throttle.scope,
                "ident": clients.grouped(ident),
            }
            yield throttle._throttle(rate), known


def used_classes() -> set[type[SimpleRateThrottle]]:
    """The throttles of ours that views have, by themselves or by default, for ``manage.py check``."""
    views = view_classes(get_resolver().url_patterns)
    return {
        throttle
        for view in views
        for throttle in getattr(view, "throttle_classes", ())
        if isinstance(throttle, type) and issubclass(throttle, SimpleRateThrottle)
    }


@lru_cache(maxsize=1024)
def _throttle(
    rate: Rate, name: str, scope: str, store: str | None, on_outage: str | None
) -> Throttle:
    # The framework makes its throttles anew for each request.
    throttle = Throttle(rate, name=name, store=store, on_outage=on_outage, scope=f"drf:{scope}")
    throttle.is_of_requests = True
    return throttle


def _scope(cls: type[SimpleRateThrottle], scope: str | None) -> str:
    """What keeps the counts of a class apart: its scope, or itself where it has a rate without one.

    A class that sets a rate and inherits a scope shares the other's counts in nobody's intention.
    """
    for base in cls.__mro__:
        if "rate" in base.__dict__ and "scope" not in base.__dict__:
            return f"{base.__module__}.{base.__qualname__}"
        if base.__dict__.get("scope"):
            break
    return scope or f"{cls.__module__}.{cls.__qualname__}"


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
        if not quota.depth:
            # The same request went through a view before, as in tests.
            quota.begin_anew()
        verdicts = _Verdicts()
        setattr(request, _VERDICTS, verdicts)
        tell_view(request, quota)
    if not throttle.enforce:
        return _tried_out(throttle, ask, request)
    if ask not in verdicts.states:
        asked = {ask: throttle}
        for other, its in _others(throttle, request, view):
            if its not in verdicts.counted:
                asked.setdefault(its, other)
        verdicts.states.update(_decided(asked, throttle.moment(), request, view))
        verdicts.counted.update(asked)
    # Who asks again with the same request counts again.
    return verdicts.states.pop(ask)


def _decided(
    asked: Mapping[Ask, SimpleRateThrottle], now: int | None, request: Request, view: APIView
) -> dict[Ask, PolicyState | None]:
    """How throttles decide together. Raises ``ThrottleUnavailable``."""
    quota = quota_of(request)
    decision = quota.ask(list(asked), now)
    # The framework sends them with whatever answer it makes.
    if isinstance(headers := getattr(view, "headers", None), dict):
        headers.update(quota.header_fields())
    if is_unavailable(decision):
        raise ThrottleUnavailable
    by_policy = {(state.name, state.rate): state for state in decision.policies}
    states = {}
    for ask, throttle in asked.items():
        policy = ask.throttle.policies[0]
        state = states[ask] = by_policy.get((policy.name, policy.rate))
        if state is not None and not state.allowed:
            quota.raises = throttle.raises if quota.raises is QuotaExceeded else quota.raises
            _announce(request, ask, throttle)
    return states


def _tried_out(throttle: SimpleRateThrottle, ask: Ask, request: Request) -> PolicyState | None:
    """What a throttle that refuses nobody finds."""
    quota = quota_of(request)
    decision = quota.try_out(ask)
    state = decision.policies[0] if decision is not None and decision.policies else None
    if state is not None and not state.allowed:
        quota.limited = True
        tell_view(request, quota)
        _announce(request, ask, throttle)
    return state


def _announce(request: Request, ask: Ask, throttle: SimpleRateThrottle) -> None:
    plain: HttpRequest = plain_request(request)
    announce(plain, ask.throttle.name, type(throttle).__name__, enforced=throttle.enforce)


def _others(
    throttle: SimpleRateThrottle, request: Request, view: APIView
) -> Iterator[tuple[SimpleRateThrottle, Ask]]:
    """What the view's other throttles will ask, of those that surely will, by the same clock."""
    if not hasattr(view, "get_throttles"):
        return
    for other in view.get_throttles():
        if (
            isinstance(other, SimpleRateThrottle)
            and other.enforce
            and type(other).allow_request is SimpleRateThrottle.allow_request
            and type(other).timer is type(throttle).timer
            and (ask := other.ask(request, view)) is not None
        ):
            yield other, ask


@converts(Throttled)
def _quota_exceeded(exception: Throttled, request: HttpRequest) -> HttpError | None:
    """A refusal of ours with what it knows; another's as any exception of the framework."""
    quota = quota_of(request)
    if quota.outcomes and not quota.decision.allowed and quota.decision.policies:
        return refusal(quota, quota.raises)
    return from_api_exception(exception, request)


def _alias_of(cache: object) -> str | None:
    """The ``CACHES`` alias of what a class has as its ``cache``; ``None`` for the default one."""
    if cache is throttling.SimpleRateThrottle.cache:
        return None
    for alias in settings.CACHES:
        if caches[alias] is cache:
            return alias
    raise ImproperlyConfigured(f"The cache of a throttle is one of CACHES, not {cache!r}.")


def _by_address() -> set[str]:
    if getattr(settings, "REST_FRAMEWORK", {}).get("NUM_PROXIES") is not None:
        return set()
    return {cls.__name__ for cls in used_classes()}


FAMILIES.append(
    Family(
        lambda: [cls.store for cls in used_classes()], by_address=_by_address, counts_of=counts_of
    )
)
conf.CHECK_MODULES.append("django_http4xx.rest_framework.checks")
