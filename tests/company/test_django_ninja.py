"""What the operations of django-ninja refuse is explained, and what it refuses itself."""

from __future__ import annotations

import pytest

from .packages import needs
from .site import site

JSON = {"accept": "application/json"}


def urlpatterns():
    from .ninja_api import urlpatterns

    return urlpatterns


RAISED = {
    "conflict": (409, "conflict", "Edited meanwhile."),
    "missing": (404, "not-found", "There is no order 12."),
    "http404": (404, "not-found", "There is nothing at this address."),
    "method": (405, "method-not-allowed", None),
    "http-error": (409, "conflict", "Sold out."),
    "denied": (403, "forbidden", "You do not have permission to see or do this."),
    "django-denied": (403, "forbidden", "Staff only."),
    "group": (404, "not-found", "There is no order 12."),
}


@needs("django-ninja")
@pytest.mark.parametrize("debug", [True, False])
def test_what_operations_raise_is_explained(debug):
    client = site(urlpatterns, DEBUG=debug)

    for door in ("raise", "async"):
        for name, (status, code, detail) in RAISED.items():
            response = client.get(f"/api/{door}/{name}", headers=JSON)
            body = response.json()
            assert (response.status_code, body["code"]) == (status, code), (door, name)
            assert detail in (None, body["detail"]), (door, name)
        response = client.get(f"/api/{door}/http-503", headers=JSON)
        assert (response.status_code, response.json()) == (503, {"detail": "Come back later."})
        assert client.get(f"/api/{door}/bug", headers=JSON).status_code == 500


@needs("django-ninja")
def test_what_is_wrong_with_parameters_is_listed():
    client = site(urlpatterns)

    def found(address, data, content_type="application/json"):
        response = client.post(address, data, content_type=content_type, headers=JSON)
        errors = response.json().get("errors", [])
        return response.status_code, [(e.get("pointer"), e["code"]) for e in errors]

    order = {"name": "x", "items": [{"qty": 1}, {"qty": "many"}]}
    assert found("/api/order", {}) == (400, [("#/name", "missing")])
    assert found("/api/order", order) == (400, [("#/items/1/qty", "int_parsing")])
    assert found("/api/order", []) == (400, [("#/name", "missing")])
    assert found("/api/order", "{", "application/json") == (400, [])
    assert found("/api/two", {"first": {"name": "x"}}) == (400, [("#/second", "missing")])
    assert found("/api/two", {"first": {}, "second": {"qty": 1}}) == (
        400,
        [("#/first/name", "missing")],
    )
    form = "application/x-www-form-urlencoded"
    assert found("/api/form", "qty=many", form) == (400, [("#/qty", "int_parsing")])
    assert found("/api/file", "", form)[1] == [("#/upload", "missing")]
    response = client.get("/api/list/x?limit=many", headers=JSON)
    errors = [(error["parameter"], error["code"]) for error in response.json()["errors"]]
    assert response.status_code == 400
    assert sorted(errors) == [("limit", "int_parsing"), ("number", "int_parsing")]


@needs("django-ninja")
def test_what_it_refuses_itself_has_the_fields_and_words_of_all_others():
    client = site(
        urlpatterns,
        HTTP4XX={"CHALLENGE": 'Bearer realm="api"'},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    )

    signed = client.get("/api/signed", headers={**JSON, "authorization": "Bearer wrong"})
    assert (signed.status_code, signed["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert signed.json()["detail"] == "We have to know who you are before we can show or do this."
    statuses = [client.get("/api/throttled", headers=JSON).status_code for _ in range(2)]
    throttled = client.get("/api/throttled", headers=JSON)
    assert (statuses, throttled.json()["code"]) == ([200, 429], "too-many-requests")
    assert throttled["Retry-After"] == str(throttled.json()["retry_after"])

    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.cookies["key"] = "x"
    refused = strict.post("/api/cookie", headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf-failed")


@needs("django-ninja")
def test_what_was_written_is_rolled_back():
    from .site import _in_memory

    client = site(urlpatterns, DATABASES={"default": {**_in_memory(), "ATOMIC_REQUESTS": True}})
    from django.contrib.auth.models import User

    assert client.get("/api/atomic", headers=JSON).status_code == 409
    assert not User.objects.exists()


@needs("django-ninja")
def test_two_handlers_explain_errors_of_a_django_ninja_api():
    def by_hand():
        from django.http import Http404
        from django.urls import path
        from ninja import NinjaAPI

        from django_http4xx.exceptions import ClientError, Conflict, NotFound
        from django_http4xx.responses import problem_response

        api = NinjaAPI()
        api.exception_handler(ClientError)(problem_response)
        api.exception_handler(Http404)(lambda request, error: problem_response(request, NotFound()))

        @api.get("/conflict")
        def conflict(request):
            raise Conflict("Edited meanwhile.")

        return [path("api/", api.urls)]

    response = site(by_hand, DEBUG=True).get("/api/conflict", headers=JSON)

    assert (response.status_code, response.json()["detail"]) == (409, "Edited meanwhile.")
