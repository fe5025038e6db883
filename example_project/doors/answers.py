"""The answers that the pages show: made by the code that makes the real ones."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from django_http4xx.exceptions import CLASSES, ClientError
from django_http4xx.responses import problem_response
from django_http4xx.statuses import STATUSES

from .arguments import client_error
from .causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

# What a client says to get a format.
ASKED_FOR = {
    "json": {"HTTP_ACCEPT": "application/problem+json"},
    "xml": {"HTTP_ACCEPT": "application/problem+xml"},
    "text": {"HTTP_ACCEPT": "text/plain"},
    "fragment": {"HTTP_SEC_FETCH_DEST": "empty", "HTTP_HX_REQUEST": "true"},
    "html": {"HTTP_ACCEPT": "text/html"},
}


@dataclass(frozen=True)
class Code:
    """A code as the home page shows it: what causes it, and its answer in each format."""

    error: ClientError
    phrase: str
    cause: str
    fields: str
    json: str
    xml: str
    text: str
    fragment: str


def codes(request: HttpRequest) -> Iterator[Code]:
    """All 29, in their order."""
    for status in CLASSES:
        error = client_error(status, {})
        answers = {name: answer(request, error, name) for name in ASKED_FOR if name != "html"}
        texts = {name: response.text for name, response in answers.items()}
        texts["json"] = json.dumps(json.loads(texts["json"]), indent=2, ensure_ascii=False)
        yield Code(
            error=error,
            phrase=str(STATUSES[status].phrase),
            cause=str(CAUSES[status]),
            fields="\n".join(f"{name}: {value}" for name, value in answers["json"].items()),
            **texts,
        )


def answer(request: HttpRequest, error: ClientError, name: str) -> HttpResponse:
    """What ``/raise/N/`` would answer to the same reader, asked for in a format."""
    asked = copy(request)
    asked.method = "GET"
    asked.path = asked.path_info = reverse("raise", args=[error.status])
    asked.META = {
        **request.META,
        "HTTP_ACCEPT": "*/*",
        "HTTP_SEC_FETCH_DEST": "",
        **ASKED_FOR[name],
    }
    asked.META.pop("HTTP_REFERER", None)
    # Somebody who raises an error has not been looked up.
    for loaded in ("session", "user"):
        asked.__dict__.pop(loaded, None)
    return problem_response(asked, error)
