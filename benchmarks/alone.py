"""What an error costs by itself: no middleware but ours, or an empty one, so that nothing hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.test import RequestFactory
from django.test.utils import override_settings
from rest_framework.exceptions import NotFound as ApiNotFound
from rest_framework.views import APIView
from rest_framework.views import exception_handler as frameworks_own

from django_http4xx.rest_framework import compatible_exception_handler

from . import rest_framework
from ._comparison import Comparison, always
from ._site import EMPTY, OURS, answered
from .spine import HTML, JSON, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._comparison import Side

DJANGOS_HANDLERS = "benchmarks.spine.DjangosHandlersMiddleware"


def comparisons() -> Iterator[Comparison]:
    yield Comparison(
        "A success through our middleware, against an empty one",
        ours=_sent("succeeds", OURS),
        theirs=_sent("succeeds", EMPTY),
        limit=1.0,
        or_more=1.0e-6,
    )
    yield Comparison(
        "A raised problem as JSON, against JsonResponse with the same bytes",
        ours=_sent("raises", OURS, headers=JSON, status=404),
        theirs=_sent("answers-by-hand", EMPTY, headers=JSON, status=404),
        limit=1.7,
    )
    page = answered("/raises/", OURS, headers=HTML, status=404)().content.decode()
    with override_settings(TEMPLATES=[_plain_page(page)]):
        yield Comparison(
            "NotFound as a page, against Django's handler with a cached template",
            ours=_sent("raises", OURS, headers=HTML, status=404),
            theirs=_sent("raises-one-of-django", DJANGOS_HANDLERS, headers=HTML, status=404),
            limit=0.9,
        )
    with override_settings(ROOT_URLCONF=rest_framework.__name__):
        for name, address, theirs, limit in (
            (
                "NotFound of an API, against the framework's own handler",
                "missing",
                "framework",
                1.3,
            ),
            ("NotFound of an API, against drf-standardized-errors", "missing", "dse", 1.1),
            ("100 errors of an API, against drf-standardized-errors", "invalid", "dse", 0.9),
        ):
            yield Comparison(name, _api(address, "ours"), _api(address, theirs), limit)
    for name, error in (
        ("one error", ApiNotFound()),
        ("100 errors", ApiNotFound(detail=["x"] * 100)),
    ):
        yield Comparison(
            f"The compatible handler alone with {name}, against the framework's own",
            ours=_handled(compatible_exception_handler, error),
            theirs=_handled(frameworks_own, error),
            limit=1.5,
        )


def _plain_page(page: str) -> dict[str, object]:
    """``TEMPLATES`` with the page in one language, and nothing in it but the view's text."""
    template = page.replace("There is no order 12.", "{{ exception }}")
    locmem = ("django.template.loaders.locmem.Loader", {TEMPLATE: template})
    loaders = [("django.template.loaders.cached.Loader", [locmem])]
    backend = "django.template.backends.django.DjangoTemplates"
    return {"BACKEND": backend, "OPTIONS": {"loaders": loaders}}


def _sent(address: str, middleware: str, **request: Any) -> Side:
    return always(answered(f"/{address}/", middleware, **request))


def _api(address: str, handler: str) -> Side:
    if address == "missing":
        return _sent(f"missing/{handler}", EMPTY, headers=rest_framework.JSON, status=404)
    status = 422 if handler == "ours" else 400
    request = {"headers": rest_framework.JSON, "status": status, "method": "POST"}
    return _sent(f"invalid/{handler}/10", EMPTY, **request)


def _handled(handler: Callable[..., object], error: Exception) -> Side:
    view = APIView()
    view.request = view.initialize_request(RequestFactory().get("/"))
    context = {"view": view, "request": view.request}
    return always(lambda: handler(error, context))
