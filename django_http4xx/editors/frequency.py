"""How often visitors meet each error, if an installed app counts them (``django_http4xx.met``).

The overview asks the functions in ``MEASURES``, so it does not import the app.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from django_http4xx.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest


class BrokenLink(NamedTuple):
    """An address that links on the site itself lead to in vain, and how often somebody followed one.

    ``prefix``: the path prefix for words of its own, or empty. ``redirect``: the address of the form
    for a redirect, or empty.
    """

    address: str
    times: int
    prefix: str
    redirect: str


@dataclass(frozen=True)
class Frequency:
    """How often an error was met in the last seven days, and in the seven days before.

    ``scanned``: how many of the former were addresses that only scanners ask for.
    """

    this_week: int
    last_week: int = 0
    scanned: int = 0
    broken_links: Sequence[BrokenLink] = ()


Measured: TypeAlias = "Mapping[str, Frequency]"

# Each returns the frequencies by problem type, or `None` if the user may not see them.
MEASURES: list[Callable[[HttpRequest], Measured | None]] = []


def measured(request: HttpRequest) -> Measured:
    """The frequencies by problem type; empty if nothing is counted, or the user may not see it."""
    for measure in MEASURES:
        try:
            if (found := measure(request)) is not None:
                return found
        except Exception:
            logger.exception("The overview cannot tell how often visitors meet each error.")
    return {}
