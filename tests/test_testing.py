"""What ``assert_problem`` accepts, and what it says when something else came."""

import unittest
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework.test import APIClient
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, NotFound, UnprocessableContent
from django_http4xx.testing import assert_problem


class FewerLeft(Conflict):
    title = _("Fewer are left")
    explanation = _("We have {available} of {sku} left.")
    sku: str
    available: int
    price: Decimal = Decimal("1.50")


def view(request):
    raise FewerLeft(
        "Only <two> & a half.",
        sku="A1",
        available=2,
        errors=[{"pointer": "#/rating", "detail": "At most 5."}],
    )


class Api(APIView):
    get = staticmethod(view)


urlpatterns = [
    path("plain/", view),
    path("api/", Api.as_view()),
    path("missing/", lambda request: HttpResponse("<h1>no</h1>", status=404)),
    path("fine/", lambda request: JsonResponse({"ok": True})),
    path("list/", lambda request: JsonResponse([1], safe=False, status=409)),
]

pytestmark = pytest.mark.urls(__name__)
FORMATS = [
    "application/problem+json",
    "application/json",
    "application/problem+xml",
    "text/html",
    "text/plain",
]
EXPECTED = {
    "detail": "Only <two> & a half.",
    "sku": "A1",
    "available": 2,
    "price": Decimal("1.50"),
    "pointer": "#/rating",
}


def by_django(path, accept):
    return Client().get(path, headers={"Accept": accept})


def by_django_asynchronously(path, accept):
    async def get():
        return await AsyncClient().get(path, headers={"Accept": accept})

    return async_to_sync(get)()


def by_rest_framework(path, accept):
    return APIClient().get(path, headers={"Accept": accept})


CLIENTS = [by_django, by_django_asynchronously, by_rest_framework]


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("get", CLIENTS)
def test_every_format_with_every_client(get, accept):
    told = assert_problem(get("/plain/", accept), FewerLeft, **EXPECTED)
    assert (told["status"], told["title"]) == (409, "Conflict")


def test_a_view_of_rest_framework():
    assert_problem(APIClient().get("/api/"), FewerLeft, sku="A1", pointer="#/rating")


def test_head_has_no_content_to_look_at():
    assert_problem(Client().head("/plain/"), FewerLeft, **EXPECTED)


@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"sku": "B2"}, "Expected sku='B2'; got 'A1'."),
        ({"colour": "red"}, "Expected colour='red'; it is missing."),
        ({"detail": "Three."}, "Expected detail='Three.'; got 'Only <two> & a half.'."),
        ({"pointer": "#/x"}, "Expected an error at '#/x'; got errors at ['#/rating']."),
    ],
)
def test_what_is_told_differently(wrong, said, accept):
    with pytest.raises(AssertionError) as failed:
        assert_problem(by_django("/plain/", accept), FewerLeft, **wrong)
    assert said in str(failed.value)
    assert "GET /plain/ answered 409" in str(failed.value)


@pytest.mark.parametrize("accept", FORMATS)
def test_another_problem(accept):
    with pytest.raises(AssertionError, match="Expected 404 not-found; got 409 fewer-left"):
        assert_problem(by_django("/plain/", accept), NotFound)


@pytest.mark.parametrize("accept", FORMATS)
def test_a_status_stands_for_every_problem_that_has_it(accept):
    assert assert_problem(by_django("/plain/", accept), 409, sku="A1")["code"] == "fewer-left"
    with pytest.raises(AssertionError, match="Expected 410; got 409"):
        assert_problem(by_django("/plain/", accept), 410)
    with pytest.raises(AssertionError, match="Expected 404; got an unexplained 404"):
        assert_problem(by_django("/missing/", accept), 404)


@pytest.mark.parametrize("wrong", [FewerLeft(sku="A1", available=2), "409", True, None, dict])
def test_what_is_neither_a_problem_type_nor_a_status_is_refused(wrong):
    with pytest.raises(TypeError, match="needs a subclass of ClientError or a status"):
        assert_problem(by_django("/plain/", "text/html"), wrong)


def test_the_parent_of_a_problem_type_is_another_one():
    with pytest.raises(AssertionError, match="Expected 409 conflict; got 409 fewer-left"):
        assert_problem(by_django("/plain/", "text/html"), Conflict)


@pytest.mark.parametrize("path, status", [("/missing/", 404), ("/fine/", 200), ("/list/", 409)])
def test_what_is_no_problem(path, status):
    response = by_django(path, "text/html")
    with pytest.raises(AssertionError) as failed:
        assert_problem(response, UnprocessableContent)
    first, *_rest = str(failed.value).splitlines()
    assert first == f"Expected 422 unprocessable-content; got an unexplained {status}."
    assert response.content.decode() in str(failed.value)


def test_a_page_that_does_not_show_the_detail():
    response = by_django("/plain/", "text/html")
    response.content = b"<h1>Sorry</h1>"
    with pytest.raises(AssertionError, match="to show 'Only <two> & a half"):
        assert_problem(response, FewerLeft, detail="Only <two> & a half.")


def test_it_fails_a_unittest():
    class Case(unittest.TestCase):
        def test(self):
            assert_problem(by_django("/plain/", "text/html"), NotFound)

    result = unittest.TestResult()
    Case("test").run(result)
    ((_case, traceback),) = result.failures
    assert "Expected 404 not-found; got 409 fewer-left." in traceback
    assert "django_http4xx/testing.py" not in traceback
