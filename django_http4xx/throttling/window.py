"""The strict window: at most so many hits in any period, in bounded memory.

What a store keeps for a client is a head, which tells when the newest step began and how many hits count,
and the steps, the oldest first, each with the time of its *last* hit and its number of hits. Up to a limit
of 128 each hit is a step of its own. Beyond, hits within a 128th of the period share one: a client never
has more than the limit, and waits at most that much longer.

Times are in microseconds, 7 bytes in the head; numbers are of 4 bytes, all big-endian. A step's time is of 5
bytes, the lowest of it, for the others follow from the head's; of periods above 11 days all 7 are kept. So
a client takes 1.2 kB at most. ``hits.lua`` does the same on Redis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .algorithm import Demand, Level

STEPS = 128
HEAD = 11
_NUMBER = 2**32 - 1


class Layout(NamedTuple):
    """How the steps of a window are kept: the bytes of each, and of its time the bits that are written.

    A time is less than ``ahead`` microseconds later than that of the head.
    """

    size: int
    bits: int
    ahead: int


_SHORT = Layout(9, 2**40 - 1, 2**36)
_LONG = Layout(11, 2**56 - 1, 2**52)


def is_long(period: int) -> bool:
    """Whether the steps of such a window take more bytes."""
    return period >= _SHORT.bits - _SHORT.ahead


def hit(state: bytes, demand: Demand, now: int) -> tuple[Level, bytes]:
    """Where a client stands before a hit, and what to keep if the hit is taken.

    A hit that has no room leaves what is kept as it was, unless the clock was put back: nobody is to
    wait for that, so that what seems to come later counts as now.
    """
    _key, cost, limit, period, moment = demand
    layout = _LONG if is_long(period) else _SHORT
    if not state:
        taken = _head(now, cost) + _step(now, cost, layout) if 0 < cost <= limit else state
        return (0, 0 if cost <= limit else period, period, now), taken
    size, bits, ahead = layout
    head = int.from_bytes(state[:HEAD])
    first, total = head >> 32, head & _NUMBER
    # `_read`, written out, as all of this is most of what a hit in memory takes.
    latest = first + ahead
    newest = int.from_bytes(state[-size:])
    if latest - (latest - (newest >> 32) & bits) > now:
        state = _brought_back(state, now, layout)
        first = min(first, now)
        latest = first + ahead
    start, end = HEAD, len(state)
    horizon, leaves = now - period, period
    while start < end:
        step = int.from_bytes(state[start : start + size])
        leaves = latest - (latest - (step >> 32) & bits) - horizon
        if leaves > 0:
            break
        total -= step & _NUMBER
        start += size
    else:
        leaves = period
    # To look and to give back always fit; one tells when one hit more would.
    over = total + (cost if cost > 0 else cost + 1) - limit
    if over > 0:
        wait = _wait(_steps(state, start, layout), over, horizon) or period
        level = (total, wait, leaves, now)
        if cost > 0:
            return level, state
    else:
        level = (total, 0, leaves, now)
    if cost > 0:
        total += cost
        if limit > STEPS and start < end and now - first < -(-period // STEPS):
            same = ((now & bits) << 32 | (newest & _NUMBER) + cost).to_bytes(size)
            return level, (first << 32 | total).to_bytes(HEAD) + state[start:-size] + same
        return level, _head(now, total) + _kept(state, start, first, layout) + _step(
            now, cost, layout
        )
    if cost < 0 and not 0 < moment <= horizon:
        return level, _given_back(list(_steps(state, start, layout)), first, demand)
    return level, state


def _head(first: int, total: int) -> bytes:
    return (first << 32 | total).to_bytes(HEAD)


def _step(last: int, number: int, layout: Layout) -> bytes:
    return ((last & layout.bits) << 32 | number).to_bytes(layout.size)


def _read(state: bytes, at: int, first: int, layout: Layout) -> tuple[int, int]:
    size, bits, ahead = layout
    step = int.from_bytes(state[at : at + size])
    latest = first + ahead
    return latest - (latest - (step >> 32) & bits), step & _NUMBER


def _steps(state: bytes, start: int, layout: Layout) -> Iterator[tuple[int, int]]:
    first = int.from_bytes(state[:HEAD]) >> 32
    return (_read(state, at, first, layout) for at in range(start, len(state), layout.size))


def _brought_back(state: bytes, now: int, layout: Layout) -> bytes:
    head = int.from_bytes(state[:HEAD])
    return _head(min(head >> 32, now), head & _NUMBER) + b"".join(
        _step(min(last, now), number, layout) for last, number in _steps(state, HEAD, layout)
    )


def _wait(steps: Iterable[tuple[int, int]], over: int, horizon: int) -> int:
    """Microseconds until so many have left; 0 where that would not do."""
    for last, number in steps:
        over -= number
        if over <= 0:
            return last - horizon
    return 0


def _kept(state: bytes, start: int, first: int, layout: Layout) -> bytes:
    """The steps that stay beside a new one."""
    size = layout.size
    if len(state) - start <= STEPS * size:
        return state[start:]
    # Only where the rate was another before. The later time errs closed.
    (_, oldest), (last, number), *_ = _steps(state, start, layout)
    return _step(last, oldest + number, layout) + state[start + 2 * size :]


def _given_back(steps: list[tuple[int, int]], first: int, demand: Demand) -> bytes:
    """Without what was taken at a moment; without a moment, the oldest goes, as the newest would err open."""
    _key, cost, _limit, period, moment = demand
    layout = _LONG if is_long(period) else _SHORT
    surplus = -cost
    kept: list[tuple[int, int]] = []
    is_found = False
    for last, before in steps:
        number = before
        if not moment or last == moment or (last > moment and not is_found):
            number -= min(before, surplus)
            surplus -= before - number
            is_found = True
        if number:
            kept.append((last, number))
    if not kept:
        return b""
    newest = kept[-1][0]
    if newest != steps[-1][0]:
        # What comes next is no part of the step before the one that went: that would hold it back, too.
        first = newest - -(-period // STEPS)
    return _head(first, sum(number for _last, number in kept)) + b"".join(
        _step(last, number, layout) for last, number in kept
    )
