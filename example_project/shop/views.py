"""A shop to click through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from .models import Product

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def products(request: HttpRequest) -> HttpResponse:
    """What there is to buy."""
    return render(request, "shop/products.html", {"products": Product.objects.all()})
