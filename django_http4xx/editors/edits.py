"""What somebody else changed in a text while its form was open, and what to keep.

A form carries the values that it was opened with. When it is saved, they are compared with those in
the database.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from django_http4xx.models import PLACE, Explanation

from . import history

if TYPE_CHECKING:
    from collections.abc import Mapping

# What editors write in the form of a text.
FIELDS = (*history.WORDS, "is_active", "note")

# The value of a radio button.
THEIRS, YOURS = "theirs", "yours"


@dataclass(frozen=True)
class Difference:
    """A field that somebody else changed while the form was open.

    ``is_clash``: whether this editor changed it, too, and has to choose.
    """

    name: str
    label: str
    theirs: str
    yours: str
    is_clash: bool


def state(row: Explanation) -> str:
    """All that editors can change of a row, as JSON: for a hidden field of its form."""
    return json.dumps({name: getattr(row, name) for name in (*PLACE, *FIELDS)})


def read_state(sent: object) -> dict[str, Any]:
    """The values in the hidden field of a form; those that the row cannot have are left out."""
    try:
        values = json.loads(sent) if isinstance(sent, str) else None
    except (ValueError, RecursionError):
        return {}
    found = values if isinstance(values, dict) else {}
    return {
        name: found[name]
        for name in (*PLACE, *FIELDS)
        if isinstance(found.get(name), bool if name == "is_active" else str)
    }


def place_of(values: Mapping[str, Any]) -> Explanation:
    """A row that says in words for what it is: for ``str()``, never saved."""
    return Explanation(**{name: values[name] for name in PLACE if name in values})


def as_text(value: object) -> str:
    """A value of a field, for people."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return str(value or "")
