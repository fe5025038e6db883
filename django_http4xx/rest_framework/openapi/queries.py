"""What the filters of a list can find wrong with its query: the codes of each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import filters

from django_http4xx.causes import is_one_of, kind_of

from .codes import Findings, Place, codes_of

if TYPE_CHECKING:
    from .causes import Operation

_DJANGO_FILTER = {"django_filters.rest_framework.backends.DjangoFilterBackend"}


def findings_of_query(operation: Operation) -> Findings | None:
    """What an operation's filters can find; ``None`` where they find nothing wrong."""
    backends = getattr(operation.view, "filter_backends", ()) if operation.method == "GET" else ()
    if not backends or not operation.is_list:
        return None
    found = Findings()
    for backend in backends:
        if is_one_of(backend(), _DJANGO_FILTER):
            _by_filterset(backend(), operation.view, found)
        elif _reads_text(backend):
            _by_search(found)
    return found if found.codes else None


def _reads_text(backend: type) -> bool:
    own = getattr(backend, "get_search_terms", None)
    return own is filters.SearchFilter.get_search_terms


def _by_search(found: Findings) -> None:
    """A search refuses what no text has; it does not say that it was the search."""
    code = "null_characters_not_allowed"
    message = ProhibitNullCharactersValidator.message
    found.add(Place("", "parameter"), code, "meaning", (message, None))


def _by_filterset(backend: Any, view: Any, found: Findings) -> None:
    """What the form of django-filter says of each of its fields."""
    cls = backend.get_filterset_class(view, view.get_queryset())
    if cls is None or not getattr(backend, "raise_exception", True):
        return
    for name, each in cls.base_filters.items():
        _by_field(each.field, Place(name, "parameter"), found)


def _by_field(field: Any, place: Place, found: Findings) -> None:
    for code, message in field.error_messages.items():
        if code != "required" or field.required:
            about = kind_of(code, message, None, is_root=False)
            found.add(place, code, about, (message, field))
    for validator in field.validators:
        raised = codes_of(validator)
        for code in raised.codes:
            found.add(place, code, "meaning")
        if raised.is_open:
            found.add_open(place)
    # A field of several values says of itself what is wrong with each.
    for part in getattr(field, "fields", ()):
        _by_field(part, place, found)
