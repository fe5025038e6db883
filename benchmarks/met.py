"""What counting which errors visitors meet costs: an error, and a request that succeeds.

What is measured is the signal alone: a few microseconds are lost in what a whole request takes.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from django_http4xx.exceptions import NotFound
from django_http4xx.met.counting import Counts
from django_http4xx.met.flushing import Flusher
from django_http4xx.problems import explain
from django_http4xx.signals import client_error_explained

from ._comparison import Comparison, always

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._comparison import Call, Side

SITE = {"sec-fetch-site": "same-origin", "referer": "http://testserver/shop/"}
NAME = "django_http4xx.met"


def comparisons() -> Iterator[Comparison]:
    for name, path, headers in (
        ("An error that a view raised", "/raises/", {}),
        ("A 404 without a view", "/no/such/address/", {}),
        ("A broken link on the site itself", "/no/such/address/", SITE),
    ):
        call = _announcing(path, headers)
        yield Comparison(
            f"{name}: the signal with the counting, against without",
            ours=_counting(call),
            theirs=_not_counting(call),
            limit=1.0,
            or_more=3e-6,
        )
    finished = partial(request_finished.send, sender=WSGIHandler)
    yield Comparison(
        "A request that succeeds: the signal of its end with the counting, against without",
        ours=_counting(finished),
        theirs=always(finished),
        limit=1.05,
        or_more=0.3e-6,
    )


def _announcing(path: str, headers: dict[str, str]) -> Call:
    request = RequestFactory().get(path, headers=headers)
    with suppress(Resolver404):
        request.resolver_match = resolve(path)
    problem = explain(request, NotFound(), "en")
    return partial(
        client_error_explained.send_robust,
        sender=NotFound,
        request=request,
        problem=problem,
        response=None,
    )


def _not_counting(call: Call) -> Side:
    @contextmanager
    def side() -> Iterator[Call]:
        client_error_explained.disconnect(dispatch_uid=NAME)
        yield call

    return side


def _counting(call: Call) -> Side:
    flusher = Flusher()
    # Nothing is written: a connection to a database in memory is another one in each thread.
    flusher.counts = Counts(lambda: None)

    @contextmanager
    def side() -> Iterator[Call]:
        client_error_explained.disconnect(dispatch_uid=NAME)
        client_error_explained.connect(flusher.count, weak=False, dispatch_uid=NAME)
        try:
            yield call
        finally:
            client_error_explained.disconnect(dispatch_uid=NAME)

    return side
