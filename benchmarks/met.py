"""What counting which errors visitors meet costs: an error, and a request that succeeds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django_http4xx.met.flushing import flusher
from django_http4xx.signals import client_error_explained

from ._comparison import Comparison, always
from ._site import sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._comparison import Call, Side

JSON = {"accept": "application/problem+json"}
LINK = {**JSON, "sec-fetch-site": "same-origin", "referer": "http://testserver/shop/"}
NAME = "django_http4xx.met"
# What an error may cost.
MOST = 3e-6


def comparisons() -> Iterator[Comparison]:
    for name, path, headers in (
        ("An error that a view raised, counted", "/raises/", JSON),
        ("A 404 without a view, counted", "/no/such/address/", JSON),
        ("A broken link on the site itself, counted", "/no/such/address/", LINK),
    ):
        call = sent(path, headers=headers, status=404)
        yield Comparison(
            f"{name}, against not counted",
            ours=_counting(call),
            theirs=always(call),
            limit=1.0,
            or_more=MOST,
        )
    call = sent("/succeeds/")
    yield Comparison(
        "A successful request where errors are counted, against one where they are not",
        ours=_counting(call),
        theirs=always(call),
        limit=1.0,
        or_more=0.3e-6,
    )


def _counting(call: Call) -> Side:
    @contextmanager
    def side() -> Iterator[Call]:
        client_error_explained.connect(flusher.count, weak=False, dispatch_uid=NAME)
        try:
            call()  # the first error of a kind starts the thread that writes
            yield call
        finally:
            client_error_explained.disconnect(dispatch_uid=NAME)

    return side
