"""Every 4xx code at each door, and the page that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from . import answers
from .arguments import EXT_TAKES, QUERY, client_error
from .scenarios import EDITED, SCENARIOS

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List every code, and what in the shop leads to one."""
    site = request.build_absolute_uri("/").rstrip("/")
    context = {
        "codes": list(answers.codes(request)),
        "scenarios": SCENARIOS,
        "edited": EDITED,
        "arguments": QUERY,
        "ext_takes": EXT_TAKES,
        "site": site,
    }
    return render(request, "doors/home.html", context)


@require_safe
@xframe_options_sameorigin
def page(request: HttpRequest, status: int) -> HttpResponse:
    """The page of a code, to be looked at in a frame of the home page."""
    return HttpResponse(answers.answer(request, client_error(status, {}), "html").content)


@csrf_exempt
def raise_error(request: HttpRequest, status: int) -> HttpResponse:
    """Raise the exception of a code."""
    raise client_error(status, request.GET.dict())


@csrf_exempt
async def raise_error_async(request: HttpRequest, status: int) -> HttpResponse:
    """Raise the exception of a code from an asynchronous view."""
    raise client_error(status, request.GET.dict())


@csrf_exempt
def bare(request: HttpRequest, status: int) -> HttpResponse:
    """Return a response that says nothing but the code and the fields that it needs."""
    error = client_error(status, request.GET.dict())
    return HttpResponse(status=error.status, headers=error.headers)
