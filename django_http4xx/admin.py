"""The admin for editors: an overview of all errors, with forms to change their words."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import router, transaction
from django.db.models.functions import Concat
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from . import path_prefixes
from .editors import edits, frequency, history, overview, placement, preview
from .editors.form import ExplanationForm, as_markdown, placeholder_list
from .editors.placeholders import placeholders
from .editors.transfer import TransferAdmin
from .models import PLACE, Explanation, language_name, name_of_error, worded
from .words import scopes, snapshots

if TYPE_CHECKING:
    from django import forms

    _ModelAdmin = admin.ModelAdmin[Explanation]

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
else:
    # At run time, the class is not generic.
    _ModelAdmin = admin.ModelAdmin


@admin.action(description=_("Return to the built-in words"), permissions=["change"])
def return_to_built_in_words(
    modeladmin: ExplanationAdmin, request: HttpRequest, queryset: QuerySet[Explanation]
) -> None:
    """Take the chosen texts out of use, and keep them as drafts."""
    count = sum(
        modeladmin.take_out_of_use(request, key) for key in queryset.values_list("pk", flat=True)
    )
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
    """Offer the languages of the existing rows, by their names."""

    title = _("language")
    parameter_name = "language"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("language")
        codes = rows.values_list("language", flat=True).distinct()
        return [(code, language_name(code)) for code in codes]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Explanation]
    ) -> QuerySet[Explanation]:
        code = self.value()
        return queryset if code is None else queryset.filter(language=code)


class ErrorFilter(admin.SimpleListFilter):
    """Offer the errors of the existing rows, by their names."""

    title = _("error")
    parameter_name = "problem_type"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("problem_type")
        names = rows.values_list("problem_type", flat=True).distinct()
        return sorted(((name, name_of_error(name)) for name in names), key=lambda one: one[1])

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Explanation]
    ) -> QuerySet[Explanation]:
        name = self.value()
        return queryset if name is None else queryset.filter(problem_type=name)


@admin.register(Explanation)
class ExplanationAdmin(TransferAdmin):
    """The overview, the form with its preview, and the history of the texts."""

    form = ExplanationForm
    list_display = (*("title_or_type", "error", "place", "is_active", "changed_at", "changed_by"),)
    list_filter = ("is_active", LanguageFilter, ErrorFilter)
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
        return overview.plain_title(row) or gettext("(no title)")

    @admin.display(description=_("error"), ordering="problem_type")
    def error(self, row: Explanation) -> str:
        return name_of_error(row.problem_type)

    @admin.display(description=_("where"), ordering=Concat("host", "path_prefix", "language"))
    def place(self, row: Explanation) -> str:
        return row.where

    def get_queryset(self, request: HttpRequest) -> QuerySet[Explanation]:
        """The rows; who writes reads them from the database that is written to."""
        rows = super().get_queryset(request)
        return rows.using(router.db_for_write(Explanation)) if request.method == "POST" else rows

    def get_fieldsets(self, request: HttpRequest, obj: Explanation | None = None) -> Any:
        """The fields of a text; only a new one has fields for its place."""
        sent = request.POST if request.method == "POST" else request.GET
        chosen = obj.problem_type if obj else sent.get("problem_type") or overview.MET_FIRST[0]
        is_for_a_part = any(sent.get(name) for name in ("host", "path_prefix", "part"))
        place = (
            (None, {"fields": (PLACE[:2],)}),
            (
                _("Only for a part of the site"),
                {
                    "fields": (PLACE[2:],),
                    "classes": () if is_for_a_part else ("collapse",),
                },
            ),
        )
        return (
            *(() if obj else place),
            (None, {"fields": overview.TEXTS}),
            (None, {"fields": (), "description": placeholder_list(chosen)}),
            (None, {"fields": (("help_url", "help_label"), "is_active", "note")}),
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
            path("token/", view(self.token_view), name=f"{name}_token"),
            path("<path:object_id>/move/", view(self.move_view), name=f"{name}_move"),
            path("<path:object_id>/return/", view(self.return_view), name=f"{name}_return"),
            path(
                "<path:object_id>/shown/",
                xframe_options_sameorigin(view(self.shown_view)),
                name=f"{name}_shown",
            ),
            *super().get_urls(),
        ]

    # The overview

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the overview of all errors above the list of rows; with a filter, only the list."""
        query = request.GET.copy()
        languages = scopes.language_names()
        chosen = (query.pop("in", [""]) or [""])[-1]
        request.GET = query  # type: ignore[assignment]  # the changelist refuses what it does not know
        if "_popup" in query:
            return super().changelist_view(request, extra_context)
        context: dict[str, Any] = {"title": _("Texts that editors wrote")}
        if not query and request.method == "GET":
            language = chosen if chosen in languages else overview.language_of_editor()
            entries, gone = overview.groups(language, frequency.measured(request))
            context = {
                "title": _("What visitors are told when something goes wrong"),
                "overview": entries,
                "gone": gone,
                "languages": languages.items(),
                "shown_language": language,
                "has_change_permission": self.has_change_permission(request),
                # The form links back to the overview in the same language.
                "preserved_filters": urlencode(
                    {"_changelist_filters": urlencode({"in": language})}
                ),
            }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Explanation], search_term: str
    ) -> tuple[QuerySet[Explanation], bool]:
        """Accept addresses as the list shows them, with the script's prefix."""
        words = search_term.split(" ")
        stored = (path_prefixes.from_address(w) if w.startswith("/") else w for w in words)
        return super().get_search_results(request, queryset, " ".join(stored))

    # The form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start the form with the words that there are now, as Markdown.

        ``words_of``: the row to copy. ``words_in``: the language of the words, if it is another
        one than that of the new text.
        """
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        name = initial.get("problem_type")
        if (row := self._row_to_copy(request)) is not None:
            return {**{word: getattr(row, word) for word in history.WORDS}, **initial}
        if name in worded():
            language = initial.get("words_in") or initial.get("language") or get_language()
            initial = {**as_markdown(name, language, snapshots.current()), **initial}
        return initial

    def _row_to_copy(self, request: HttpRequest) -> Explanation | None:
        row: Explanation | None = super().get_object(request, request.GET.get("words_of", ""))
        return row if row and self.has_view_or_change_permission(request, row) else None

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Explanation | None:
        """The row; with ``?bring_back=``, it has its texts from before a change, unsaved.

        Nobody else can write it while this request does.
        """
        if request.method == "POST":
            with suppress(ValidationError, ValueError, OverflowError):
                Explanation.objects.lock(Explanation._meta.pk.to_python(object_id))
        row: Explanation | None = super().get_object(request, object_id, from_field)
        if row is None:
            return None
        # What is compared with the row when the form is saved.
        row.stored_state = edits.state(row)  # type: ignore[attr-defined]
        is_asked = request.method == "GET" and self.has_change_permission(request, row)
        if is_asked and history.bring_back(row, request.GET.get("bring_back", "")):
            said = (
                gettext("These are the earlier texts. Save to use them again.")
                if row.is_active
                else gettext("These are the earlier texts, kept as a draft.")
            )
            messages.info(request, said)
        return row

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer the words that are saved to a text that was deleted meanwhile as a new one."""
        is_deleted = (
            object_id is not None
            and "opened_with" in request.POST
            and self.has_add_permission(request)
            and super().get_object(request, unquote(object_id)) is None
        )
        if not is_deleted:
            return super().changeform_view(request, object_id, form_url, extra_context)
        said = gettext(
            "This text was deleted while you were writing. Your words are below, not saved yet: "
            "save them as a new text."
        )
        messages.warning(request, said)
        place = edits.read_state(request.POST["opened_with"])
        start = QueryDict(mutable=True)
        start.update({name: place.get(name, "") for name in PLACE})
        start.update({name: request.POST.get(name, "") for name in edits.FIELDS})
        form = copy.copy(request)
        form.method, form.POST, form.GET = "GET", QueryDict(), start  # type: ignore[assignment]
        return super().changeform_view(form, None, self._address("add"), extra_context)

    def render_change_form(  # noqa: PLR0917 - the signature is Django's
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Explanation | None = None,
    ) -> HttpResponse:
        form = context["adminform"].form
        context |= {
            "may_preview": self._may_write(request, obj),
            "languages": scopes.language_names().items(),
            "show_save_and_add_another": False,
        }
        if change and obj is not None:
            context |= {
                "title": str(obj),
                "subtitle": None,
                "state": form.state,
                "copies": overview.copies_of(obj) if self.has_add_permission(request) else {},
                "reading": preview.Draft.of(obj, request),
            }
        self._lead_to_taken_place(request, form)
        if "bring_back" in request.GET:
            # Without the query, so that "Save and continue editing" does not bring them back again.
            form_url = request.path
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _lead_to_taken_place(self, request: HttpRequest, form: forms.BaseForm) -> None:
        """Link to the existing row for the place, in a new tab, so that no input is lost."""
        if not form.has_error(NON_FIELD_ERRORS, "unique"):
            return
        place = form.instance.current_digest()  # type: ignore[attr-defined]
        row = self.get_queryset(request).filter(digest=place).first()
        if row and self.has_view_or_change_permission(request, row):
            address = self._address("change", row.pk)
            link = '<a href="{}" target="_blank">{}</a>'
            said = gettext("Open the existing words (in a new tab)")
            form.add_error(None, format_html(link, address, said))

    def _address(self, name: str, *args: Any) -> str:
        """The address of one of these pages, on this admin site."""
        name = f"admin:django_http4xx_explanation_{name}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def _may_write(self, request: HttpRequest, row: Explanation | None) -> bool:
        """Whether the user may save the form of a row, or of a new one."""
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
        self._warn(request, obj)

    def _warn(self, request: HttpRequest, obj: Explanation) -> None:
        """Say what is not as the editor may expect of a text that was saved."""
        for note in preview.Draft.of(obj, request).notes():
            messages.warning(request, note)
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
        """Add the old and the new texts to Django's message, for the history."""
        message: list[dict[str, dict[str, Any]]] = super().construct_change_message(
            request, form, formsets, add
        )
        if add:
            return history.first_message(form.instance)  # type: ignore[attr-defined]
        if not message:
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

    # Move a text, or take it out of use

    def _opened(self, request: HttpRequest, object_id: str) -> Explanation | None:
        """The row, for those who may change it; ``None`` if there is none, which is told."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if row is None:
            self.message_user(request, gettext("There is no such text any more."), messages.WARNING)
        return row

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask where a text is to be shown, say what that means for the old place, and move it."""
        with transaction.atomic(using=router.db_for_write(Explanation)):
            row = self._opened(request, object_id)
            if row is None:
                return HttpResponseRedirect(self._address("changelist"))
            before = edits.place_of(edits.read_state(row.stored_state))  # type: ignore[attr-defined]
            before.pk, before.is_active = row.pk, row.is_active
            if request.method == "POST":
                form = placement.MoveForm(request.POST, instance=row)
                is_told = form.is_valid() and request.POST.get("opened_with") == row.stored_state  # type: ignore[attr-defined]
                if is_told and "_move" in request.POST:
                    return self._move(request, row, form)
            else:
                history.bring_back(row, request.GET.get("bring_back", ""), PLACE)
                form = placement.MoveForm(instance=row)
            is_valid = form.is_valid()
            self._lead_to_taken_place(request, form)
            context = {
                "title": gettext("Move this text"),
                "row": before,
                "form": form,
                "state": row.stored_state,  # type: ignore[attr-defined]
                "moved": row if is_valid else None,
                "told": placement.told_without(before, row) if is_valid else None,
            }
            return self._page(request, "move", context)

    def _move(
        self, request: HttpRequest, row: Explanation, form: placement.MoveForm
    ) -> HttpResponse:
        row.changed_by = request.user.get_username()
        row.save(update_fields=[*PLACE, "changed_by", "changed_at"])
        self.log_change(request, row, history.message(form.changes()))
        said = gettext("The text was moved. It is now for: %(place)s.") % {"place": row}
        self.message_user(request, said, messages.SUCCESS)
        self._warn(request, row)
        return HttpResponseRedirect(self._address("change", row.pk))

    def return_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether a text is to be taken out of use, and say what visitors are told then."""
        with transaction.atomic(using=router.db_for_write(Explanation)):
            row = self._opened(request, object_id)
            if row is None:
                return HttpResponseRedirect(self._address("changelist"))
            if request.method != "POST":
                context = {
                    "title": gettext("Return to the built-in words"),
                    "row": row,
                    "told": placement.told_without(row),
                }
                return self._page(request, "return", context)
            if self.take_out_of_use(request, row.pk):
                said = gettext("“%(text)s” is no longer shown. It is kept as a draft.")
                self.message_user(request, said % {"text": row}, messages.SUCCESS)
        return HttpResponseRedirect(self._address("changelist"))

    def take_out_of_use(self, request: HttpRequest, key: int | str) -> bool:
        """Keep a text as a draft; return whether it was in use."""
        using = router.db_for_write(Explanation)
        with transaction.atomic(using=using):
            Explanation.objects.lock(key)
            row = Explanation.objects.using(using).filter(pk=key, is_active=True).first()
            if row is None:
                return False
            row.is_active = False
            row.changed_by = request.user.get_username()
            row.save(update_fields=["is_active", "changed_by", "changed_at"])
            self.log_change(request, row, history.message({"is_active": [True, False]}))
        return True

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        template = f"admin/django_http4xx/explanation/{name}.html"
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, whole).render()

    # The preview

    def _draft(self, request: HttpRequest) -> preview.Draft:
        row = super().get_object(request, request.GET.get("row", ""))
        if request.method != "POST" or not self._may_write(request, row):
            raise PermissionDenied
        return preview.Draft(ExplanationForm(request.POST, instance=row), request)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the unsaved texts as page and JSON, for a browser without JavaScript."""
        return self._draft(request).document()

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """The data that the live preview shows beside the page."""
        draft = self._draft(request)
        values = draft.values()
        return JsonResponse(
            {
                "json": draft.json(),
                "faults": draft.faults(),
                "notes": draft.notes(),
                "built_in": overview.built_in_texts(draft.name, draft.language_of_words),
                "start": as_markdown(draft.name, draft.language_of_words, snapshots.current()),
                "placeholders": [
                    [*one, values.get(one.name, "")] for one in placeholders(draft.name)
                ],
            }
        )

    def page_view(self, request: HttpRequest) -> HttpResponse:
        """The page itself, for the frame of the live preview."""
        return self._draft(request).response()

    def shown_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page with a saved text, for the frame that its readers see."""
        row = super().get_object(request, unquote(object_id))
        if row is None or not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        return preview.Draft.of(row, request).response()

    def token_view(self, request: HttpRequest) -> HttpResponse:
        """A fresh token for a form that was opened before the user signed in again."""
        if not self.has_module_permission(request):
            raise PermissionDenied
        return JsonResponse({"token": get_token(request), "user": request.user.get_username()})
