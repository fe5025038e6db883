"""Errors of fields: which status they deserve, and a pointer to each."""

from __future__ import annotations

from enum import Enum
from unittest.mock import ANY
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MaxValueValidator
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import exceptions, serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import APIView

from django_http4xx import validation
from django_http4xx.causes import CAUSES

pytestmark = pytest.mark.urls(__name__)


def refuse_as(code):
    """A validator that says no under a code of the framework's."""

    def refuse(value):
        raise serializers.ValidationError("No.", code=code)

    return refuse


FIELDS = {
    "rating": serializers.IntegerField(max_value=5),
    "price": serializers.DecimalField(max_digits=5, decimal_places=2, max_value=9),
    "weight": serializers.FloatField(min_value=0),
    "on_sale": serializers.BooleanField(),
    "sku": serializers.UUIDField(),
    "day": serializers.DateField(),
    "at": serializers.DateTimeField(),
    "hour": serializers.TimeField(),
    "lasts": serializers.DurationField(),
    "email": serializers.EmailField(),
    "site": serializers.URLField(),
    "slug": serializers.SlugField(),
    "name": serializers.CharField(max_length=5),
    "size": serializers.ChoiceField(["S", "L"]),
    "tags": serializers.ListField(child=serializers.IntegerField(), max_length=3),
    "grid": serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())),
    "stock": serializers.DictField(child=serializers.IntegerField()),
    "even": serializers.IntegerField(validators=[MaxValueValidator(8)]),
    "whole": serializers.IntegerField(error_messages={"invalid": "Whole numbers, please."}),
    "odd": serializers.IntegerField(validators=[refuse_as("invalid")]),
    "present": serializers.CharField(validators=[refuse_as("required")]),
    "listed": serializers.ListField(validators=[refuse_as("not_a_list")]),
    "title": serializers.CharField(),
    "status": serializers.IntegerField(),
    "__all__": serializers.IntegerField(),
    "labels": serializers.HStoreField(allow_empty=False),
    "shelves": serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1)
    ),
    "price_now": serializers.IntegerField(source="price.now"),
    "groups": serializers.PrimaryKeyRelatedField(many=True, queryset=Group.objects.all()),
    **{
        name: serializers.CharField()
        for name in (
            *("type", "code", "detail", "explanation", "remedy", "help", "reference", "instance"),
            *("errors", "errors_left_out", "params", "pointer"),
        )
    },
}


class PositionSerializer(serializers.Serializer):
    qty = serializers.IntegerField(min_value=1)
    note = serializers.CharField(required=False)


class ReviewSerializer(serializers.Serializer):
    rating = serializers.IntegerField()

    def validate_rating(self, rating):
        if not 1 <= rating <= 5:
            raise serializers.ValidationError("1 to 5.")
        return rating

    def validate(self, review):
        if review["rating"] == 4:
            raise serializers.ValidationError("Nobody gives a 4.", code="required")
        if review["rating"] == 3:
            raise serializers.ValidationError({"rating": ["Why a 3?"]}, code="invalid")
        if review["rating"] == 2:
            raise serializers.ValidationError({"rating": ["Again?"]}, code="unique")
        return review


class OrderSerializer(serializers.Serializer):
    title = serializers.CharField()
    customer = ReviewSerializer(required=False)
    items = PositionSerializer(many=True, allow_empty=False)


class Fields(APIView):
    """Takes one field of each kind, when it is in the body."""

    def post(self, request, name):
        serializer = type("Chosen", (serializers.Serializer,), {name: FIELDS[name]})
        serializer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Taking(APIView):
    serializer = ReviewSerializer
    many = False

    def post(self, request):
        serializer = self.serializer(data=request.data, many=self.many)
        serializer.is_valid(raise_exception=True)
        return Response({})


class Search(APIView):
    def get(self, request):
        ReviewSerializer(data=request.query_params).is_valid(raise_exception=True)
        return Response({})

    post = get


class Together(APIView):
    """Tells what several serializers found in one answer."""

    def post(self, request):
        review = ReviewSerializer(data=request.data["review"])
        positions = PositionSerializer(data=request.data["positions"], many=True)
        review.is_valid()
        positions.is_valid()
        raise exceptions.ValidationError({"review": review.errors, "positions": positions.errors})


def overlapping(**fields):
    """A serializer whose `validate` refuses the whole, under the name of the framework's texts."""

    def validate(self, data):
        raise self.error

    namespace = {name: serializers.CharField(required=False) for name in fields}
    return type("Overlapping", (serializers.Serializer,), {**namespace, "validate": validate})


OVERLAPPING = {
    "text": serializers.ValidationError({"detail": "They overlap."}),
    "list": serializers.ValidationError({"detail": ["They overlap."]}),
    "django": DjangoValidationError({"detail": "They overlap."}),
    "field": serializers.ValidationError({"detail": "They overlap.", "start": "Too late."}),
}


class Overlap(APIView):
    """Takes one, several, or what has them inside."""

    def post(self, request, kind, error):
        fields = {"start": "", "detail": ""} if kind == "declared" else {"start": ""}
        cls = overlapping(**fields)
        cls.error = OVERLAPPING[error]
        inner = cls(many=True) if kind == "items" else cls()
        outer = type("Outer", (serializers.Serializer,), {"inner": inner})
        taking = outer if kind in ("nested", "items") else cls
        taking(data=request.data, many=kind == "many").is_valid(raise_exception=True)
        return Response({})


class OverlappingList(serializers.ListSerializer):
    def validate(self, data):
        raise OVERLAPPING["text"]


class OverlapOfAll(APIView):
    def post(self, request):
        many = OverlappingList(child=PositionSerializer())
        outer = type("Outer", (serializers.Serializer,), {"items": many})
        outer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Raising(APIView):
    detail = None

    def post(self, request):
        raise exceptions.ValidationError(self.detail)


class OfDjango(APIView):
    def post(self, request):
        raise DjangoValidationError({"email": DjangoValidationError("Taken.", code="unique")})


def raising(detail):
    return Raising.as_view(detail=detail)


class Code(Enum):
    ODD = "odd"
    NUMBER = 7


CODES = {"enum": Code.ODD, "enum of numbers": Code.NUMBER, "number": 1234, "list": ["odd"]}


class Coded(APIView):
    def post(self, request, kind, name):
        if kind == "framework":
            raise exceptions.ValidationError({"a": ["No."]}, code=CODES[name])
        if kind == "django":
            raise DjangoValidationError("No.", code=CODES[name])
        raise exceptions.NotFound("No.", code=CODES[name])


class TooMuch(exceptions.ValidationError):
    status_code = 413


class Decided(APIView):
    def post(self, request):
        raise TooMuch({"items": ["At most 10."]})


class Sized(APIView):
    """Raises more than a serializer could find."""

    levels = errors = 0

    def post(self, request):
        error = exceptions.ValidationError()
        error.detail = [ErrorDetail("This field is required.", "required")]
        for _ in range(self.levels):
            error.detail = {"a": error.detail}
        if self.errors:
            error.detail = {"items": dict.fromkeys(range(self.errors), error.detail)}
        raise error


DETAILS = {
    "form": {"a": ["Missing."], "b": [ErrorDetail("No.", "required")]},
    "meaning": {"a": ["Odd."]},
    "taken": {"a": [ErrorDetail("Taken.", "unique")], "b": [ErrorDetail("Taken.", "unique")]},
    "taken and odd": {"a": [ErrorDetail("Taken.", "unique")], "b": ["Odd."]},
    "default": None,
    "padded": [{}, {"qty": ["At least 1."]}, {}],
    "numbered": {1: {"qty": ["At least 1."]}},
    "text": "Odd.",
    "texts": {"detail": "The cart is empty.", "items": {"detail": "None.", "0": ["At least 1."]}},
    "awkward": {"a/b": ["1"], "c~d": ["2"], "é %": ["3"], "": ["4"], "items": {"0": ["5"]}},
}

urlpatterns = [
    path("fields/<str:name>/", Fields.as_view()),
    path("reviews/", Taking.as_view(serializer=ReviewSerializer)),
    path("orders/", Taking.as_view(serializer=OrderSerializer)),
    path("many/", Taking.as_view(serializer=PositionSerializer, many=True)),
    path("together/", Together.as_view()),
    path("search/", Search.as_view()),
    path("coded/<str:kind>/<str:name>/", Coded.as_view()),
    path("overlap/all/", OverlapOfAll.as_view()),
    path("overlap/<str:kind>/<str:error>/", Overlap.as_view()),
    path("django/", OfDjango.as_view()),
    path("decided/", Decided.as_view()),
    path("deep/", Sized.as_view(levels=1000)),
    path("wide/", Sized.as_view(errors=100_000)),
    *(path(f"{name}/", raising(detail)) for name, detail in DETAILS.items()),
]


def found(response):
    """The errors of an answer as ``{pointer: code}``."""
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("rating", "abc", 400),
        ("rating", None, 400),
        ("rating", 6, 422),
        ("price", "x", 400),
        ("price", "9.999", 422),
        ("price", "10", 422),
        ("weight", "x", 400),
        ("weight", -1, 422),
        ("on_sale", "perhaps", 400),
        ("sku", "x", 400),
        ("day", "yesterday", 400),
        ("day", "2024-02-30", 400),
        ("at", "now", 400),
        ("hour", "noon", 400),
        ("lasts", "long", 400),
        ("email", "x", 422),
        ("site", "x", 422),
        ("slug", "a b", 422),
        ("name", "", 400),
        ("name", "abcdef", 422),
        ("size", "M", 422),
        ("tags", 5, 400),
        ("tags", ["x"], 400),
        ("tags", [1, 2, 3, 4], 422),
        ("grid", [[1], ["x"]], 400),
        ("stock", [], 400),
        ("stock", {"A": "x"}, 400),
        ("even", 9, 422),
        ("whole", "x", 400),
        ("odd", "x", 400),
        ("odd", 1, 422),
        ("present", None, 400),
        ("present", "x", 422),
        ("listed", 1, 400),
        ("listed", [1], 422),
        ("groups", 1, 400),
        ("groups", ["x"], 400),
    ],
)
def test_form_is_400_and_meaning_is_422(client, name, value, status):
    response = client.post(f"/fields/{name}/", {name: value}, format="json")

    assert response.status_code == status


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"3", b'"x"', b"{}"])
def test_a_body_that_is_no_object_is_400(client, body):
    response = client.post("/reviews/", body, content_type="application/json")

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("rating", "status", "pointer"),
    [
        ("abc", 400, "#/rating"),
        (6, 422, "#/rating"),
        (4, 422, "#"),
        (3, 422, "#/rating"),
        (2, 409, "#/rating"),
    ],
)
def test_what_validate_says_is_meaning_whatever_its_code(client, rating, status, pointer):
    response = client.post("/reviews/", {"rating": rating}, format="json")

    assert response.status_code == status
    assert list(found(response)) == [pointer]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("form", 400),
        ("meaning", 422),
        ("taken", 409),
        ("taken and odd", 422),
        ("default", 422),
        ("django", 409),
        ("decided", 413),
    ],
)
def test_a_detail_without_a_serializer_goes_by_the_table(client, name, status):
    assert client.post(f"/{name}/").status_code == status


def test_the_default_detail_counts_as_none(client):
    assert "errors" not in client.post("/default/").json()


@pytest.mark.parametrize("fixed", [400, 422])
def test_a_project_may_fix_the_status(client, settings, fixed):
    settings.HTTP4XX = {"VALIDATION_STATUS": fixed}

    for name in ("form", "meaning", "taken"):
        assert client.post(f"/{name}/").status_code == fixed


def test_a_project_adds_codes_of_its_own(client, monkeypatch):
    monkeypatch.setitem(CAUSES, "invalid", "form")

    assert client.post("/meaning/").status_code == 400


@pytest.mark.parametrize(
    ("name", "code"),
    [("enum", "odd"), ("enum of numbers", 7), ("number", 1234), ("list", "['odd']")],
)
@pytest.mark.parametrize("kind", ["framework", "django", "whole"])
def test_a_code_need_not_be_a_text(client, kind, name, code):
    body = client.post(f"/coded/{kind}/{name}/").json()

    said = body if kind == "whole" else body["errors"][0]
    assert (said["detail"], said["code"]) == ("No.", code)


def test_errors_stand_in_the_order_of_the_document(client):
    body = {"title": "", "customer": {"rating": "x"}, "items": [{"qty": 0}, {}, {"qty": "x"}]}

    response = client.post("/orders/", body, format="json")

    assert [error["pointer"] for error in response.json()["errors"]] == [
        "#/title",
        "#/customer/rating",
        "#/items/0/qty",
        "#/items/1/qty",
        "#/items/2/qty",
    ]


@pytest.mark.parametrize(
    ("name", "pointers"),
    [
        ("padded", ["#/1/qty"]),
        ("numbered", ["#/1/qty"]),
        ("text", ["#"]),
        ("texts", ["#", "#/items", "#/items/0"]),
        ("awkward", ["#/a~1b", "#/c~0d", "#/%C3%A9%20%25", "#/", "#/items/0"]),
    ],
)
def test_pointers_are_those_of_rfc_6901(client, name, pointers):
    assert list(found(client.post(f"/{name}/"))) == pointers


def test_each_item_of_a_list_has_its_number(client):
    response = client.post("/many/", [{"qty": 1}, {"qty": 0}, {}], format="json")

    assert found(response) == {"#/1/qty": "min_value", "#/2/qty": "required"}


def test_lists_of_lists_have_both_numbers(client):
    response = client.post("/fields/grid/", {"grid": [[1], [2, "x"], 3]}, format="json")

    assert found(response) == {"#/grid/1/1": "invalid", "#/grid/2": "not_a_list"}


@pytest.mark.parametrize(
    ("name", "value", "errors"),
    [
        ("labels", {}, {"#/labels": "empty"}),
        ("labels", {"a": "b", "c/d": []}, {"#/labels/c~1d": "invalid"}),
        ("labels", [], {"#/labels": "not_a_dict"}),
        (
            "shelves",
            {"1": [1, 0], "2": []},
            {"#/shelves/1/1": "min_value", "#/shelves/2": "min_length"},
        ),
        ("shelves", {"a": {"b": 1}}, {"#/shelves/a": "not_a_list"}),
        # A field may take its value to another name: the client knows its own.
        ("price_now", "x", {"#/price_now": "invalid"}),
        ("tags", {"0": 1}, {"#/tags": "not_a_list"}),
    ],
)
def test_lists_and_dictionaries_name_each_of_their_parts(client, name, value, errors):
    assert found(client.post(f"/fields/{name}/", {name: value}, format="json")) == errors


@pytest.mark.parametrize("key", ["non_field_errors", "__all__", "detail", "a_b", "é/~"])
def test_a_key_of_the_clients_is_a_step_whatever_its_name(client, key):
    response = client.post("/fields/stock/", {"stock": {key: "x"}}, format="json")

    (pointer,) = found(response)
    assert resolved(pointer, {"stock": {key: "x"}}) == "x"


@pytest.mark.parametrize(
    "name",
    [
        *("type", "title", "status", "code", "detail", "explanation", "remedy", "help"),
        *("reference", "instance", "errors", "errors_left_out", "params", "pointer", "__all__"),
    ],
)
def test_a_field_may_have_the_name_of_a_member(client, name):
    plain = client.post("/fields/name/", {}, format="json").json()
    response = client.post(f"/fields/{name}/", {}, format="json")

    varying = dict.fromkeys(("errors", "reference", "instance"))
    assert {**response.json(), **varying} == {**plain, **varying}
    assert found(response) == {f"#/{name}": "required"}


WHOLE = [
    ("reviews", {"rating": 4}, {"#": "required"}),
    ("reviews", [], {"#": "invalid"}),
    ("many", {}, {"#": "not_a_list"}),
    ("many", [1], {"#/0": "invalid"}),
    ("orders", {"title": "x", "items": 1}, {"#/items": "not_a_list"}),
    ("orders", {"title": "x", "items": []}, {"#/items": "empty"}),
    ("orders", {"title": "x", "items": [{"qty": 1}, 2]}, {"#/items/1": "invalid"}),
    ("orders", {"title": "x", "items": [{"qty": 1}], "customer": 1}, {"#/customer": "invalid"}),
    (
        "orders",
        {"title": "x", "items": [{"qty": 1}], "customer": {"rating": 4}},
        {"#/customer": "required"},
    ),
]


@pytest.mark.parametrize("error", OVERLAPPING)
@pytest.mark.parametrize(
    ("kind", "body", "whole"),
    [
        ("flat", {}, "#"),
        ("many", [{}], "#/0"),
        ("nested", {"inner": {}}, "#/inner"),
        ("items", {"inner": [{}]}, "#/inner/0"),
        ("declared", {}, "#/detail"),
    ],
)
def test_detail_is_about_the_whole_unless_it_is_a_field(client, kind, body, whole, error):
    pointers = list(found(client.post(f"/overlap/{kind}/{error}/", body, format="json")))

    start = whole.removesuffix("/detail") + "/start"
    assert pointers == ([whole, start] if error == "field" else [whole])


def test_detail_of_a_list_is_about_the_list(client):
    response = client.post("/overlap/all/", {"items": [{"qty": 1}]}, format="json")

    assert list(found(response)) == ["#/items"]


@pytest.mark.parametrize("key", ["non_field_errors", "general"])
@pytest.mark.parametrize(("name", "body", "errors"), WHOLE)
def test_errors_of_a_whole_may_have_another_name(client, settings, name, body, errors, key):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NON_FIELD_ERRORS_KEY": key}

    assert found(client.post(f"/{name}/", body, format="json")) == errors


@pytest.mark.parametrize(
    ("name", "value", "params"),
    [
        ("rating", 6, {"max_value": 5}),
        ("name", "abcdef", {"max_length": 5}),
        ("price", "1.999", {"max_decimal_places": 2}),
        ("tags", [1, 2, 3, 4], {"max_length": 3}),
        ("weight", -1, {"min_value": 0}),
    ],
)
def test_the_limits_that_a_field_declares_are_told(client, name, value, params):
    response = client.post(f"/fields/{name}/", {name: value}, format="json")

    assert response.json()["errors"][0]["params"] == params


@pytest.mark.parametrize(
    ("review", "positions", "status", "errors"),
    [
        ({"rating": "x"}, [], 400, [{"pointer": "#/review/rating", "code": "invalid"}]),
        ({"rating": 6}, [], 422, [{"pointer": "#/review/rating", "code": "invalid"}]),
        (
            {"rating": 5},
            [{"qty": 1}, {"qty": 0}],
            422,
            [{"pointer": "#/positions/1/qty", "code": "min_value", "params": {"min_value": 1}}],
        ),
        ({"rating": 5}, 1, 400, [{"pointer": "#/positions", "code": "not_a_list"}]),
    ],
)
def test_details_of_several_serializers_are_read_as_each(client, review, positions, status, errors):
    body = {"review": review, "positions": positions}

    response = client.post("/together/", body, format="json")

    assert response.status_code == status
    said = response.json()["errors"]
    assert said == [{**error, "detail": ANY} for error in errors]


@pytest.mark.parametrize("method", ["get", "post"])
def test_in_a_query_the_parameter_is_named(client, method):
    response = getattr(client, method)("/search/?rating=abc")

    (error,) = response.json()["errors"]
    assert error == {
        "parameter": "rating",
        "code": "invalid",
        "detail": "A valid integer is required.",
    }
    assert response.status_code == 400


def test_an_answer_lists_a_thousand_errors_and_counts_the_others(client):
    body = client.post("/many/", [{"qty": 0}] * 1500, format="json").json()

    assert len(body["errors"]) == 1000
    assert body["errors_left_out"] == 500


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize("name", ["deep", "wide"])
def test_whatever_its_size_a_detail_is_answered(client, use_handler, handler, name):
    use_handler(handler)

    response = client.post(f"/{name}/")

    if handler == "compatible":
        assert response.status_code == 400
    elif name == "deep":
        assert found(response) == {"#" + "/a" * 1000: "required"}
    else:
        assert len(response.json()["errors"]) == 1000
        assert response.json()["errors_left_out"] == 99_000


def test_the_compatible_handler_keeps_the_frameworks_400(client, use_handler, settings):
    settings.HTTP4XX = {"VALIDATION_STATUS": 422}
    use_handler("compatible")

    for name in ("form", "meaning", "taken", "django"):
        assert client.post(f"/{name}/").status_code == 400


@pytest.mark.parametrize(("name", "body"), [("reviews", {}), ("orders", {}), ("many", [{}])])
def test_the_data_knows_the_serializer_and_can_be_changed(client, name, body):
    data = client.post(f"/{name}/", body, format="json").data

    assert isinstance(data.serializer, serializers.BaseSerializer)
    data["support"] = "https://example.com/"
    assert data["errors"]
    assert type(client.post("/meaning/").data) is dict


def resolved(pointer: str, body):
    """What a URI fragment points at, read as RFC 6901 says; its parent where it is missing."""
    value = body
    for step in unquote(pointer.removeprefix("#")).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except KeyError:
            return value
    return value


# A shape of a serializer: a number, an object, a list, or a dictionary of any keys.
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
# The framework takes the name of a field for its source too: "*" is the whole of the data, and a dot
# leads into another field's value, which need not be an object.
field_names = names.filter(lambda name: name != "*" and "." not in name)
shapes = st.recursive(
    st.just("number"),
    lambda inner: st.one_of(
        st.tuples(st.just("object"), st.dictionaries(field_names, inner, max_size=3)),
        st.tuples(st.just("list"), inner),
        st.tuples(st.just("dictionary"), inner),
    ),
    max_leaves=8,
)


def field_for(shape):
    if shape == "number":
        return serializers.IntegerField(max_value=10)
    kind, inner = shape
    if kind == "object":
        fields = {name: field_for(part) for name, part in inner.items()}
        cls = type("Inner", (serializers.Serializer,), {"get_fields": lambda self: fields})
        return cls()
    if kind == "list":
        return serializers.ListField(child=field_for(inner))
    return serializers.DictField(child=field_for(inner))


@st.composite
def data_for(draw, shape):
    """A body of a shape; numbers in it are missing, right, too large or no numbers."""
    if shape == "number":
        return draw(st.sampled_from([1, 99, "x"]))
    kind, inner = shape
    if kind == "object":
        return {
            name: draw(data_for(part))
            for name, part in inner.items()
            if draw(st.integers(0, 4)) or part != "number"
        }
    if kind == "list":
        return draw(st.lists(data_for(inner), max_size=3))
    return draw(st.dictionaries(names, data_for(inner), max_size=3))


def expected(shape, data):
    """The refused values of a body, and the objects that miss one, in any order."""
    if shape == "number":
        return [] if data == 1 else [data]
    kind, inner = shape
    if kind == "object":
        return [
            value
            for name, part in inner.items()
            for value in (expected(part, data[name]) if name in data else [data])
        ]
    parts = data if kind == "list" else data.values()
    return [value for part in parts for value in expected(inner, part)]


@given(st.data())
def test_each_pointer_leads_to_the_value_meant(data):
    shape = ("object", data.draw(st.dictionaries(field_names, shapes, min_size=1, max_size=3)))
    body = data.draw(data_for(shape))
    serializer = type(field_for(shape))(data=body)
    wrong = expected(shape, body)

    if serializer.is_valid():
        assert wrong == []
        return
    errors = validation.from_detail(exceptions.ValidationError(serializer.errors).detail).errors

    met = [resolved(error["pointer"], body) for error in errors]
    assert len(met) == len(wrong)
    assert all(value in wrong for value in met)
