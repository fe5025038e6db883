"""Import and export of texts in the admin, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import router
from django.http import HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_http4xx.models import Explanation

from . import history, json_files

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern

    from .json_files import Step

    _ModelAdmin = admin.ModelAdmin[Explanation]
else:
    # At run time, the class is not generic.
    _ModelAdmin = admin.ModelAdmin

_NAME = "django_http4xx_explanation"
# In bytes: some hundred long texts. Django's limit for a form is 2.5 MB.
MAX_SIZE = 1024 * 1024

_OUTCOMES = {
    json_files.ADDED: _("is added"),
    json_files.REPLACED: _("replaces the text that there is"),
    json_files.KEPT: _("is left out; there is a text already, which stays"),
    json_files.UNCHANGED: _("is the same already"),
}


class UploadForm(forms.Form):
    """A file with texts; in the second step, its content instead. ``rows``: what it contains."""

    file = forms.FileField(
        label=_("File"), required=False, help_text=_("A JSON file, as exported from another site.")
    )
    texts = forms.CharField(
        required=False, strip=False, widget=forms.HiddenInput, max_length=2 * MAX_SIZE
    )
    replace = forms.BooleanField(label=_("Replace texts that are here already"), required=False)

    rows: list[Explanation]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        file, content = cleaned.get("file"), cleaned.get("texts") or ""
        if file is not None:
            if file.size > MAX_SIZE:
                said = gettext("The file is too large: there is room for %(size)s.")
                raise ValidationError(said % {"size": filesizeformat(MAX_SIZE)})
            content = file.read()
        if not content:
            raise ValidationError(gettext("Choose a file."))
        try:
            self.rows = json_files.read(content, file.name if file else gettext("the file"))
        except json_files.WrongFile as error:
            raise ValidationError(str(error)) from error
        if not self.rows:
            raise ValidationError(gettext("The list is empty: there is nothing to import."))
        return cleaned


class TransferAdmin(_ModelAdmin):
    """Adds the pages for import and export to the admin of the texts."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name=f"{_NAME}_export"),
            path("import/", view(self.import_view), name=f"{_NAME}_import"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All texts as a file."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        response = HttpResponse(
            json_files.written(self.get_queryset(request)), content_type="application/json"
        )
        response["Content-Disposition"] = 'attachment; filename="explanations.json"'
        return response

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, show what would be done with it, and do that."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(
            request.POST if request.method == "POST" else None,
            request.FILES if request.method == "POST" else None,
        )
        if not self.has_change_permission(request):
            del form.fields["replace"]
        steps: list[Step] = []
        if form.is_valid():
            replace = bool(form.cleaned_data.get("replace"))
            using = router.db_for_write(Explanation)
            if "confirmed" in request.POST:
                return self._imported(request, form.rows, using, replace=replace)
            steps = json_files.plan(form.rows, using, replace=replace)
        return self._asked(request, form, steps)

    def _imported(
        self, request: HttpRequest, rows: list[Explanation], using: str, *, replace: bool
    ) -> HttpResponse:
        steps = json_files.carry_out(
            rows,
            using,
            replace=replace,
            changed_by=request.user.get_username(),
            log=lambda row, changed: history.log(row, changed, request.user.pk),
        )
        self.message_user(request, json_files.summary(steps), messages.SUCCESS)
        site = self.admin_site.name
        return HttpResponseRedirect(reverse(f"admin:{_NAME}_changelist", current_app=site))

    def _asked(self, request: HttpRequest, form: UploadForm, steps: list[Step]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import texts"),
            "form": form,
            "texts": json_files.written(form.rows) if steps else "",
            "replace": bool(steps) and form.cleaned_data.get("replace"),
            "summary": json_files.summary(steps),
            "steps": [(step.row, _OUTCOMES[step.outcome]) for step in steps],
            "is_checked": bool(steps),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/django_http4xx/explanation/import.html", context)
