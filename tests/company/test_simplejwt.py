from __future__ import annotations

from .packages import needs
from .site import site

FRAMEWORK = {"EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"}
JSON = {"accept": "application/json"}


def api():
    from django.urls import path
    from rest_framework.permissions import IsAuthenticated
    from rest_framework.response import Response
    from rest_framework.views import APIView
    from rest_framework_simplejwt.authentication import JWTAuthentication
    from rest_framework_simplejwt.exceptions import AuthenticationFailed

    class Orders(APIView):
        authentication_classes = (JWTAuthentication,)
        permission_classes = (IsAuthenticated,)

        def get(self, request):
            return Response([])

    class Refused(APIView):
        authentication_classes = ()

        def get(self, request, code):
            raise AuthenticationFailed(
                "Ann has left.", **({} if code == "none" else {"code": code})
            )

    return [path("orders/", Orders.as_view()), path("refused/<code>/", Refused.as_view())]


@needs("djangorestframework-simplejwt")
def test_a_bad_token_keeps_its_text_its_code_and_its_messages():
    client = site(api, apps=["rest_framework"], REST_FRAMEWORK=FRAMEWORK)

    response = client.get("/orders/", headers={**JSON, "authorization": "Bearer nonsense"})

    body = response.json()
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert (body["code"], body["detail"]) == (
        "token_not_valid",
        "Given token not valid for any token type",
    )
    assert body["messages"][0]["token_type"] == "access"
    assert "errors" not in body


@needs("djangorestframework-simplejwt")
def test_a_code_that_nobody_gave_is_ours():
    client = site(api, apps=["rest_framework"], REST_FRAMEWORK=FRAMEWORK)

    codes = [client.get(f"/refused/{code}/", headers=JSON).json()["code"] for code in ("none", "x")]

    assert codes == ["unauthorized", "x"]


@needs("djangorestframework-simplejwt")
def test_what_its_views_and_its_tokens_answer_is_in_the_schema():
    def views():
        from django.urls import path
        from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

        return [
            *api(),
            path("token/", TokenObtainPairView.as_view()),
            path("token/refresh/", TokenRefreshView.as_view()),
        ]

    schema_class = "django_http4xx.rest_framework.openapi.AutoSchema"
    framework = {**FRAMEWORK, "DEFAULT_SCHEMA_CLASS": schema_class}
    client = site(views, apps=["rest_framework"], REST_FRAMEWORK=framework)
    from drf_spectacular.generators import SchemaGenerator
    from openapi_schema_validator import OAS30Validator

    schema = SchemaGenerator().get_schema(public=True)
    components = schema["components"]

    def answered(method, path, **kwargs):
        response = getattr(client, method)(path, **kwargs)
        ref = schema["paths"][path][method]["responses"][str(response.status_code)]["$ref"]
        content = components["responses"][ref.rpartition("/")[2]]["content"]
        body = content[response["Content-Type"].partition(";")[0]]["schema"]
        errors = OAS30Validator({**body, "components": components}).iter_errors(response.json())
        assert [error.message for error in errors] == []
        return response.status_code

    bad = {**JSON, "authorization": "Bearer nonsense"}
    assert answered("get", "/orders/", headers=bad) == 401
    assert answered("get", "/orders/", headers=JSON) == 401
    sent = {"headers": JSON, "content_type": "application/json"}
    assert answered("post", "/token/", data={}, **sent) == 400
    nobody = {"username": "nobody", "password": "x"}
    assert answered("post", "/token/", data=nobody, **sent) == 401
    assert answered("post", "/token/refresh/", data={"refresh": "nonsense"}, **sent) == 401
