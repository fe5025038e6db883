from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from typing import Any


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = _("Tea shop")

    def ready(self) -> None:
        post_migrate.connect(_fill, sender=self)


def _fill(**kwargs: Any) -> None:
    from . import demo_data

    demo_data.fill()
