"""Throttled views of each kind."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

from django_http4xx.throttling import throttle


@throttle("2/min", name="plain")
def plain(request):
    return HttpResponse("served")


@throttle("2/min", name="coroutine")
async def coroutine(request):
    return HttpResponse("served")


@method_decorator(throttle("2/min", name="class"), name="dispatch")
class ByClass(View):
    def get(self, request):
        return HttpResponse("served")


@method_decorator(throttle("2/min", name="async-class"), name="dispatch")
class ByAsyncClass(View):
    async def get(self, request):
        return HttpResponse("served")


class ByMethod(View):
    @method_decorator(throttle("2/min"))
    def get(self, request):
        return HttpResponse("served")


@throttle("2/min", name="minute")
@throttle("3/day", name="day")
def stacked(request):
    return HttpResponse("served")


@throttle("2/min", name="outer")
@login_not_required
@throttle("1/day", name="inner")
def nested(request):
    return HttpResponse("served")


@throttle("2/min", name="posted", methods=("post",))
def posted(request):
    return HttpResponse("served")


@throttle("10/min", name="weighed", cost=lambda request: int(request.GET["cost"]))
def weighed(request):
    return HttpResponse("served")


@throttle("1/min", key="header:X-API-Key")
def by_header(request):
    return HttpResponse("served")


async def tenant(request):
    return request.GET.get("tenant")


@throttle("1/min", key=tenant, name="tenant")
def by_tenant(request):
    return HttpResponse("served")


@throttle("1/min", key=tenant, name="async-tenant")
async def by_tenant_async(request):
    return HttpResponse("served")


@throttle("1/min", name="denied", on_outage="deny")
def denied(request):
    return HttpResponse("served")


@throttle("1/min", name="denied-async", on_outage="deny")
async def denied_async(request):
    return HttpResponse("served")


def unlimited(request):
    return JsonResponse({})


urlpatterns = [
    path("plain/", plain),
    path("coroutine/", coroutine),
    path("class/", ByClass.as_view()),
    path("async-class/", ByAsyncClass.as_view()),
    path("method/", ByMethod.as_view()),
    path("stacked/", stacked),
    path("nested/", nested),
    path("posted/", posted),
    path("weighed/", weighed),
    path("header/", by_header),
    path("tenant/", by_tenant),
    path("async-tenant/", by_tenant_async),
    path("denied/", denied),
    path("denied-async/", denied_async),
    path("api/", unlimited),
    path("api/health/", unlimited),
    path("api/stacked/", stacked),
]
