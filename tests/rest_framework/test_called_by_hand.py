"""Handlers are called, and what they answer is rendered, by others than the framework's views."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.urls import path
from django.views import View
from rest_framework import exceptions, renderers, viewsets
from rest_framework.request import Request
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, MethodNotAllowed
from django_http4xx.rest_framework import compatible_exception_handler, exception_handler

pytestmark = pytest.mark.urls(__name__)

HANDLERS = {"problem": exception_handler, "compatible": compatible_exception_handler}


class Viewset(viewsets.ViewSet):
    """Was not routed."""

    def list(self, request):
        raise NotImplementedError


class Asking(APIView):
    """Cannot tell without a request what it has."""

    def get_renderers(self):
        return [renderers.JSONRenderer()] if self.request.user else []

    def get_authenticators(self):
        return [self.request.user]

    def get_parsers(self):
        raise RuntimeError


class Chosen(APIView):
    def get_content_negotiator(self):
        raise RuntimeError


def plain_request():
    return RequestFactory().get("/orders/12/")


CONTEXTS = {
    "nothing": dict,
    "none": lambda: None,
    "no mapping": lambda: SimpleNamespace(view=None),
    "a view": lambda: {"view": APIView()},
    "a viewset": lambda: {"view": Viewset()},
    "a view that asks the request": lambda: {"view": Asking()},
    "a view that cannot negotiate": lambda: {"view": Chosen(), "request": plain_request()},
    "a view of Django's": lambda: {"view": View(), "request": plain_request()},
    "a function": lambda: {"view": plain_request, "request": plain_request()},
    "no view": lambda: {"view": None, "request": plain_request()},
    "mocks": lambda: {"view": Mock(), "request": Mock()},
    "a request": lambda: {"request": Request(plain_request())},
    "a request of Django's": lambda: {"request": plain_request()},
    "a request that was made by hand": lambda: {"view": APIView(), "request": HttpRequest()},
    "a wrapped request that was made by hand": lambda: {"request": Request(HttpRequest())},
    "no request": lambda: {"view": APIView(), "request": None},
    "a text": lambda: {"view": "orders", "request": "GET /"},
    "no arguments": lambda: {"view": APIView(), "request": Request(plain_request())},
}

# What is raised, and its status with each handler.
RAISED = {
    "NotFound": (lambda: exceptions.NotFound("No."), 404, 404),
    "ValidationError": (lambda: exceptions.ValidationError({"a": ["b"]}), 422, 400),
    "ValidationError of Django's": (lambda: ValidationError("b"), 422, 400),
    "Http404": (lambda: Http404("x"), 404, 404),
    "PermissionDenied": (lambda: PermissionDenied("x"), 403, 403),
    "Conflict": (lambda: Conflict("c"), 409, 409),
    "Throttled": (lambda: exceptions.Throttled(9), 429, 429),
    "NotAuthenticated": (exceptions.NotAuthenticated, 401, 401),
    "MethodNotAllowed": (lambda: exceptions.MethodNotAllowed("GET"), 405, 405),
    "MethodNotAllowed of ours": (lambda: MethodNotAllowed("PUT"), 405, 405),
    "NotAcceptable": (exceptions.NotAcceptable, 406, 406),
    "UnsupportedMediaType": (lambda: exceptions.UnsupportedMediaType("a/b"), 415, 415),
    "RequestDataTooBig": (RequestDataTooBig, 413, 413),
    "APIException": (exceptions.APIException, 500, 500),
}


@pytest.mark.parametrize("mounted", [False, True])
@pytest.mark.parametrize("raised", RAISED)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_answers_with_whatever_it_is_told(settings, handler, context, raised, mounted):
    if mounted:
        settings.ROOT_URLCONF = "tests.urls_with_type_pages"
        settings.ALLOWED_HOSTS = ["*"]
    make, *statuses = RAISED[raised]

    response = HANDLERS[handler](make(), CONTEXTS[context]())

    assert response.status_code == statuses[list(HANDLERS).index(handler)]
    assert response.data


@pytest.mark.parametrize("handler", HANDLERS)
def test_it_takes_what_the_frameworks_own_takes_by_the_same_names(handler):
    error = exceptions.NotFound("No.")

    assert HANDLERS[handler](exc=error, context={}).status_code == 404
    assert HANDLERS[handler](error).status_code == 404


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_bug_is_left_to_django(handler, context):
    assert HANDLERS[handler](ZeroDivisionError(), CONTEXTS[context]()) is None


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("context", CONTEXTS)
def test_what_it_answers_renders_by_itself(handler, context):
    response = HANDLERS[handler](exceptions.NotFound("No tea."), CONTEXTS[context]())

    assert b"No tea." in response.render().content


def test_without_a_request_no_host_is_made_up(settings):
    settings.ROOT_URLCONF = "tests.urls_with_type_pages"
    settings.ALLOWED_HOSTS = ["*"]

    assert exception_handler(exceptions.NotFound(), {}).data["type"] == "about:blank"


RENDERED_WITH = {
    "an empty context": {"renderer_context": {}},
    "no context": {"renderer_context": None},
    "a context of nothing": {"renderer_context": {"view": None, "request": None}},
    "a JSON renderer": {
        "renderer_context": {},
        "accepted_renderer": renderers.JSONRenderer(),
        "accepted_media_type": "application/json",
    },
    "nothing": {},
}


def render(request, handler, how):
    """A view that is none of the framework's."""
    context = {"view": APIView(), "request": Request(request)}
    response = HANDLERS[handler](exceptions.NotFound("No tea."), context)
    for name, value in RENDERED_WITH[how].items():
        setattr(response, name, value)
    return response


urlpatterns = [path("<handler>/<how>/", render)]


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/plain", "*/*"])
@pytest.mark.parametrize("how", RENDERED_WITH)
@pytest.mark.parametrize("handler", HANDLERS)
def test_a_plain_view_renders_it(caplog, handler, how, accept):
    response = Client().get(f"/{handler}/{how}/", headers={"accept": accept})

    assert response.status_code == 404
    assert b"No tea." in response.content
    assert [record for record in caplog.records if record.name == "django_http4xx"] == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_what_was_rendered_can_be_kept(handler):
    response = HANDLERS[handler](exceptions.NotFound("No tea."), {}).render()
    response._resource_closers.clear()

    assert pickle.loads(pickle.dumps(response)).content == response.content


def test_the_answers_for_the_items_of_a_batch_are_their_bodies():
    items = [
        exception_handler(exceptions.ValidationError({"qty": ["At most 5."]}), {}).data,
        exception_handler(Conflict("Edited meanwhile."), {}).data,
    ]

    assert [item["status"] for item in items] == [422, 409]
