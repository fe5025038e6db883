"""A value that cannot be read is 400; one that can be read and means nothing is 422."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import override
from rest_framework import exceptions, filters, generics, serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.views import APIView

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

JSON = {"accept": "application/json"}


class Period(forms.MultiValueField):
    widget = forms.MultiWidget([forms.TextInput, forms.TextInput])

    def __init__(self, **kwargs):
        super().__init__((forms.DateField(), forms.DateField()), **kwargs)

    def compress(self, dates):
        return dates


class Search(forms.Form):
    number = forms.IntegerField(required=False, max_value=9)
    price = forms.DecimalField(required=False, decimal_places=2)
    weight = forms.FloatField(required=False)
    day = forms.DateField(required=False)
    at = forms.DateTimeField(required=False)
    hour = forms.TimeField(required=False)
    lasts = forms.DurationField(required=False)
    uid = forms.UUIDField(required=False)
    extra = forms.JSONField(required=False)
    period = Period(required=False)
    email = forms.EmailField(required=False)
    site = forms.URLField(required=False, assume_scheme="https")
    slug = forms.SlugField(required=False)
    word = forms.CharField(required=False, max_length=3)
    size = forms.ChoiceField(choices=[("S", "small"), ("L", "large")], required=False)
    sizes = forms.MultipleChoiceField(choices=[("S", "small"), ("L", "large")], required=False)
    group = forms.ModelChoiceField(Group.objects.all(), required=False)
    groups = forms.ModelMultipleChoiceField(Group.objects.all(), required=False)

    def clean_number(self):
        if self.cleaned_data["number"] == 7:
            raise ValidationError("Never 7.", code="invalid")
        return self.cleaned_data["number"]


COLUMNS = {
    "is_open": models.BooleanField(),
    "day": models.DateField(),
    "at": models.DateTimeField(),
    "price": models.DecimalField(max_digits=5, decimal_places=2),
    "lasts": models.DurationField(),
    "weight": models.FloatField(),
    "number": models.IntegerField(),
    "hour": models.TimeField(),
    "uid": models.UUIDField(),
    "name": models.CharField(max_length=3),
}


def with_a_form(request):
    form = Search(request.GET or request.POST)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return HttpResponse()


def with_a_column(request):
    """As a model cleans a value, and as a look-up does."""
    for name, value in request.GET.items():
        COLUMNS[name].clean(value, None)
    return HttpResponse()


def translated(errors):
    """As packages hand errors of a form on."""
    return {
        name: [
            ErrorDetail(error.message % (error.params or ()), error.code) for error in of_the_field
        ]
        for name, of_the_field in errors.as_data().items()
    }


class WithAForm(APIView):
    def get(self, request):
        form = Search(request.query_params)
        if not form.is_valid():
            raise exceptions.ValidationError(translated(form.errors))
        return HttpResponse()


FIELDS = {
    "number": serializers.IntegerField(max_value=9),
    "price": serializers.DecimalField(max_digits=5, decimal_places=2),
    "day": serializers.DateField(),
    "uid": serializers.UUIDField(),
    "is_open": serializers.BooleanField(),
    "email": serializers.EmailField(),
    "size": serializers.ChoiceField(["S"]),
}


class WithAField(APIView):
    """Reads one value, without a serializer that knows the field."""

    def get(self, request):
        for name, value in request.query_params.items():
            FIELDS[name].run_validation(value)
        return HttpResponse()


class Decided(APIView):
    def get(self, request):
        raise exceptions.ValidationError({"start": "It has to be before the end."})


class Groups(generics.ListAPIView):
    queryset = Group.objects.order_by("pk")
    serializer_class = type(
        "Named",
        (serializers.ModelSerializer,),
        {"Meta": type("Meta", (), {"model": Group, "fields": ["name"]})},
    )
    filter_backends = (filters.SearchFilter, filters.OrderingFilter)
    search_fields = ("name",)


urlpatterns = [
    path("form/", with_a_form),
    path("column/", with_a_column),
    path("api/form/", WithAForm.as_view()),
    path("api/field/", WithAField.as_view()),
    path("api/decided/", Decided.as_view()),
    path("api/groups/", Groups.as_view()),
]

OF_A_FORM = {
    "number=abc": 400,
    "number=1.5": 400,
    "number=10": 422,
    "number=7": 422,
    "price=abc": 400,
    "price=NaN": 400,
    "price=1.999": 422,
    "weight=heavy": 400,
    "day=2026-13-45": 400,
    "at=now": 400,
    "hour=noon": 400,
    "lasts=long": 400,
    "uid=zz": 400,
    "extra={": 400,
    "period_0=2026-01-01&period_1=x": 400,
    "email=x": 422,
    "site=x": 422,
    "slug=a b": 422,
    "word=long": 422,
    "size=M": 422,
    "sizes=S&sizes=M": 422,
    "group=99": 422,
    "groups=99": 422,
    "groups=x": 400,
    "number=abc&size=M": 400,
    "number=1&price=1.5&day=2026-01-31&size=S&word=a": 200,
}

OF_A_COLUMN = {
    "is_open=perhaps": 400,
    "day=2026-13-45": 400,
    "day=x": 400,
    "at=now": 400,
    "price=abc": 400,
    "lasts=long": 400,
    "weight=heavy": 400,
    "number=abc": 400,
    "hour=noon": 400,
    "uid=zz": 400,
    "uid=a\nb": 400,
    "name=long": 422,
    "number=1": 200,
}

OF_A_SERIALIZER_FIELD = {
    "number=abc": 400,
    "number=10": 422,
    "price=abc": 400,
    "day=x": 400,
    "uid=zz": 400,
    "is_open=perhaps": 400,
    "email=x": 422,
    "size=M": 422,
}

QUERIES = [
    *(("/form/", query, status) for query, status in OF_A_FORM.items()),
    *(("/api/form/", query, status) for query, status in OF_A_FORM.items()),
    *(("/column/", query, status) for query, status in OF_A_COLUMN.items()),
    *(("/api/field/", query, status) for query, status in OF_A_SERIALIZER_FIELD.items()),
    ("/api/decided/", "start=2", 422),
    # What the framework itself reads of a query.
    ("/api/groups/", "search=%00", 422),
    ("/api/groups/", "ordering=nothing", 200),
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(("address", "query", "status"), QUERIES)
def test_what_cannot_be_read_is_400_and_what_means_nothing_is_422(address, query, status, language):
    with override(language):
        response = Client().get(f"{address}?{query}", headers=JSON)

    assert response.status_code == status


def test_the_same_form_in_a_body_has_the_same_status():
    statuses = {
        query: Client()
        .post("/form/", query, content_type="application/x-www-form-urlencoded", headers=JSON)
        .status_code
        for query in OF_A_FORM
    }

    assert statuses == OF_A_FORM
