"""One limited view, sync and async, for uvicorn; the settings come from the environment."""

from __future__ import annotations

import json
import os

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django_http4xx", "django_http4xx.throttling"],
    **json.loads(os.environ["THROTTLING_SETTINGS"]),
)
django.setup()

from django_http4xx.throttling import throttle


@throttle("100/day", name="plain")
def plain(request):
    return HttpResponse("served")


@throttle("100/day", name="coroutine")
async def coroutine(request):
    return HttpResponse("served")


urlpatterns = [path("plain/", plain), path("coroutine/", coroutine)]
asgi = get_asgi_application()
