"""Every 4xx code at each door, and the page that lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from django_http4xx.exceptions import CLASSES

from .arguments import client_error

if TYPE_CHECKING:
    from django.http import HttpRequest


def home(request: HttpRequest) -> HttpResponse:
    """List every code."""
    return render(request, "doors/home.html", {"codes": CLASSES})


@csrf_exempt
def raise_error(request: HttpRequest, status: int) -> HttpResponse:
    """Raise the exception of a code."""
    raise client_error(status, request.GET)


@csrf_exempt
async def raise_error_async(request: HttpRequest, status: int) -> HttpResponse:
    """Raise the exception of a code from an asynchronous view."""
    raise client_error(status, request.GET)


@csrf_exempt
def bare(request: HttpRequest, status: int) -> HttpResponse:
    """Return a response that says nothing but the code and the fields that it needs."""
    error = client_error(status, request.GET)
    return HttpResponse(status=error.status, headers=error.headers)
