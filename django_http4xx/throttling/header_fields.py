"""What the client hears of its quota: ``RateLimit-Policy`` and ``RateLimit``, or their predecessors.

They follow draft-ietf-httpapi-ratelimit-headers-11. Its next version renames parameters, so the names
stand in one table.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .algorithm import PolicyState


class Vocabulary(NamedTuple):
    """How one generation of the fields says it, with one text for each policy.

    A text may use ``{name}``, ``{limit}``, ``{period}``, ``{remaining}`` and ``{window}``: the seconds in
    which the client can use no more than what remains. ``policy`` is the field that tells only the rate.
    """

    policy: str
    texts: Mapping[str, str]
    tightest_only: bool


VOCABULARIES: Mapping[str, Vocabulary] = {
    "RateLimit": Vocabulary(
        "RateLimit-Policy",
        {
            "RateLimit-Policy": '"{name}";q={limit};w={period}',
            "RateLimit": '"{name}";r={remaining};t={window}',
        },
        tightest_only=False,
    ),
    "X-RateLimit": Vocabulary(
        "X-RateLimit-Limit",
        {
            "X-RateLimit-Limit": "{limit}",
            "X-RateLimit-Remaining": "{remaining}",
            "X-RateLimit-Reset": "{window}",
        },
        tightest_only=True,
    ),
}


# Bounded: a callable may write a rate, which is part of a name, in any number of ways.
@lru_cache(maxsize=1024)
def quoted(name: str) -> str:
    r"""A policy's name for a String (RFC 9651 §3.3.3), without its quotes.

    >>> quoted('a "b"')
    'a \\"b\\"'

    Raises ``ValueError`` for a name that is not of printable ASCII.
    """
    if not name or not name.isascii() or not name.isprintable():
        raise ValueError(
            f"The name of a throttle must be printable ASCII, such as 'login', not {name!r}."
        )
    return name.replace("\\", "\\\\").replace('"', '\\"')


def fields(
    states: Sequence[PolicyState],
    vocabularies: Iterable[str],
    retry_after: int | None,
    *,
    is_known: bool = True,
) -> dict[str, str]:
    """The header fields that tell where a client stands.

    ``retry_after``: the seconds of ``Retry-After`` where the request was refused; no window ends
    later (draft-11, section 5). ``is_known``: whether the store answered; else only the rates are told.
    """
    values: dict[str, str] = {}
    for vocabulary in vocabularies:
        policy, texts, tightest_only = VOCABULARIES[vocabulary]
        told = [min(states, key=lambda state: state.remaining)] if tightest_only else states
        known = [_known(state, retry_after) for state in told]
        for field, text in texts.items():
            if is_known or field == policy:
                values[field] = ", ".join([text.format_map(values) for values in known])
    return values


def _known(state: PolicyState, retry_after: int | None) -> dict[str, object]:
    name, rate, _allowed, remaining, wait, next_after, leaves = state
    # Of a window the oldest hit says it; of a bucket what remains, so that nobody is invited to a rush.
    longest = leaves if leaves and remaining else max(wait, next_after)
    window = (
        ceil(longest) if leaves else max(ceil(longest), -(-remaining * rate.period // rate.limit))
    )
    return {
        "name": quoted(name),
        "limit": rate.limit,
        "period": rate.period,
        "remaining": remaining,
        "window": window if retry_after is None else min(window, retry_after),
    }
