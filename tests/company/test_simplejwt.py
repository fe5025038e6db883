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
