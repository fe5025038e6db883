"""``manage.py clearthrottles``: remove the rows of clients that are free to go ahead."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from django_http4xx.throttling import options
from django_http4xx.throttling.stores.database import DatabaseStore


class Command(BaseCommand):
    help = "Remove from the throttles' table what no longer keeps anybody waiting."

    def handle(self, *args: object, **kwargs: object) -> None:
        limits = options.current()
        store = DatabaseStore(limits.database, most=1, timeout=limits.timeout)
        removed = store.remove_old()
        store.close()
        self.stdout.write(f"Removed {removed} rows.")
