"""What each change of an explanation replaced, kept in the admin's own log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import label_for_field
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import override

from django_http4xx.models import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORDS = ("title", "explanation", "remedy", "help_url", "help_label")
_KEPT = (*WORDS, "is_active")

# The history shows the texts of no more changes than this.
_MAX_CHANGES = 100


class Replaced(NamedTuple):
    """What a field held before a change, and after it."""

    name: str
    label: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """One change, with the fields that can be brought back."""

    entry: LogEntry
    texts: list[Replaced]

    @property
    def query(self) -> str:
        """What makes the form of the row start with the old values."""
        return f"?bring_back={self.entry.pk}"


def message(changed: Mapping[str, list[Any]]) -> list[dict[str, dict[str, Any]]]:
    """A message for the log, of the old and the new value of each field that changed.

    Django's own names the fields as forms do, with capitals that no translation knows.

    >>> message({"title": ["Old", "New"]})
    [{'changed': {'fields': ['title'], 'texts': {'title': ['Old', 'New']}}}]
    """
    with override(None):
        labels = [str(label_for_field(name, Explanation)) for name in changed]
    texts = {name: values for name, values in changed.items() if name in _KEPT}
    return [{"changed": {"fields": labels, "texts": texts}}]


def changes(row: Explanation, **wanted: object) -> list[Change]:
    """The changes of a row that replaced something, the newest first.

    ``wanted``: what is looked for in the log, as to ``filter()``.
    """
    content_type = ContentType.objects.get_for_model(Explanation)
    log = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk), **wanted)
    entries = log.select_related("user").order_by("-action_time", "-pk")[:_MAX_CHANGES]
    found = [Change(entry, list(_replaced(entry))) for entry in entries]
    return [change for change in found if change.texts]


def bring_back(row: Explanation, key: str) -> bool:
    """Put back what a change replaced, without saving it; whether there was something.

    ``key``: the number of the change, as typed into an address.
    """
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return False
    found = changes(row, pk=int(key))
    for change in found:
        for text in change.texts:
            setattr(row, text.name, text.old)
    return bool(found)


def _replaced(entry: LogEntry) -> Iterator[Replaced]:
    try:
        parts = json.loads(entry.change_message)
    except (ValueError, RecursionError):
        return
    for part in parts if isinstance(parts, list) else ():
        for name, pair in _member(_member(part, "changed"), "texts").items():
            if _is_change(name, pair):
                yield Replaced(name, str(label_for_field(name, Explanation)), *pair)


def _member(value: object, name: str) -> dict[str, Any]:
    """The object under a name; code that writes into the log may have put anything there."""
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _is_change(name: str, pair: Any) -> bool:
    """Whether this is an old and a new value that the field can hold."""
    kind = bool if name == "is_active" else str
    is_pair = isinstance(pair, list) and len(pair) == 2
    return name in _KEPT and is_pair and all(isinstance(value, kind) for value in pair)
