"""The strict window: at most so many hits in any period, in bounded memory.

What a store keeps for a client is a series of records of 11 bytes, each a time in microseconds (7 bytes)
and a number (4 bytes), big-endian: first when the newest step began and how many hits count, then the
steps, the oldest first, each with the time of its *last* hit and its number of hits. Up to a limit of 128
each hit is a step of its own. Beyond, hits within a 128th of the period share one: a client never has
more than the limit, and waits at most that much longer. ``hits.lua`` does the same on Redis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .algorithm import Demand, Level

STEPS = 128
RECORD = 11
_NUMBER = 2**32 - 1


def hit(state: bytes, demand: Demand, now: int) -> tuple[Level, bytes]:
    """Where a client stands before a hit, and what to keep if the hit is taken.

    A hit that has no room leaves what is kept as it was, unless the clock was put back: nobody is to
    wait for that, so that what seems to come later counts as now.
    """
    _key, cost, limit, period, moment = demand
    if not state:
        taken = _packed(now, cost) * 2 if 0 < cost <= limit else state
        return (0, 0 if cost <= limit else period, period, now), taken
    first, total = _record(state, 0)
    if _record(state, -RECORD)[0] > now:
        state = _brought_back(state, now)
        first, total = _record(state, 0)
    start, size = RECORD, len(state)
    oldest = now
    while start < size:
        oldest, number = _record(state, start)
        if oldest > now - period:
            break
        total -= number
        start += RECORD
    leaves = oldest + period - now if start < size else period
    over = total + (cost or 1) - limit
    if over > 0:
        level = (total, _wait(state, start, over, now - period, period), leaves, now)
        return level, state
    level = (total, 0, leaves, now)
    if cost > 0:
        return level, _added(state, start, (first, total), demand, now)
    if cost < 0:
        has_left = moment and moment <= now - period
        return level, state if has_left else _given_back(state, start, -cost, moment)
    return level, state


def times(state: bytes, period: int, now: int) -> list[int]:
    """When the hits came that still count, in microseconds, the newest first."""
    return [
        moment
        for start in range(len(state) - RECORD, 0, -RECORD)
        for moment, number in [_record(state, start)]
        if moment > now - period
        for _ in range(number)
    ]


def _record(state: bytes, start: int) -> tuple[int, int]:
    # A record from the end has no end to name.
    record = int.from_bytes(state[start : start + RECORD] if start >= 0 else state[start:])
    return record >> 32, record & _NUMBER


def _packed(moment: int, number: int) -> bytes:
    return (moment << 32 | number).to_bytes(RECORD)


def _brought_back(state: bytes, now: int) -> bytes:
    first, total = _record(state, 0)
    steps = [_record(state, start) for start in range(RECORD, len(state), RECORD)]
    return _packed(min(first, now), total) + b"".join(
        _packed(min(moment, now), number) for moment, number in steps
    )


def _wait(state: bytes, start: int, over: int, horizon: int, period: int) -> int:
    """Microseconds until so many have left; a whole period where that would not do."""
    while start < len(state):
        moment, number = _record(state, start)
        over -= number
        if over <= 0:
            return moment - horizon
        start += RECORD
    return period


def _added(state: bytes, start: int, head: tuple[int, int], demand: Demand, now: int) -> bytes:
    first, total = head
    _key, cost, limit, period, _moment = demand
    if limit > STEPS and start < len(state) and now - first < -(-period // STEPS):
        number = _record(state, -RECORD)[1]
        newest = _packed(now, number + cost)
        return _packed(first, total + cost) + state[start:-RECORD] + newest
    return _packed(now, total + cost) + state[start:] + _packed(now, cost)


def _given_back(state: bytes, start: int, surplus: int, moment: int) -> bytes:
    """Without what was taken at a moment; without a moment, the oldest goes, as the newest would err open."""
    first = _record(state, 0)[0]
    kept: list[tuple[int, int]] = []
    is_found = False
    for at in range(start, len(state), RECORD):
        last, number = _record(state, at)
        if not moment or last == moment or (last > moment and not is_found):
            returned = min(number, surplus)
            number, surplus, is_found = number - returned, surplus - returned, True
        if number:
            kept.append((last, number))
    if not kept:
        return b""
    return _packed(first, sum(number for _last, number in kept)) + b"".join(
        _packed(*step) for step in kept
    )
