"""One view of each kind, and a site that consists of it."""

from __future__ import annotations

from types import ModuleType

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path, re_path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
MIDDLEWARE = "django_http4xx.middleware.Http4xxMiddleware"


def function(decorator):
    @decorator
    def view(request):
        return HttpResponse("passed")

    return view


def async_function(decorator):
    @decorator
    async def view(request):
        return HttpResponse("passed")

    return view


def class_based(decorator):
    @method_decorator(decorator, name="dispatch")
    class Page(View):
        def get(self, request):
            return HttpResponse("passed")

        post = put = patch = delete = get

    return Page.as_view()


def async_class_based(decorator):
    @method_decorator(decorator, name="dispatch")
    class Page(View):
        async def get(self, request):
            return HttpResponse("passed")

        post = put = patch = delete = get

    return Page.as_view()


def method(decorator):
    class Page(View):
        @method_decorator(decorator)
        def get(self, request):
            return HttpResponse("passed")

        post = put = patch = delete = get

    return Page.as_view()


def async_method(decorator):
    class Page(View):
        @method_decorator(decorator)
        async def get(self, request):
            return HttpResponse("passed")

        post = put = patch = delete = get

    return Page.as_view()


def api_function(decorator):
    @api_view(METHODS)
    @decorator
    def view(request):
        return Response("passed")

    return view


def around_api_function(decorator):
    @decorator
    @api_view(METHODS)
    def view(request):
        return Response("passed")

    return view


def api_class(decorator):
    @method_decorator(decorator, name="dispatch")
    class Page(APIView):
        def get(self, request):
            return Response("passed")

        post = put = patch = delete = get

    return Page.as_view()


def viewset(decorator):
    @method_decorator(decorator, name="dispatch")
    class Pages(ViewSet):
        def list(self, request):
            return Response("passed")

    return Pages.as_view({name.lower(): "list" for name in METHODS})


def viewset_action(decorator):
    class Pages(ViewSet):
        @method_decorator(decorator)
        def list(self, request):
            return Response("passed")

    return Pages.as_view({name.lower(): "list" for name in METHODS})


KINDS = {
    kind.__name__: kind
    for kind in (
        function,
        async_function,
        class_based,
        async_class_based,
        method,
        async_method,
        api_function,
        around_api_function,
        api_class,
        viewset,
        viewset_action,
    )
}


@pytest.fixture
def serve(settings):
    """Put a view at the root of a site of its own."""

    def serve(view):
        urls = ModuleType("urls_of_one_view")
        urls.urlpatterns = [path("", view), re_path("^search/", view)]
        settings.ROOT_URLCONF = urls

    return serve


@pytest.fixture(params=["wsgi", "asgi"])
def gateway(request):
    return request.param


class Asking:
    """A client for either gateway: ``ask("POST", headers={...}, body=b"...", target="/")``."""

    def __init__(self, gateway):
        self.is_async = gateway == "asgi"
        client_class = AsyncClient if self.is_async else Client
        self.client = client_class(raise_request_exception=False)

    def __call__(self, method, *, headers=(), body=b"", target="/", content_type="text/plain"):
        sent = {"Accept": "application/json", **dict(headers)}

        async def send():
            return await self.client.generic(method, target, body, content_type, headers=sent)

        if self.is_async:
            return async_to_sync(send)()
        return self.client.generic(method, target, body, content_type, headers=sent)


@pytest.fixture
def ask(gateway):
    return Asking(gateway)
