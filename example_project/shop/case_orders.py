"""Order tea by the case: one form, with a script and without, and what may be wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from django_http4xx.decorators import limit_content_length
from django_http4xx.throttling import throttle

from .models import Product
from .problems import OutOfStock
from .views import customer_of, sell

if TYPE_CHECKING:
    from django.http import HttpRequest

TINS_IN_A_CASE = 6
HTML = "text/html"


class CaseOrderForm(forms.Form):
    product = forms.ModelChoiceField(
        Product.objects.filter(sku__startswith="TEA-"),
        label=gettext_lazy("Tea"),
        to_field_name="slug",
        empty_label=None,
    )
    cases = forms.IntegerField(
        label=gettext_lazy("Cases"),
        help_text=gettext_lazy("Six tins in each."),
        initial=1,
        min_value=1,
        max_value=20,
    )
    house_number = forms.CharField(
        label=gettext_lazy("House number"),
        max_length=10,
        validators=[
            RegexValidator(
                r"^\d", gettext_lazy("A house number starts with a digit."), "house_number"
            )
        ],
    )
    note = forms.CharField(
        label=gettext_lazy("A note for the driver"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limit_content_length(4096)
@throttle("5/min", key="ip", name="case-orders", methods=("POST",))
def new(request: HttpRequest) -> HttpResponse:
    """Show the form; with POST, sell the cases. A script is told what is wrong as a problem."""
    if request.method != "POST":
        return _shown(request, CaseOrderForm())
    is_for_page = request.get_preferred_type([HTML, "application/problem+json"]) == HTML
    form = CaseOrderForm(request.POST)
    if not form.is_valid():
        if is_for_page:
            return _shown(request, form, status=422)
        raise ValidationError(form.errors.as_data())
    wanted, tins = form.cleaned_data["product"], form.cleaned_data["cases"] * TINS_IN_A_CASE
    if tins > wanted.stock:
        raise OutOfStock(sku=wanted.sku, available=wanted.stock)
    sell(customer_of(request), wanted, tins)
    messages.success(request, _("Thank you for your order."))
    if is_for_page:
        return redirect("shop:orders")
    return HttpResponse(status=201, headers={"Location": resolve_url("shop:orders")})


def _shown(request: HttpRequest, form: CaseOrderForm, status: int = 200) -> HttpResponse:
    response = render(request, "shop/case_order.html", {"form": form}, status=status)
    patch_vary_headers(response, ["Accept"])
    return response
