"""The problem types that are the shop's own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import Conflict


class OutOfStock(Conflict):
    """Fewer are left than somebody wants to buy."""

    occurs = _("Somebody orders more than there is.")
    title = _("Out of stock")
    explanation = _("We have {available} of {sku} left.")
    remedy = _("Choose a smaller quantity.")

    sku: str
    available: int
