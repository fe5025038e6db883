"""Move a text, or take it out of use; and what visitors are told where it was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext

from django_http4xx.models import PLACE, Explanation, worded
from django_http4xx.words import wording
from django_http4xx.words.scopes import with_parents
from django_http4xx.words.snapshots import Row, Snapshot

from . import overview
from .form import PlaceForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_http4xx.words.texts import Shown

    from .overview import Origin


@dataclass(frozen=True)
class Told:
    """What visitors are told, and where each text comes from."""

    title: Shown
    explanation: Shown
    remedy: Shown
    origins: Sequence[Origin]


def language_of_readers(language: str) -> str:
    """A language of the site whose readers get a row's words; the editor's if it is for any."""
    # A row for zh is shown to readers of zh-hans.
    readers = (code for code, _name in settings.LANGUAGES if language in with_parents(code))
    return next(readers, overview.language_of_editor())


def told_without(row: Explanation, moved: Explanation | None = None) -> Told | None:
    """What visitors are told where a row's words are shown, once it is moved or out of use.

    ``moved``: the row as it will be saved. ``None`` if the problem type no longer exists.
    """
    problem_type = worded().get(row.problem_type)
    if problem_type is None:
        return None
    others = Explanation.objects.filter(is_active=True).exclude(pk=row.pk).order_by("pk")
    rows = [*others, *([moved] if moved and moved.is_active else [])]
    words = wording.words_for(
        problem_type,
        language_of_readers(row.language),
        lambda: row.host,
        f"{row.path_prefix}/",
        Snapshot(Row(*(getattr(one, name) for name in Row._fields)) for one in rows),
    )
    sources = {
        name: next(one for one in rows if one.place == found[:4])
        for name, found in words.rows.items()
    }
    return Told(
        title=overview.shown(words.title) or overview.shown(words.phrase),
        explanation=overview.shown(words.explanation),
        remedy=overview.shown(words.remedy),
        origins=overview.origins(words, sources),
    )


class MoveForm(PlaceForm):
    """Another place for a saved text."""

    def clean(self) -> dict[str, object] | None:
        cleaned = super().clean()
        if not (self.errors or self.changed_data):
            self.add_error(None, gettext("This is where the text is already."))
        return cleaned

    def changes(self) -> dict[str, list[str]]:
        """The old and the new value of each field that changes."""
        return {
            name: [self.initial[name], getattr(self.instance, name)]
            for name in PLACE
            if self.initial[name] != getattr(self.instance, name)
        }
