"""``manage.py flush_met``: remove old counts of errors, and write those of this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import router

from django_http4xx.met import storing
from django_http4xx.met.flushing import flusher
from django_http4xx.met.models import ErrorCount


class Command(BaseCommand):
    help = (
        "Remove counts of errors that are more than 90 days old, for cron. Also write what this process "
        "has counted; each server process writes its own counts, once a minute and when it stops."
    )

    def handle(self, **options: Any) -> None:
        written = flusher.flush()
        today = flusher.days.today()
        removed = 0
        with storing.connected((router.db_for_write(ErrorCount), "")) as connection:
            while number := storing.remove_old(connection, today):
                removed += number
        self.stdout.write(f"Errors written: {written}. Old counts removed: {removed}.")
