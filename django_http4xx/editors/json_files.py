"""Texts in a JSON file, to move them from one site to another."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext, ngettext

from django_http4xx.models import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# The members of an object in the list; one that is missing is empty, and `is_active` true.
FIELDS = (
    *("problem_type", "language", "host", "path_prefix", "title", "explanation", "remedy"),
    *("help_url", "help_label", "is_active", "note"),
)

ADDED, REPLACED, KEPT, UNCHANGED = "added", "replaced", "kept", "unchanged"


class WrongFile(ValueError):
    """Says what is wrong with a file, and in which of its items."""


@dataclass
class Step:
    """What an import does with one item of a file. ``existing``: the row that it changes."""

    row: Explanation
    outcome: str
    existing: Explanation | None = None


def written(rows: Iterable[Explanation]) -> str:
    r"""The rows as a JSON list, without empty members.

    >>> written([Explanation(problem_type="gone", title="Away")])
    '[\n  {\n    "problem_type": "gone",\n    "title": "Away",\n    "is_active": true\n  }\n]\n'
    """
    items = [
        {name: value for name in FIELDS if (value := getattr(row, name)) not in ("", None)}
        for row in rows
    ]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def read(content: bytes | str, file: str) -> list[Explanation]:
    """Read a file into unsaved rows. Raises ``WrongFile``. ``file``: its name, for messages."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = gettext("%(file)s cannot be read: %(error)s")
        raise WrongFile(said % {"file": file, "error": error}) from error
    if not isinstance(items, list):
        raise WrongFile(gettext("%(file)s does not contain a list.") % {"file": file})
    rows = [
        _row(fields, gettext("Item %(number)d of %(file)s") % {"number": number, "file": file})
        for number, fields in enumerate(items, start=1)
    ]
    _refuse_repetitions(rows)
    return rows


def _row(fields: object, item: str) -> Explanation:
    if not isinstance(fields, dict):
        raise WrongFile(gettext("%(item)s is not an object.") % {"item": item})
    if unknown := sorted(fields.keys() - set(FIELDS)):
        said = gettext("%(item)s has an unknown field %(name)s. Use %(fields)s.")
        names = {"item": item, "name": repr(unknown[0]), "fields": ", ".join(FIELDS)}
        raise WrongFile(said % names)
    for name, value in fields.items():
        if not isinstance(value, bool if name == "is_active" else str):
            wanted = gettext("true or false") if name == "is_active" else gettext("a string")
            said = gettext("%(item)s: %(name)s must be %(wanted)s.")
            raise WrongFile(said % {"item": item, "name": name, "wanted": wanted})
    row = Explanation(**fields)
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        faults = (f"{name}: {' '.join(told)}" for name, told in error.message_dict.items())
        raise WrongFile(f"{item}: {'; '.join(faults)}") from error
    return row


def _refuse_repetitions(rows: Iterable[Explanation]) -> None:
    active = Counter(row.place for row in rows if row.is_active)
    for row in rows:
        if row.is_active and active[row.place] > 1:
            raise WrongFile(gettext("There are two texts for one place: %(row)s.") % {"row": row})


def plan(rows: Iterable[Explanation], using: str, *, replace: bool) -> list[Step]:
    """What an import would do with each row.

    Texts that exist stay, also drafts: an editor may have returned to the built-in words on purpose.
    With ``replace``, a published text replaces the published one for its place, and a draft a draft.
    """
    by_place: defaultdict[Any, list[Explanation]] = defaultdict(list)
    for existing in Explanation.objects.using(using).order_by("pk"):
        by_place[existing.place].append(existing)
    # A copy, from which each row that an item is about is taken.
    free = {place: list(existing) for place, existing in by_place.items()}
    return [_step(row, by_place[row.place], free.get(row.place, []), replace) for row in rows]


def _step(
    row: Explanation,
    existing: list[Explanation],
    free: list[Explanation],
    replace: bool,  # noqa: FBT001
) -> Step:
    if not existing:
        return Step(row, ADDED)
    for other in free:
        if not differences(other, row):
            free.remove(other)
            return Step(row, UNCHANGED, other)
    if not replace:
        return Step(row, KEPT)
    for other in free:
        if other.is_active == row.is_active:
            free.remove(other)
            return Step(row, REPLACED, other)
    return Step(row, ADDED)


def differences(before: Explanation, after: Explanation) -> dict[str, list[Any]]:
    """The fields that differ, each with both values."""
    pairs = {name: [getattr(before, name), getattr(after, name)] for name in FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def carry_out(
    rows: Iterable[Explanation],
    using: str,
    *,
    replace: bool,
    changed_by: str,
    log: Callable[[Explanation, Mapping[str, list[Any]] | None], object],
) -> list[Step]:
    """Import rows in one transaction, and return what was done.

    ``changed_by``: who the rows say has written them. ``log``: called with each written row, and
    with the differences, or ``None`` if it is new.
    """
    with transaction.atomic(using=using):
        steps = plan(rows, using, replace=replace)
        for step in steps:
            if step.outcome not in (ADDED, REPLACED):
                continue
            changed = differences(step.existing, step.row) if step.existing else None
            row = step.existing or step.row
            for name in changed or ():
                setattr(row, name, getattr(step.row, name))
            row.changed_by = changed_by
            row.save(using=using)
            log(row, changed)
    return steps


def summary(steps: Iterable[Step]) -> str:
    """What an import did, or would do, in a sentence."""
    counts = Counter(step.outcome for step in steps)
    parts = (
        ngettext("%(count)d text added", "%(count)d texts added", counts[ADDED]),
        ngettext("%(count)d replaced", "%(count)d replaced", counts[REPLACED]),
        ngettext("%(count)d kept as it is", "%(count)d kept as they are", counts[KEPT]),
        ngettext("%(count)d the same already", "%(count)d the same already", counts[UNCHANGED]),
    )
    numbers = (counts[name] for name in (ADDED, REPLACED, KEPT, UNCHANGED))
    return ", ".join(part % {"count": n} for part, n in zip(parts, numbers, strict=True)) + "."
