"""A limit on requests: who is counted, how much, at which rate; and what follows for one request."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from math import ceil
from numbers import Real
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from django.conf import settings
from django.http import HttpResponse

from django_http4xx.conversion import convert
from django_http4xx.exceptions import TooManyRequests

from . import options
from .callables import asaid, name_of, said
from .clients import Client, is_from
from .exceptions import QuotaExceeded
from .log import logger
from .quota import is_unavailable, refusal, refusal_for_ever, tell_view, unavailable
from .signals import announce
from .throttles import Ask, Throttle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
    from typing import TypeAlias

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from .algorithm import Decision
    from .clients import Key
    from .quota import Quota
    from .rates import Rate

    Rates: TypeAlias = str | Rate | Sequence[str | Rate]
    RateFor: TypeAlias = Callable[[HttpRequest], Rates | Awaitable[Rates | None] | None]
    Cost: TypeAlias = int | Callable[[HttpRequest], object]
    Exempt: TypeAlias = Callable[[HttpRequest], object] | str | Sequence[object]
    CountWhen: TypeAlias = Callable[[HttpRequest, HttpResponseBase], object]

# What is in force, for the system checks and `manage.py throttle`.
LIMITS: WeakSet[Limit] = WeakSet()

# The callables whose costs make no sense, each logged once.
_senseless: set[str] = set()


class Limit:
    """A throttle on requests. The arguments are those of ``throttle``.

    ``is_alone``: see the function; ``None`` where nobody knows.
    """

    def __init__(
        self,
        rate: Rates | RateFor,
        *,
        name: str,
        key: Key = "ip",
        methods: Iterable[str] | None = None,
        cost: Cost = 1,
        store: str | None = None,
        on_outage: str | None = None,
        exempt: Exempt | None = None,
        count_when: CountWhen | None = None,
        enforce: bool = True,
        raises: type[TooManyRequests] | None = None,
        scope: str | None = None,
    ) -> None:
        self.name = name
        self.rate = rate
        self.store = store
        self.client = Client(key)
        self.cost = cost
        self.count_when = _callable(count_when, "count_when", name)
        self.enforce = _boolean(enforce, name)
        self.raises = _problem_type(raises, name)
        self.methods = _methods(methods)
        self.networks: options.Networks = ()
        self.exempt = exempt if callable(exempt) else None
        if exempt is not None and self.exempt is None:
            self.networks = _networks(exempt, name)
        self.scope = scope or name
        self.is_alone: bool | None = None
        self._more = {"name": name, "store": store, "on_outage": on_outage, "scope": scope}
        self._throttle = lru_cache(maxsize=64)(self._made)
        # A name or an `on_outage` that makes no sense is an error here, whatever the rate will be.
        self.throttle = self._throttle("1/s" if callable(rate) else _hashable(rate))
        self._is_fixed = not (self.networks or any(map(callable, (rate, cost, exempt))))
        if not callable(cost) and not callable(rate):
            self.throttle.check_cost(cost)
        LIMITS.add(self)

    def __repr__(self) -> str:
        return f"<Limit {self.throttle.name} by {self.client}>"

    def ask(self, request: HttpRequest) -> Ask | None:
        """What to ask for a request; ``None`` where it is not limited."""
        if self.methods is not None and request.method not in self.methods:
            return None
        if self._is_fixed:
            client = self.client.of(request)
            return None if client is None else Ask(self.throttle, client, self.cost)  # type: ignore[arg-type]
        questions = self._questions(request)
        answer = None
        while True:
            try:
                question = questions.send(answer)
            except StopIteration as found:
                ask: Ask | None = found.value
                return ask
            is_who = question is self.client
            answer = self.client.of(request) if is_who else said(question, request)

    async def aask(self, request: HttpRequest) -> Ask | None:
        """``ask``, for coroutines."""
        if self.methods is not None and request.method not in self.methods:
            return None
        if self._is_fixed:
            client = await self.client.aof(request)
            return None if client is None else Ask(self.throttle, client, self.cost)  # type: ignore[arg-type]
        questions = self._questions(request)
        answer = None
        while True:
            try:
                question = questions.send(answer)
            except StopIteration as found:
                ask: Ask | None = found.value
                return ask
            is_who = question is self.client
            answer = await self.client.aof(request) if is_who else await asaid(question, request)

    def _questions(self, request: HttpRequest) -> Generator[Any, Any, Ask | None]:
        """What there is to be asked about a request, one after the other."""
        if self.networks and is_from(request, self.networks):
            return None
        if self.exempt is not None and (yield self.exempt):
            return None
        throttle = self.throttle
        if callable(self.rate):
            rate = yield self.rate
            if rate is None:
                return None
            throttle = self.throttle_at(rate)
        client = yield self.client
        if client is None:
            return None
        cost = self.cost
        if callable(cost):
            cost = _sensible((yield cost), cost)
        return Ask(throttle, client, cost)

    def throttle_at(self, rate: Rates) -> Throttle:
        """The throttle at a rate that a callable returned. Raises ``ValueError``, naming that."""
        try:
            return self._throttle(_hashable(rate))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name_of(self.rate)} returned {rate!r} for a rate: {error}"
            ) from error

    def _made(self, rate: Any) -> Throttle:
        throttle = Throttle(rate, **self._more)  # type: ignore[arg-type]
        throttle.is_of_requests = True
        return throttle


def is_alone(limits: Sequence[Limit]) -> bool:
    """Whether limits by header fields, whose values a client may make up, are the only ones of a view."""
    return bool(limits) and all(limit.client.header for limit in limits)


def _hashable(rate: Any) -> Any:
    return tuple(rate) if isinstance(rate, list) else rate


def _methods(methods: Iterable[str] | None) -> frozenset[str] | None:
    if isinstance(methods, str):
        raise TypeError(f"methods must be several, such as ('POST',), not {methods!r}.")
    if methods is None:
        return None
    upper = frozenset(map(str.upper, methods))
    # What is asked for is the same (RFC 9110 §9.3.2).
    return upper | {"HEAD"} if "GET" in upper else upper


def _callable(function: Any, argument: str, name: str) -> Any:
    if function is not None and not callable(function):
        raise TypeError(f"The throttle {name!r}: {argument} must be a callable, not {function!r}.")
    return function


def _boolean(enforce: object, name: str) -> bool:
    if not isinstance(enforce, bool):
        raise TypeError(f"The throttle {name!r}: enforce must be True or False, not {enforce!r}.")
    return enforce


def _problem_type(raises: Any, name: str) -> type[TooManyRequests]:
    if raises is None:
        return QuotaExceeded
    if not (isinstance(raises, type) and issubclass(raises, TooManyRequests)):
        raise TypeError(
            f"The throttle {name!r}: raises must be a subclass of TooManyRequests or QuotaExceeded, not "
            f"{raises!r}."
        )
    if missing := [field for field in raises.fields if not hasattr(raises, field)]:
        raise TypeError(f"The throttle {name!r}: {raises.__name__} needs the fields {missing}.")
    return raises


def _networks(exempt: Any, name: str) -> options.Networks:
    try:
        return options.networks([exempt] if isinstance(exempt, str) else exempt)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"The throttle {name!r}: exempt must be a callable or networks, such as ['10.0.0.0/8']: {error}"
        ) from error


def _sensible(cost: Any, function: Callable[..., object]) -> int:
    """What a callable said that a request weighs, rounded up; 1 for what makes no sense."""
    if isinstance(cost, (int, Real, Decimal)) and not isinstance(cost, bool):
        number: Any = cost
        try:
            if number > 0:
                whole: int = ceil(number)
                return whole
        except OverflowError:
            return _MORE_THAN_EVER
        except (ArithmeticError, ValueError):
            pass  # no number, such as NaN
    message = f"{name_of(function)} returned {cost!r} for a cost, which must be a number above 0"
    if settings.DEBUG:
        raise ValueError(f"{message}.")
    if name_of(function) not in _senseless:
        _senseless.add(name_of(function))
        logger.error("%s. It counts as 1, and is not logged again.", message)
    return 1


_MORE_THAN_EVER = 2**63


class Admission:
    """One request at the limits of a view or a middleware: what it asks, and what follows."""

    __slots__ = ("asked", "enforced", "quota", "reported", "request", "too_much")

    def __init__(
        self, request: HttpRequest, quota: Quota, asked: Iterable[tuple[Limit, Ask | None]]
    ) -> None:
        self.request = request
        self.quota = quota
        self.asked: list[tuple[Limit, Ask]] = []
        self.enforced: list[Ask] = []
        self.reported: list[tuple[Limit, Ask]] = []
        # A hit that could never pass.
        self.too_much: tuple[Limit, Ask] | None = None
        for limit, ask in asked:
            if ask is None:
                continue
            self.asked.append((limit, ask))
            if not limit.enforce:
                self.reported.append((limit, ask))
            else:
                self.enforced.append(ask)
                if ask[2] > ask[0].burst:
                    self.too_much = self.too_much or (limit, ask)

    def refuse_for_ever(self, limit: Limit, ask: Ask) -> TooManyRequests:
        """The error for such a hit."""
        announce(self.request, limit.name, str(limit.client), enforced=True)
        return refusal_for_ever(self.quota, limit.raises, ask)

    def note(self, limit: Limit, decision: Decision | None) -> None:
        """What a limit that refuses nobody has found; ``None`` for a hit that could never pass."""
        if decision is None or not (decision.allowed or is_unavailable(decision)):
            self.quota.limited = True
            announce(self.request, limit.name, str(limit.client), enforced=False)

    def let_in(self) -> None:
        """Tell the view, and note what the answer decides."""
        for limit, ask in self.asked:
            if limit.count_when is not None:
                self.quota.undecided.append((limit, ask))
        tell_view(self.request, self.quota)

    def follow(self, decision: Decision) -> None:
        """Let the request in, or raise ``TooManyRequests`` or a 503."""
        if decision.allowed:
            self.let_in()
            return
        if is_unavailable(decision):
            raise unavailable(decision)
        names = {state.name for state in decision.policies if not state.allowed}
        violated = [
            limit
            for limit, ask in self.asked
            if limit.enforce and names & {policy.name for policy in ask.throttle.policies}
        ]
        for limit in violated:
            announce(self.request, limit.name, str(limit.client), enforced=True)
        own = (limit.raises for limit in violated if limit.raises is not QuotaExceeded)
        raise refusal(self.quota, next(own, QuotaExceeded))


def admit(request: HttpRequest, quota: Quota, limits: Sequence[Limit]) -> None:
    """Count a request at all limits, or at none.

    Raises ``TooManyRequests``, and a 503 where a store is down and that is to be refused.
    """
    if not options.current().enabled:
        tell_view(request, quota)
        return
    admission = Admission(request, quota, [(limit, limit.ask(request)) for limit in limits])
    for limit, ask in admission.reported:
        admission.note(limit, quota.try_out(ask))
    if admission.too_much is not None:
        quota.give_back()
        raise admission.refuse_for_ever(*admission.too_much)
    if admission.enforced:
        admission.follow(quota.ask(admission.enforced))
    else:
        admission.let_in()


async def aadmit(request: HttpRequest, quota: Quota, limits: Sequence[Limit]) -> None:
    """``admit``, for coroutines."""
    if not options.current().enabled:
        tell_view(request, quota)
        return
    asked = [(limit, await limit.aask(request)) for limit in limits]
    admission = Admission(request, quota, asked)
    for limit, ask in admission.reported:
        admission.note(limit, await quota.atry_out(ask))
    if admission.too_much is not None:
        await quota.agive_back()
        raise admission.refuse_for_ever(*admission.too_much)
    if admission.enforced:
        admission.follow(await quota.aask(admission.enforced))
    else:
        admission.let_in()


def settle(
    request: HttpRequest,
    quota: Quota,
    limits: Sequence[Limit],
    answer: HttpResponseBase | Exception,
) -> None:
    """Give back what an answer is not to count for."""
    for limit, ask in quota.undecided_by(limits):
        if not said(limit.count_when, request, _answer(request, answer)):
            quota.give_back([ask])


async def asettle(
    request: HttpRequest,
    quota: Quota,
    limits: Sequence[Limit],
    answer: HttpResponseBase | Exception,
) -> None:
    """``settle``, for coroutines."""
    for limit, ask in quota.undecided_by(limits):
        if not await asaid(limit.count_when, request, _answer(request, answer)):
            await quota.agive_back([ask])


def _answer(request: HttpRequest, answer: HttpResponseBase | Exception) -> HttpResponseBase:
    """What a view answered; of what it raised, the status that this will have."""
    if not isinstance(answer, Exception):
        return answer
    error = convert(answer, request)
    return HttpResponse(status=500 if error is None else error.status)
