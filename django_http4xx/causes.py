"""Classify the error of a field by its code: form, meaning, or a conflict with what exists.

The tables hold the codes of Django and of Django REST framework. A project may add its own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from django.utils.module_loading import import_string
from django.utils.translation import get_language

from .log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CAUSES", "TYPED_FIELDS"]

ErrorKind = Literal["form", "conflict", "meaning"]

#: The codes of errors of fields, and what each is about. ``"form"``: the value cannot be parsed.
#: ``"conflict"``: it exists already. ``"meaning"``: it makes no sense; so does the value of every code
#: that is not listed. A project adds its own, such as ``CAUSES["unreadable_iban"] = "form"``.
CAUSES: dict[str, ErrorKind] = {
    "blank": "form",
    "date": "form",
    "datetime": "form",
    "empty": "form",
    "incomplete": "form",
    "incorrect_type": "form",
    "invalid_date": "form",
    "invalid_datetime": "form",
    "invalid_format": "form",
    "invalid_json": "form",
    "invalid_list": "form",
    "invalid_nullable": "form",
    "invalid_pk_value": "form",
    "invalid_time": "form",
    # From django-filter: a range without two values, a value without its lookup.
    "invalid_values": "form",
    "lookup_required": "form",
    "max_string_length": "form",
    "missing": "form",
    "missing_management_form": "form",
    "no_name": "form",
    "not_a_dict": "form",
    "not_a_list": "form",
    "not_a_string": "form",
    "null": "form",
    "parse_error": "form",
    "required": "form",
    "unique": "conflict",
    "unique_for_date": "conflict",
    "unique_for_month": "conflict",
    "unique_for_year": "conflict",
    "unique_together": "conflict",
    "ambiguous_timezone": "meaning",
    "bound_ordering": "meaning",
    "contradiction": "meaning",
    "does_not_exist": "meaning",
    "extra_keys": "meaning",
    "inactive": "meaning",
    # "form" for a field that parses a type: see `TYPED_FIELDS`.
    "invalid": "meaning",
    "invalid_choice": "meaning",
    "invalid_extension": "meaning",
    "invalid_image": "meaning",
    "invalid_login": "meaning",
    "invalid_unicode": "meaning",
    "incorrect_match": "meaning",
    "item_invalid": "meaning",
    "limit_value": "meaning",
    "make_aware": "meaning",
    "max_decimal_places": "meaning",
    "max_digits": "meaning",
    "max_length": "meaning",
    "max_value": "meaning",
    "max_whole_digits": "meaning",
    "min_length": "meaning",
    "min_value": "meaning",
    "missing_keys": "meaning",
    "nested_array_mismatch": "meaning",
    "no_match": "meaning",
    "null_characters_not_allowed": "meaning",
    "overflow": "meaning",
    "password_entirely_numeric": "meaning",
    "password_incorrect": "meaning",
    "password_mismatch": "meaning",
    "password_too_common": "meaning",
    "password_too_short": "meaning",
    "password_too_similar": "meaning",
    "step_size": "meaning",
    "surrogate_characters_not_allowed": "meaning",
    "too_few_forms": "meaning",
    "too_many_forms": "meaning",
}

#: The fields whose code ``invalid`` means that a value is not of their type, by dotted name, as some
#: packages are optional. A project adds its own fields in its ``AppConfig.ready()``.
TYPED_FIELDS: set[str] = {
    "django.db.models.fields.BooleanField",
    "django.db.models.fields.DateField",
    "django.db.models.fields.DateTimeField",
    "django.db.models.fields.DecimalField",
    "django.db.models.fields.DurationField",
    "django.db.models.fields.FloatField",
    "django.db.models.fields.IntegerField",
    "django.db.models.fields.TimeField",
    "django.db.models.fields.UUIDField",
    "django.db.models.fields.json.JSONField",
    "django.forms.fields.DateField",
    "django.forms.fields.DateTimeField",
    "django.forms.fields.DecimalField",
    "django.forms.fields.DurationField",
    "django.forms.fields.FileField",
    "django.forms.fields.FloatField",
    "django.forms.fields.IntegerField",
    "django.forms.fields.JSONField",
    "django.forms.fields.MultiValueField",
    "django.forms.fields.TimeField",
    "django.forms.fields.UUIDField",
    "rest_framework.fields.BooleanField",
    "rest_framework.fields.DateField",
    "rest_framework.fields.DateTimeField",
    "rest_framework.fields.DecimalField",
    "rest_framework.fields.DictField",
    "rest_framework.fields.DurationField",
    "rest_framework.fields.FileField",
    "rest_framework.fields.FloatField",
    "rest_framework.fields.IntegerField",
    "rest_framework.fields.JSONField",
    "rest_framework.fields.ListField",
    "rest_framework.fields.TimeField",
    "rest_framework.fields.UUIDField",
    "rest_framework.serializers.BaseSerializer",
}

TAKES_ANY_KEY = {"rest_framework.fields.DictField"}


def kind_of(code: str, message: object, field: Any, *, is_root: bool) -> ErrorKind:
    """Classify an error.

    If the field is known, only its own messages are about form: errors of `validate()` and of
    validators are about meaning, whatever their code. If it is not, as with forms, an `invalid` is
    about form if its text is a message of Django or the framework for a value of the wrong type.
    """
    kind = CAUSES.get(code, "meaning")
    messages = getattr(field, "error_messages", None)
    if messages is None:
        is_of_no_type = code == "invalid" and _is_of_no_type(message)
        return "form" if is_of_no_type else kind
    if kind == "conflict":
        return kind
    is_form = kind == "form" or (code == "invalid" and is_one_of(field, TYPED_FIELDS))
    if not is_form:
        return "meaning"
    if code not in messages:
        # A field for many relations raises the errors of its child, the field for one of them.
        relation = getattr(field, "child_relation", None)
        messages = getattr(relation, "error_messages", messages)
    # If the whole body is missing, the serializer does not use its own `null` message.
    no_data = code == "null" and is_root
    return (
        "form" if no_data or is_made_from(str(messages.get(code, "")), str(message)) else "meaning"
    )


def is_made_from(template: str, message: str) -> bool:
    """Whether a message was made from a template for ``str.format``."""
    return message == template or (
        "{" in template and _pattern(template).fullmatch(message) is not None
    )


def _is_of_no_type(message: object) -> bool:
    """Whether a message is one of the ``TYPED_FIELDS`` for a value that is not of their type."""
    # Only a message of the framework proves that it is installed and its fields can be imported.
    is_of_api = is_one_of(message, {"rest_framework.exceptions.ErrorDetail"})
    names = (name for name in TYPED_FIELDS if is_of_api or not name.startswith("rest_framework."))
    return _words_of_types(get_language(), frozenset(names))(str(message)) is not None


@lru_cache(maxsize=64)  # never emptied: depends on its arguments only
def _words_of_types(
    language: str | None, names: frozenset[str]
) -> Callable[[str], re.Match[str] | None]:
    classes = map(_class_called, names)
    words = {str(getattr(cls, "default_error_messages", {}).get("invalid", "")) for cls in classes}
    placeholder = re.compile(r"%\(\w+\)s|\{\w+\}")
    patterns = (".*".join(map(re.escape, placeholder.split(text))) for text in words - {""})
    return re.compile("|".join(patterns), re.DOTALL).fullmatch


def _class_called(name: str) -> object:
    try:
        return import_string(name)
    except ImportError:
        logger.warning("TYPED_FIELDS names %s, which cannot be imported.", name)
        return None


@lru_cache(maxsize=256)  # never emptied: depends on its arguments only
def _pattern(template: str) -> re.Pattern[str]:
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return re.compile(re.escape(template))
    return re.compile(
        "".join(
            re.escape(literal) + ("" if name is None else ".*") for literal, name, _, _ in parts
        ),
        re.DOTALL,
    )


def is_one_of(field: object, names: set[str]) -> bool:
    cls: Any = type(field)
    return not names.isdisjoint(_class_names(cls))


@lru_cache(maxsize=1024)  # never emptied: depends on its arguments only
def _class_names(cls: type) -> frozenset[str]:
    return frozenset(f"{parent.__module__}.{parent.__qualname__}" for parent in cls.__mro__)
