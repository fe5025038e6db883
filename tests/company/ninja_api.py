"""An API of django-ninja, which reads its annotations when it is imported."""

import asyncio

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path
from ninja import File, Form, NinjaAPI, Schema
from ninja.errors import AuthorizationError, HttpError
from ninja.files import UploadedFile
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import AnonRateThrottle

from django_http4xx.contrib.ninja import explain_errors
from django_http4xx.exceptions import Conflict, MethodNotAllowed, NotFound

api = NinjaAPI()
explain_errors(api)


class Item(Schema):
    qty: int


class Order(Schema):
    name: str
    items: list[Item] = []


class Bearer(HttpBearer):
    def authenticate(self, request, token):
        return token == "right"


class Cookie(APIKeyCookie):
    def authenticate(self, request, key):
        return key


RAISED = {
    "conflict": Conflict("Edited meanwhile."),
    "missing": NotFound("There is no order 12."),
    "http404": Http404("a secret"),
    "method": MethodNotAllowed(["GET"]),
    "http-error": HttpError(409, "Sold out."),
    "http-503": HttpError(503, "Come back later."),
    "denied": AuthorizationError(),
    "django-denied": PermissionDenied("Staff only."),
    "group": ExceptionGroup("", [NotFound("There is no order 12.")]),
    "bug": ValueError("a bug"),
}


@api.get("/raise/{name}")
def fail(request, name: str):
    raise RAISED[name]


@api.get("/async/{name}")
async def fail_async(request, name: str):
    await asyncio.sleep(0)
    raise RAISED[name]


@api.get("/atomic")
def atomic(request):
    User.objects.create_user("left behind")
    raise Conflict


@api.post("/order")
def order(request, payload: Order): ...


@api.post("/two")
def two(request, first: Order, second: Item): ...


@api.post("/form")
def form(request, order: Form[Item]): ...


@api.post("/file")
def file(request, upload: File[UploadedFile]): ...


@api.get("/list/{number}")
def listed(request, number: int, limit: int = 10): ...


def enter(request):
    return "in"


api.get("/signed", auth=Bearer())(enter)
api.post("/cookie", auth=Cookie())(enter)
api.get("/throttled", throttle=[AnonRateThrottle("1/h")])(enter)
urlpatterns = [path("api/", api.urls)]
