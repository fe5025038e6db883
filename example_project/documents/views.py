"""Views that say in a line what they need of a request; what lacks it is refused for them.

Programs send to them, and none by a cookie: they need no token against forged forms.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework import serializers
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Order, Product

from django_http4xx.decorators import (
    RangedFileResponse,
    accept_content_types,
    limit_content_length,
    limit_uri_length,
    meet_expectations,
    offer,
    refuse_early_data,
    require_content_length,
    require_permission,
    require_precondition,
    require_protocol,
)
from django_http4xx.exceptions import BadRequest, Conflict, UnavailableForLegalReasons
from django_http4xx.throttling import throttle

from .models import Document

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

_is_number = re.compile(r"[0-9]{1,9}").fullmatch


def version_of(request: HttpRequest, slug: str) -> str | None:
    """What a client names in ``If-Match``."""
    version = Document.objects.filter(slug=slug).values_list("version", flat=True).first()
    return None if version is None else str(version)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT"])
@limit_content_length(10_000)
@accept_content_types("text/plain")
@require_precondition(etag_func=version_of)
def document(request: HttpRequest, slug: str) -> HttpResponse:
    """A document; with PUT, its next version."""
    shown = get_object_or_404(Document, slug=slug)
    if request.method == "PUT":
        shown.text = request.body.decode("utf-8", "replace")
        shown.version += 1
        shown.save()
    return HttpResponse(shown.text, content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a version that was written elsewhere, if it is newer than ours."""
    current = get_object_or_404(Document, slug=slug)
    number = request.GET.get("number", "")
    if not _is_number(number):
        raise BadRequest(_("The number of a version has to be a whole number."))
    if int(number) <= current.version:
        raise Conflict(_("A newer version is here already."), current=current.version)
    current.version = int(number)
    current.save()
    return HttpResponse(status=204)


@require_safe
def author(request: HttpRequest, username: str) -> HttpResponse:
    """Who writes here."""
    found = get_object_or_404(get_user_model(), username=username)
    return JsonResponse({"username": found.get_username()})


@csrf_exempt
@require_POST
@require_content_length
@limit_content_length(20)
def upload(request: HttpRequest) -> HttpResponse:
    """Take a short note."""
    return JsonResponse({"bytes": len(request.body)}, status=201)


@csrf_exempt
@require_POST
@limit_content_length(0, retry_after=3600)
def photos(request: HttpRequest) -> HttpResponse:
    """Take no photos for now: the disk is being changed."""
    return HttpResponse(status=204)


@require_safe
@limit_uri_length(100)
def search(request: HttpRequest) -> HttpResponse:
    """Products by their name."""
    found = Product.objects.filter(name__icontains=request.GET.get("q", ""))
    return JsonResponse({"found": [product.slug for product in found]})


@require_safe
@offer("application/json", "text/csv", strict=True)
def report(request: HttpRequest) -> HttpResponse:
    """How many orders there are, in the type that the client likes best."""
    count = Order.objects.count()
    if request.negotiated_type == "text/csv":
        return HttpResponse(f"orders\r\n{count}\r\n", content_type="text/csv")
    return JsonResponse({"orders": count})


@require_safe
def leaflet(request: HttpRequest) -> RangedFileResponse:
    """A file of 1000 bytes, or the part of it that is asked for."""
    file = io.BytesIO(b"Tea is good.\n" * 77)
    file.truncate(1000)
    return RangedFileResponse(request, file, filename="leaflet.txt", etag="1")


@meet_expectations()
def expecting(request: HttpRequest) -> HttpResponse:
    """A view that does what every server does, and no more."""
    return HttpResponse(status=204)


@require_protocol("HTTP/2.0")
def live(request: HttpRequest) -> HttpResponse:
    """What would be too slow over an older connection."""
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
@refuse_early_data
def pay(request: HttpRequest) -> HttpResponse:
    """What must not be done twice."""
    return HttpResponse(status=204)


@require_safe
@throttle("3/min", name="prices")
def prices(request: HttpRequest) -> HttpResponse:
    """What people look at one by one, and crawlers all at once."""
    return JsonResponse(dict(Product.objects.values_list("slug", "price")))


@require_safe
def banned(request: HttpRequest) -> HttpResponse:
    """What may not be shown here."""
    raise UnavailableForLegalReasons(blocked_by="https://isp.example/")


class OrdersSerializer(serializers.Serializer):
    orders = serializers.IntegerField()


@method_decorator(require_permission("shop.view_order"), name="dispatch")
class Office(APIView):
    """The back office: for the staff, by password or by cookie."""

    authentication_classes = (BasicAuthentication, SessionAuthentication)
    renderer_classes = (JSONRenderer,)
    serializer_class = OrdersSerializer

    def get(self, request: Request) -> Response:
        return Response({"orders": Order.objects.count()})
