"""django-allauth asks the URLconf for a handler of its own."""

from __future__ import annotations

import pytest

from .packages import needs
from .site import MIDDLEWARE, site

LOGIN = "/accounts/login/"


def shop():
    def urlpatterns():
        from django.urls import include, path

        return [path("accounts/", include("allauth.urls"))]

    return site(
        urlpatterns,
        apps=["allauth", "allauth.account"],
        MIDDLEWARE=[*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        ACCOUNT_RATE_LIMITS={"login": "1/m/ip"},
        LANGUAGES=[("en", "English"), ("zh-hans", "Chinese")],
    )


def refused(client, **headers):
    for _ in range(3):
        response = client.post(LOGIN, {"login": "a", "password": "b"}, headers=headers)
    assert response.status_code == 429
    return response


@needs("django-allauth")
@pytest.mark.parametrize("by", ["name", "function"])
def test_its_429_is_explained(by):
    from importlib import import_module

    handler = "django_http4xx.handlers.handler429"
    client = shop()
    import company_urls

    company_urls.handler429 = (
        handler if by == "name" else import_module("django_http4xx.handlers").handler429
    )

    body = refused(client, accept="application/json").json()
    assert (body["status"], body["code"]) == (429, "too-many-requests")
    assert body["remedy"]
    page = refused(client, accept="text/html", **{"accept-language": "zh-CN"})
    assert page["Content-Language"] == "zh-hans"
    assert page["Cache-Control"] == "no-store"
