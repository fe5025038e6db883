from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ThrottlingConfig(AppConfig):
    """Needed only for the table of the store ``"database"``."""

    name = "django_http4xx.throttling"
    label = "http4xx_throttling"
    verbose_name = _("Throttling")
    default_auto_field = "django.db.models.BigAutoField"
