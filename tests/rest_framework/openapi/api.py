"""An API of views in each style, and how each of their 4xx is brought about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.urls import include, path
from django.utils.decorators import method_decorator
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import (
    authentication,
    exceptions,
    filters,
    generics,
    mixins,
    pagination,
    parsers,
    permissions,
    serializers,
    throttling,
    versioning,
    viewsets,
)
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView
from rest_framework_yaml.renderers import YAMLRenderer

from django_http4xx import decorators
from django_http4xx.exceptions import Conflict, Gone
from django_http4xx.rest_framework.openapi import raises
from django_http4xx.rest_framework.throttling import AnonRateThrottle
from django_http4xx.throttling import throttle


class NotEnough(Conflict):
    """A problem type of the project's own."""

    title = "Not enough"
    explanation = "We have {available} of {sku} left."
    sku: str
    available: int
    others: list[str] = []


# Who asks


class Bearer(authentication.BaseAuthentication):
    """As simplejwt: a challenge, and a code of its own for a token that is refused."""

    def authenticate(self, request):
        token = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        if not token:
            return None
        if token not in ("admin", "plain"):
            raise exceptions.AuthenticationFailed(
                {"detail": "Token is invalid", "code": "token_not_valid"}
            )
        return User.objects.get(username=token), token

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class Key(authentication.TokenAuthentication):
    def authenticate_credentials(self, key):
        if key not in ("admin", "plain"):
            raise exceptions.AuthenticationFailed("Invalid token.")
        return User.objects.get(username=key), key


class ReadOnly(permissions.BasePermission):
    """A project's own, which nobody can look into."""

    def has_permission(self, request, view):
        return request.method == "GET"


class IsSelf(permissions.BasePermission):
    code = "not_yours"

    def has_object_permission(self, request, view, obj):
        return obj == request.user


class Quiet(APIView):
    """Nobody is asked who they are."""

    authentication_classes = ()
    permission_classes = ()


# Functions


@extend_schema(responses=None)
@api_view(["GET"])
@permission_classes([permissions.AllowAny])
def ping(request):
    return Response("pong")


class WordSerializer(serializers.Serializer):
    word = serializers.CharField(max_length=5, min_length=2)
    times = serializers.IntegerField(min_value=1, default=1)

    def validate_word(self, word):
        if word == "no":
            raise serializers.ValidationError("Not that one.", code="forbidden_word")
        return word


@extend_schema(request=WordSerializer, responses=None)
@raises(Gone)
@api_view(["POST"])
def echo(request):
    serializer = WordSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    if serializer.validated_data["word"] == "old":
        raise Gone
    return Response()


@extend_schema(responses=None)
@decorators.require_protocol("HTTP/2.0")
@api_view(["GET"])
def numbered(request, number):
    return Response(number)


# Generic views


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["id", "name"]


class PermissionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Permission
        fields = ["id", "name", "content_type", "codename"]


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["id", "username", "email", "groups"]


class Pages(pagination.PageNumberPagination):
    page_size = 2


class Cursors(pagination.CursorPagination):
    page_size = 2
    ordering = "id"


class Windows(pagination.LimitOffsetPagination):
    default_limit = 2


class Users(generics.ListCreateAPIView):
    authentication_classes = (Bearer,)
    permission_classes = (permissions.IsAdminUser,)
    queryset = User.objects.order_by("id")
    serializer_class = UserSerializer
    pagination_class = Cursors


class Account(generics.RetrieveUpdateAPIView):
    authentication_classes = (Key,)
    permission_classes = (permissions.IsAuthenticated, IsSelf)
    queryset = User.objects.all()
    serializer_class = UserSerializer
    lookup_field = "username"


class Rights(Quiet, generics.ListCreateAPIView):
    queryset = Permission.objects.order_by("id")
    serializer_class = PermissionSerializer
    pagination_class = Windows
    filter_backends = (filters.OrderingFilter,)


class Nowhere(Quiet):
    """A permission, and no way to sign in."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(responses=None)
    def get(self, request):
        return Response()


class Either(APIView):
    authentication_classes = (Key,)
    permission_classes = (permissions.IsAuthenticated | ReadOnly,)

    @extend_schema(responses=None)
    def get(self, request):
        return Response()

    delete = get


class Formats(Quiet):
    renderer_classes = (JSONRenderer, YAMLRenderer)

    @extend_schema(responses=None)
    def get(self, request):
        return Response("either")


class Upload(Quiet):
    parser_classes = (parsers.FileUploadParser,)

    @extend_schema(request=bytes, responses=None)
    def put(self, request):
        return Response(request.data["file"].name)


# Nested, several at once, and of several kinds


class ItemSerializer(serializers.Serializer):
    sku = serializers.CharField(max_length=5)
    qty = serializers.IntegerField(min_value=1, max_value=9)


class AddressSerializer(serializers.Serializer):
    city = serializers.CharField()
    zip = serializers.RegexField(r"^\d+$", required=False)


class OrderSerializer(serializers.Serializer):
    items = ItemSerializer(many=True, allow_empty=False)
    address = AddressSerializer()
    tags = serializers.ListField(child=serializers.SlugField(), max_length=2, required=False)
    notes = serializers.DictField(child=serializers.CharField(max_length=5), required=False)
    ready_at = serializers.DateTimeField(required=False)
    total = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True)

    def validate(self, attrs):
        if len(attrs["items"]) > 3:
            raise serializers.ValidationError({"items": "Too much at once."}, code="too_much")
        return attrs


class Orders(Quiet, generics.CreateAPIView):
    serializer_class = OrderSerializer

    @raises(NotEnough)
    def post(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if serializer.validated_data["items"][0]["sku"] == "none":
            raise NotEnough(sku="none", available=0)
        return Response(status=201)


class Batch(Quiet, generics.GenericAPIView):
    serializer_class = ItemSerializer

    @extend_schema(request=ItemSerializer(many=True), responses=None)
    def post(self, request):
        serializer = ItemSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        return Response()


class CatSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["cat"])
    lives = serializers.IntegerField(max_value=9)


class DogSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["dog"])
    tricks = serializers.ListField(child=serializers.CharField())


class Pets(Quiet):
    @extend_schema(
        request=PolymorphicProxySerializer("Pet", [CatSerializer, DogSerializer], "kind"),
        responses=None,
    )
    def post(self, request):
        cls = DogSerializer if request.data.get("kind") == "dog" else CatSerializer
        cls(data=request.data).is_valid(raise_exception=True)
        return Response()


# Viewsets


class Groups(viewsets.ModelViewSet):
    authentication_classes = (
        authentication.SessionAuthentication,
        authentication.BasicAuthentication,
    )
    permission_classes = (permissions.IsAuthenticated,)
    queryset = Group.objects.order_by("id")
    serializer_class = GroupSerializer
    pagination_class = Pages
    filter_backends = (filters.SearchFilter,)
    search_fields = ("name",)

    @extend_schema(request=None, responses=None)
    @raises(Conflict)
    @action(detail=True, methods=["post"])
    def empty(self, request, pk):
        self.get_object()
        raise Conflict


class Models(mixins.DestroyModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """What a user may do is said by the rights on the model."""

    authentication_classes = (Key,)
    permission_classes = (permissions.DjangoModelPermissions,)
    queryset = Group.objects.all()
    serializer_class = GroupSerializer


# Versions, throttles, decorators


class ByAccept(versioning.AcceptHeaderVersioning):
    default_version = "1"
    allowed_versions = ("1", "2")


class ByQuery(versioning.QueryParameterVersioning):
    default_version = "1"
    allowed_versions = ("1", "2")


class VersionInAccept(Quiet):
    versioning_class = ByAccept

    @extend_schema(responses=None)
    def get(self, request):
        return Response()


class VersionInQuery(VersionInAccept):
    versioning_class = ByQuery


class Once(AnonRateThrottle):
    rate = "1/hour"


class OnceByTheFramework(throttling.AnonRateThrottle):
    rate = "1/hour"


class Slow(Quiet):
    throttle_classes = (Once,)

    @extend_schema(responses=None)
    def get(self, request):
        return Response()


class SlowByTheFramework(Slow):
    throttle_classes = (OnceByTheFramework,)


class NeverReached(APIView):
    """Its throttle counts who is not signed in; whoever is not is turned away before."""

    authentication_classes = (Key,)
    permission_classes = (permissions.IsAuthenticated,)
    throttle_classes = (OnceByTheFramework,)

    @extend_schema(responses=None)
    def get(self, request):
        return Response()


@method_decorator(throttle("1/hour", methods=("POST",)), name="dispatch")
class SlowToWrite(Quiet):
    @extend_schema(request=None, responses=None)
    def get(self, request):
        return Response()

    @extend_schema(request=None, responses=None)
    def post(self, request):
        return Response()


@method_decorator(decorators.limit_content_length(100), name="dispatch")
@method_decorator(
    decorators.require_precondition(etag_func=lambda request, *args, **kwargs: "v1"),
    name="dispatch",
)
class Guarded(Quiet):
    @extend_schema(responses=None)
    def get(self, request):
        return Response()

    @extend_schema(request=WordSerializer, responses=None)
    def put(self, request):
        serializer = WordSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response()


router = DefaultRouter()
router.include_root_view = False
router.include_format_suffixes = False
router.register("groups", Groups)
router.register("models", Models, basename="model")

urlpatterns = [
    path("ping/", ping),
    path("echo/", echo),
    path("numbered/<int:number>/", numbered),
    path("users/", Users.as_view()),
    path("accounts/<str:username>/", Account.as_view()),
    path("rights/", Rights.as_view()),
    path("nowhere/", Nowhere.as_view()),
    path("either/", Either.as_view()),
    path("formats/", Formats.as_view()),
    path("upload/", Upload.as_view()),
    path("orders/", Orders.as_view()),
    path("batch/", Batch.as_view()),
    path("pets/", Pets.as_view()),
    path("version-in-accept/", VersionInAccept.as_view()),
    path("version-in-query/", VersionInQuery.as_view()),
    path("slow/", Slow.as_view()),
    path("slow-by-the-framework/", SlowByTheFramework.as_view()),
    path("never-reached/", NeverReached.as_view()),
    path("slow-to-write/", SlowToWrite.as_view()),
    path("guarded/", Guarded.as_view()),
    path("", include(router.urls)),
    path("problems/", include("django_http4xx.urls")),
]


# How it is asked


@dataclass
class Sent:
    """One request to an operation. ``times``: how often; the last answer counts."""

    path: str = ""
    user: str = "admin"
    data: Any = None
    content_type: str = "application/json"
    fields: dict[str, str] = field(default_factory=dict)
    query: str = ""
    times: int = 1


@dataclass
class Asked:
    """An operation: how it succeeds, with which kind of credentials, and what else goes wrong.

    ``path``: with values for its variables. ``bodies``: what is refused.
    """

    path: str
    scheme: str = ""
    good: Any = None
    bodies: tuple[Any, ...] = ()
    more: tuple[Sent, ...] = ()


ITEM, ADDRESS = {"sku": "A1", "qty": 1}, {"city": "Bern"}
ORDER = {"items": [ITEM], "address": ADDRESS}
BAD_ORDERS = (
    {**ORDER, "items": []},
    {**ORDER, "items": [ITEM, {"sku": "much too long", "qty": "many"}, 5]},
    {**ORDER, "items": [ITEM] * 4},
    {**ORDER, "items": 7, "address": "Bern"},
    {**ORDER, "address": {"city": "", "zip": "a"}, "tags": ["a b", "", "c"]},
    {**ORDER, "tags": {"a": 1}, "notes": {"first": "much too long", "a/b": None}},
    {**ORDER, "ready_at": "soon"},
    {**ORDER, "items": [{"sku": "A1", "qty": 10}]},
    {**ORDER, "items": [{"sku": "none", "qty": 1}]},
    [],
    None,
)
WORDS = (
    {"word": "no"},
    {"word": "x"},
    {"word": "much too long"},
    {"word": None, "times": 0},
    {"word": {}, "times": "many"},
)
NAMES = ({"name": "taken"}, {"name": "x" * 200}, {"name": None}, {"name": "\0"})

OPERATIONS = {
    "GET /ping/": Asked("/ping/", "Basic"),
    "POST /echo/": Asked(
        "/echo/", "Basic", good={"word": "good"}, bodies=(*WORDS, {"word": "old"})
    ),
    "GET /numbered/{number}/": Asked(
        "/numbered/1/", "Basic", more=(Sent(fields={"SERVER_PROTOCOL": "HTTP/1.1"}),)
    ),
    "GET /users/": Asked("/users/", "Bearer"),
    "POST /users/": Asked(
        "/users/",
        "Bearer",
        good={"username": "new"},
        bodies=(
            {"username": "admin"},
            {"username": "a b"},
            {"username": "new", "email": "none"},
            {"username": "new", "groups": [99]},
            {"username": "new", "groups": "all"},
        ),
    ),
    "GET /accounts/{username}/": Asked("/accounts/admin/", "Token"),
    "PUT /accounts/{username}/": Asked(
        "/accounts/admin/",
        "Token",
        {"username": "admin"},
        ({"username": "plain"}, {"username": "a b"}),
    ),
    "PATCH /accounts/{username}/": Asked(
        "/accounts/admin/",
        "Token",
        {"email": "a@b.example"},
        ({"username": "plain"}, {"email": "none"}, {"email": []}),
    ),
    "GET /rights/": Asked("/rights/"),
    "POST /rights/": Asked(
        "/rights/",
        good={"name": "New", "codename": "new", "content_type": 1},
        bodies=(
            {"name": "Again", "codename": "add_group", "content_type": "group"},
            {"name": "New", "codename": "new", "content_type": 999},
            {"codename": "new", "content_type": []},
        ),
    ),
    "GET /nowhere/": Asked("/nowhere/"),
    "GET /either/": Asked("/either/", "Token"),
    "DELETE /either/": Asked("/either/", "Token"),
    "GET /formats/": Asked("/formats/"),
    "PUT /upload/": Asked("/upload/", more=(Sent(data="text"),)),
    "POST /orders/": Asked("/orders/", good=ORDER, bodies=BAD_ORDERS),
    "POST /batch/": Asked("/batch/", good=[ITEM], bodies=([{**ITEM, "qty": 10}], [5], {}, [{}])),
    "POST /pets/": Asked(
        "/pets/",
        good={"kind": "cat", "lives": 9},
        bodies=(
            {"kind": "cat", "lives": 10},
            {"kind": "dog", "tricks": [[], ""]},
            {"kind": "cow"},
            {"kind": "dog", "tricks": 5},
        ),
    ),
    "GET /version-in-accept/": Asked(
        "/version-in-accept/",
        more=(Sent(fields={"HTTP_ACCEPT": "application/json; version=9"}),),
    ),
    "GET /version-in-query/": Asked("/version-in-query/", more=(Sent(query="version=9"),)),
    "GET /slow/": Asked("/slow/", more=(Sent(times=2),)),
    "GET /slow-by-the-framework/": Asked("/slow-by-the-framework/", more=(Sent(times=2),)),
    "GET /never-reached/": Asked(
        "/never-reached/", "Token", more=(Sent(user="", times=2), Sent(times=2))
    ),
    "GET /slow-to-write/": Asked("/slow-to-write/", more=(Sent(times=2),)),
    "POST /slow-to-write/": Asked("/slow-to-write/", more=(Sent(times=2),)),
    "GET /guarded/": Asked("/guarded/", more=(Sent(fields={"HTTP_IF_MATCH": '"v0"'}),)),
    "PUT /guarded/": Asked(
        "/guarded/",
        good={"word": "good"},
        bodies=WORDS,
        more=(
            Sent(data={"word": "x" * 100}),
            Sent(data={"word": "good"}, fields={"HTTP_IF_MATCH": '"v0"'}),
            Sent(data={"word": "good"}, fields={"HTTP_IF_MATCH": ""}),
        ),
    ),
    "GET /groups/": Asked("/groups/", "Basic"),
    "POST /groups/": Asked("/groups/", "Basic", good={"name": "new"}, bodies=NAMES),
    "GET /groups/{id}/": Asked("/groups/1/", "Basic"),
    "PUT /groups/{id}/": Asked("/groups/1/", "Basic", good={"name": "new"}, bodies=NAMES),
    "PATCH /groups/{id}/": Asked("/groups/1/", "Basic", good={"name": "new"}, bodies=NAMES),
    "DELETE /groups/{id}/": Asked("/groups/1/", "Basic"),
    "POST /groups/{id}/empty/": Asked("/groups/1/empty/", "Basic", more=(Sent(),)),
    "GET /models/{id}/": Asked("/models/1/", "Token"),
    "DELETE /models/{id}/": Asked("/models/1/", "Token"),
}
