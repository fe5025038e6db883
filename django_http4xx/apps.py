from __future__ import annotations

from django.apps import AppConfig
from django.conf import urls
from django.contrib.auth.signals import user_logged_in
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class Http4xxConfig(AppConfig):
    name = "django_http4xx"
    verbose_name = _("Error messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import (
            api_exceptions,  # noqa: F401 - it registers its converters
            csrf_secrets,
            exceptions,
            signals,
        )
        from . import checks as our_checks
        from .words import snapshots

        exceptions.find_problem_types()
        # These are only defaults: a handler in the project's root URLconf wins.
        for status in (400, 403, 404):
            setattr(urls, f"handler{status}", f"django_http4xx.handlers.handler{status}")
        signals.explanations_written.connect(snapshots.note_written)
        user_logged_in.connect(
            csrf_secrets.note_sign_in, dispatch_uid="django_http4xx.csrf_secrets"
        )
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
