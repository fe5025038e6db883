"""A group in which all exceptions are one problem is that problem; any other stays what it is."""

from __future__ import annotations

import asyncio
import logging

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework.views import APIView

from django_http4xx import conversion
from django_http4xx.exceptions import Conflict, Forbidden, NotFound, TooManyRequests


class OutOfCups(Conflict):
    title = "Out of cups"


class Mine(ExceptionGroup):
    """A group of a project's own, which says itself what becomes of it."""


def together(*exceptions):
    return ExceptionGroup("Several things went wrong.", exceptions)


GROUPS = {
    "one": lambda: together(NotFound("There is no order 12.")),
    "two": lambda: together(NotFound("First."), NotFound("Second.")),
    "ours-and-djangos": lambda: together(Http404("a secret"), NotFound("Second.")),
    "djangos": lambda: together(Http404("a secret")),
    "nested": lambda: together(together(together(NotFound("Deep."))), NotFound("Second.")),
    "wide": lambda: together(*[together(NotFound(f"{number}.")) for number in range(300)]),
    "denied": lambda: together(PermissionDenied("Staff only."), Forbidden("Second.")),
    "suspicious": lambda: together(SuspiciousOperation("a secret")),
    "invalid": lambda: together(ValidationError("The dates overlap.", "overlap")),
    "own-type": lambda: together(OutOfCups("First."), OutOfCups("Second.")),
    "with-field": lambda: together(TooManyRequests(retry_after=30)),
    "framework": lambda: together(drf.NotFound("There is no order 12.")),
    "base": lambda: BaseExceptionGroup("Several.", [NotFound("There is no order 12.")]),
}
ONE_PROBLEM = {
    "one": (404, "not-found", "There is no order 12."),
    "two": (404, "not-found", "First."),
    "ours-and-djangos": (404, "not-found", "There is nothing at this address."),
    "djangos": (404, "not-found", "There is nothing at this address."),
    "nested": (404, "not-found", "Deep."),
    "wide": (404, "not-found", "0."),
    "denied": (403, "forbidden", "Staff only."),
    "suspicious": (
        400,
        "bad-request",
        "Something that was sent is incomplete or is not in the form we expect.",
    ),
    "own-type": (409, "out-of-cups", "First."),
    "base": (404, "not-found", "There is no order 12."),
}
NO_PROBLEM = {
    "bug": lambda: together(NotFound("First."), ValueError("a bug")),
    "bug-first": lambda: together(ValueError("a bug"), NotFound("Second.")),
    "bug-deep": lambda: together(NotFound("First."), together(together(ValueError("a bug")))),
    "two-types": lambda: together(NotFound("First."), Conflict("Second.")),
    "type-and-subtype": lambda: together(Conflict("First."), OutOfCups("Second.")),
}


def deep():
    group = together(NotFound("Deep."))
    for _ in range(20_000):
        group = together(group)
    return group


def raising(request, name):
    groups = {**GROUPS, **NO_PROBLEM, "deep": deep, "mine": lambda: Mine("", [NotFound()])}
    group = groups[name]()
    raise group


async def raising_async(request, name):
    raising(request, name)


async def in_tasks(request, name):
    """What a real task group makes of what its tasks raise."""

    async def fail(exception):
        await asyncio.sleep(0)
        raise exception

    async def wait():
        await asyncio.sleep(60)

    made = {**GROUPS, **NO_PROBLEM}[name]()
    async with asyncio.TaskGroup() as group:
        # It cancels the others, which is no failure of theirs.
        group.create_task(wait())
        for exception in made.exceptions:
            group.create_task(fail(exception))


async def in_nested_tasks(request, name):
    async with asyncio.TaskGroup() as group:
        group.create_task(in_tasks(request, name))


class InTheFramework(APIView):
    def get(self, request, name):
        raising(request, name)


def own_handler(request, exception):
    return HttpResponse(f"Ours: {type(exception).__name__}", status=404)


urlpatterns = [
    path("sync/<name>/", raising),
    path("async/<name>/", raising_async),
    path("tasks/<name>/", in_tasks),
    path("nested/<name>/", in_nested_tasks),
    path("framework/<name>/", InTheFramework.as_view()),
]
VIEWS = ["sync", "async", "tasks", "nested", "framework"]

pytestmark = pytest.mark.urls(__name__)


def ask(path, client_class, **options):
    client = client_class(raise_request_exception=False)
    get = async_to_sync(client.get) if client_class is AsyncClient else client.get
    return get(path, headers={"accept": "application/json", **options})


@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ONE_PROBLEM)
def test_exceptions_that_are_one_problem_are_the_first_of_them(name, view, client_class):
    response = ask(f"/{view}/{name}/", client_class)

    body = response.json()
    assert (response.status_code, body["code"], body["detail"]) == ONE_PROBLEM[name]


@pytest.mark.parametrize("client_class", [Client, AsyncClient])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", NO_PROBLEM)
def test_a_group_with_anything_else_stays_what_it_is(name, view, client_class):
    response = ask(f"/{view}/{name}/", client_class)

    assert response.status_code == 500
    assert not hasattr(response, "problem")


@pytest.mark.parametrize("view", VIEWS)
def test_the_problem_has_the_fields_and_errors_of_the_first(view):
    assert ask(f"/{view}/with-field/", Client).headers["Retry-After"] == "30"
    [error] = ask(f"/{view}/invalid/", Client).json()["errors"]
    assert error["detail"] == "The dates overlap."


@pytest.mark.parametrize("view", VIEWS)
def test_an_exception_of_the_framework_in_a_group(view):
    body = ask(f"/{view}/framework/", Client).json()
    assert (body["status"], body["detail"]) == (404, "There is no order 12.")


def test_a_group_that_is_too_deep_for_python_is_unpacked_all_the_same():
    assert ask("/sync/deep/", Client).json()["detail"] == "Deep."


def test_what_a_project_says_of_its_groups_wins(monkeypatch):
    monkeypatch.setattr(conversion, "_CONVERTERS", dict(conversion._CONVERTERS))
    conversion.converts(Mine)(lambda group, request: Conflict("Ours."))

    assert ask("/sync/mine/", Client).status_code == 409


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("view", ["sync", "tasks"])
@pytest.mark.parametrize(("name", "raised"), [("djangos", "Http404"), ("one", "NotFound")])
def test_a_projects_own_handler_gets_the_first_of_them(
    view, name, raised, debug, settings, monkeypatch
):
    monkeypatch.setitem(globals(), "handler404", own_handler)
    settings.DEBUG = debug

    response = ask(f"/{view}/{name}/", Client)

    if debug:
        assert response.json()["code"] == "not-found"
    else:
        assert response.content.decode() == f"Ours: {raised}"


def test_django_logs_what_it_would_log_of_the_first(caplog):
    ask("/sync/suspicious/", Client)

    assert "django.security.SuspiciousOperation" in {record.name for record in caplog.records}
    assert all(record.levelno < logging.CRITICAL for record in caplog.records)


def test_browsers_get_djangos_page_while_debugging(settings):
    settings.DEBUG = True

    page = ask("/sync/djangos/", Client, accept="text/html")

    assert (page.status_code, b"a secret" in page.content) == (404, True)
