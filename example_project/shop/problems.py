"""The problem types that are the shop's own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import Conflict, Gone
from django_http4xx.throttling import QuotaExceeded


class OutOfStock(Conflict):
    """Fewer are left than somebody wants to buy."""

    occurs = _("Somebody orders more than there is.")
    title = _("Out of stock")
    explanation = _("We have {available} of {sku} left.")
    remedy = _("Choose a smaller quantity.")

    sku: str
    available: int


class NoLongerSold(Gone):
    """The page of a product that was withdrawn; it has a template of its own."""

    occurs = _("Somebody opens a product that was withdrawn.")
    title = _("No longer sold")
    explanation = _("We do not sell {name} any more.")
    remedy = _("Look for something like it in the shop.")

    name: str


class TooManySignIns(QuotaExceeded):
    """What the limit of the login page raises: its words are its own."""

    occurs = _("Somebody tries to sign in to one account again and again.")
    title = _("Too many tries to sign in")
    explanation = _("Somebody tried to sign in to this account too often.")
