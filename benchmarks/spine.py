"""What the way through the house costs: the middleware, a problem as JSON, a problem as a page."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.test import RequestFactory
from django.test.utils import override_settings
from django.views.defaults import page_not_found

from django_http4xx.exceptions import Conflict, NotFound, ProblemType
from django_http4xx.responses import problem_response

from ._comparison import Comparison, always
from ._site import EMPTY, sent
from ._urls import urlpatterns  # noqa: F401 - the URLconf of Django's own handlers is this module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from ._comparison import Call

OURS = "django_http4xx.middleware.Http4xxMiddleware"
JSON = {"accept": "application/problem+json"}
HTML = {"accept": "text/html"}

# Not "404.html", which our page would give way to.
TEMPLATE = "djangos-404.html"
handler404 = partial(page_not_found, template_name=TEMPLATE)

# What a page in two languages has to translate.
_TRANSLATED = (
    "Page not found",
    str(NotFound.remedy),
    "Where to go from here",
    "Home page",
    "Error code:",
    "Reference, if you ask for help:",
)


class DjangosHandlersMiddleware:
    """Gives a request the URLconf with Django's own handlers."""

    def __init__(self, get_response: Call) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.urlconf = __name__
        return self.get_response(request)


def _with(other: str) -> list[str]:
    """The project's middleware, with another one in the place of ours."""
    return [other if path == OURS else path for path in settings.MIDDLEWARE]


def comparisons() -> Iterator[Comparison]:
    yield Comparison(
        "A successful request through our middleware, against an empty one",
        ours=always(sent("/succeeds/")),
        theirs=always(sent("/succeeds/", middleware=_with(EMPTY))),
        limit=1.05,
        or_more=1.5e-6,
    )
    raised = sent("/raises/", headers=JSON, status=404)
    by_hand = sent("/answers-by-hand/", headers=JSON, status=404)
    if len(raised().content) != len(by_hand().content):
        raise ValueError("Both sides have to send the same bytes.")
    yield Comparison(
        "A raised problem as JSON, against JsonResponse(status=404) with the same bytes",
        ours=always(raised),
        theirs=always(by_hand),
        limit=1.6,
    )
    raised = sent("/raises/", headers=HTML, status=404)
    with override_settings(TEMPLATES=[same_page(raised().content.decode())]):
        by_django = sent(
            "/raises-one-of-django/",
            middleware=_with(f"{__name__}.DjangosHandlersMiddleware"),
            headers=HTML,
            status=404,
        )
        yield Comparison(
            "NotFound as a page, against Django's handler with a template of the same size",
            ours=always(raised),
            theirs=always(by_django),
            limit=1.0,
        )
    yield Comparison(
        "A problem in a project with 1,000 types of its own, against one with one",
        ours=lambda: _project_with(1000),
        theirs=lambda: _project_with(1),
        limit=1.05,
    )


def same_page(page: str) -> dict[str, object]:
    """``TEMPLATES`` with one that gives the page, behind the cached loader.

    It says what ours says, in the language of the reader, as a project's own would.
    """
    template = page.replace("There is no order 12.", "{{ exception }}")
    for text in _TRANSLATED:
        if text not in template:
            raise ValueError(f"Our page does not say {text!r} any more.")
        template = template.replace(text, f'{{% translate "{text}" %}}')
    locmem = ("django.template.loaders.locmem.Loader", {TEMPLATE: "{% load i18n %}" + template})
    [project] = settings.TEMPLATES
    loaders = [("django.template.loaders.cached.Loader", [locmem])]
    return {**project, "APP_DIRS": False, "OPTIONS": {**project["OPTIONS"], "loaders": loaders}}


@contextmanager
def _project_with(number: int) -> Iterator[Call]:
    """A project that has so many problem types of its own, all known by now; one is raised."""
    gc.collect()  # the types of the round before
    types = [
        ProblemType(f"Type{index}", (Conflict,), {"__module__": __name__, "title": f"T {index}"})
        for index in range(number)
    ]
    request = RequestFactory().get("/", headers=JSON)
    for problem_type in types:
        problem_response(request, problem_type())
    yield lambda: problem_response(request, problem_type())
