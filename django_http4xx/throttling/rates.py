"""Rates as one writes them: ``"100/h"``, ``"5/10min"``, ``"1000 per day"``, ``"100/min burst 20"``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST = 2**32 - 1  # hits in a window
SECOND = 1_000_000  # in microseconds, the unit that every store counts in
UNITS = {
    "second": (SECOND, ("s", "sec", "secs", "second", "seconds")),
    "minute": (60 * SECOND, ("m", "min", "mins", "minute", "minutes")),
    "hour": (3600 * SECOND, ("h", "hr", "hrs", "hour", "hours")),
    "day": (86_400 * SECOND, ("d", "day", "days")),
    "week": (604_800 * SECOND, ("w", "wk", "wks", "week", "weeks")),
}
_LENGTHS = {name: length for length, names in UNITS.values() for name in names}

# Times up to here stay exact where a store counts in floating point, as Redis does.
_LONGEST = 100 * 365 * 86_400 * SECOND

_rate = re.compile(
    r"(?P<limit>[0-9]+)\s*(?:/|\s+per\s)\s*(?P<count>[0-9]*)\s*(?P<unit>[a-z]+)"
    r"(?:\s+burst\s+(?P<burst>[0-9]+))?"
).fullmatch


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` hits in any ``period`` seconds; with a ``burst``, a bucket.

    The bucket lets ``burst`` hits pass at once and then one after each ``interval``.

    >>> parse("100/min burst 20")
    Rate(limit=100, period=60, burst=20)
    """

    limit: int
    period: int
    burst: int | None = None

    @property
    def most_at_once(self) -> int:
        """How many hits may come at once after a rest."""
        return self.limit if self.burst is None else self.burst

    @property
    def interval(self) -> int:
        """Microseconds that one hit takes up of a bucket, rounded down in the client's favour."""
        return self.period * SECOND // self.limit

    @property
    def window(self) -> int:
        """Microseconds in which hits count; 0 for a bucket."""
        return self.period * SECOND if self.burst is None else 0


# Bounded: a callable may write a rate in any number of ways.
@lru_cache(maxsize=1024)
def parse(text: str) -> Rate:
    """The rate that a text names.

    A text is a number of hits, ``/`` or ``per``, and a period: a unit with or without a number
    before it.

    Raises ``ValueError``, naming the text and the units that there are, for anything else.
    """
    found = _rate(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise _senseless(text, "it is not in that form")
    if found["unit"] not in _LENGTHS:
        raise _senseless(text, f"there is no unit {found['unit']!r}")
    limit, count = int(found["limit"]), int(found["count"] or 1)
    burst = None if found["burst"] is None else int(found["burst"])
    if not (limit and count) or burst == 0:
        raise _senseless(text, "0 lets nothing through")
    rate = Rate(limit, count * _LENGTHS[found["unit"]] // SECOND, burst)
    if rate.interval == 0:
        raise _senseless(text, "a million per second is the most that can be counted")
    if max((rate.burst or 0) * rate.interval, rate.period * SECOND) > _LONGEST:
        raise _senseless(text, "it would take more than a century")
    if burst is None and limit > MOST:
        raise _senseless(text, f"{MOST} is the most that can be counted in a window")
    return rate


def _senseless(text: object, reason: str) -> ValueError:
    units = ", ".join(f"{name} ({', '.join(names)})" for name, (_, names) in UNITS.items())
    return ValueError(
        f"{text!r} is not a rate: {reason}. Write '100/h', '5/10min', '1000 per day' or "
        f"'100/min burst 20'. The units: {units}; months and years differ in length."
    )
