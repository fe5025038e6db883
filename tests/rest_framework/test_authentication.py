"""Who is not known gets a 401 with a way to sign in; who is known and may not gets a 403."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import path
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
)
from rest_framework.permissions import BasePermission, IsAdminUser
from rest_framework.views import APIView

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request):
        return None

    def authenticate_header(self, request):
        return "Token"


class Staff(APIView):
    permission_classes = (IsAdminUser,)


class BySession(Staff):
    authentication_classes = (SessionAuthentication,)


class BySessionOrToken(Staff):
    authentication_classes = (SessionAuthentication, TokenAuthentication)


class ByPassword(Staff):
    authentication_classes = (BasicAuthentication,)


class Nobody(BasePermission):
    message = "Closed on Sundays."
    code = "closed"

    def has_permission(self, request, view):
        return False


class Closed(APIView):
    authentication_classes = ()
    permission_classes = (Nobody,)


urlpatterns = [
    path("session/", BySession.as_view()),
    path("session-or-token/", BySessionOrToken.as_view()),
    path("password/", ByPassword.as_view()),
    path("closed/", Closed.as_view()),
]


@pytest.mark.parametrize(
    ("address", "challenge"),
    [
        ("/session/", 'Session realm="site"'),
        ("/session-or-token/", "Token"),
        ("/password/", 'Basic realm="api"'),
    ],
)
def test_who_is_not_known_is_told_how_to_sign_in(client, address, challenge):
    response = client.get(address)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == challenge
    assert response.json()["challenge"] == challenge


def test_the_projects_own_challenge_is_sent_where_no_authenticator_has_one(client, settings):
    settings.HTTP4XX = {"CHALLENGE": 'Bearer realm="shop"'}

    assert client.get("/session/")["WWW-Authenticate"] == 'Bearer realm="shop"'


def test_refused_credentials_are_a_401(client):
    response = client.get("/password/", headers={"authorization": "Basic eDp5"})

    assert response.status_code == 401
    assert response.json()["detail"] == "Invalid username/password."
    assert response["Cache-Control"] == "no-store"


def test_who_is_known_and_may_not_gets_a_403(client):
    client.force_login(User.objects.create_user("ann"))

    response = client.get("/session/")

    assert response.status_code == 403
    assert "WWW-Authenticate" not in response


def test_a_forced_user_of_a_test_may_not_either(client):
    client.force_authenticate(User(username="ann"))

    assert client.get("/session-or-token/").status_code == 403


def test_a_permission_has_words_and_a_code_of_its_own(client):
    response = client.get("/closed/")

    assert response.status_code == 403
    assert response.json()["detail"] == "Closed on Sundays."
    assert response.json()["code"] == "closed"


def test_a_session_without_a_csrf_token_is_a_403():
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann", is_staff=True))

    assert client.post("/session/").status_code == 403
