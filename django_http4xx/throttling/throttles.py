"""``Throttle``, for programs; and the one place where hits are decided, for every door."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.signals import setting_changed

from . import options
from .algorithm import Decision, Demand, Policy, decision
from .exceptions import StoreUnavailable
from .header_fields import quoted
from .outages import RETRY_AFTER
from .rates import Rate, parse
from .stores import store_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .outages import Breaker


# What is in force, for the system checks.
THROTTLES: WeakSet[Throttle] = WeakSet()


class Throttle:
    """A quota for keys of your own: users, jobs, tenants, telephone numbers.

    ``rate``: a text as ``"100/h"``, or several that hold together. ``name``: what clients hear, and,
    where ``scope`` is not given, what keeps its counts apart from others'. ``store``: a ``CACHES`` alias
    or ``"database"``, by default ``HTTP4XX["THROTTLE"]["STORE"]``. ``on_outage``: ``"allow"`` or
    ``"deny"`` while that is down. ::

        exports = Throttle("100/h", name="export")
        if not exports.hit(f"tenant-{tenant.pk}").allowed:
            ...

    Raises ``ValueError`` for a rate, a name or an ``on_outage`` that makes no sense.
    """

    def __init__(
        self,
        rate: str | Rate | Sequence[str | Rate],
        *,
        name: str,
        store: str | None = None,
        on_outage: str | None = None,
        scope: str | None = None,
    ) -> None:
        rates = list(rate) if isinstance(rate, (list, tuple)) else [rate]
        if not rates:
            raise ValueError(f"The throttle {name!r} has no rate.")
        quoted(name)
        if on_outage is not None:
            options.on_outage(on_outage, f"The throttle {name!r}: on_outage")
        self.name = name
        self.store = store
        self.on_outage = on_outage
        named = {
            f"{name} {each}" if len(rates) > 1 else name: each
            if isinstance(each, Rate)
            else parse(each)
            for each in rates
        }
        self.policies = tuple(
            Policy(own, rate, rate.interval, rate.capacity) for own, rate in named.items()
        )
        THROTTLES.add(self)
        self.burst = min(policy.rate.burst for policy in self.policies)
        # A single rate is no part of the key: who used up 10 of 10 has used up 5 of 5.
        self._parts = tuple(
            (_suffix(scope or name, policy.name), policy.interval, policy.capacity)
            for policy in self.policies
        )

    def __repr__(self) -> str:
        rates = ", ".join(f"{each.rate.limit}/{each.rate.period}s" for each in self.policies)
        return f"<Throttle {self.name} {rates}>"

    def hit(self, key: object, cost: int = 1) -> Decision:
        """Count a hit that weighs ``cost``, unless it goes beyond the rate.

        Raises ``ValueError`` for a cost above the burst, which could never pass.
        """
        demands = self.demands(key, cost)
        try:
            levels = store_for(self.store).take(demands)
        except StoreUnavailable:
            return _while_down([self])
        return decision(self.policies, demands, levels)

    def peek(self, key: object) -> Decision:
        """What a hit would find, without counting one; ``allowed`` while one more would pass."""
        return _as_peeked(self.hit(key, 0))

    def reset(self, key: object) -> None:
        """Let a key start anew. Raises ``StoreUnavailable`` where the store is down."""
        store_for(self.store).forget([demand.key for demand in self.demands(key, 0)])

    async def ahit(self, key: object, cost: int = 1) -> Decision:
        """``hit``, for coroutines."""
        if store_for(self.store).is_local:
            return self.hit(key, cost)
        return await sync_to_async(self.hit)(key, cost)

    async def apeek(self, key: object) -> Decision:
        """``peek``, for coroutines."""
        return _as_peeked(await self.ahit(key, 0))

    async def areset(self, key: object) -> None:
        """``reset``, for coroutines."""
        await sync_to_async(self.reset)(key)

    def demands(self, key: object, cost: int) -> list[Demand]:
        """What a hit asks of the store. Raises ``ValueError`` or ``TypeError`` for a senseless cost."""
        if cost.__class__ is not int:
            raise TypeError(f"A hit on {self.name!r} costs a whole number, not {cost!r}.")
        if not 0 <= cost <= self.burst:
            raise ValueError(
                f"A hit on {self.name!r} costs from 0 to its burst of {self.burst}, not {cost}: "
                "more could never pass."
            )
        state = _keyed().copy()
        state.update(str(key).encode("utf-8", "surrogatepass"))
        client = state.hexdigest()
        # In braces, so that a cluster keeps all policies of a client on one server.
        return [
            Demand(f"{{{client}}}{suffix}", cost * interval, capacity)
            for suffix, interval, capacity in self._parts
        ]


def _suffix(scope: str, policy: str) -> str:
    return blake2b(f"{scope}\0{policy}".encode(), digest_size=6).hexdigest()


class Ask(NamedTuple):
    """One throttle asked about one client."""

    throttle: Throttle
    key: object
    cost: int


class Taken(NamedTuple):
    """What a hit took from a store, so that it can be given back."""

    store: Breaker
    policies: Sequence[Policy]
    demands: Sequence[Demand]
    levels: Sequence[int]
    now: int | None


class Outcome(NamedTuple):
    """A decision, and what it took."""

    decision: Decision
    taken: tuple[Taken, ...] = ()

    def given_back(self) -> Outcome:
        """What the client is told once a later decision on the same request refused it.

        A store that went down meanwhile keeps what it has.
        """
        states = []
        for store, policies, demands, levels, now in self.taken:
            returned = [demand._replace(cost=-demand.cost) for demand in demands]
            with suppress(StoreUnavailable):  # the breaker has logged it
                store.take(returned, now)
            looked = [demand._replace(cost=0) for demand in demands]
            states.append(decision(policies, looked, levels))
        return Outcome(join(states)) if states else self


def take(asks: Sequence[Ask], now: int | None = None) -> Outcome:
    """Decide all asks together: either each takes its part, or none does.

    Throttles of one store are decided in one trip. ``now``: microseconds since the epoch, in place of
    the store's own clock.
    """
    first = store_for(asks[0].throttle.store)
    if len(asks) == 1 or all(store_for(ask.throttle.store) is first for ask in asks):
        return _take_from_one(first, asks, now)
    outcomes: list[Outcome] = []
    by_store = sorted(asks, key=lambda ask: store_for(ask.throttle.store).name)
    for store, group in groupby(by_store, key=lambda ask: store_for(ask.throttle.store)):
        outcomes.append(_take_from_one(store, list(group), now))
        if not outcomes[-1].decision.allowed:
            break
    if not outcomes[-1].decision.allowed:
        outcomes = [outcome.given_back() for outcome in outcomes]
    taken = tuple(part for outcome in outcomes for part in outcome.taken)
    return Outcome(join([outcome.decision for outcome in outcomes]), taken)


async def atake(asks: Sequence[Ask], now: int | None = None) -> Outcome:
    """``take``, for coroutines: a store that may keep one waiting is asked in a thread."""
    if all(store_for(ask.throttle.store).is_local for ask in asks):
        return take(asks, now)
    outcome: Outcome = await sync_to_async(take)(asks, now)
    return outcome


def _take_from_one(store: Breaker, asks: Sequence[Ask], now: int | None) -> Outcome:
    policies: list[Policy] = []
    demands: list[Demand] = []
    for throttle, key, cost in asks:
        policies += throttle.policies
        demands += throttle.demands(key, cost)
    try:
        levels = store.take(demands, now)
    except StoreUnavailable:
        return Outcome(_while_down([ask.throttle for ask in asks]))
    decided = decision(policies, demands, levels)
    return Outcome(
        decided, (Taken(store, policies, demands, levels, now),) if decided.allowed else ()
    )


def _while_down(throttles: Sequence[Throttle]) -> Decision:
    default = options.current().on_outage
    allowed = all((throttle.on_outage or default) == "allow" for throttle in throttles)
    limit = min(throttle.policies[0].rate.limit for throttle in throttles)
    return Decision(allowed, limit, 0, 0.0 if allowed else RETRY_AFTER, (), outage=True)


def join(decisions: Sequence[Decision]) -> Decision:
    """Several decisions on one request as one: it passed only if it passed all."""
    if len(decisions) == 1:
        return decisions[0]
    tightest = min(decisions, key=lambda decision: decision.remaining)
    return Decision(
        all(each.allowed for each in decisions),
        tightest.limit,
        tightest.remaining,
        max(each.retry_after for each in decisions),
        tuple(state for each in decisions for state in each.policies),
        # A quota that is used up is known to be, whatever other stores do.
        any(each.outage for each in decisions)
        and not any(not each.allowed and not each.outage for each in decisions),
    )


def _as_peeked(decided: Decision) -> Decision:
    if decided.outage or decided.remaining:
        return decided
    states = tuple(
        state._replace(allowed=not state.next_after, retry_after=state.next_after)
        for state in decided.policies
    )
    longest = max(state.retry_after for state in states)
    return decided._replace(allowed=False, retry_after=longest, policies=states)


@cache
def _keyed() -> Any:
    """Hashes keys, so that a store sees them at constant length and nobody's data in them."""
    secret = blake2b(settings.SECRET_KEY.encode()).digest()
    return blake2b(key=secret, digest_size=12)


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "SECRET_KEY":
        _keyed.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.throttling.throttles")
