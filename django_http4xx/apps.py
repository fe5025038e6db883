from __future__ import annotations

from django.apps import AppConfig
from django.conf import urls
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class Http4xxConfig(AppConfig):
    name = "django_http4xx"
    verbose_name = _("Error messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks as our_checks
        from . import signals
        from .words import snapshots

        # Defaults: a handler in the project's own root URLconf wins over them.
        for status in (400, 403, 404):
            setattr(urls, f"handler{status}", f"django_http4xx.handlers.handler{status}")
        signals.explanations_written.connect(snapshots.note_written)
        post_migrate.connect(snapshots.forget, sender=self)
        checks.register(our_checks.check_settings)
        checks.register(our_checks.check_problem_types)
        checks.register(our_checks.check_texts)
        checks.register(our_checks.check_middleware)
        checks.register(our_checks.check_doors, checks.Tags.urls)
        checks.register(our_checks.check_decorators, checks.Tags.urls)
        checks.register(our_checks.check_type_uris, deploy=True)
        checks.register(our_checks.check_parts)
        checks.register(our_checks.check_parts_deployed, deploy=True)
