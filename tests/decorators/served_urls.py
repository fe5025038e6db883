"""Guarded views, for requests off the wire."""

import io

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from django_http4xx.decorators import (
    RangedFileResponse,
    accept_content_types,
    limit_content_length,
    limit_uri_length,
    meet_expectations,
    require_content_length,
    require_protocol,
)


def passed(request):
    return HttpResponse(b"passed")


def echo(request):
    return HttpResponse(request.body)


def read(request):
    """What a view that knows of chunked bodies reads, where WSGI lets it."""
    stream = request.META.get("wsgi.input") or request
    return HttpResponse(stream.read())


def file(request):
    return RangedFileResponse(request, io.BytesIO(b"0123456789" * 100), etag="v1")


urlpatterns = [
    path("length/", csrf_exempt(require_content_length(passed))),
    path("limit/", csrf_exempt(limit_content_length(10)(echo))),
    path("counted/", csrf_exempt(limit_content_length(10)(read))),
    path("json/", csrf_exempt(accept_content_types("application/json")(passed))),
    path("short/", limit_uri_length(40)(passed)),
    path("expect/", meet_expectations()(passed)),
    path("http-1.1/", require_protocol("HTTP/1.1", upgrade="HTTP/1.1")(passed)),
    path("http-2/", require_protocol("HTTP/2.0")(passed)),
    path("file/", file),
]
