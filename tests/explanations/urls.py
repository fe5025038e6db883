"""Errors that carry values, and one that brings its own words."""

from django.http import HttpResponse
from django.urls import path

from django_http4xx.exceptions import Conflict, NotFound


class SoldOut(Conflict):
    title = "Sold out"
    explanation = "We have {available} of {sku} left."
    remedy = "Choose another."

    sku: str
    available: int


def own_words(request):
    raise NotFound(title="Only today")


def sold_out(request):
    raise SoldOut(sku=request.GET.get("sku", "A1"), available=2)


def fine(request):
    return HttpResponse("fine")


urlpatterns = [
    path("own-words/", own_words),
    path("sold-out/", sold_out),
    path("fine/", fine),
]
