"""Other ways in: the compatible handler, a schema class of one's own, the hook; what fails."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from openapi_spec_validator import validate
from rest_framework import authentication, generics, permissions, serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from django_http4xx.decorators import require_authentication
from django_http4xx.exceptions import Gone
from django_http4xx.rest_framework import compatible_exception_handler, exception_handler
from django_http4xx.rest_framework.openapi import ProblemSchemaMixin, raises

from .api import Groups, Key, OrderSerializer, UserSerializer
from .test_every_operation import check, found

pytestmark = pytest.mark.urls(__name__)


class Compatible(generics.CreateAPIView):
    authentication_classes = (
        authentication.SessionAuthentication,
        authentication.BasicAuthentication,
    )
    permission_classes = (permissions.IsAuthenticated,)
    serializer_class = OrderSerializer

    def get_exception_handler(self):
        return compatible_exception_handler


def around_the_compatible_one(exception, context):
    return compatible_exception_handler(exception, context)


def around_ours(exception, context):
    return exception_handler(exception, context)


class Wrapped(Compatible):
    authentication_classes = (Key,)
    serializer_class = UserSerializer

    def get_exception_handler(self):
        return around_the_compatible_one


class WrappedProblems(Wrapped):
    def get_exception_handler(self):
        return around_ours


@method_decorator(require_authentication(), name="dispatch")
class Guarded(Compatible):
    @extend_schema(responses=None)
    def get(self, request): ...


urlpatterns = [
    path("guarded/", Guarded.as_view()),
    path("compatible/", Compatible.as_view()),
    path("wrapped/", Wrapped.as_view()),
    path("problems/", WrappedProblems.as_view()),
]


@pytest.fixture
def schema(generate):
    return generate()


def test_the_compatible_handler_is_described_in_the_shape_of_the_framework(schema):
    validate(schema)
    responses = schema["paths"]["/compatible/"]["post"]["responses"]
    # Without a challenge of the first authenticator nobody is asked to sign in.
    assert [code for code in responses if code >= "4"] == ["400", "403", "406", "415"]
    content = responses["400"]["content"]
    assert list(content) == ["application/json"]
    assert content["application/json"]["schema"] == {
        "anyOf": [
            {"$ref": "#/components/schemas/OrderErrors"},
            {"$ref": "#/components/schemas/ErrorDetail"},
        ]
    }
    examples = schema["components"]["examples"]
    assert examples["NotAcceptable"]["value"] == {
        "detail": "Could not satisfy the request Accept header."
    }


@pytest.mark.django_db
def test_what_it_answers_is_as_described(schema):
    User.objects.create_user("plain")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token plain")
    responses = schema["paths"]["/wrapped/"]["post"]["responses"]
    bodies = ({"username": "plain"}, {"groups": ["x"]}, [], None, {"email": {}, "username": "a b"})
    for body in bodies:
        response = client.post("/wrapped/", body, format="json")
        assert response.status_code == 400, response.content
        check(response.json(), responses["400"]["content"]["application/json"]["schema"], schema)
    refused = APIClient().post("/wrapped/", {}, format="json")
    assert refused.status_code == 401
    check(refused.json(), responses["401"]["content"]["application/json"]["schema"], schema)


def test_what_a_decorator_refuses_before_the_view_is_called_is_a_problem(schema):
    response = APIClient().get("/guarded/", headers={"accept": "application/problem+json"})
    assert response.status_code == 401
    described = schema["paths"]["/guarded/"]["get"]["responses"]["401"]
    content = described["content"][response["Content-Type"]]
    check(response.json(), content["schema"], schema)


def test_a_handler_around_ours_answers_with_problems(schema):
    response = found(schema["paths"]["/problems/"]["post"]["responses"]["401"], schema)
    assert "application/problem+json" in response["content"]


class OwnSchema(ProblemSchemaMixin, AutoSchema):
    def get_tags(self):
        return ["ours"]


class Deleting(APIView):
    permission_classes = (permissions.IsAdminUser,)

    @raises(Gone)
    def delete(self, request):
        return Response()


def test_a_schema_class_of_ones_own_takes_the_mixin(generate):
    class View(Deleting):
        schema = OwnSchema()

    operation = generate([path("a/", View.as_view())])["paths"]["/a/"]["delete"]
    assert operation["tags"] == ["ours"]
    assert [*operation["responses"]] == ["204", "401", "403", "406", "410"]


class People(Groups):
    queryset = User.objects.all()
    serializer_class = UserSerializer


HOOKS = [
    "drf_spectacular.hooks.postprocess_schema_enums",
    "django_http4xx.rest_framework.openapi.postprocess_problems",
]


@pytest.mark.parametrize("ours", [Groups, People])
def test_the_hook_does_the_same_for_another_schema_class(ours, generate, spectacular):
    def patterns(view):
        routes = {"get": "list", "post": "create"}
        one = {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
        return [path("a/", view.as_view(routes)), path("a/<int:pk>/", view.as_view(one))]

    foreign = type("Foreign", (ours,), {"schema": AutoSchema()})
    plain = generate(patterns(foreign))
    assert not any(
        code >= "4"
        for item in plain["paths"].values()
        for operation in item.values()
        for code in operation["responses"]
    )

    spectacular(POSTPROCESSING_HOOKS=[import_string(hook) for hook in HOOKS])
    hooked = generate(patterns(foreign))
    validate(hooked)
    # What drf-spectacular says by itself is the same, too.
    assert hooked == generate(patterns(ours))


# What cannot be looked at


class Broken(generics.ListCreateAPIView):
    queryset = Group.objects.all()
    serializer_class = UserSerializer
    permission_classes = (permissions.IsAdminUser,)

    def get_throttles(self):
        raise RuntimeError("Not without a user.")


def test_a_view_that_cannot_be_inspected_is_warned_of_by_name_and_the_rest_is_described(
    generate, warnings
):
    schema = generate([path("broken/", Broken.as_view()), path("whole/", Deleting.as_view())])
    (warning,) = [w for w in warnings() if "Broken" in w and "GET" in w]
    assert "RuntimeError: Not without a user." in warning
    assert {"401", "403", "406"} <= schema["paths"]["/broken/"]["get"]["responses"].keys()
    assert "410" in schema["paths"]["/whole/"]["delete"]["responses"]


class FailingSerializer(serializers.Serializer):
    def get_fields(self):
        if self.context["request"].user.is_staff:
            return {}
        return {"name": serializers.CharField()}


def test_a_serializer_that_depends_on_the_request_is_read_as_drf_spectacular_reads_it(generate):
    class View(generics.CreateAPIView):
        serializer_class = FailingSerializer

    schema = generate([path("a/", View.as_view())])
    assert "#/name" in str(schema["components"]["schemas"]["FailingValidationProblem"])


def test_a_limit_by_path_is_described(generate, settings):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django_http4xx.throttling.ThrottleMiddleware",
    ]
    settings.HTTP4XX = {"THROTTLES": {"/a/": {"rate": "5/min", "methods": ["DELETE"]}, "/b/": None}}
    schema = generate([path(f"{name}/", Deleting.as_view()) for name in "ab"])
    limited = schema["paths"]["/a/"]["delete"]["responses"]["429"]
    assert limited == {"$ref": "#/components/responses/QuotaExceeded"}
    headers = found(limited, schema)["headers"]
    assert [*headers] == [
        *("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"),
    ]
    assert "429" not in schema["paths"]["/b/"]["delete"]["responses"]


def test_what_a_function_raises_is_known_wherever_it_is_routed(generate):
    @extend_schema(responses=None)
    @raises(Gone)
    @api_view(["GET"])
    def above(request): ...

    @extend_schema(responses=None)
    @api_view(["GET"])
    @raises(Gone)
    def below(request): ...

    schema = generate([path("above/", above), path("below/", below)])
    assert all("410" in item["get"]["responses"] for item in schema["paths"].values())
