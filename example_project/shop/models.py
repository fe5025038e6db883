"""What a shop knows: products, who buys them, what they bought and what they say of it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Product(models.Model):
    """Something on the shelf; a withdrawn one is gone for good, and its page says so."""

    sku = models.CharField(_("article number"), max_length=20, unique=True)
    slug = models.SlugField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    text = models.CharField(_("description"), max_length=300)
    price = models.DecimalField(_("price"), max_digits=8, decimal_places=2)
    stock = models.PositiveIntegerField(_("in stock"))
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["sku"]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name in the reader's language, where the example has a translation."""
        return gettext(self.name) if self.name else ""

    @property
    def shown_text(self) -> str:
        """The description in the reader's language, where the example has a translation."""
        return gettext(self.text) if self.text else ""


class Customer(models.Model):
    """Somebody who buys, and what they have paid in beforehand."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="customer", verbose_name=_("user")
    )
    balance = models.DecimalField(_("balance"), max_digits=8, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.user.get_username()


class Order(models.Model):
    """So many of a product, for a customer."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="orders", verbose_name=_("customer")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="orders", verbose_name=_("product")
    )
    quantity = models.PositiveIntegerField(_("quantity"), validators=[MinValueValidator(1)])
    ordered_at = models.DateTimeField(_("ordered at"), auto_now_add=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"


class Review(models.Model):
    """What a customer thinks of a product, in one to five stars."""

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="reviews", verbose_name=_("product")
    )
    author = models.CharField(_("author"), max_length=150)
    rating = models.PositiveSmallIntegerField(
        _("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    text = models.CharField(_("text"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.product}: {self.rating}/5"

    @property
    def shown_text(self) -> str:
        """The text in the reader's language, where the example has a translation."""
        return gettext(self.text) if self.text else ""
