"""What the error of a field is about, by its code: form, meaning, or a clash with what exists.

The codes are those of Django and of Django REST framework; both tables are for a project to extend.
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

# What the codes of Django and Django REST framework say of a value: it is not in the form that was
# asked for, it exists already, or it makes no sense. A project adds its own, as in
# `CAUSES["unreadable_iban"] = "form"`; a code that is not here is about meaning.
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
    # Of django-filter: a range that is not two values, a value without its lookup.
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
    # Of a field that parses a type this is about form: see `TYPED_FIELDS`.
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

# The fields whose `invalid` says that a value is not of their type. By dotted name, as importing
# them would make an optional package a need; a project adds its own in its `AppConfig.ready()`.
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
    """What an error is about.

    Where the field is known, only its own words tell of form: what `validate()` or a validator
    raised is about meaning, whatever its code. Where it is not, as in an error of a form, the words
    of Django and of the framework for a value of no type tell the same.
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
        # A field of many relations says of itself what the relation to one of them refused.
        relation = getattr(field, "child_relation", None)
        messages = getattr(relation, "error_messages", messages)
    # For a body that is missing altogether the serializer has words of its own.
    no_data = code == "null" and is_root
    return (
        "form" if no_data or is_made_from(str(messages.get(code, "")), str(message)) else "meaning"
    )


def is_made_from(template: str, message: str) -> bool:
    """Whether a message was made from a template of ``str.format``."""
    return message == template or (
        "{" in template and _pattern(template).fullmatch(message) is not None
    )


def _is_of_no_type(message: object) -> bool:
    """Whether a message is, in the active language, what says that a value is not of a field's type."""
    # Whoever has such a message has imported the framework, which an optional package else is not.
    is_of_api = is_one_of(message, {"rest_framework.exceptions.ErrorDetail"})
    names = (name for name in TYPED_FIELDS if is_of_api or not name.startswith("rest_framework."))
    return _words_of_types(get_language(), frozenset(names))(str(message)) is not None


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=256)
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


@lru_cache(maxsize=1024)
def _class_names(cls: type) -> frozenset[str]:
    return frozenset(f"{parent.__module__}.{parent.__qualname__}" for parent in cls.__mro__)
