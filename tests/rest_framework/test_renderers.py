"""The renderers that people use with the framework, with each handler."""

from __future__ import annotations

import json

import pytest
import yaml
from django.contrib.auth.models import Group
from django.urls import include, path
from djangorestframework_camel_case.parser import CamelCaseJSONParser, CamelCaseMultiPartParser
from djangorestframework_camel_case.render import CamelCaseJSONRenderer
from rest_framework import VERSION, exceptions, generics, routers, serializers, viewsets
from rest_framework.renderers import (
    AdminRenderer,
    BrowsableAPIRenderer,
    JSONRenderer,
    StaticHTMLRenderer,
    TemplateHTMLRenderer,
)
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_yaml.renderers import YAMLRenderer

pytestmark = pytest.mark.urls(__name__)

# Whether a pointer can be told from the names that fields have, or only from the body as it was sent.
ANY, BY_THE_BODY = "any", "by the body"

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class ReviewSerializer(serializers.Serializer):
    rating = serializers.IntegerField(max_value=5)
    author_name = serializers.CharField(max_length=3, required=False)


class LineSerializer(serializers.Serializer):
    unit_price = serializers.IntegerField(max_value=5)


class OrderSerializer(serializers.Serializer):
    in_stock = serializers.DictField(child=serializers.IntegerField(), required=False)
    order_lines = LineSerializer(many=True)


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["name"]


class Reviews(generics.CreateAPIView):
    authentication_classes = ()
    serializer_class = ReviewSerializer
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)

    def get(self, request):
        raise exceptions.NotFound


class Groups(viewsets.ModelViewSet):
    authentication_classes = ()
    queryset = Group.objects.order_by("name")
    serializer_class = GroupSerializer
    renderer_classes = (JSONRenderer, AdminRenderer)


class Orders(APIView):
    authentication_classes = ()
    parser_classes = (CamelCaseJSONParser, CamelCaseMultiPartParser)
    renderer_classes = (CamelCaseJSONRenderer,)

    def get(self, request):
        raise exceptions.Throttled(7)

    def post(self, request):
        OrderSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Query(APIView):
    authentication_classes = ()

    def get(self, request):
        LineSerializer(data=request.query_params).is_valid(raise_exception=True)


class Page(APIView):
    authentication_classes = ()
    renderer_classes = (TemplateHTMLRenderer,)
    template_name = "page.html"

    def get(self, request):
        raise exceptions.NotFound("There is no order 12.")

    def post(self, request):
        ReviewSerializer(data=request.data).is_valid(raise_exception=True)


router = routers.SimpleRouter()
router.register("groups", Groups)
urlpatterns = [
    path("reviews/", Reviews.as_view()),
    path("yaml/", Reviews.as_view(renderer_classes=[YAMLRenderer])),
    path("camel/", Orders.as_view()),
    path("camel-query/", Query.as_view()),
    path("page/", Page.as_view()),
    path("static/", Page.as_view(renderer_classes=[StaticHTMLRenderer])),
    path("", include(router.urls)),
]


@pytest.fixture(params=["problem", "compatible"])
def handler(request, use_handler):
    use_handler(request.param)
    return request.param


@pytest.mark.django_db
def test_the_browsable_api_shows_the_errors_in_its_form(client, handler):
    response = client.post("/reviews/", {"rating": 9}, headers=BROWSER)

    page = response.content.decode()
    assert response.status_code == (422 if handler == "problem" else 400)
    assert 'class="help-block">Ensure this value is less than or equal to 5.</span>' in page
    assert "Content-Security-Policy" not in response


@pytest.mark.django_db
def test_the_browsable_api_shows_the_problem(client):
    response = client.get("/reviews/", headers=BROWSER)

    assert response.status_code == 404
    assert "There is nothing at this address." in response.content.decode()
    assert 'name="rating"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "taken"])
def test_the_admin_renderer_shows_the_errors_in_its_form(client, handler, name):
    Group.objects.create(name="taken")
    problem = {"": 400, "taken": 409}[name]

    response = client.post("/groups/", {"name": name}, headers=BROWSER)

    page = response.content.decode()
    message = {"": "This field may not be blank.", "taken": "group with this name already exists."}
    assert response.status_code == (problem if handler == "problem" else 400)
    assert f'class="help-block">{message[name]}</span>' in page
    assert "errorModal" in page or "error" in page


@pytest.mark.parametrize("name", ["get", "post"])
def test_yaml_is_written(client, handler, name):
    response = getattr(client, name)("/yaml/", headers={"accept": "application/yaml"})

    body = yaml.safe_load(response.content)
    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    if handler == "problem":
        assert body["status"] == response.status_code == {"get": 404, "post": 400}[name]
    else:
        assert (
            body
            == {
                "get": {"detail": "Not found."},
                "post": {"rating": ["This field is required."]},
            }[name]
        )


def test_names_in_camel_case_are_written(client):
    assert client.get("/camel/").json()["retryAfter"] == 7


@pytest.mark.parametrize(
    ("body", "pointer", "where"),
    [
        ({"orderLines": [{"unitPrice": 1}, {"unitPrice": 9}]}, "#/orderLines/1/unitPrice", ANY),
        ({"orderLines": [{}]}, "#/orderLines/0/unitPrice", ANY),
        ({"order_lines": [{"unit_price": 9}]}, "#/order_lines/0/unit_price", BY_THE_BODY),
        ({}, "#/orderLines", ANY),
        ({"inStock": {"aB": "x"}, "orderLines": []}, "#/inStock/aB", ANY),
        ({"inStock": {"AB/c": "x"}, "orderLines": []}, "#/inStock/AB~1c", BY_THE_BODY),
        ({"inStock": {"a_b": "x"}, "orderLines": []}, "#/inStock/a_b", BY_THE_BODY),
        ({"inStock": {"é Ü": "x"}, "orderLines": []}, "#/inStock/%C3%A9%20%C3%9C", BY_THE_BODY),
    ],
)
def test_a_pointer_names_members_as_the_client_wrote_them(client, body, pointer, where):
    if where is BY_THE_BODY and VERSION < "3.18":
        pytest.skip("Earlier versions do not keep the body.")

    response = client.post("/camel/", json.dumps(body), content_type="application/json")

    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_limit_is_a_member_like_another_in_camel_case(client):
    body = {"orderLines": [{"unitPrice": 9}]}

    response = client.post("/camel/", json.dumps(body), content_type="application/json")

    assert response.json()["errors"][0]["params"] == {"maxValue": 5}


def test_in_a_form_names_are_in_camel_case_as_well(client):
    response = client.post("/camel/", {"unit": 1}, format="multipart")

    assert response.json()["errors"][0]["pointer"] == "#/orderLines"


@pytest.mark.parametrize("query", ["unitPrice=9", "unit_price=9", ""])
def test_a_parameter_is_named_as_the_client_wrote_it(client, settings, query):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "djangorestframework_camel_case.middleware.CamelCaseMiddleWare",
    ]

    response = client.get(f"/camel-query/?{query}")

    (error,) = response.json()["errors"]
    assert error["parameter"] == (query.partition("=")[0] or "unitPrice")


def test_camel_case_in_the_frameworks_own_body(client, use_handler):
    use_handler("compatible")
    body = {"orderLines": [{"unitPrice": 1}, {"unitPrice": 9}]}

    response = client.post("/camel/", json.dumps(body), content_type="application/json")

    assert "unitPrice" in str(response.json()["orderLines"])


@pytest.mark.parametrize("address", ["/page/", "/static/"])
def test_a_page_of_templates_gets_our_page(client, address):
    response = client.get(address, headers=BROWSER)

    assert response.status_code == 404
    assert "<title>Page not found – testserver</title>" in response.content.decode()
    assert "There is no order 12." in response.content.decode()
    assert "style-src" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("404.html", "{{ detail }} ({{ status_code }}) {{ problem.title }} {{ request_path }}"),
        (
            "api_exception.html",
            "{{ detail }} ({{ status_code }}) {{ problem.title }} {{ request_path }}",
        ),
        (
            "django_http4xx/not-found.html",
            "{{ detail }} ({{ status_code }}) {{ problem.title }} {{ request_path }}",
        ),
    ],
)
def test_the_projects_own_templates_come_first(client, settings, template, shown):
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {template: shown})]},
        }
    ]

    response = client.get("/page/", headers=BROWSER)

    assert response.content.decode() == "There is no order 12. (404) Page not found /page/"


def test_a_page_lists_the_errors_of_a_form(client):
    response = client.post("/page/", {"rating": 9}, headers=BROWSER)

    assert response.status_code == 422
    assert "Ensure this value is less than or equal to 5." in response.content.decode()
