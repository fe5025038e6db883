"""The views that are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path

from django_http4xx.exceptions import NotFound

if TYPE_CHECKING:
    from django.http import HttpRequest


def succeeds(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Here it is.")


def raises(request: HttpRequest) -> HttpResponse:
    raise NotFound("There is no order 12.")


def raises_one_of_django(request: HttpRequest) -> HttpResponse:
    raise Http404("There is no order 12.")


def answers_by_hand(request: HttpRequest) -> HttpResponse:
    """The same bytes as ``raises`` gives, for as long as the words are these."""
    return JsonResponse(
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "code": "not-found",
            "detail": "There is no order 12.",
            "explanation": "There is nothing at this address.",
            "remedy": (
                "If you typed the address, check that it is correct. If you pasted it, check that "
                "you copied all of it."
            ),
            "reference": "b3d3e4a2-0f3a-4dfb-9f0f-3a4f3c1c7a11",
            "instance": "urn:uuid:b3d3e4a2-0f3a-4dfb-9f0f-3a4f3c1c7a11",
        },
        status=404,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


urlpatterns = [
    path("succeeds/", succeeds),
    path("raises/", raises),
    path("raises-one-of-django/", raises_one_of_django),
    path("answers-by-hand/", answers_by_hand),
]
