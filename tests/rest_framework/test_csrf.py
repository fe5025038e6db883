"""An authenticator's failed CSRF check is told as one, and not as a lack of permission."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

JSON = {"accept": "application/json"}


def reason_of(request):
    check = CSRFCheck(lambda request: None)
    check.process_request(request)
    return check.process_view(request, None, (), {})


def enforce_csrf(request):
    """As packages for tokens in cookies do it."""
    reason = reason_of(request)
    if reason:
        raise exceptions.PermissionDenied(f"CSRF Failed: {reason}")


class BySubclass(SessionAuthentication):
    www_authenticate_realm = "shop"


class ByCookie(BaseAuthentication):
    def authenticate(self, request):
        enforce_csrf(request)
        return User.objects.get(), None


class ByCookieInOne(BaseAuthentication):
    """Says it in words of its own, and asks for more in the same function."""

    def authenticate(self, request):
        user = User.objects.get()
        reason = reason_of(request)
        if reason:
            raise exceptions.PermissionDenied("Please reload the page.")
        if not user.is_staff:
            raise exceptions.PermissionDenied("Only for our staff.")
        return user, None


class ByWrapper(SessionAuthentication):
    def enforce_csrf(self, request):
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise exceptions.PermissionDenied("Please reload the page.", code="stale") from None


class ByWordsOfDjango(SessionAuthentication):
    def enforce_csrf(self, request):
        self.deny(reason_of(request))

    def deny(self, reason):
        if reason:
            raise DjangoPermissionDenied(reason)


class Nobody(BasePermission):
    message = "Tokens are for partners. Ask us for CSRF."

    def has_permission(self, request, view):
        return False


class View(APIView):
    authentication_classes = ()

    def post(self, request):
        return Response({})


def plain(request):
    enforce_csrf(request)
    return HttpResponse()


AUTHENTICATORS = {
    "session": SessionAuthentication,
    "subclass": BySubclass,
    "cookie": ByCookie,
    "cookie-in-one": ByCookieInOne,
    "wrapper": ByWrapper,
    "words-of-django": ByWordsOfDjango,
}

urlpatterns = [
    *(
        path(f"{name}/", View.as_view(authentication_classes=[cls]))
        for name, cls in AUTHENTICATORS.items()
    ),
    path("nobody/", View.as_view(permission_classes=[Nobody])),
    path("plain/", plain),
]


@pytest.fixture
def client():
    client = Client(enforce_csrf_checks=True, headers=JSON)
    client.force_login(User.objects.create_user("ann"))
    return client


@pytest.mark.parametrize("name", [*AUTHENTICATORS, "plain"])
def test_a_failed_check_is_told_in_the_words_of_its_type(client, name):
    response = client.post(f"/{name}/")

    assert response.status_code == 403
    assert response.json()["remedy"] == "Go back, reload the page, then send the form again."


@pytest.mark.parametrize(
    ("name", "detail", "code"),
    [
        ("session", "CSRF Failed: CSRF cookie not set.", "csrf-failed"),
        ("cookie-in-one", "Please reload the page.", "csrf-failed"),
        ("wrapper", "Please reload the page.", "stale"),
    ],
)
def test_it_keeps_the_text_and_the_code_that_it_was_given(client, name, detail, code):
    body = client.post(f"/{name}/").json()

    assert (body["detail"], body["code"]) == (detail, code)


TOKEN = "a" * 32

# What is wrong with a request, as its cookies and fields.
WRONG = {
    "no cookie": ({}, {}),
    "no token": ({"csrftoken": TOKEN}, {}),
    "a cookie that is too short": ({"csrftoken": "a"}, {"x-csrftoken": TOKEN}),
    "a token that is too short": ({"csrftoken": TOKEN}, {"x-csrftoken": "a"}),
    "a token with odd characters": ({"csrftoken": TOKEN}, {"x-csrftoken": "-" * 32}),
    "another token": ({"csrftoken": TOKEN}, {"x-csrftoken": "b" * 32}),
    "another origin": ({"csrftoken": TOKEN}, {"origin": "https://evil.example"}),
    "no referrer": ({"csrftoken": TOKEN}, {}),
    "another referrer": ({"csrftoken": TOKEN}, {"referer": "https://evil.example/"}),
    "an insecure referrer": ({"csrftoken": TOKEN}, {"referer": "http://testserver/"}),
    "a malformed referrer": ({"csrftoken": TOKEN}, {"referer": "evil"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_of_djangos_reasons_is_known(client, name):
    cookies, fields = WRONG[name]
    client.cookies.load(cookies)

    response = client.post("/session/", headers=fields, secure="referrer" in name)

    assert response.json()["code"] == "csrf-failed"


@pytest.mark.parametrize("name", ["nobody", "cookie-in-one"])
def test_another_refusal_stays_a_lack_of_permission(client, name):
    client.cookies.load({"csrftoken": TOKEN})

    body = client.post(f"/{name}/", headers={"x-csrftoken": TOKEN}).json()

    assert body["code"] == "forbidden"
    assert body["remedy"].startswith("Trying again will not help.")


def test_the_compatible_handler_links_to_the_type(client, use_handler, settings):
    use_handler("compatible")
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://shop.example/problems/"}

    response = client.post("/session/")

    assert response.json() == {"detail": "CSRF Failed: CSRF cookie not set."}
    assert "https://shop.example/problems/csrf-failed" in response["Link"]
