"""What is shared by operations: its names, its members, the codes of fields; always the same."""

from __future__ import annotations

import pytest
from django.urls import path
from openapi_spec_validator import validate
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, Gone, NotFound
from django_http4xx.rest_framework.openapi import raises

from .api import Groups, NotEnough, Orders

pytestmark = pytest.mark.urls(f"{__package__}.api")


def errors_of(schema, name):
    """The codes at each place, as a schema says them."""
    own = schema["components"]["schemas"][name]["allOf"][1]["properties"]["errors"]["items"]
    codes = {}
    for kind in own.get("anyOf", [own]):
        where = kind["properties"].get("pointer") or kind["properties"].get("parameter") or {}
        for one in where.get("anyOf", [where]):
            code = kind["properties"]["code"]
            known = code["enum"] if "enum" in code else [*code["anyOf"][0]["enum"], "…"]
            for place in one.get("enum") or [one.get("pattern", "")]:
                codes[place] = known
    return codes


def test_the_errors_of_a_nested_serializer_are_told_by_pointer(generate):
    codes = errors_of(generate(), "OrderValidationProblem")
    text = ["null_characters_not_allowed", "surrogate_characters_not_allowed"]
    # In the order in which they are told.
    assert {place: sorted(found) for place, found in codes.items()} == {
        "#": ["invalid", "null"],
        "#/items": ["empty", "not_a_list", "null", "required", "too_much"],
        "^#/items/(0|[1-9][0-9]*)$": ["invalid", "null", "required"],
        "^#/items/(0|[1-9][0-9]*)/sku$": sorted(
            ["blank", "invalid", "max_length", "null", "required", *text]
        ),
        "^#/items/(0|[1-9][0-9]*)/qty$": [
            *("invalid", "max_string_length", "max_value", "min_value", "null", "required")
        ],
        "#/address": ["invalid", "null", "required"],
        "#/address/city": sorted(["blank", "invalid", "null", "required", *text]),
        "#/address/zip": sorted(["blank", "invalid", "null", *text]),
        "#/tags": ["max_length", "not_a_list", "null"],
        "^#/tags/(0|[1-9][0-9]*)$": sorted(["blank", "invalid", "null", "required", *text]),
        "#/notes": ["not_a_dict", "null"],
        "^#/notes/[^/]+$": sorted(["blank", "invalid", "max_length", "null", "required", *text]),
        "#/ready_at": ["invalid", "make_aware", "null", "overflow"],
    }


def test_a_code_that_is_written_beside_its_error_is_found(generate):
    assert "forbidden_word" in errors_of(generate(), "WordValidationProblem")["#/word"]


def test_the_errors_of_several_serializers_are_told_together(generate):
    codes = errors_of(generate(), "PetValidationProblem")
    assert "max_value" in codes["#/lives"]
    assert "not_a_list" in codes["#/tricks"]
    # Which of them reads the body is for the view to find out, under a code of its own.
    assert codes["#/kind"][-1] == "…"


def test_the_errors_of_a_list_start_with_a_number(generate):
    assert {"^#/(0|[1-9][0-9]*)/sku$", "^#/(0|[1-9][0-9]*)$", "#"} <= errors_of(
        generate(), "ItemListValidationProblem"
    ).keys()


def test_a_change_of_a_part_requires_nothing(generate):
    schemas = generate()["components"]["schemas"]
    whole, less = schemas["PatchedUserValidationProblem"]["allOf"]
    assert whole == {"$ref": "#/components/schemas/UserValidationProblem"}
    codes = less["properties"]["errors"]["items"]["properties"]["code"]["enum"]
    assert "required" not in codes
    assert "blank" in codes


def test_names_in_camel_case_are_told_as_clients_write_them(generate):
    from djangorestframework_camel_case.parser import CamelCaseJSONParser

    class View(Orders):
        parser_classes = (CamelCaseJSONParser,)

    codes = errors_of(generate([path("a/", View.as_view())]), "OrderValidationProblem")
    assert "#/readyAt" in codes
    assert "#/ready_at" not in codes


def test_what_cannot_be_read_of_a_method_leaves_its_codes_open(generate):
    def elsewhere(value):
        raise serializers.ValidationError("No.", code="found_elsewhere")

    class SizeSerializer(serializers.Serializer):
        name = serializers.CharField()
        size = serializers.IntegerField(validators=[elsewhere])

        def validate_name(self, value):
            return elsewhere(value)

    class View(generics.CreateAPIView):
        serializer_class = SizeSerializer

    codes = errors_of(generate([path("a/", View.as_view())]), "SizeValidationProblem")
    assert codes["#/name"][-1] == "…"
    assert codes["#/size"][-1] == "found_elsewhere"


def test_a_problem_type_has_its_members_with_their_json_types(generate):
    own = generate()["components"]["schemas"]["NotEnoughProblem"]
    members = own["allOf"][1]
    assert own["description"] == "Not enough"
    assert members["properties"]["sku"] == {"type": "string"}
    assert members["properties"]["available"] == {"type": "integer"}
    assert members["properties"]["others"] == {"type": "array", "items": {"type": "string"}}
    assert members["required"] == ["status", "code", "sku", "available"]


def test_a_member_of_a_type_that_cannot_be_read_may_be_anything(generate, warnings):
    class Unreadable(Conflict):
        thing: Undefined  # noqa: F821

    class View(APIView):
        @raises(Unreadable)
        def delete(self, request):
            return Response()

    schema = generate([path("a/", View.as_view())])
    assert (
        schema["components"]["schemas"]["UnreadableProblem"]["allOf"][1]["properties"]["thing"]
        == {}
    )
    assert any("Unreadable.thing" in warning for warning in warnings())


def test_problems_of_one_status_are_told_apart_by_their_codes(generate):
    class Sold(Gone): ...

    class View(APIView):
        @raises(Sold, Gone)
        def delete(self, request):
            return Response()

    response = generate([path("a/", View.as_view())])["components"]["responses"]["SoldOrGone"]
    assert response["content"]["application/problem+json"]["schema"] == {
        "oneOf": [
            {"$ref": "#/components/schemas/SoldProblem"},
            {"$ref": "#/components/schemas/GoneProblem"},
        ],
        "discriminator": {
            "propertyName": "code",
            "mapping": {
                "sold": "#/components/schemas/SoldProblem",
                "gone": "#/components/schemas/GoneProblem",
            },
        },
    }


def test_a_type_that_is_a_uri_tells_the_problem(generate, settings):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://shop.example/problems/"}
    schema = generate()
    own = schema["components"]["schemas"]["NotEnoughProblem"]["allOf"][1]["properties"]
    uri = "https://shop.example/problems/not-enough"
    assert own["type"] == {"oneOf": [{"type": "string", "enum": [uri]}]}
    assert "enum" not in str(own["code"])
    assert schema["components"]["examples"]["NotEnough"]["value"]["type"] == uri
    validate(schema)


class ProblemSerializer(serializers.Serializer):
    """A project's own, under a name that ours would have."""

    status = serializers.ChoiceField(["open", "closed"])


class NotFoundProblemSerializer(serializers.Serializer):
    code = serializers.CharField()


class Problems(generics.CreateAPIView):
    serializer_class = ProblemSerializer


class Missing(generics.RetrieveAPIView):
    serializer_class = NotFoundProblemSerializer
    queryset = Groups.queryset


def test_the_project_keeps_its_names(generate, warnings):
    patterns = [path("missing/<int:pk>/", Missing.as_view()), path("problems/", Problems.as_view())]
    schema = generate(patterns)
    schemas = schema["components"]["schemas"]
    assert "status" in schemas["Problem"]["properties"]
    assert schemas["Problem2"]["description"] == "A problem (RFC 9457)."
    assert "code" in schemas["NotFoundProblem"]["properties"]
    content = schema["components"]["responses"]["NotFound"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/NotFoundProblem2"}
    # Nor are the enums of its fields renamed for what ours have.
    assert "StatusEnum" in schemas
    assert not warnings()
    validate(schema)


def test_two_types_of_one_name_have_a_component_each(generate):
    def another():
        class NotEnough(Gone):
            problem_type = "not-enough-of-another"

        return NotEnough

    class View(APIView):
        @raises(NotEnough, another())
        def delete(self, request):
            return Response()

    schemas = generate([path("a/", View.as_view())])["components"]["schemas"]
    assert {"NotEnoughProblem", "NotEnoughProblem2"} <= schemas.keys()


def test_it_is_the_same_each_time(generate):
    assert generate() == generate()


def test_no_database_is_asked(generate, django_assert_num_queries):
    # Outside of a test with a database each query would be an error.
    assert generate()["components"]["examples"]


@pytest.mark.django_db
def test_what_editors_wrote_is_in_no_example(generate):
    from django_http4xx.models import Explanation

    Explanation.objects.create(problem_type="not-found", title="Lost in the garden")
    example = generate()["components"]["examples"]["NotFound"]["value"]
    assert example["title"] == "Page not found"


def test_examples_are_in_the_language_of_the_project(generate, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    assert generate()["components"]["examples"]["NotFound"]["value"]["title"] == "找不到页面"


def test_405_is_described_once_for_the_whole(generate):
    schema = generate()
    operations = [op for item in schema["paths"].values() for op in item.values()]
    assert not any("405" in operation["responses"] for operation in operations)
    response = schema["components"]["responses"]["MethodNotAllowed"]
    assert response["headers"]["Allow"]["required"]


def test_what_a_view_describes_itself_stays(generate):
    from drf_spectacular.utils import OpenApiResponse, extend_schema

    class View(Orders):
        @extend_schema(responses={201: None, 415: OpenApiResponse(description="Ours.")})
        def post(self, request):
            return Response()

    responses = generate([path("a/", View.as_view())])["paths"]["/a/"]["post"]["responses"]
    assert responses["415"]["description"] == "Ours."
    assert responses["406"] == {"$ref": "#/components/responses/NotAcceptable"}


@pytest.mark.parametrize("wrong", [ValueError, "Gone", NotFound(), type("NoStatus", (), {})])
def test_what_is_no_problem_type_cannot_be_declared(wrong):
    with pytest.raises(TypeError, match="subclasses of ClientError"):
        raises(wrong)
