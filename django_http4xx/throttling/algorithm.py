"""GCRA, the generic cell rate algorithm, and what it decided.

One number for each key and policy, its *theoretical arrival time*: until then the hits so far take
up time, ``rate.interval`` each. A hit fits as long as no more than ``rate.capacity`` is taken up.
So a key costs the same at any limit, a client that keeps to its rate in every window is never
refused, and no window's edge lets twice the rate through at once (ITU-T I.371, annex A).

A store keeps these numbers and does the part that has to be done at once, in ``take``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .rates import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .rates import Rate


class Policy(NamedTuple):
    """A rate and the name that clients hear of it."""

    name: str
    rate: Rate
    interval: int
    capacity: int


class Demand(NamedTuple):
    """What a hit asks of a store for one policy; ``cost`` and ``capacity`` in microseconds.

    A cost of 0 only looks; a negative one gives back.
    """

    key: str
    cost: int
    capacity: int


class PolicyState(NamedTuple):
    """Where a client stands with one policy after a hit; times in seconds.

    ``retry_after``: when the hit that was refused would fit, 0 where it fitted. ``next_after``: when
    one more hit fits, 0 where it does already.
    """

    name: str
    rate: Rate
    allowed: bool
    remaining: int
    retry_after: float
    next_after: float


class Decision(NamedTuple):
    """Whether a hit may pass, and what to tell the client; times in seconds.

    ``limit`` and ``remaining`` are those of the policy that has the least left, ``retry_after`` is the
    time until all policies have room again. ``outage``: the store did not answer in time, so
    ``on_outage`` decided: by this process's own count, or with no ``policies`` for ``"allow"`` and
    ``"deny"``.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after: float
    policies: tuple[PolicyState, ...]
    outage: bool = False


def taken_up(arrival: int, now: int, capacity: int) -> int:
    """Microseconds that earlier hits still take up.

    It can be no more than the capacity: where it seems to be, the clock was put back or the rate
    was lowered, and nobody is to wait for that.
    """
    return min(max(arrival - now, 0), capacity)


def fits(demands: Sequence[Demand], levels: Sequence[int]) -> bool:
    """Whether every policy has room for its part: all or nothing."""
    for (_key, cost, capacity), level in zip(demands, levels, strict=True):
        if level + cost > capacity:
            return False
    return True


def decision(
    policies: Sequence[Policy], demands: Sequence[Demand], levels: Sequence[int]
) -> Decision:
    """What follows from the levels that a store found before the hit.

    >>> decision([policy], [Demand("k", 36_000_000, 3_600_000_000)], [0]).remaining
    99
    """
    if len(demands) == 1:
        state = _state(policies[0], demands[0], levels[0], is_taken=True)
        _name, rate, allowed, remaining, wait, _next_after = state
        return Decision(allowed, rate.limit, remaining, wait, (state,))
    is_taken = fits(demands, levels)
    states = [
        _state(policy, demand, level, is_taken=is_taken)
        for policy, demand, level in zip(policies, demands, levels, strict=True)
    ]
    tightest = min(states, key=lambda state: state.remaining)
    longest = max(state.retry_after for state in states)
    return Decision(is_taken, tightest.rate.limit, tightest.remaining, longest, tuple(states))


def _state(policy: Policy, demand: Demand, level: int, *, is_taken: bool) -> PolicyState:
    name, rate, interval, capacity = policy
    over = level + demand[1] - capacity
    if over > 0:
        allowed, wait = False, over / SECOND
    else:
        allowed, wait = True, 0.0
        if is_taken:
            level += demand[1]
    if level + interval <= capacity:
        return PolicyState(name, rate, allowed, (capacity - level) // interval, wait, 0.0)
    return PolicyState(name, rate, allowed, 0, wait, (level + interval - capacity) / SECOND)
