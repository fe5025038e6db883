"""The table of ``django_http4xx.met``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# The values of `part` that are not addresses, which begin with a slash.
OTHER_PARTS = ""
SCANNED_PARTS = "scanners"


class Link(models.TextChoices):
    """Where the link was that led to the error."""

    SITE = "site", _("on this site")
    ELSEWHERE = "elsewhere", _("elsewhere")
    NOWHERE = "nowhere", _("no link")


class ErrorCount(models.Model):
    """How often an error was met on a day (in ``TIME_ZONE``), in a part of the site.

    ``part``: the pattern of the URL, such as ``/orders/<int:number>/``, or the first two segments of
    an address that no pattern matches. ``address``: only of a broken link on the site itself.
    """

    day = models.DateField(_("day"))
    problem_type = models.CharField(_("error"), max_length=100)
    part = models.CharField(_("part of the site"), max_length=200, blank=True)
    link = models.CharField(_("link"), max_length=9, choices=Link)
    address = models.CharField(_("address"), max_length=200, blank=True)
    count = models.PositiveBigIntegerField(_("count"))

    class Meta:
        # Rows are written by this app alone.
        default_permissions = ("view",)
        verbose_name = _("error count")
        verbose_name_plural = _("error counts")
        ordering = ("-day", "-count")
        constraints = (
            models.UniqueConstraint(
                fields=("day", "problem_type", "part", "link", "address"),
                name="http4xx_met_one_row",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.problem_type}"
