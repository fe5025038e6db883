"""A project behind one proxy, that says which address it counts a request by."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from django_http4xx.throttling import address_of
from tests.settings import *  # noqa: F403

os.environ.setdefault("DJANGO_SETTINGS_MODULE", __name__)

HTTP4XX = {"TRUSTED_PROXIES": 1}
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["*"]


def address(request):
    return HttpResponse(address_of(request))


urlpatterns = [path("", address)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
