"""What the editors' words cost: many rows, against none; Markdown, against built-in words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.test import RequestFactory
from django.test.utils import override_settings

from django_http4xx.exceptions import NotFound, problem_types
from django_http4xx.models import Explanation
from django_http4xx.responses import problem_response

from ._comparison import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ._comparison import Call

NUMBER = 10_000
FORMATS = {"JSON": "application/problem+json", "a page": "text/html"}
BUILT_IN = {
    "title": "Page not found",
    "explanation": "There is nothing at this address.",
    "remedy": (
        "If you typed the address, check that it is correct. If you pasted it, check that you "
        "copied all of it."
    ),
}
MARKDOWN = {
    "title": "*Nothing* here",
    "explanation": "There is **nothing** at `this` address.",
    "remedy": (
        "- If you typed the address, check that it is *correct*.\n"
        "- If you pasted it, [check](/help/) that you copied all of it."
    ),
}


class Reading:
    """A router: whose rows are read."""

    alias = "no_rows"

    def db_for_read(self, model: object, **hints: object) -> str:
        return Reading.alias


def comparisons() -> Iterator[Comparison]:
    for alias in ("no_rows", "many_rows", "markdown"):
        call_command("migrate", "django_http4xx", database=alias, verbosity=0)
    Explanation.objects.using("many_rows").bulk_create(_many())
    Explanation.objects.using("markdown").create(problem_type="not-found", **MARKDOWN)
    for name, media_type in FORMATS.items():
        yield Comparison(
            f"A problem as {name} with {NUMBER:,} rows, against none",
            ours=_explained("many_rows", media_type),
            theirs=_explained("no_rows", media_type),
            limit=1.1,
        )
    for name, media_type in FORMATS.items():
        yield Comparison(
            f"A problem as {name} in an editor's Markdown, against built-in words",
            ours=_explained("markdown", media_type),
            theirs=_explained("no_rows", media_type),
            limit=1.2,
        )


def _many() -> Iterator[Explanation]:
    """The built-in words, written by editors, for every error at many places of a site."""
    yield Explanation(problem_type="not-found", path_prefix="/shop", **BUILT_IN)
    types = [cls.problem_type for cls in problem_types()]
    for number in range(1, NUMBER):
        yield Explanation(
            problem_type=types[number % len(types)],
            path_prefix=f"/shop/{number}/tea",
            **BUILT_IN,
        )


def _explained(alias: str, media_type: str) -> Callable[[], AbstractContextManager[Call]]:
    request = RequestFactory().get("/shop/1/cups/", headers={"accept": media_type})

    @contextmanager
    def side() -> Iterator[Call]:
        with override_settings(DATABASE_ROUTERS=[f"{__name__}.Reading"]):
            Reading.alias = alias
            yield lambda: problem_response(request, NotFound())

    return side
