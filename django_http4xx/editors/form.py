"""The form of one explanation, with the built-in words and the placeholders beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.utils import label_for_field
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from django_http4xx import path_prefixes
from django_http4xx.models import PLACE, Explanation, worded
from django_http4xx.words import markdown, scopes, wording

from . import edits, history, overview
from .placeholders import placeholders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from django_http4xx.words.snapshots import Snapshot

    from .placeholders import Placeholder

    _ModelForm = forms.ModelForm[Explanation]
else:
    # At run time `ModelForm` is not subscriptable.
    _ModelForm = forms.ModelForm

# Written from left to right in every language.
_LTR = {"dir": "ltr"}
# In the direction of what is written.
_AUTO = {"dir": "auto"}


class _LinesField(forms.CharField):
    """A text of several lines, with the line breaks that it is saved with.

    Browsers send a line break as two characters: an untouched text would look changed.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class _PathField(forms.CharField):
    """A path prefix, shown and typed as visitors see the path: with the script prefix."""

    def to_python(self, value: Any) -> str:
        return path_prefixes.from_address(super().to_python(value) or "")

    def bound_data(self, data: Any, initial: Any) -> Any:
        return path_prefixes.from_address(data) if isinstance(data, str) else data

    def prepare_value(self, value: Any) -> Any:
        return path_prefixes.to_address(value) if isinstance(value, str) else value


class PlaceForm(_ModelForm):
    """For which error, in which language and for which part of the site a text is."""

    problem_type = forms.ChoiceField(label=_("Error"))
    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = Explanation
        fields: tuple[str, ...] = PLACE
        widgets: dict[str, forms.Widget] = {
            "host": forms.TextInput(attrs={"class": "vTextField", **_LTR}),
            "path_prefix": forms.TextInput(attrs={"class": "vTextField", **_LTR}),
        }
        field_classes: dict[str, type[forms.Field]] = {"path_prefix": _PathField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("problem_type", "language"):
            if name in self.fields:
                self.fields[name].choices = getattr(self, f"_choices_of_{name}")()  # type: ignore[attr-defined]
        for field in self.fields.values():
            # A browser would cut a text that is pasted, and not say so.
            field.widget.attrs.pop("maxlength", None)

    def _choices_of_problem_type(self) -> list[tuple[str, str]]:
        return list(overview.choices(self.instance.problem_type))

    def _choices_of_language(self) -> list[tuple[str, Any]]:
        languages = {"": _("Any language"), **scopes.language_names()}
        # A row may be for a general language, such as zh, of which the site has only variants.
        languages.setdefault(self.instance.language, self.instance.language)
        return list(languages.items())


class ExplanationForm(PlaceForm):
    """The form of one explanation, with the built-in text beside each field.

    The form of a saved row has no fields for its place. ``differences``: what somebody else changed
    while it was open.
    """

    class Meta(PlaceForm.Meta):
        fields = (*PLACE[:2], *history.WORDS, *PLACE[2:], "is_active", "note")
        widgets = {
            **PlaceForm.Meta.widgets,
            "title": forms.TextInput(attrs={"class": "vTextField", **_AUTO}),
            "explanation": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4, **_AUTO}),
            "remedy": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4, **_AUTO}),
            "help_url": forms.TextInput(attrs={"class": "vTextField", **_LTR}),
            "help_label": forms.TextInput(attrs={"class": "vTextField", **_AUTO}),
            "note": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 2, **_AUTO}),
        }
        field_classes = {
            **PlaceForm.Meta.field_classes,
            **dict.fromkeys(("explanation", "remedy", "note"), _LinesField),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_saved = self.instance.pk is not None
        # Of the saved row, before the form changes the instance.
        self.state: str = getattr(self.instance, "stored_state", "") or edits.state(self.instance)
        self.differences: list[edits.Difference] = []
        self.is_outdated = False
        self.moved_from: Explanation | None = None
        name, language = (self._place(field) for field in ("problem_type", "language"))
        if is_saved:
            for field in PLACE:
                self.fields.pop(field, None)
            if self.is_bound:
                self._compare()
        built_in = overview.built_in_texts(
            name or overview.MET_FIRST[0], language or get_language()
        )
        # The form of a user with only the view permission has no fields.
        for text in filter(self.fields.__contains__, overview.TEXTS):
            self.fields[text].help_text = format_html(
                '<span class="http4xx-hint"><b>{}</b> '
                '<span data-built-in="{}" dir="auto">{}</span></span>',
                _("Built in:"),
                text,
                built_in[text],
            )

    def _place(self, name: str) -> str:
        is_asked = name in self.fields and self.instance._state.adding
        return str((self[name].value() if is_asked else getattr(self.instance, name)) or "")

    def _compare(self) -> None:
        """Compare the row with the values that the form was opened with, and with those sent."""
        before, now = edits.read_state(self.data.get("opened_with")), edits.read_state(self.state)
        moved = {name: before[name] for name in PLACE if name in before}
        if moved and moved != {name: now[name] for name in PLACE}:
            self.moved_from = edits.place_of(moved)
        asked = self.data.getlist("clash") if isinstance(self.data, QueryDict) else ()
        for name in filter(self.fields.__contains__, edits.FIELDS):
            if name in before and before[name] != now[name]:
                self._add_difference(name, before[name], now[name])
            elif name in asked:
                self._choose(name, now[name])
        self.is_outdated = bool(self.moved_from or self.differences)

    def _sent(self, name: str) -> Any:
        field = self.fields[name]
        return field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    def _add_difference(self, name: str, before: Any, theirs: Any) -> None:
        field, sent = self.fields[name], self._sent(name)
        if not field.has_changed(theirs, sent):
            return
        is_clash = field.has_changed(before, sent)
        yours = sent if is_clash else before
        self._tell(name, theirs, yours, is_clash=is_clash)
        if not is_clash:
            self._set(name, theirs)

    def _choose(self, name: str, theirs: Any) -> None:
        """Use what the editor chose of two texts; without a choice, ask again."""
        chosen = self.data.get(f"choice_{name}")
        if chosen == edits.THEIRS:
            self._set(name, theirs)
        elif chosen != edits.YOURS and self.fields[name].has_changed(theirs, self._sent(name)):
            self._tell(name, theirs, self._sent(name), is_clash=True)

    def _tell(self, name: str, theirs: Any, yours: Any, *, is_clash: bool) -> None:
        label = str(label_for_field(name, Explanation))
        texts = (edits.as_text(theirs), edits.as_text(yours))
        self.differences.append(edits.Difference(name, label, *texts, is_clash=is_clash))

    def _set(self, name: str, value: Any) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        if value is False:
            data.pop(name, None)
        else:
            data[name] = "on" if value is True else value
        self.data = data

    def clean(self) -> dict[str, Any] | None:
        if self.is_outdated:
            self.add_error(
                None,
                forms.ValidationError(
                    _("This text was changed after you opened it. Nothing of yours is saved yet."),
                    code="changed",
                ),
            )
        return super().clean()


def as_markdown(name: str, language: str, snapshot: Snapshot | None = None) -> dict[str, str]:
    """The texts that visitors are told for an error, in the Markdown of the form.

    Those of editors are as they wrote them; built-in ones are escaped, so that they are shown
    unchanged. ``snapshot``: the editors' rows; without it, the built-in texts.
    """
    problem_type = worded().get(name)
    if problem_type is None:
        return dict.fromkeys(overview.TEXTS, "")
    language = language or overview.language_of_editor()
    words = wording.built_in_words(problem_type, language)
    if snapshot is not None:
        words = wording.words_for(problem_type, language, snapshot=snapshot)
    texts = {
        text: words.rows[text]._asdict()[text]
        if text in words.rows
        else markdown.from_plain(
            getattr(words, text).source,
            problem_type.placeholders,
            markdown.line if text == "title" else markdown.blocks,
        )
        for text in overview.TEXTS
    }
    helping = {
        text: words.rows[text]._asdict()[text]
        for text in ("help_url", "help_label")
        if text in words.rows
    }
    return texts | helping


def placeholder_list(name: str) -> SafeString:
    """The placeholders of an error: those that say something of it, and the others folded away."""
    found = placeholders(name)
    return format_html(
        "{}<details><summary>{}</summary><p>{}</p>{}</details>",
        _listed([one for one in found if one.is_telling]),
        _("More names in braces, and how to format"),
        _(
            "You can use Markdown: *emphasis*, **strong emphasis**, [a link](/contact/), and lists "
            "whose lines begin with a hyphen. Each of these names in braces is replaced by what is "
            "described beside it:"
        ),
        _listed([one for one in found if not one.is_telling]),
    )


def _listed(found: Sequence[Placeholder]) -> SafeString:
    items = format_html_join(
        "", "<dt><code>{{{}}}</code></dt><dd>{}</dd>", ((one.name, one.meaning) for one in found)
    )
    hidden = "" if found else mark_safe(" hidden")
    return format_html('<dl class="http4xx-placeholders"{}>{}</dl>', hidden, items)
