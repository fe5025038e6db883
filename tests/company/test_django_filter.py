from __future__ import annotations

from .packages import needs
from .site import site

FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}

STATUSES = {
    "price=abc": 400,
    "weight=0&price=1.5.5": 400,
    "made=2026-13-45": 400,
    "at=noon": 400,
    "stamp=yesterday": 400,
    "lasts=long": 400,
    "uid=zz": 400,
    "ids=1,x": 400,
    "between=1": 400,
    "between=1,x": 400,
    "costs_min=cheap": 400,
    "sold_after=x": 400,
    "groups=x": 400,
    "lookup=5": 400,
    "lookup=x&lookup_lookup=gt": 400,
    "size=M": 422,
    "sizes=S&sizes=M": 422,
    "group=99": 422,
    "groups=99": 422,
    "order=nothing": 422,
    "lookup=5&lookup_lookup=nothing": 422,
    "price=1.5&made=2026-01-31&ids=1,2&between=1,2&size=S": 200,
    "": 200,
}


def listed():
    import django_filters.rest_framework as filters
    from django.contrib.auth.models import Group, User
    from django.urls import path
    from rest_framework import generics, serializers

    def through(cls, **kwargs):
        return cls(method=lambda queryset, *args: queryset, **kwargs)

    choices = [("S", "small"), ("L", "large")]

    class Users(filters.FilterSet):
        price = through(filters.NumberFilter)
        made = through(filters.DateFilter)
        at = through(filters.TimeFilter)
        stamp = through(filters.IsoDateTimeFilter)
        lasts = through(filters.DurationFilter)
        uid = through(filters.UUIDFilter)
        ids = through(type("Numbers", (filters.BaseInFilter, filters.NumberFilter), {}))
        between = through(type("Between", (filters.BaseRangeFilter, filters.NumberFilter), {}))
        costs = through(filters.RangeFilter)
        sold = through(filters.DateFromToRangeFilter)
        size = through(filters.ChoiceFilter, choices=choices)
        sizes = through(filters.MultipleChoiceFilter, choices=choices)
        group = through(filters.ModelChoiceFilter, queryset=Group.objects.all())
        groups = through(filters.ModelMultipleChoiceFilter, queryset=Group.objects.all())
        order = filters.OrderingFilter(fields=["username"])
        lookup = filters.LookupChoiceFilter(
            field_name="pk", field_class=filters.NumberFilter.field_class, lookup_choices=["gt"]
        )

    class Named(serializers.ModelSerializer):
        class Meta:
            model = User
            fields = ("username",)

    class List(generics.ListAPIView):
        queryset = User.objects.order_by("pk")
        serializer_class = Named
        filterset_class = Users
        filter_backends = (filters.DjangoFilterBackend,)

    return [path("users/", List.as_view())]


@needs("django-filter")
def test_a_filter_that_cannot_be_read_is_400_and_one_that_means_nothing_is_422():
    client = site(listed, apps=["rest_framework", "django_filters"], REST_FRAMEWORK=FRAMEWORK)

    came = {
        query: client.get(f"/users/?{query}", headers={"accept": "application/json"}).status_code
        for query in STATUSES
    }

    assert came == STATUSES


@needs("django-filter")
def test_it_is_known_in_the_readers_language():
    client = site(
        listed,
        apps=["rest_framework", "django_filters"],
        REST_FRAMEWORK=FRAMEWORK,
        LANGUAGE_CODE="zh-hans",
    )

    response = client.get("/users/?price=abc", headers={"accept": "application/json"})

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["parameter"], error["code"], error["detail"]) == (
        "price",
        "invalid",
        "输入一个数字。",
    )


@needs("django-filter")
def test_the_schema_tells_what_each_parameter_can_be_wrong_in():
    client = site(
        listed,
        apps=["rest_framework", "django_filters"],
        REST_FRAMEWORK={
            **FRAMEWORK,
            "DEFAULT_SCHEMA_CLASS": "django_http4xx.rest_framework.openapi.AutoSchema",
        },
    )
    from drf_spectacular.generators import SchemaGenerator
    from openapi_schema_validator import OAS30Validator
    from openapi_spec_validator import validate

    schema = SchemaGenerator().get_schema(public=True)
    validate(schema)

    described = schema["paths"]["/users/"]["get"]["responses"]
    assert [status for status in described if status >= "4"] == ["400", "401", "406", "422"]
    problem = schema["components"]["schemas"]["UsersListValidationProblem"]
    is_described = OAS30Validator({**problem, "components": schema["components"]}).iter_errors
    for query, status in STATUSES.items():
        response = client.get(f"/users/?{query}", headers={"accept": "application/json"})
        if status >= 400:
            assert [error.message for error in is_described(response.json())] == [], query
