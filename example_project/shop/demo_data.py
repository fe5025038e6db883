"""What the shop starts with. What is there already is left as it is."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils.translation import gettext_noop as _

from . import demo_explanations
from .models import Customer, Order, Product, Review

# The demo logins: each password is the name.
SUPERUSER = "admin"
STAFF = "demo"
CUSTOMERS = {"amy": Decimal("25.00"), "ben": Decimal("3.50")}

PRODUCTS = (
    ("POT-1", "teapot", _("Teapot"), _("Holds four cups. Does not make coffee."), "29.00", 2),
    ("CUP-1", "cup", _("Cup"), _("Thin, white and light, with a handle."), "8.50", 40),
    ("TEA-1", "green-tea", _("Green tea"), _("Spring leaves from one small garden."), "12.00", 15),
    ("TEA-2", "black-tea", _("Black tea"), _("Strong enough for milk."), "9.00", 0),
    ("TIN-1", "tea-tin", _("Tea tin"), _("Keeps the leaves dry and in the dark."), "6.00", 25),
)
WITHDRAWN = ("POT-0", "glass-pot", _("Glass pot"), _("It broke too easily."), "19.00", 0)
REVIEWS = (
    ("POT-1", "amy", 5, _("Pours without a drop beside the cup.")),
    ("TEA-1", "ben", 4, _("Fresh and mild.")),
)


def fill() -> None:
    """Create what is missing."""
    for sku, slug, name, text, price, stock in (*PRODUCTS, WITHDRAWN):
        Product.objects.get_or_create(
            sku=sku,
            defaults={
                "slug": slug,
                "name": name,
                "text": text,
                "price": Decimal(price),
                "stock": stock,
                "is_withdrawn": sku == WITHDRAWN[0],
            },
        )
    _fill_users()
    demo_explanations.fill()
    if not Order.objects.exists():
        Order.objects.create(
            customer=Customer.objects.get(user__username="amy"),
            product=Product.objects.get(sku="CUP-1"),
            quantity=4,
        )
    if not Review.objects.exists():
        for sku, author, rating, text in REVIEWS:
            product = Product.objects.get(sku=sku)
            Review.objects.create(product=product, author=author, rating=rating, text=text)


def _fill_users() -> None:
    users = get_user_model().objects
    if not users.filter(username=SUPERUSER).exists():
        users.create_superuser(SUPERUSER, password=SUPERUSER)
    if not users.filter(username=STAFF).exists():
        staff = users.create_user(STAFF, password=STAFF, is_staff=True)
        # An editor writes explanations, sees how often errors are met, and no orders.
        allowed = [f"{action}_explanation" for action in ("view", "add", "change")]
        allowed.append("view_errorcount")
        staff.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    for name, balance in CUSTOMERS.items():
        if not users.filter(username=name).exists():
            user = users.create_user(name, password=name)
            Customer.objects.create(user=user, balance=balance)
