"""Who is not known gets a 401 with a way to sign in; who is known and may not gets a 403."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import path
from rest_framework import exceptions
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
)
from rest_framework.permissions import BasePermission, IsAdminUser
from rest_framework.test import APIClient
from rest_framework.views import APIView

from django_http4xx.exceptions import Unauthorized

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request):
        return None

    def authenticate_header(self, request):
        return "Token"


class Silent(BaseAuthentication):
    """Has no challenge."""

    def authenticate(self, request):
        return None


class Refusing(Silent):
    def authenticate(self, request):
        raise exceptions.AuthenticationFailed("Not you.", code="not_you")


class Staff(APIView):
    permission_classes = (IsAdminUser,)


class BySession(Staff):
    authentication_classes = (SessionAuthentication,)


class BySessionOrToken(Staff):
    authentication_classes = (SessionAuthentication, TokenAuthentication)


class BySessionOrPassword(Staff):
    authentication_classes = (SessionAuthentication, BasicAuthentication)


class ByTokenOrPassword(Staff):
    authentication_classes = (TokenAuthentication, BasicAuthentication)


class ByPasswordOrToken(Staff):
    authentication_classes = (BasicAuthentication, TokenAuthentication)


class BySessionTokenOrPassword(Staff):
    authentication_classes = (SessionAuthentication, TokenAuthentication, BasicAuthentication)


class ByPasswordTwice(Staff):
    authentication_classes = (BasicAuthentication, BasicAuthentication)


class ByTheViewsOwn(ByPasswordOrToken):
    def get_authenticate_header(self, request):
        return 'Bearer realm="shop"'


class ByTheViewsChoice(ByPasswordOrToken):
    def get_authenticate_header(self, request):
        return "Token"


class BadToken(exceptions.AuthenticationFailed):
    auth_header = 'Bearer error="invalid_token"'


class OfTheException(APIView):
    authentication_classes = (SessionAuthentication, TokenAuthentication)

    def get(self, request):
        raise BadToken


class BySilence(Staff):
    authentication_classes = (Silent,)


class BySilenceOrPassword(Staff):
    authentication_classes = (Silent, BasicAuthentication)


class ByNothing(Staff):
    authentication_classes = (Refusing,)


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


class ClosedToUsers(Closed):
    authentication_classes = (SessionAuthentication,)


class OfTheirOwn(APIView):
    authentication_classes = (SessionAuthentication,)

    def get(self, request):
        raise exceptions.NotFound


OURS = {"plain": Unauthorized, "own": Unauthorized(challenge='Bearer realm="shop"')}


class RaisingOurs(APIView):
    authentication_classes = (SessionAuthentication, BasicAuthentication)

    def get(self, request, name):
        raise OURS[name]


class Forbidding(exceptions.AuthenticationFailed):
    status_code = 403


class Decided(APIView):
    authentication_classes = ()

    def get(self, request):
        raise Forbidding


urlpatterns = [
    path("ours/<str:name>/", RaisingOurs.as_view()),
    path("decided/", Decided.as_view()),
    path("session-or-password/", BySessionOrPassword.as_view()),
    path("token-or-password/", ByTokenOrPassword.as_view()),
    path("password-or-token/", ByPasswordOrToken.as_view()),
    path("session-token-password/", BySessionTokenOrPassword.as_view()),
    path("password-twice/", ByPasswordTwice.as_view()),
    path("by-the-views-own/", ByTheViewsOwn.as_view()),
    path("by-the-views-choice/", ByTheViewsChoice.as_view()),
    path("of-the-exception/", OfTheException.as_view()),
    path("silent/", BySilence.as_view()),
    path("silent-or-password/", BySilenceOrPassword.as_view()),
    path("refusing/", ByNothing.as_view()),
    path("closed-to-users/", ClosedToUsers.as_view()),
    path("of-their-own/", OfTheirOwn.as_view()),
    path("session/", BySession.as_view()),
    path("session-or-token/", BySessionOrToken.as_view()),
    path("password/", ByPassword.as_view()),
    path("closed/", Closed.as_view()),
]


ANN = "ann is signed in"
REFUSED = {"authorization": "Basic eDp5"}
GARBLED = {"authorization": "Basic %%%"}
SESSION, TOKEN, BASIC = 'Session realm="site"', "Token", 'Basic realm="api"'
TOKEN_OR_BASIC, BASIC_OR_TOKEN = f"{TOKEN} , {BASIC}", f"{BASIC}, {TOKEN}"

# The view, who asks, and the status and the challenge of a problem.
ROWS = [
    ("session", None, 401, SESSION),
    ("session", ANN, 403, None),
    ("session-or-token", None, 401, TOKEN),
    ("session-or-token", ANN, 403, None),
    ("session-or-password", None, 401, BASIC),
    ("session-or-password", REFUSED, 401, BASIC),
    ("session-or-password", GARBLED, 401, BASIC),
    ("token-or-password", None, 401, TOKEN_OR_BASIC),
    ("token-or-password", REFUSED, 401, TOKEN_OR_BASIC),
    ("password-or-token", None, 401, BASIC_OR_TOKEN),
    ("password-or-token", REFUSED, 401, BASIC_OR_TOKEN),
    ("session-token-password", None, 401, TOKEN_OR_BASIC),
    ("session-token-password", ANN, 403, None),
    ("password-twice", None, 401, BASIC),
    ("by-the-views-own", None, 401, 'Bearer realm="shop"'),
    ("by-the-views-choice", None, 401, BASIC_OR_TOKEN),
    ("of-the-exception", None, 401, 'Bearer error="invalid_token"'),
    ("silent", None, 401, SESSION),
    ("silent-or-password", None, 401, BASIC),
    ("silent-or-password", REFUSED, 401, BASIC),
    ("password", None, 401, BASIC),
    ("password", REFUSED, 401, BASIC),
    ("password", GARBLED, 401, BASIC),
    ("refusing", None, 401, SESSION),
    ("closed", None, 403, None),
    ("closed-to-users", None, 401, SESSION),
    ("closed-to-users", ANN, 403, None),
    ("of-their-own", None, 404, None),
    ("of-their-own", ANN, 404, None),
]


@pytest.mark.parametrize(("name", "who", "status", "challenge"), ROWS)
def test_who_is_not_known_is_401_and_who_may_not_is_403(client, name, who, status, challenge):
    if who is ANN:
        client.force_login(User.objects.create_user("ann"))

    response = client.get(f"/{name}/", headers=who if isinstance(who, dict) else {})

    assert response.status_code == response.json()["status"] == status
    assert response.get("WWW-Authenticate") == challenge
    assert response.json().get("challenge") == challenge


@pytest.mark.parametrize(("name", "who", "status", "challenge"), ROWS)
def test_the_compatible_handler_answers_as_ever(client, use_handler, name, who, status, challenge):
    if who is ANN:
        client.force_login(User.objects.create_user("ann"))
    answers = []
    for handler in ("drf", "compatible"):
        use_handler(handler)
        response = client.get(f"/{name}/", headers=who if isinstance(who, dict) else {})
        answers.append((response.status_code, response.content, response.headers))

    assert answers[0] == answers[1]


def test_the_projects_own_challenge_is_sent_where_no_authenticator_has_one(client, settings):
    settings.HTTP4XX = {"CHALLENGE": 'Bearer realm="shop"'}

    assert client.get("/session/")["WWW-Authenticate"] == 'Bearer realm="shop"'


def test_a_forced_user_of_a_test_changes_no_challenge(client):
    client.force_authenticate(User(username="ann"))

    response = client.get("/ours/plain/")

    assert (response.status_code, response["WWW-Authenticate"]) == (401, BASIC)


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize(("name", "challenge"), [("plain", BASIC), ("own", 'Bearer realm="shop"')])
def test_ours_has_the_views_challenge_unless_it_has_its_own(
    client, use_handler, handler, name, challenge
):
    use_handler(handler)

    assert client.get(f"/ours/{name}/")["WWW-Authenticate"] == challenge


def test_refused_credentials_are_a_401(client):
    response = client.get("/password/", headers={"authorization": "Basic eDp5"})

    assert response.status_code == 401
    assert response.json()["detail"] == "Invalid username/password."
    assert response["Cache-Control"] == "no-store"


def test_a_forced_user_of_a_test_may_not_either(client):
    client.force_authenticate(User(username="ann"))

    assert client.get("/session-or-token/").status_code == 403


def test_a_permission_has_words_and_a_code_of_its_own(client):
    response = client.get("/closed/")

    assert response.status_code == 403
    assert response.json()["detail"] == "Closed on Sundays."
    assert response.json()["code"] == "closed"


@pytest.mark.parametrize(("is_known", "status"), [(True, 403), (False, 401)])
def test_a_session_without_a_csrf_token_is_a_403(is_known, status):
    client = APIClient(enforce_csrf_checks=True)
    if is_known:
        client.force_login(User.objects.create_user("ann", is_staff=True))

    response = client.post("/session/")

    assert response.status_code == status
    assert response.json()["detail"].startswith("CSRF Failed: ") == is_known


def test_credentials_that_are_refused_keep_their_words(client):
    body = client.get("/refusing/").json()

    assert (body["detail"], body["code"]) == ("Not you.", "not_you")


def test_a_403_of_the_projects_own_stays_a_403(client):
    """A class may say that it is no question of who is there."""
    assert client.get("/decided/").status_code == 403
