"""The table of causes knows every code that Django and Django REST framework give a field."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.postgres import validators as _postgres_validators  # noqa: F401
from django.core import validators
from django.db import models
from rest_framework import serializers
from rest_framework.fields import Field

from django_http4xx.causes import CAUSES, TYPED_FIELDS


def subclasses(cls):
    yield cls
    for sub in cls.__subclasses__():
        yield from subclasses(sub)


def messages_of(*roots, names):
    return {
        code
        for root in roots
        for cls in subclasses(root)
        if cls.__module__.startswith(("django.", "rest_framework."))
        for name in names
        for code in vars(cls).get(name, {})
    }


FIELDS = {
    "forms": messages_of(forms.Field, names=["default_error_messages"]),
    "formsets": messages_of(forms.BaseFormSet, names=["default_error_messages"]),
    "models": messages_of(models.Field, names=["default_error_messages"]),
    "validators": {
        cls.code
        for cls in vars(validators).values()
        if isinstance(cls, type) and hasattr(cls, "code")
    },
    "rest_framework": messages_of(Field, names=["default_error_messages"]),
}


@pytest.mark.parametrize("place", FIELDS)
def test_every_code_has_a_cause(place):
    assert FIELDS[place] - CAUSES.keys() == set()


def test_the_fields_that_parse_a_type_exist():
    names = {
        f"{cls.__module__}.{cls.__qualname__}"
        for root in (Field, forms.Field, models.Field)
        for cls in subclasses(root)
    }

    assert names >= TYPED_FIELDS
    assert serializers.BaseSerializer in Field.__subclasses__()
