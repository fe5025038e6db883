"""Two ways to do one thing, measured side by side."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from time import process_time
from timeit import Timer
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Call: TypeAlias = Callable[[], object]
    # What has to be in place while a side is measured; it gives the call to measure.
    Side: TypeAlias = Callable[[], AbstractContextManager[Call]]

ROUNDS = 100
SECONDS_IN_A_ROUND = 0.005


@dataclass(frozen=True)
class Comparison:
    """What we do, against what there would be without it.

    ``limit``: how many times as long ours may take. ``or_more``: how many seconds longer it may
    take, where that is more. ``timer``: by default the time of this process, which does not count what
    others do meanwhile; where a server answers, its time has to count. ``rounds``: fewer for what takes
    seconds.
    """

    name: str
    ours: Side
    theirs: Side
    limit: float
    or_more: float = 0.0
    timer: Callable[[], float] = process_time
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Result:
    """The seconds that a call takes on each side, in its best round."""

    comparison: Comparison
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def more(self) -> float:
        """How many seconds longer ours takes."""
        return self.ours - self.theirs

    @property
    def holds(self) -> bool:
        return self.ratio <= self.comparison.limit or (0 < self.more <= self.comparison.or_more)


def always(call: Call) -> Side:
    """A side that needs nothing to be in place."""
    return lambda: nullcontext(call)


def measure(comparison: Comparison) -> Result:
    """Measure both sides in turns: what else the machine does meets them alike.

    The best round counts, since everything else can only slow a call down.
    """
    sides = (comparison.ours, comparison.theirs)
    best = [float("inf"), float("inf")]
    timer = comparison.timer
    number = [_calls_in_a_round(side, timer) for side in sides]
    for turn in range(comparison.rounds):
        for place in (0, 1) if turn % 2 else (1, 0):
            with sides[place]() as call:
                seconds = Timer(call, timer=timer).timeit(number[place]) / number[place]
            best[place] = min(best[place], seconds)
    return Result(comparison, *best)


def _calls_in_a_round(side: Side, timer: Callable[[], float]) -> int:
    with side() as call:
        call()
        calls, seconds = Timer(call, timer=timer).autorange()
    return max(1, round(calls * SECONDS_IN_A_ROUND / seconds))
