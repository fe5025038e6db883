"""``Throttle``, for programs; and the one function that decides hits for all callers."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils.encoding import force_bytes

from django_http4xx import conf

from . import options
from .algorithm import Decision, Demand, Policy
from .clients import text_of
from .counting import Part, Taken, count
from .header_fields import quoted
from .rates import Rate, parse
from .stores import namespace_of, store_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .outages import Breaker
    from .stores.watched import Watched


# What is in force, for the system checks.
THROTTLES: WeakSet[Throttle] = WeakSet()


class Throttle:
    """A quota for keys of your own: users, jobs, tenants, telephone numbers.

    ``rate``: a text as ``"100/h"``, or several that hold together. ``name``: what clients hear, and,
    where ``scope`` is not given, what keeps its counts apart from others'. ``store``: a ``CACHES`` alias
    or ``"database"``, by default ``HTTP4XX["THROTTLE"]["STORE"]``. ``on_outage``: while that does not
    answer, each process counts by itself (``"count-here"``), ``"allow"`` or ``"deny"``. ::

        exports = Throttle("100/h", name="export")
        if not exports.hit(f"tenant-{tenant.pk}").allowed:
            ...

    Raises ``ValueError`` for a rate, a name or an ``on_outage`` that makes no sense.
    """

    is_of_requests = False  # whether a limit on views has it, which knows its keys

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
            Policy(own, rate, 1, rate.limit)
            if rate.burst is None
            else Policy(own, rate, rate.interval, rate.burst * rate.interval)
            for own, rate in named.items()
        )
        for own in (name, *named):
            quoted(own)
        THROTTLES.add(self)
        self.burst = min(policy.rate.most_at_once for policy in self.policies)
        # A single rate's limit is no part of the key: who used up 10 of 10 has used up 5 of 5.
        self._parts = tuple(
            (
                _suffix(scope or name, policy.name, policy.rate),
                policy.interval,
                policy.capacity,
                policy.rate.window,
            )
            for policy in self.policies
        )

    def __repr__(self) -> str:
        rates = ", ".join(f"{each.rate.limit}/{each.rate.period}s" for each in self.policies)
        return f"<Throttle {self.name} {rates}>"

    def hit(self, key: object, cost: int = 1) -> Decision:
        """Count a hit that weighs ``cost``, unless it goes beyond the rate.

        Raises ``ValueError`` for a cost above the burst, which could never pass.
        """
        self.check_cost(cost)
        return take([Ask(self, key, cost)]).decision

    def refund(self, key: object, cost: int = 1, moment: int = 0) -> Decision:
        """Give back a hit that is not to count after all, at most what is still taken up.

        ``moment``: that of the decision which took it; without it the oldest hit is given back, since
        to give back the newest might let more through than the rate.

        Hits that come meanwhile have seen it: so failures are counted without a gap. ::

            attempt = failures.hit(name)
            if not attempt.allowed:
                raise TooManyRequests
            if user := authenticate(request, name, password):
                failures.refund(name, moment=attempt.moment)
        """
        self.check_cost(cost)
        return take([Ask(self, key, -cost, moment)]).decision

    def peek(self, key: object) -> Decision:
        """What a hit would find, without counting one; ``allowed`` while one more would pass."""
        return _as_peeked(self.hit(key, 0))

    def reset(self, key: object) -> None:
        """Let a key start anew. Raises ``StoreUnavailable`` where the store does not answer."""
        store_for(self.store).forget([demand.key for demand in self.demands(key, 0)])

    async def ahit(self, key: object, cost: int = 1) -> Decision:
        """``hit``, for coroutines."""
        if store_for(self.store).is_local:
            return self.hit(key, cost)
        return await sync_to_async(self.hit)(key, cost)

    async def arefund(self, key: object, cost: int = 1, moment: int = 0) -> Decision:
        """``refund``, for coroutines."""
        return await sync_to_async(self.refund)(key, cost, moment)

    async def apeek(self, key: object) -> Decision:
        """``peek``, for coroutines."""
        return _as_peeked(await self.ahit(key, 0))

    async def areset(self, key: object) -> None:
        """``reset``, for coroutines."""
        await sync_to_async(self.reset)(key)

    def check_cost(self, cost: int) -> None:
        """Raise ``ValueError`` or ``TypeError`` for a senseless cost."""
        if cost.__class__ is not int:
            raise TypeError(f"A hit on {self.name!r} costs a whole number, not {cost!r}.")
        if not 0 <= cost <= self.burst:
            raise ValueError(
                f"A hit on {self.name!r} costs from 0 to its burst of {self.burst}, not {cost}: "
                "more could never pass."
            )

    def demands(self, key: object, cost: int, moment: int = 0) -> list[Demand]:
        """What a hit asks of the store; with a negative cost it gives back. Raises ``TypeError``."""
        state = _keyed().copy()
        if apart := namespace_of(self.store):
            state.update(f"{apart}\0".encode())
        state.update(text_of(key).encode("utf-8", "surrogatepass"))
        client = state.hexdigest()
        # In braces, so that a cluster keeps all policies of a client on one server.
        return [
            Demand(f"{{{client}}}{suffix}", cost * interval, capacity, window, moment)
            for suffix, interval, capacity, window in self._parts
        ]


def _suffix(scope: str, policy: str, rate: Rate) -> str:
    # A bucket keeps what means nothing to a window; of a day's window one of a minute would drop the most.
    return blake2b(f"{scope}\0{policy}\0{rate.window}".encode(), digest_size=6).hexdigest()


class Ask(NamedTuple):
    """One throttle asked about one client."""

    throttle: Throttle
    key: object
    cost: int
    moment: int = 0


class Outcome(NamedTuple):
    """A decision, and what it took."""

    decision: Decision
    taken: tuple[Taken, ...] = ()

    def given_back(self, deadline: float, asks: Sequence[Ask] | None = None) -> Outcome:
        """What the client is told once a later decision refused it, or what only some asks took is back."""
        if not self.taken:
            return self
        policies = None if asks is None else {id(p) for ask in asks for p in ask.throttle.policies}
        decisions, kept = [], []
        for taken in self.taken:
            returned, rest = (taken, None) if policies is None else taken.split(policies)
            if returned is not None:
                decisions.append(returned.give_back(deadline))
            if rest is not None:
                kept.append(rest)
                decisions.append(rest.decision)
        return Outcome(join(decisions), tuple(kept))


def deadline_for(asks: Sequence[Ask]) -> float:
    """By ``time.monotonic``, when a decision that begins now has to be there, with all that it takes."""
    if len(asks) == 1:
        return store_for(asks[0].throttle.store).deadline()
    return min(store_for(ask.throttle.store).deadline() for ask in asks)


def take(asks: Sequence[Ask], now: int | None = None, deadline: float | None = None) -> Outcome:
    """Decide all asks together: either each takes its part, or none does.

    Those whose counts one server keeps are decided in one trip. ``now``: microseconds since the epoch,
    in place of the store's own clock. ``deadline``: as of ``deadline_for``.
    """
    if not options.current().enabled:
        return Outcome(_unlimited(asks))
    if len(asks) == 1:
        store = store_for(asks[0].throttle.store)
        if deadline is None:
            deadline = store.deadline()
        server, part = _asked(asks[0], store, deadline)
        return _counted(server, [part], now, deadline)
    if deadline is None:
        deadline = deadline_for(asks)
    by_server: dict[Breaker, list[Part]] = {}
    for ask in asks:
        server, part = _asked(ask, store_for(ask.throttle.store), deadline)
        by_server.setdefault(server, []).append(part)
    if len(by_server) == 1:
        return _counted(server, by_server[server], now, deadline)
    return _take_in_turn(by_server, now, deadline)


def _asked(ask: Ask, store: Watched, deadline: float) -> tuple[Breaker, Part]:
    throttle, key, cost, moment = ask
    demands = throttle.demands(key, cost, moment)
    server = store.server_of(demands[0].key, deadline)
    on_outage = throttle.on_outage or options.current().on_outage
    return server, Part(throttle.policies, demands, on_outage)


def _counted(server: Breaker, parts: Sequence[Part], now: int | None, deadline: float) -> Outcome:
    decided, taken = count(server, parts, now, deadline)
    return Outcome(decided, () if taken is None else (taken,))


def _take_in_turn(
    by_server: Mapping[Breaker, Sequence[Part]], now: int | None, deadline: float
) -> Outcome:
    outcomes: list[Outcome] = []
    for server in sorted(by_server, key=lambda server: server.name):
        outcomes.append(_counted(server, by_server[server], now, deadline))
        if not outcomes[-1].decision.allowed:
            outcomes = [outcome.given_back(deadline) for outcome in outcomes]
            break
    taken_from = tuple(part for outcome in outcomes for part in outcome.taken)
    return Outcome(join([outcome.decision for outcome in outcomes]), taken_from)


async def atake(
    asks: Sequence[Ask], now: int | None = None, deadline: float | None = None
) -> Outcome:
    """``take``, for coroutines: a store that may keep one waiting is asked in a thread."""
    if all(store_for(ask.throttle.store).is_local for ask in asks):
        return take(asks, now)
    outcome: Outcome = await sync_to_async(take)(asks, now, deadline)
    return outcome


def _unlimited(asks: Sequence[Ask]) -> Decision:
    limit = min(ask.throttle.policies[0].rate.limit for ask in asks)
    return Decision(allowed=True, limit=limit, remaining=limit, retry_after=0.0, policies=())


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
        any(each.outage for each in decisions),
    )


def _as_peeked(decided: Decision) -> Decision:
    if not decided.policies or decided.remaining:
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
    secret = blake2b(force_bytes(settings.SECRET_KEY)).digest()
    return blake2b(key=secret, digest_size=12)


conf.forget_on_change({"SECRET_KEY"}, _keyed.cache_clear)
