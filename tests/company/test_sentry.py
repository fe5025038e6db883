from __future__ import annotations

import asyncio
import sys

import pytest

from .packages import needs, old_sentry
from .site import site


@needs("sentry-sdk")
@pytest.mark.parametrize("version", ["of a few months ago", "newest"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_view_answers_as_it_does_without_the_tracker(version, kind):
    if version != "newest":
        # It wraps each hook of a middleware in a plain function.
        sys.path.insert(0, old_sentry())
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init("https://public@127.0.0.1/1", integrations=[DjangoIntegration()])

    def urlpatterns():
        from django.http import Http404, HttpResponse
        from django.urls import path

        from django_http4xx.decorators import require_authentication
        from django_http4xx.exceptions import Conflict

        async def waits(request):
            return HttpResponse("fine")

        def fine(request):
            return HttpResponse("fine")

        def conflict(request):
            raise Conflict

        async def missing(request):
            raise Http404

        return [
            path("waits/", waits),
            path("fine/", fine),
            path("conflict/", conflict),
            path("missing/", missing),
            path("bare/", lambda request: HttpResponse(status=409)),
            path("signed-in/", require_authentication()(fine)),
            path("signed-in/waits/", require_authentication()(waits)),
        ]

    client = site(urlpatterns)
    from django.test import AsyncClient

    def asked(address):
        if kind == "sync":
            return client.get(address).status_code
        ask = AsyncClient(raise_request_exception=False).get
        return asyncio.run(ask(address)).status_code

    wanted = {
        "/waits/": 200,
        "/fine/": 200,
        "/conflict/": 409,
        "/missing/": 404,
        "/bare/": 409,
        "/signed-in/": 401,
        "/signed-in/waits/": 401,
        "/nowhere/": 404,
    }
    assert {address: asked(address) for address in wanted} == wanted
