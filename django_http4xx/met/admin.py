"""The list of the counts, to look at only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from django_http4xx.models import name_of_error

from .models import OTHER_PARTS, SCANNED_PARTS, ErrorCount

if TYPE_CHECKING:
    from django.http import HttpRequest

    _ModelAdmin = admin.ModelAdmin[ErrorCount]
else:
    # At run time, the class is not generic.
    _ModelAdmin = admin.ModelAdmin


@admin.register(ErrorCount)
class ErrorCountAdmin(_ModelAdmin):
    """Who may view counts can search them; nobody changes them."""

    list_display = ("day", "error", "part_in_words", "link", "address", "count")
    list_display_links = None
    list_filter = ("day", "link", "problem_type")
    search_fields = ("problem_type", "part", "address")
    date_hierarchy = "day"

    @admin.display(description=_("error"), ordering="problem_type")
    def error(self, row: ErrorCount) -> str:
        return name_of_error(row.problem_type)

    @admin.display(description=_("part of the site"), ordering="part")
    def part_in_words(self, row: ErrorCount) -> Any:
        names = {OTHER_PARTS: _("other parts"), SCANNED_PARTS: _("addresses that scanners try")}
        return names.get(row.part, row.part)

    def has_add_permission(self, request: HttpRequest, obj: ErrorCount | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ErrorCount | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ErrorCount | None = None) -> bool:
        return False
