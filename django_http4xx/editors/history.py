"""Keep what each change of an explanation replaced, in the admin's own log: texts and place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.utils import label_for_field
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import override

from django_http4xx import path_prefixes
from django_http4xx.models import PLACE, Explanation, language_name, left_to_right, name_of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

WORDS = ("title", "explanation", "remedy", "help_url", "help_label")
RESTORED_BY_FORM = (*WORDS, "is_active")
_KEPT = (*RESTORED_BY_FORM, *PLACE)

# How the history shows a value; other values are shown as they are.
_SHOWN: Mapping[str, Callable[[str], str]] = {
    "problem_type": name_of_error,
    "language": language_name,
    "host": left_to_right,
    "path_prefix": lambda prefix: left_to_right(path_prefixes.to_address(prefix)),
}

# The history shows the texts of the latest changes only.
_MAX_CHANGES = 100


class Replaced(NamedTuple):
    """A field's values before and after a change."""

    name: str
    label: str
    old: Any
    new: Any

    @property
    def before(self) -> Any:
        """The old value, as editors read it."""
        return _readable(self.name, self.old)

    @property
    def after(self) -> Any:
        """The new value, as editors read it."""
        return _readable(self.name, self.new)


@dataclass(frozen=True)
class Change:
    """One change, with the fields that can be restored.

    ``is_first``: whether the texts were written then; there are none from before.
    """

    entry: LogEntry
    texts: list[Replaced]
    is_first: bool

    @property
    def moves(self) -> bool:
        """Whether the text was for another error, language or part of the site before."""
        return any(text.name in PLACE for text in self.texts) and not self.is_first

    @property
    def rewrites(self) -> bool:
        """Whether there are earlier words to restore."""
        names = {text.name for text in self.texts}
        return not (self.is_first or names.isdisjoint(RESTORED_BY_FORM))

    @property
    def query(self) -> str:
        """The query that makes the row's form start with the old values."""
        return f"?bring_back={self.entry.pk}"


def message(changed: Mapping[str, list[Any]]) -> list[dict[str, dict[str, Any]]]:
    """Make a log message that also holds the old and new value of each changed field.

    Its labels are the model's: Django uses the forms' capitalised ones, which are not translated.

    >>> message({"title": ["Old", "New"]})
    [{'changed': {'fields': ['title'], 'texts': {'title': ['Old', 'New']}}}]
    """
    with override(None):
        labels = [str(label_for_field(name, Explanation)) for name in changed]
    texts = {name: values for name, values in changed.items() if name in _KEPT}
    return [{"changed": {"fields": labels, "texts": texts}}]


def first_message(row: Explanation) -> list[dict[str, dict[str, Any]]]:
    """The log message of a new row, with its words.

    They are beside Django's own member, into which Django puts names of objects.
    """
    texts = {name: ["", getattr(row, name)] for name in WORDS if getattr(row, name)}
    return [{"added": {}, "texts": texts}]


def log(row: Explanation, changed: Mapping[str, list[Any]] | None, user_id: Any) -> None:
    """Log a row that was imported. ``changed``: as for ``message()``; ``None`` if the row is new."""
    LogEntry.objects.create(
        user_id=user_id,
        content_type_id=ContentType.objects.get_for_model(Explanation).pk,
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=ADDITION if changed is None else CHANGE,
        change_message=json.dumps(first_message(row) if changed is None else message(changed)),
    )


def changes(row: Explanation, **wanted: object) -> list[Change]:
    """The changes of a row that can be restored, the newest first.

    ``wanted``: conditions on the log entries, as for ``filter()``.
    """
    content_type = ContentType.objects.get_for_model(Explanation)
    log = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk), **wanted)
    entries = log.select_related("user").order_by("-action_time", "-pk")[:_MAX_CHANGES]
    found = [
        Change(entry, list(_replaced(entry)), is_first=entry.action_flag == ADDITION)
        for entry in entries
    ]
    return [change for change in found if change.texts]


def bring_back(row: Explanation, key: str, names: Collection[str] = RESTORED_BY_FORM) -> bool:
    """Restore what a change replaced, without saving the row; return whether it was found.

    ``key``: the primary key of the log entry, from the query string. ``names``: the fields to
    restore.
    """
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return False
    restored = [
        text
        for change in changes(row, pk=int(key))
        for text in change.texts
        if text.name in names and not change.is_first
    ]
    for text in restored:
        setattr(row, text.name, text.old)
    return bool(restored)


def _readable(name: str, value: Any) -> Any:
    return _SHOWN[name](value) if value and name in _SHOWN else value


def _replaced(entry: LogEntry) -> Iterator[Replaced]:
    try:
        parts = json.loads(entry.change_message)
    except (ValueError, RecursionError):
        return
    for part in parts if isinstance(parts, list) else ():
        texts = _member(part, "texts") or _member(_member(part, "changed"), "texts")
        for name, pair in texts.items():
            if _is_change(name, pair):
                yield Replaced(name, str(label_for_field(name, Explanation)), *pair)


def _member(value: object, name: str) -> dict[str, Any]:
    """An object's member that is an object; ``{}`` if not: other code writes to the log, too."""
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _is_change(name: str, pair: Any) -> bool:
    """Whether ``pair`` is an old and a new value that the field can hold."""
    kind = bool if name == "is_active" else str
    is_pair = isinstance(pair, list) and len(pair) == 2
    return name in _KEPT and is_pair and all(isinstance(value, kind) for value in pair)
