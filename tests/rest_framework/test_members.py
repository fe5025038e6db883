"""A member of an error is the same in a view of the API and in a plain view."""

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from uuid import UUID

import pytest
import yaml
from django.db.models import IntegerChoices, TextChoices
from django.test import Client
from django.urls import path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from djangorestframework_camel_case.render import CamelCaseJSONRenderer
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework_yaml.renderers import YAMLRenderer

from django_http4xx.exceptions import Conflict
from django_http4xx.rest_framework import exception_handler

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


class Size(TextChoices):
    SMALL = "S", _("small")


class Weight(IntegerChoices):
    LIGHT = 1


ODD = {
    "decimal": (Decimal("1.50"), "1.50"),
    "moment": (dt.datetime(2026, 11, 24, 1, 2, 3, tzinfo=dt.UTC), "2026-11-24T01:02:03Z"),
    "day": (dt.date(2026, 11, 24), "2026-11-24"),
    "delay": (dt.timedelta(hours=1), "P0DT01H00M00S"),
    "uuid": (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "lazy": (_("Page not found"), "Page not found"),
    "safe": (mark_safe("<b>"), "<b>"),
    "text of a choice": (Size.SMALL, "S"),
    "number of a choice": (Weight.LIGHT, 1),
    "pair": ((1, 2), [1, 2]),
    "nested": (
        {"a": [{"b": Decimal(1), "c": _("Page not found")}]},
        {"a": [{"b": "1", "c": "Page not found"}]},
    ),
    "ordered": (OrderedDict(a=1), {"a": 1}),
    "half a character": ("\ud800", "?"),
    # What JSON cannot hold is left out, as in every view.
    "set": ({1, 2}, None),
    "bytes": (b"abc", None),
    "no number": (float("nan"), None),
}


class Odd(APIView):
    renderer_classes = (YAMLRenderer, CamelCaseJSONRenderer, JSONRenderer)

    def get(self, request, name):
        value = ODD[name][0]
        errors = [{"pointer": "#", "code": Size.SMALL, "detail": "Odd.", "params": {"x": value}}]
        raise Conflict(errors=errors, odd=value, even=2)

    def get_exception_handler(self):
        def with_more(exception, context):
            response = exception_handler(exception, context)
            response.data["more"] = ODD[self.kwargs["name"]][0]
            return response

        return with_more


urlpatterns += [path("odd/<str:name>/", Odd.as_view())]


@pytest.mark.parametrize("name", ODD)
def test_a_renderer_that_knows_little_gets_plain_members(name):
    response = APIClient().get(f"/odd/{name}/", headers={"accept": "application/yaml"})

    body = yaml.safe_load(response.content)
    assert response.status_code == 409
    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    assert body["even"] == 2
    assert body.get("odd") == body.get("more") == ODD[name][1]
    if ODD[name][1] is not None:
        assert body["errors"] == [
            {"pointer": "#", "code": "S", "detail": "Odd.", "params": {"x": ODD[name][1]}}
        ]
