"""What the placeholders of an error's texts mean, and which of them say something of that error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import DERIVED_PLACEHOLDERS, FIXED_PLACEHOLDERS, problem_types
from django_http4xx.words.frame import FRAME_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django_stubs_ext import StrOrPromise

_MEANINGS: Mapping[str, StrOrPromise] = {
    "path": _("the path of the address, such as /shop/"),
    "method": _("the method of the request, such as GET"),
    "host": _("the name of the site"),
    "status": _("the number of the error, such as 404"),
    "detail": _("the details of this occurrence, if the site gives any"),
    "reference": _("the reference that the page shows"),
    "retry_after": _("when to try again, such as “in 2 minutes”; “later” if that is unknown"),
    "allowed": _("what this address accepts, such as GET, POST, if the site gives it"),
}

# By problem type, since a project's own type may have a field of the same name.
_MEANINGS_OF_FIELDS: Mapping[str, Mapping[str, StrOrPromise]] = {
    "locked": {"precondition": _("the condition that is not met, if the site gives it")},
    "request-header-fields-too-large": {
        "field": _("the header field that is too large, such as Cookie, if the site gives it")
    },
}

# Which of the placeholders that all errors have say something of the errors with a status.
_TELLING: Mapping[str, Collection[int]] = {
    "path": (401, 403, 404, 405, 410, 451),
    "method": (405,),
    "retry_after": (413, 429),
    "allowed": (405, 406, 415),
}


class Placeholder(NamedTuple):
    """A placeholder of an error's texts; ``is_telling``: whether it says something of that error."""

    name: str
    meaning: str
    is_telling: bool


def placeholders(name: str) -> list[Placeholder]:
    """The placeholders of a problem type's texts: first those that say something of this error.

    >>> [placeholder.name for placeholder in placeholders("not-found")][:2]
    ['path', 'method']
    """
    if name in FRAME_NAMES:
        return []
    problem_type = next((cls for cls in problem_types() if cls.problem_type == name), None)
    declared: Collection[str] = (*FIXED_PLACEHOLDERS, *DERIVED_PLACEHOLDERS)
    own: Collection[str] = ()
    status = 0
    if problem_type is not None:
        declared, own, status = problem_type.placeholders, problem_type.fields, problem_type.status
    meanings = {**_MEANINGS, **_MEANINGS_OF_FIELDS.get(name, {})}
    found = [
        Placeholder(
            field,
            str(meanings.get(field, _("a detail of this error"))),
            field in own or status in _TELLING.get(field, ()),
        )
        for field in declared
    ]
    return sorted(found, key=lambda placeholder: not placeholder.is_telling)
