"""The table of the store ``"database"``."""

from __future__ import annotations

from django.db import models


class Arrival(models.Model):
    """Until when one client's hits take up something, in microseconds.

    Of a bucket, ``arrival`` is the theoretical arrival time and ``taken_up`` what was taken up before the
    latest hit. Of a window, ``steps`` is what ``window.py`` keeps and ``taken_up`` counts its versions.
    """

    client = models.CharField(max_length=64, primary_key=True)
    arrival = models.BigIntegerField(db_index=True)
    taken_up = models.BigIntegerField(default=0)
    steps = models.BinaryField(null=True)

    def __str__(self) -> str:
        return self.client
