"""A member of an error is the same at the API's door as at a plain view's."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import path
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict

pytestmark = pytest.mark.urls(__name__)

VALUES = {
    "decimal": Decimal("1.50"),
    "moment": dt.datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=dt.UTC),
    "time": dt.time(1, 2, 3, 456),
    "delay": dt.timedelta(hours=1),
    "nested": {"prices": [Decimal("2.00")], "pair": (1, 2)},
    "unwritable": {1, 2},
}


def refuse(request, name):
    raise Conflict(odd=VALUES[name], even=2)


class Refuse(APIView):
    def get(self, request, name):
        refuse(request, name)


urlpatterns = [path("plain/<name>/", refuse), path("api/<name>/", Refuse.as_view())]


@pytest.mark.parametrize("name", VALUES)
def test_a_member_is_written_alike_at_both_doors(settings, name):
    settings.REST_FRAMEWORK = {
        "EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler"
    }
    headers = {"accept": "application/json", "x-request-id": "same"}
    plain, api = (
        Client().get(f"/{door}/{name}/", headers=headers).json() for door in ("plain", "api")
    )
    assert api == plain
    assert plain["even"] == 2
