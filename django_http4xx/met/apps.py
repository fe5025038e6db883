from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from django_http4xx.editors import frequency
from django_http4xx.signals import client_error_explained


class MetConfig(AppConfig):
    name = "django_http4xx.met"
    label = "http4xx_met"
    verbose_name = _("Errors that visitors meet")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import flushing, frequencies

        # A strong reference: sending is a little faster.
        client_error_explained.connect(
            flushing.flusher.count, weak=False, dispatch_uid="django_http4xx.met"
        )
        if frequencies.measure not in frequency.MEASURES:
            frequency.MEASURES.append(frequencies.measure)
