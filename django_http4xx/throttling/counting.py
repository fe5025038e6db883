"""The one place where hits are decided: by the store in time, else here, by what this process knows."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from .algorithm import Decision, decision
from .exceptions import StoreUnavailable
from .options import COUNT_HERE, DENY
from .outages import RETRY_AFTER

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from .algorithm import Demand, Level, Policy
    from .outages import Breaker


class Part(NamedTuple):
    """What is asked, and ``on_outage``: what holds where the store does not answer."""

    policies: Sequence[Policy]
    demands: Sequence[Demand]
    on_outage: str


class Taken(NamedTuple):
    """What a hit took, so that it can be given back; ``here`` is what this process noted of it.

    ``moment``: when, in microseconds by this process's clock.
    """

    server: Breaker
    policies: Sequence[Policy]
    demands: Sequence[Demand]
    levels: Sequence[Level]
    here: Sequence[Demand]
    now: int | None
    moment: int
    is_from_store: bool = True
    here_moment: int = 0

    @property
    def decision(self) -> Decision:
        """What it decided."""
        outage = not self.is_from_store
        return decision(self.policies, self.demands, self.levels, outage=outage)

    def split(self, policies: Container[int]) -> tuple[Taken | None, Taken | None]:
        """What it took of policies, which are given by ``id``, and of all others."""
        parts = []
        for is_wanted in (True, False):
            chosen = [
                each
                for each in zip(self.policies, self.demands, self.levels, strict=True)
                if (id(each[0]) in policies) is is_wanted
            ]
            keys = {demand.key for _policy, demand, _level in chosen}
            here = [demand for demand in self.here if demand.key in keys]
            columns = [list(column) for column in zip(*chosen, strict=True)]
            parts.append(self._replace_columns(columns, here) if chosen else None)
        return parts[0], parts[1]

    def _replace_columns(self, columns: Any, here: Sequence[Demand]) -> Taken:
        return self._replace(policies=columns[0], demands=columns[1], levels=columns[2], here=here)

    def give_back(self, deadline: float) -> Decision:
        """What the client is told afterwards. A server that went down meanwhile keeps what it has."""
        if self.is_from_store:
            with suppress(StoreUnavailable):  # the breaker has logged it
                self.server.take(
                    self._returned(self.demands, self.levels[0][3]), self.now, deadline
                )
        if self.here:
            self.server.mirror.take(self._returned(self.here, self.here_moment), self.now)
        outage = not self.is_from_store
        return decision(self.policies, _looked(self.demands), self.levels, outage=outage)

    def _returned(self, demands: Sequence[Demand], moment: int) -> list[Demand]:
        """What of it is still taken up: what was free again meanwhile, others may have taken.

        A window finds that out by the moment of taking.
        """
        passed = 0 if self.now is not None else max(_now() - self.moment, 0)
        left = {
            demand.key: demand.cost
            if demand.window
            else min(demand.cost, max(level[0] + demand.cost - passed, 0))
            for demand, level in zip(self.demands, self.levels, strict=True)
        }
        return [demand._replace(cost=-left[demand.key], moment=moment) for demand in demands]


def count(
    server: Breaker, parts: Sequence[Part], now: int | None, deadline: float
) -> tuple[Decision, Taken | None]:
    """Decide parts whose keys one server keeps: either each takes its share, or none does.

    This process notes what it lets pass. While the store does not answer, and for one period after, a
    hit has to fit in what is noted, too: so no process lets more than the limit through, whichever of
    the two decides. What is decided without the store has ``outage`` set.
    """
    policies, demands, _ = parts[0] if len(parts) == 1 else _joined(parts)
    noted = None if server.is_local else _noted(parts)
    if noted and server.unanswered is not None and not server.is_suspected:
        before = decision(
            noted.policies, noted.demands, server.mirror.take(_looked(noted.demands), now)
        )
        if _refuses(server, before):
            return before, None
    levels = _answer(server, demands, now, deadline)
    if levels is None:
        return _without_store(server, parts, now)
    decided = decision(policies, demands, levels)
    if not decided.allowed:
        return decided, None
    if noted is None:
        moment = levels[0][3] if server.is_local else _now()
        return decided, Taken(server, policies, demands, levels, (), now, moment)
    here = server.mirror.take(noted.demands, now)
    # Only now: what another thread has counted here meanwhile is noted already.
    if server.unanswered is not None:
        by_us = decision(noted.policies, noted.demands, here)
        if _refuses(server, by_us):
            with suppress(StoreUnavailable):
                server.take(_returned(demands, levels[0][3]), now, deadline)
            return by_us, None
        decided = _tighter(decided, by_us)
    return decided, Taken(
        server, policies, demands, levels, noted.demands, now, _now(), here_moment=here[0][3]
    )


def _answer(
    server: Breaker, demands: Sequence[Demand], now: int | None, deadline: float
) -> Sequence[Level] | None:
    if server.is_left_alone():  # to raise and to catch costs as much as to decide
        return None
    try:
        return server.take(demands, now, deadline)
    except StoreUnavailable:
        return None


def _without_store(
    server: Breaker, parts: Sequence[Part], now: int | None
) -> tuple[Decision, Taken | None]:
    is_denied = DENY in [part.on_outage for part in parts]
    noted = None if is_denied else _noted(parts)
    if noted is None:
        limit = min(part.policies[0].rate.limit for part in parts)
        wait = RETRY_AFTER if is_denied else 0.0
        return Decision(not is_denied, limit, 0, wait, (), outage=True), None
    policies, demands, _ = noted
    levels = server.mirror.take(demands, now)
    decided = decision(policies, demands, levels, outage=True)
    if not decided.allowed:
        return decided, None
    if [demand for demand in demands if demand[1]]:
        server.counted_here()
    moment = levels[0][3]
    taken = Taken(server, policies, demands, levels, demands, now, moment, False, moment)  # noqa: FBT003
    return decided, taken


def _refuses(server: Breaker, here: Decision) -> bool:
    """Whether what this process let pass leaves no room, for policies that it still matters to."""
    if here.allowed or server.unanswered is None:
        return False
    since = monotonic() - server.unanswered
    return any(not state.allowed and since < state.rate.period for state in here.policies)


def _tighter(decided: Decision, here: Decision) -> Decision:
    """What the client is told where both let it pass: of each policy what has less left."""
    own = {(state.name, state.rate): state for state in here.policies}
    states = tuple(
        min(state, own.get((state.name, state.rate), state), key=lambda each: each.remaining)
        for state in decided.policies
    )
    tightest = min(states, key=lambda state: state.remaining)
    return decided._replace(
        limit=tightest.rate.limit, remaining=tightest.remaining, policies=states
    )


def _noted(parts: Sequence[Part]) -> Part | None:
    """What this process notes of them, for when the store does not answer."""
    noted = [part for part in parts if part.on_outage == COUNT_HERE]
    if not noted:
        return None
    joined = _joined(noted)
    if joined.demands[0].moment:
        # It is by the store's clock; here the oldest goes, which never errs open.
        joined = joined._replace(demands=[each._replace(moment=0) for each in joined.demands])
    return joined


def _joined(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    return Part(
        [policy for part in parts for policy in part.policies],
        [demand for part in parts for demand in part.demands],
        COUNT_HERE,
    )


def _looked(demands: Sequence[Demand]) -> list[Demand]:
    return [demand._replace(cost=0) for demand in demands]


def _now() -> int:
    return time_ns() // 1000


def _returned(demands: Sequence[Demand], moment: int) -> list[Demand]:
    return [demand._replace(cost=-demand.cost, moment=moment) for demand in demands]
