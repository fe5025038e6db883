"""The table of the store ``"database"``."""

from __future__ import annotations

from django.db import models


class Arrival(models.Model):
    """The theoretical arrival time of one client: until then its hits take up time.

    ``taken_up`` is what they took up before the latest one; both are in microseconds.
    """

    client = models.CharField(max_length=64, primary_key=True)
    arrival = models.BigIntegerField(db_index=True)
    taken_up = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.client
