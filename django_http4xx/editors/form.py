"""The form of one explanation, with the built-in words and the placeholders beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from django_http4xx import path_prefixes
from django_http4xx.models import Explanation
from django_http4xx.words import markdown, scopes

from . import history, overview

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Explanation]
else:
    # At run time the class does not take the model in brackets.
    _ModelForm = forms.ModelForm


class _LinesField(forms.CharField):
    """A text of several lines, each of which ends with one character, as a browser counts them.

    It sends two, so that a text would be too long, and changed untouched.
    """

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class _PathField(forms.CharField):
    """A path prefix, shown and typed as visitors see the path, with the script's prefix."""

    def to_python(self, value: Any) -> str:
        return path_prefixes.from_address(super().to_python(value) or "")

    def bound_data(self, data: Any, initial: Any) -> Any:
        return path_prefixes.from_address(data) if isinstance(data, str) else data

    def prepare_value(self, value: Any) -> Any:
        return path_prefixes.to_address(value) if isinstance(value, str) else value


class ExplanationForm(_ModelForm):
    """The form of one explanation, with the built-in text beside each field."""

    problem_type = forms.ChoiceField(label=_("Error"))
    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = Explanation
        fields = (
            "problem_type",
            "language",
            *history.WORDS,
            "host",
            "path_prefix",
            "is_active",
            "note",
        )
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField"}),
            "explanation": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4}),
            "remedy": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 4}),
            "note": forms.Textarea(attrs={"class": "vLargeTextField", "rows": 2}),
        }
        field_classes = {
            **dict.fromkeys(("explanation", "remedy", "note"), _LinesField),
            "path_prefix": _PathField,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self["problem_type"].value() or overview.MET_FIRST[0]
        self.fields["problem_type"].choices = list(overview.choices(self.instance.problem_type))  # type: ignore[attr-defined]
        languages = {"": _("Any language"), **scopes.language_names()}
        # A row may be for a language that several of the site's are kinds of.
        languages.setdefault(self.instance.language, self.instance.language)
        self.fields["language"].choices = list(languages.items())  # type: ignore[attr-defined]
        built_in = overview.built_in_texts(chosen, self["language"].value() or get_language())
        # Who may only look at a row has no fields.
        for name in filter(self.fields.__contains__, overview.TEXTS):
            self.fields[name].help_text = format_html(
                '<span class="http4xx-hint"><b>{}</b> <span data-built-in="{}">{}</span></span>',
                _("Built in:"),
                name,
                built_in[name],
            )


def built_in_as_markdown(name: str, language: str) -> dict[str, str]:
    """The built-in texts of an error as an editor would write them."""
    placeholders = overview.placeholders(name)
    return {
        text: markdown.from_plain(
            built_in, placeholders, markdown.line if text == "title" else markdown.blocks
        )
        for text, built_in in overview.built_in_texts(name, language).items()
    }


def placeholder_list(placeholders: dict[str, str]) -> str:
    items = format_html_join("", "<dt><code>{{{}}}</code></dt><dd>{}</dd>", placeholders.items())
    return format_html(
        '<p>{}</p><dl class="http4xx-placeholders">{}</dl>',
        _(
            "You can write *emphasis*, **strong emphasis**, [a link](/contact/) and lists, whose "
            "lines begin with a hyphen (it is Markdown). These names in braces stand for what they "
            "describe:"
        ),
        items,
    )
