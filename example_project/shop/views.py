"""A shop to click through. Whatever cannot be done is said by raising, and explained elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from django_http4xx.exceptions import (
    BadRequest,
    Forbidden,
    Unauthorized,
    UnprocessableContent,
)

from .forms import ReviewForm
from .models import Customer, Order, Product
from .problems import NoLongerSold, OutOfStock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_is_number = re.compile(r"-?[0-9]{1,9}").fullmatch


# It changes nothing: who sends DELETE is told that, token or not.
@csrf_exempt
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """What there is to buy."""
    shelf = Product.objects.filter(is_withdrawn=False)
    return render(request, "shop/products.html", {"products": shelf})


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product, what others say of it, and how to buy it."""
    return _shown(request, _on_the_shelf(slug), ReviewForm())


@require_POST
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what you think of a product."""
    reviewed = _on_the_shelf(slug)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        # A person corrects a form where they filled it in: the page is the explanation.
        return _shown(request, reviewed, form, status=422)
    form.instance.product = reviewed
    form.save()
    messages.success(request, _("Thank you for your review."))
    return redirect("shop:product", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whether this is what the customer wants; with POST, sell it."""
    wanted = _on_the_shelf(slug)
    quantity = _quantity(request)
    if quantity > wanted.stock:
        raise OutOfStock(sku=wanted.sku, available=wanted.stock)
    if request.method == "POST":
        sell(customer_of(request), wanted, quantity)
        messages.success(request, _("Thank you for your order."))
        return redirect("shop:orders")
    context = {"product": wanted, "quantity": quantity, "total": quantity * wanted.price}
    return render(request, "shop/buy.html", context)


@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """What the customer has bought so far."""
    bought = customer_of(request).orders.select_related("product")
    return render(request, "shop/orders.html", {"orders": bought})


@require_safe
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """One order, for the customer whose it is."""
    customer = customer_of(request)
    shown = get_object_or_404(Order.objects.select_related("product"), pk=pk)
    if shown.customer_id != customer.pk:
        raise Forbidden(_("This is the order of another customer."))
    return render(request, "shop/order.html", {"order": shown})


def _shown(
    request: HttpRequest, shown: Product, form: ReviewForm, status: int = 200
) -> HttpResponse:
    context = {"product": shown, "form": form, "reviews": shown.reviews.all()[:20]}
    return render(request, "shop/product.html", context, status=status)


def _on_the_shelf(slug: str) -> Product:
    found = get_object_or_404(Product, slug=slug)
    if found.is_withdrawn:
        raise NoLongerSold(name=found.shown_name)
    return found


def _quantity(request: HttpRequest) -> int:
    values = request.POST if request.method == "POST" else request.GET
    given = values.get("quantity", "")
    if not _is_number(given):
        raise BadRequest(_("The quantity has to be a whole number."))
    if int(given) < 1:
        raise UnprocessableContent(_("The quantity has to be 1 or more."))
    return int(given)


def customer_of(request: HttpRequest) -> Customer:
    if not request.user.is_authenticated:
        raise Unauthorized
    customer, _created = Customer.objects.get_or_create(user=request.user)
    return customer


@transaction.atomic
def sell(customer: Customer, wanted: Product, quantity: int) -> Order:
    """Take it off the shelf; whoever comes second is told what is left."""
    current = Product.objects.select_for_update().get(pk=wanted.pk)
    if quantity > current.stock:
        raise OutOfStock(sku=current.sku, available=current.stock)
    current.stock -= quantity
    current.save(update_fields=["stock"])
    return Order.objects.create(customer=customer, product=current, quantity=quantity)
