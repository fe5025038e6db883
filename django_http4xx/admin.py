"""The editors' side: every error that the site can show, what it says, and a way to say it better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models.functions import Concat
from django.http import HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from . import path_prefixes
from .editors import history, overview, preview
from .editors.form import ExplanationForm, built_in_as_markdown, placeholder_list
from .models import Explanation
from .words import scopes

if TYPE_CHECKING:
    from django import forms

    _ModelAdmin = admin.ModelAdmin[Explanation]

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
else:
    # At run time the class does not take the model in brackets.
    _ModelAdmin = admin.ModelAdmin


@admin.action(description=_("Return to the built-in words"), permissions=["change"])
def return_to_built_in_words(
    modeladmin: ExplanationAdmin, request: HttpRequest, queryset: QuerySet[Explanation]
) -> None:
    """Take the chosen texts out of use, and keep them as drafts."""
    chosen = list(queryset.filter(is_active=True))
    for row in chosen:
        row.is_active = False
        row.changed_by = request.user.get_username()
        row.save()
        modeladmin.log_change(request, row, history.message({"is_active": [True, False]}))
    count = len(chosen)
    if not count:
        said = gettext("The chosen texts are drafts already. Nothing has changed.")
        modeladmin.message_user(request, said, messages.WARNING)
        return
    message = ngettext(
        "%(count)d text is no longer in use. It is kept as a draft.",
        "%(count)d texts are no longer in use. They are kept as drafts.",
        count,
    )
    modeladmin.message_user(request, message % {"count": count}, messages.SUCCESS)


class LanguageFilter(admin.SimpleListFilter):
    """The languages that there are rows in, by their names."""

    title = _("language")
    parameter_name = "language"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("language")
        codes = rows.values_list("language", flat=True).distinct()
        return [(code, overview.language_name(code)) for code in codes]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Explanation]
    ) -> QuerySet[Explanation]:
        code = self.value()
        return queryset if code is None else queryset.filter(language=code)


@admin.register(Explanation)
class ExplanationAdmin(_ModelAdmin):
    """The overview, the form with its preview, and the history of the texts."""

    form = ExplanationForm
    list_display = ("title_or_type", "error", "place", "is_active", "changed_at")
    list_filter = ("is_active", LanguageFilter, "problem_type")
    search_fields = (
        "problem_type",
        "title",
        "explanation",
        "remedy",
        "note",
        "host",
        "path_prefix",
    )
    actions = (return_to_built_in_words,)
    change_list_template = "admin/django_http4xx/explanation/change_list.html"
    change_form_template = "admin/django_http4xx/explanation/change_form.html"
    object_history_template = "admin/django_http4xx/explanation/object_history.html"

    @admin.display(description=_("title"), ordering="title")
    def title_or_type(self, row: Explanation) -> str:
        return overview.plain_title(row) or row.problem_type

    @admin.display(description=_("error"), ordering="problem_type")
    def error(self, row: Explanation) -> str:
        return overview.name_of_error(row.problem_type)

    @admin.display(description=_("where"), ordering=Concat("host", "path_prefix", "language"))
    def place(self, row: Explanation) -> str:
        return overview.where(row)

    def get_fieldsets(self, request: HttpRequest, obj: Explanation | None = None) -> Any:
        chosen = request.GET.get("problem_type") or (obj.problem_type if obj else "")
        chosen = request.POST.get("problem_type", chosen) or overview.MET_FIRST[0]
        is_for_a_part = obj is not None and (obj.host or obj.path_prefix)
        return (
            (None, {"fields": ("problem_type", "language")}),
            (
                _("Words"),
                {
                    "fields": history.WORDS,
                    "description": placeholder_list(overview.placeholders(chosen)),
                },
            ),
            (
                _("Only for a part of the site"),
                {
                    "fields": ("host", "path_prefix"),
                    "classes": () if is_for_a_part else ("collapse",),
                },
            ),
            (None, {"fields": ("is_active", "note")}),
        )

    def get_urls(self) -> list[URLPattern]:
        name = "django_http4xx_explanation"
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.preview_view), name=f"{name}_preview"),
            path("preview/draft/", view(self.draft_view), name=f"{name}_draft"),
            path(
                "preview/page/",
                # The form shows it in a frame.
                xframe_options_sameorigin(view(self.page_view)),
                name=f"{name}_page",
            ),
            *super().get_urls(),
        ]

    # The overview

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The overview of every error above the list of the rows; a filter shows only the list."""
        query = request.GET.copy()
        languages = scopes.language_names()
        chosen = (query.pop("in", [""]) or [""])[-1]
        request.GET = query  # type: ignore[assignment]  # the changelist refuses what it does not know
        if "_popup" in query:
            return super().changelist_view(request, extra_context)
        context: dict[str, Any] = {"title": _("Texts that editors wrote")}
        if not query and request.method == "GET":
            language = chosen if chosen in languages else overview.language_of_editor()
            entries, gone = overview.groups(language)
            context = {
                "title": _("What visitors are told when something goes wrong"),
                "overview": entries,
                "gone": gone,
                "languages": languages.items(),
                "shown_language": language,
                "has_change_permission": self.has_change_permission(request),
                # Who comes back from a form finds the language that was chosen.
                "preserved_filters": urlencode(
                    {"_changelist_filters": urlencode({"in": language})}
                ),
            }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Explanation], search_term: str
    ) -> tuple[QuerySet[Explanation], bool]:
        """Find an address as the list shows it, too."""
        words = search_term.split(" ")
        stored = (path_prefixes.from_address(w) if w.startswith("/") else w for w in words)
        return super().get_search_results(request, queryset, " ".join(stored))

    # The form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the form starts with: the built-in words of the error, as an editor would write them."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        name = initial.get("problem_type")
        if name in overview.by_name():
            language = initial.get("language") or get_language()
            initial = {**built_in_as_markdown(name, language), **initial}
        return initial

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Explanation | None:
        """The row; with ``?bring_back=`` its texts from before a change, not saved yet."""
        row: Explanation | None = super().get_object(request, object_id, from_field)
        is_asked = request.method == "GET" and self.has_change_permission(request, row)
        if (
            row is not None
            and is_asked
            and history.bring_back(row, request.GET.get("bring_back", ""))
        ):
            said = (
                gettext("These are the earlier texts. Save to use them again.")
                if row.is_active
                else gettext("These are the earlier texts, kept as a draft.")
            )
            messages.info(request, said)
        return row

    def render_change_form(  # noqa: PLR0917 - the signature is Django's
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Explanation | None = None,
    ) -> HttpResponse:
        context |= {
            "may_preview": self._may_write(request, obj),
            "languages": scopes.language_names().items(),
        }
        self._lead_to_taken_place(request, context["adminform"].form)
        if "bring_back" in request.GET:
            # The texts are brought back once, not again by who saves and goes on.
            form_url = request.path
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _lead_to_taken_place(self, request: HttpRequest, form: forms.BaseForm) -> None:
        """Link to the row that has the place already, in a new tab: nothing typed is lost."""
        if not form.has_error(NON_FIELD_ERRORS, "unique"):
            return
        place = form.instance.current_digest()  # type: ignore[attr-defined]
        row = self.get_queryset(request).filter(digest=place).first()
        if row and self.has_view_or_change_permission(request, row):
            name = "admin:django_http4xx_explanation_change"
            address = reverse(name, args=[row.pk], current_app=self.admin_site.name)
            link = '<a href="{}" target="_blank">{}</a>'
            said = gettext("Open the words that there are (in a new tab)")
            form.add_error(None, format_html(link, address, said))

    def _may_write(self, request: HttpRequest, row: Explanation | None) -> bool:
        """Whether somebody may save the form of a row, or of a new one."""
        if row is None or row.pk is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, row)

    def save_model(
        self,
        request: HttpRequest,
        obj: Explanation,
        form: ExplanationForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        obj.changed_by = request.user.get_username()
        super().save_model(request, obj, form, change)
        if obj.is_active and obj.host and not scopes.is_answered_to(obj.host):
            said = gettext("This site does not answer to %(host)s, so nobody sees these words yet.")
            messages.warning(request, said % {"host": obj.host})

    def construct_change_message(
        self,
        request: HttpRequest,
        form: forms.Form,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002
    ) -> list[dict[str, dict[str, Any]]]:
        """Django's message, which also keeps the old and the new text of what changed."""
        message: list[dict[str, dict[str, Any]]] = super().construct_change_message(
            request, form, formsets, add
        )
        if add or not message:
            return message
        return history.message(
            {
                name: [form.initial.get(name), form.cleaned_data[name]]
                for name in form.changed_data
                if name in form.cleaned_data
            }
        )

    # The history

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        context = {
            "changes": history.changes(row) if row else [],
            "has_change_permission": self.has_change_permission(request, row),
        }
        return super().history_view(request, object_id, {**context, **(extra_context or {})})

    # The preview

    def _draft(self, request: HttpRequest) -> preview.Draft:
        row = super().get_object(request, request.GET.get("row", ""))
        if request.method != "POST" or not self._may_write(request, row):
            raise PermissionDenied
        return preview.Draft(ExplanationForm(request.POST, instance=row), request)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The unsaved text as page and JSON, for a browser without JavaScript."""
        return self._draft(request).document()

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """What the live preview shows beside the page."""
        draft = self._draft(request)
        return JsonResponse(
            {
                "json": draft.json(),
                "faults": draft.faults(),
                "built_in": overview.built_in_texts(draft.name, draft.language_of_words),
                "start": built_in_as_markdown(draft.name, draft.language_of_words),
                "placeholders": list(overview.placeholders(draft.name).items()),
            }
        )

    def page_view(self, request: HttpRequest) -> HttpResponse:
        """The page itself, for the frame of the live preview."""
        return self._draft(request).response()
