"""What an exception has for its header fields is sent as far as it can be read, and never fails."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import path
from django.utils.http import http_date
from rest_framework import exceptions
from rest_framework.views import APIView

pytestmark = pytest.mark.urls(__name__)

JSON = {"accept": "application/json"}


class Throwing:
    def __float__(self):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError

    __str__ = __float__


class Property:
    @property
    def wait(self):
        raise RuntimeError


# What `wait` is, and `Retry-After` of the problem.
WAITS = {
    "number": (30, "30"),
    "fraction of a second": (29.2, "30"),
    "timedelta": (timedelta(seconds=30), "30"),
    "minutes": (timedelta(minutes=2), "120"),
    "Decimal": (Decimal("29.2"), "30"),
    "Fraction": (Fraction(59, 2), "30"),
    "text": ("30", "30"),
    "text of a fraction": ("29.5", "30"),
    "zero": (0, "0"),
    "negative": (-5, "0"),
    "negative timedelta": (timedelta(seconds=-5), "0"),
    "negative text": ("-5", "0"),
    "very long": (1e300, str(2**31)),
    "longer": (10**400, None),
    "longest timedelta": (timedelta.max, str(2**31)),
    "a moment": (lambda: datetime.now(UTC) + timedelta(seconds=30), "30"),
    "a moment as a text": (lambda: http_date(time.time() + 30), "30"),
    "naive moment": (datetime(2030, 1, 1), None),  # noqa: DTZ001
    "nan": (math.nan, None),
    "infinity": (math.inf, None),
    "infinity as a text": ("inf", None),
    "Decimal nan": (Decimal("NaN"), None),
    "signalling nan": (Decimal("sNaN"), None),
    "words": ("a minute", None),
    "empty": ("", None),
    "none": (None, None),
    "list": ([30], None),
    "object": (object(), None),
    "function": (len, None),
    "throwing": (Throwing(), None),
    "bytes of no number": (b"\xff", None),
    "injection": ("30\r\nSet-Cookie: a=b", None),
}


class Busy(exceptions.APIException):
    status_code = 429
    default_detail = "Not so fast."


class BusyInAWay(Property, Busy):
    pass


class Challenging(exceptions.APIException):
    status_code = 401
    default_detail = "Sign in."
    auth_header = Throwing()


def busy(name):
    wait = WAITS[name][0]
    error = Busy()
    error.wait = wait() if name.startswith("a moment") else wait
    return error


class Waiting(APIView):
    authentication_classes = ()

    def get(self, request, name):
        raise busy(name)


class OfTheClass(APIView):
    authentication_classes = ()

    def get(self, request, name):
        made = {
            "method": type("Method", (Busy,), {"wait": lambda self: 30}),
            "property": BusyInAWay,
            "challenge": Challenging,
        }
        raise made[name]


def plain(request, name):
    raise busy(name)


urlpatterns = [
    path("drf/<name>/", Waiting.as_view()),
    path("plain/<name>/", plain),
    path("class/<name>/", OfTheClass.as_view()),
]


@pytest.mark.parametrize("door", ["drf", "plain"])
@pytest.mark.parametrize("name", WAITS)
def test_a_wait_is_read_or_left_out(client, name, door):
    expected = WAITS[name][1]

    response = client.get(f"/{door}/{name}/", headers=JSON)

    assert response.status_code == 429
    assert response.headers.get("Retry-After") == expected
    assert response.json().get("retry_after") == (None if expected is None else int(expected))
    assert response.json()["detail"] == "Not so fast."


@pytest.mark.parametrize("name", WAITS)
def test_the_compatible_handler_says_what_it_would_have_said(client, use_handler, name):
    use_handler("compatible")

    response = client.get(f"/drf/{name}/", headers=JSON)

    assert (response.status_code, response.json()) == (429, {"detail": "Not so fast."})


@pytest.mark.parametrize("name", ["timedelta", "text", "minutes", "a moment as a text"])
def test_the_compatible_handler_reads_what_the_frameworks_own_fails_over(client, use_handler, name):
    use_handler("compatible")

    assert client.get(f"/drf/{name}/", headers=JSON)["Retry-After"] == WAITS[name][1]


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize(
    ("name", "status"), [("method", 429), ("property", 429), ("challenge", 401)]
)
def test_what_its_class_has_does_not_fail_either(client, use_handler, handler, name, status):
    use_handler(handler)

    response = client.get(f"/class/{name}/", headers=JSON)

    assert response.status_code == status
    assert response.json()["detail"] in ("Not so fast.", "Sign in.")
