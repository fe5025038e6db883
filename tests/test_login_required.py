"""Where every view asks for a sign-in, what explains errors is open to whoever got one."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path

from django_http4xx.decorators import gone
from tests.settings import MIDDLEWARE

from .admin_urls import urlpatterns as of_the_admin

urlpatterns = [
    *of_the_admin,
    path("problems/", include("django_http4xx.urls")),
    path("sale/", gone("The sale ended in August.")),
    path("secret/", lambda request: HttpResponse("in")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def login_is_required(settings):
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*MIDDLEWARE, required]


def ask(method, address, client_class, accept):
    client = client_class()
    send = getattr(client, method)
    send = async_to_sync(send) if client_class is AsyncClient else send
    return send(address, headers={"accept": accept})


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/problems/", 200),
        ("head", "/problems/", 200),
        ("get", "/problems/not-found/", 200),
        ("get", "/problems/no-such-type/", 404),
        ("post", "/problems/", 405),
        ("get", "/sale/", 410),
        ("post", "/sale/", 410),
        ("get", "/nowhere/", 404),
    ],
)
def test_whoever_got_an_error_may_see(method, address, status, client_class, accept):
    assert ask(method, address, client_class, accept).status_code == status


def test_what_type_names_can_be_opened():
    found = Client().get("/nowhere/", headers={"accept": "application/json"}).json()
    assert Client().get(found["type"]).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/secret/",
        "/admin/django_http4xx/explanation/",
        "/admin/django_http4xx/explanation/preview/",
        "/admin/django_http4xx/explanation/preview/draft/",
        "/admin/django_http4xx/explanation/preview/page/",
    ],
)
def test_all_else_asks_for_a_sign_in(address):
    assert Client().get(address).status_code == 302
