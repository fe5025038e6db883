"""What a hit asks of a store, what the store finds, and what was decided.

``"5/min"`` is a strict window (``window``): at most so many in any period. ``"100/min burst 20"`` is a
bucket, GCRA, the generic cell rate algorithm (ITU-T I.371, annex A): one number for each key, its
*theoretical arrival time*. Until then the hits so far take up time, ``rate.interval`` each. A hit fits as
long as no more than ``burst`` intervals are taken up.

A store keeps these states and does the part that has to be done at once, in ``take``.
"""

from __future__ import annotations

from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from .rates import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from .rates import Rate

    # What earlier hits take up; for a window also the microseconds until this one would fit and until
    # the oldest hit leaves; the store's time.
    Level: TypeAlias = tuple[int, int, int, int]


class Policy(NamedTuple):
    """A rate and the name that clients hear of it.

    ``interval``: what one hit takes up of ``capacity``: 1 of a window, microseconds of a bucket.
    """

    name: str
    rate: Rate
    interval: int
    capacity: int


class Demand(NamedTuple):
    """What a hit asks of a store for one policy.

    ``cost`` and ``capacity`` are numbers of hits in a window of ``window`` microseconds, or microseconds
    of a bucket, where ``window`` is 0. A cost of 0 only looks; a negative one gives back what was taken
    at ``moment``, in microseconds by the store's clock, or what was taken first where that is 0.
    """

    key: str
    cost: int
    capacity: int
    window: int = 0
    moment: int = 0


class PolicyState(NamedTuple):
    """Where a client stands with one policy after a hit; times in seconds.

    ``retry_after``: when the hit that was refused would fit, 0 where it fitted. ``next_after``: when
    one more hit fits, 0 where it does already. ``leaves``: when the oldest hit leaves a window; 0 for a
    bucket.
    """

    name: str
    rate: Rate
    allowed: bool
    remaining: int
    retry_after: float
    next_after: float
    leaves: float = 0.0


class Decision(NamedTuple):
    """Whether a hit may pass, and what to tell the client; times in seconds.

    ``limit`` and ``remaining`` are those of the policy that has the least left, ``retry_after`` is the
    time until all policies have room again. ``outage``: the store did not answer in time, so
    ``on_outage`` decided: by this process's own count, or with no ``policies`` for ``"allow"`` and
    ``"deny"``. ``moment``: when it was taken, in microseconds by the store's clock, which
    ``Throttle.refund`` wants to know; 0 where it was not.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after: float
    policies: tuple[PolicyState, ...]
    outage: bool = False
    moment: int = 0


_remaining = attrgetter("remaining")


def taken_up(arrival: int, now: int, capacity: int) -> int:
    """Microseconds that earlier hits still take up.

    It can be no more than the capacity: where it seems to be, the clock was put back or the rate
    was lowered, and nobody is to wait for that.
    """
    return min(max(arrival - now, 0), capacity)


def fits(demands: Sequence[Demand], levels: Sequence[Level]) -> bool:
    """Whether every policy has room for its part: all or nothing.

    To look and to give back always fit, also where the limit was lowered meanwhile.
    """
    for demand, level in zip(demands, levels, strict=True):
        if demand[1] > 0 and level[0] + demand[1] > demand[2]:
            return False
    return True


def decision(
    policies: Sequence[Policy],
    demands: Sequence[Demand],
    levels: Sequence[Level],
    *,
    outage: bool = False,
) -> Decision:
    """What follows from the levels that a store found before the hit, or this process's own in an outage.

    >>> decision([policy], [Demand("k", 1, 100, 3_600_000_000)], [(0, 0, 0, 0)]).remaining
    99
    """
    moment = levels[0][3]
    if len(demands) == 1:
        state = _state(policies[0], demands[0], levels[0], True)  # noqa: FBT003
        _name, rate, allowed, remaining, wait, _next_after, _leaves = state
        return Decision(
            allowed, rate.limit, remaining, wait, (state,), outage, moment if allowed else 0
        )
    is_taken = fits(demands, levels)
    states = tuple(map(_state, policies, demands, levels, repeat(is_taken)))
    tightest = min(states, key=_remaining)
    longest = 0.0 if is_taken else max([state.retry_after for state in states])
    limit, remaining = tightest.rate.limit, tightest.remaining
    return Decision(is_taken, limit, remaining, longest, states, outage, moment if is_taken else 0)


def _state(
    policy: Policy,
    demand: Demand,
    level: Level,
    is_taken: bool,  # noqa: FBT001 - by keyword it takes a quarter longer
) -> PolicyState:
    name, rate, interval, capacity = policy
    used, wait, leaves, _moment = level
    cost = demand[1]
    over = used + cost - capacity
    allowed = over <= 0 or cost <= 0
    if not demand[3]:
        wait = over
    after = max(used + cost, 0) if allowed and is_taken else used
    retry_after = 0.0 if allowed else wait / SECOND
    oldest = leaves / SECOND
    if after + interval <= capacity:
        remaining = (capacity - after) // interval
        return PolicyState(name, rate, allowed, remaining, retry_after, 0.0, oldest)
    if not demand[3]:
        next_after = (after + interval - capacity) / SECOND
    else:
        # One hit more fits when the oldest leaves, unless the limit was lowered meanwhile.
        next_after = (wait if used > capacity else leaves) / SECOND
    return PolicyState(name, rate, allowed, 0, retry_after, next_after, oldest)
