"""Pages that can be asked for five times a minute, and a login that allows five tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.problems import TooManySignIns

from django_http4xx.rest_framework.throttling import AnonRateThrottle
from django_http4xx.throttling import throttle

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request


def served() -> HttpResponse:
    return HttpResponse(
        _("Served. Ask again and see RateLimit.") + "\n", "text/plain; charset=utf-8"
    )


@require_safe
@throttle("5/min", key="ip")
def throttled(request: HttpRequest) -> HttpResponse:
    """Five times a minute for each address."""
    return served()


@require_safe
@throttle("5/min", key="ip")
async def throttled_async(request: HttpRequest) -> HttpResponse:
    """The same from an asynchronous view."""
    return served()


class FivePerMinute(AnonRateThrottle):
    rate = "5/min"


class ServedSerializer(serializers.Serializer):
    detail = serializers.CharField()


class ThrottledAPI(APIView):
    """The same from a view of Django REST framework."""

    serializer_class = ServedSerializer
    authentication_classes = ()
    throttle_classes = (FivePerMinute,)

    def get(self, request: Request) -> Response:
        return Response({"detail": _("Served. Ask again and see RateLimit.")})


def account(request: HttpRequest) -> str:
    """The account that somebody tries to sign in to, whoever that is."""
    return request.POST.get("username", "").lower()


# Five tries for each account, so that no password can be guessed from many addresses.
@method_decorator(
    throttle("5/5min", key=account, name="login", methods=("POST",), raises=TooManySignIns),
    name="dispatch",
)
class SignIn(LoginView):
    """Sign in; after five tries wait a minute."""
