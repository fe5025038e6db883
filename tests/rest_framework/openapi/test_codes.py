"""The codes of each kind of field: all that come are told, and those that are told can come."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import MinLengthValidator, StepValueValidator
from rest_framework import serializers

from django_http4xx.rest_framework.openapi.codes import Place, findings_of
from django_http4xx.validation import from_detail

pytestmark = pytest.mark.django_db


class Even(serializers.Field):
    """A project's own, with words and a code of its own."""

    default_error_messages = {"odd": "Not an even number."}

    def to_internal_value(self, data):
        if data != 2:
            self.fail("odd")
        return data


def refuse(value):
    if value == 3:
        raise serializers.ValidationError("Not three.", code="three")


FIELDS = {
    "boolean": serializers.BooleanField(),
    "nullable": serializers.BooleanField(allow_null=True),
    "char": serializers.CharField(max_length=5, min_length=2),
    "blank": serializers.CharField(allow_blank=True, required=False),
    "email": serializers.EmailField(),
    "url": serializers.URLField(),
    "slug": serializers.SlugField(),
    "slug_unicode": serializers.SlugField(allow_unicode=True),
    "regex": serializers.RegexField("^[a-z]+$"),
    "uuid": serializers.UUIDField(),
    "ip": serializers.IPAddressField(),
    "integer": serializers.IntegerField(min_value=1, max_value=9),
    "float": serializers.FloatField(min_value=1, max_value=9),
    "decimal": serializers.DecimalField(max_digits=5, decimal_places=2, min_value=1, max_value=90),
    "date": serializers.DateField(),
    "time": serializers.TimeField(),
    "datetime": serializers.DateTimeField(),
    "duration": serializers.DurationField(),
    "choice": serializers.ChoiceField(["S", "L"]),
    "multiple": serializers.MultipleChoiceField(choices=["S", "L"], allow_empty=False),
    "json": serializers.JSONField(),
    "list": serializers.ListField(min_length=2, max_length=2, allow_empty=False),
    "dict": serializers.DictField(allow_empty=False),
    "group": serializers.PrimaryKeyRelatedField(queryset=Group.objects.all()),
    "named": serializers.SlugRelatedField("name", queryset=Group.objects.all()),
    "groups": serializers.PrimaryKeyRelatedField(
        queryset=Group.objects.all(), many=True, allow_empty=False
    ),
    "file": serializers.FileField(max_length=9),
    "image": serializers.FileField(allow_empty_file=True),
    "own": Even(),
    "validated": serializers.IntegerField(validators=[refuse, StepValueValidator(3)]),
    "long": serializers.ListField(
        child=serializers.JSONField(), validators=[MinLengthValidator(2)]
    ),
    "read_only": serializers.CharField(read_only=True),
    "hidden": serializers.HiddenField(default=1),
}

VALUES = (
    *(
        None,
        "",
        "a",
        "much too long",
        "a b",
        "é",
        "\0ab",
        "\ud800",
        True,
        {},
        [],
        [[]],
        ["S"],
        ["XL"],
    ),
    *(
        0,
        1,
        2,
        3,
        4,
        10,
        91,
        1.5,
        1.234,
        12345.6,
        1234,
        1234567,
        -1,
        "9" * 2000,
        10**400,
        "Infinity",
    ),
    *("2026-13-45", "2026-01-31", "9999-12-31T23:59:59-12:00", "2026-01-31T12:00", "25:00"),
    *("999999999999 00:00:00", "PT1H", [1, 2, 3], [99], {"a": 1}, "1.2.3", "none"),
    *(SimpleUploadedFile("a.txt", b""), SimpleUploadedFile("much too long.txt", b"a")),
    *(SimpleUploadedFile("a.txt", b"a"), 9999.99, 99.999, float("nan")),
)

# Told though no value of these brings them about: of zones that skip an hour, of files without a name.
NOT_TRIED = {"datetime": {"make_aware"}, "file": {"no_name"}, "image": {"no_name"}}


@pytest.mark.parametrize("name", FIELDS)
def test_what_comes_is_told_and_what_is_told_comes(name):
    cls = type("One", (serializers.Serializer,), {name: FIELDS[name]})
    told = findings_of(cls())
    came = {}
    # Django's validator of steps fails over a number that no float holds.
    values = [value for value in VALUES if name != "validated" or value != 10**400]
    for body in ({}, *({name: value} for value in values)):
        serializer = cls(data=body)
        if not serializer.is_valid():
            for error in from_detail(serializer.errors).errors:
                came.setdefault(error["pointer"], set()).add(error["code"])
    for pointer in came:
        assert any(pointer == place.name or re.search(place.name, pointer) for place in told.codes)
    own = set(told.codes.get(Place(f"#/{name}"), ()))
    assert came.get(f"#/{name}", set()) == own - NOT_TRIED.get(name, set())


class PermissionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Permission
        fields = ("content_type", "codename", "name")


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("username",)


def test_what_is_unique_is_told_where_it_is_found():
    assert findings_of(PermissionSerializer()).codes[Place("#")]["unique"] == "conflict"
    assert findings_of(UserSerializer()).codes[Place("#/username")]["unique"] == "conflict"
