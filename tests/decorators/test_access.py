"""Who has to be there, and what they have to be allowed."""

import pytest
from django.contrib.auth.models import Permission
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from django_http4xx.decorators import require_authentication, require_permission

from .conftest import KINDS, MIDDLEWARE

pytestmark = pytest.mark.django_db

API_KINDS = [name for name in KINDS if name.startswith(("api", "around", "viewset"))]


@pytest.fixture(params=["with middleware", "without middleware"])
def middleware(request, settings):
    if request.param == "without middleware":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


@pytest.fixture
def user(django_user_model):
    return django_user_model.objects.create_user("ada")


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_signed_in_passes(kind, middleware, serve, ask, user):
    ask.client.force_login(user)
    serve(KINDS[kind](require_authentication()))
    assert ask("GET").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_without_the_permission_is_refused(kind, middleware, serve, ask, user):
    ask.client.force_login(user)
    serve(KINDS[kind](require_permission("auth.view_user")))
    response = ask("GET")
    assert (response.status_code, "WWW-Authenticate" in response.headers) == (403, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_with_all_the_permissions_passes(kind, middleware, serve, ask, user):
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "add_user"]))
    ask.client.force_login(user)
    serve(KINDS[kind](require_permission("auth.view_user", "auth.add_user")))
    assert ask("GET").status_code == 200


def test_one_permission_of_two_is_not_enough(serve, ask, user):
    user.user_permissions.set(Permission.objects.filter(codename="view_user"))
    ask.client.force_login(user)
    serve(KINDS["function"](require_permission("auth.view_user", "auth.add_user")))
    assert ask("GET").status_code == 403


def test_the_default_challenge_is_the_setting(serve, ask, settings):
    settings.HTTP4XX = {"CHALLENGE": 'Basic realm="shop"'}
    serve(KINDS["function"](require_authentication()))
    assert ask("GET").headers["WWW-Authenticate"] == 'Basic realm="shop"'


@pytest.mark.parametrize("challenge", ["", "Bearer\r\nX: 1", "Basic realm=é"])
def test_a_wrong_challenge_fails_where_it_is_written(challenge):
    with pytest.raises(ValueError, match=r"require_authentication\(challenge=...\)"):
        require_authentication(challenge=challenge)


@pytest.mark.parametrize("permission", ["view_order", ".view_order", "shop."])
def test_a_wrong_permission_fails_where_it_is_written(permission):
    with pytest.raises(ValueError, match=r"require_permission\(\)"):
        require_permission(permission)


# Django REST framework's own authentication tells who is there.


class ByKey(BaseAuthentication):
    def authenticate(self, request):
        key = request.META.get("HTTP_X_KEY")
        if key is None:
            return None
        if key != "right":
            raise AuthenticationFailed("No such key.")
        return User(), key

    def authenticate_header(self, request):
        return 'Key realm="api"'


class User:
    is_authenticated = True

    def has_perms(self, permissions):
        return "shop.view_order" in permissions


@pytest.fixture
def by_key(monkeypatch):
    monkeypatch.setattr(
        "rest_framework.views.APIView.authentication_classes", [ByKey, SessionAuthentication]
    )


@pytest.mark.parametrize("kind", API_KINDS)
@pytest.mark.parametrize(
    "key, permission, status",
    [
        (None, "shop.view_order", 401),
        ("right", "shop.view_order", 200),
        ("right", "shop.add_order", 403),
        ("wrong", "shop.view_order", 401),
    ],
)
def test_an_api_knows_its_own_users(key, permission, status, kind, middleware, by_key, serve, ask):
    serve(KINDS[kind](require_permission(permission)))
    response = ask("GET", headers={"X-Key": key} if key else {})
    assert response.status_code == status
    if status == 401:
        assert response.headers["WWW-Authenticate"] == 'Key realm="api"'
