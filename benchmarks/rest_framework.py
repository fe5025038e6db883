"""What an error of an API costs, beside other handlers: the same view, the same error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test.utils import override_settings
from django.urls import path
from drf_standardized_errors.handler import exception_handler as standardized_errors
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView
from rest_framework.views import exception_handler as frameworks_own

from django_http4xx.rest_framework import exception_handler

from ._comparison import Comparison, always
from ._site import OURS, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    Handler = Callable[[Exception, dict[str, Any]], HttpResponseBase | None]

JSON = {"accept": "application/json"}


class ItemSerializer(serializers.Serializer):
    qty = serializers.IntegerField(max_value=5)
    sku = serializers.CharField(max_length=3)


class OrderSerializer(serializers.Serializer):
    items = ItemSerializer(many=True)


class OrdersSerializer(serializers.Serializer):
    orders = OrderSerializer(many=True)


def orders(number: int) -> dict[str, object]:
    """Data with ten times as many errors, in three levels."""
    return {"orders": [{"items": [{"qty": 9, "sku": "long"}] * 5}] * number}


class Answering(APIView):
    """A view of an API whose address names the handler of its errors."""

    authentication_classes = ()
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Handler:
        return HANDLERS[self.kwargs["handler"]]


class Missing(Answering):
    def get(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        raise NotFound


class Invalid(Answering):
    """Raises the errors of data that were found before: what finds them is no part of this."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.serializer = _checked(kwargs["number"])

    def post(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        raise serializers.ValidationError(self.serializer.errors)


_by_number: dict[int, OrdersSerializer] = {}


def _checked(number: int) -> OrdersSerializer:
    if number not in _by_number:
        _by_number[number] = OrdersSerializer(data=orders(number))
        _by_number[number].is_valid()
    return _by_number[number]


HANDLERS = {"ours": exception_handler, "framework": frameworks_own, "dse": standardized_errors}

# One pattern for all of them: none is found sooner than another.
urlpatterns = [
    path("missing/<str:handler>/", Missing.as_view()),
    path("invalid/<str:handler>/<int:number>/", Invalid.as_view()),
]


def comparisons() -> Iterator[Comparison]:
    # What differs between two sides is the handler: our middleware is on neither.
    others = [path for path in settings.MIDDLEWARE if path != OURS]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=others):
        yield Comparison(
            "NotFound as JSON, against the framework's own handler",
            ours=_answer("missing/ours", 404),
            theirs=_answer("missing/framework", 404),
            limit=1.25,
        )
        yield Comparison(
            "NotFound as JSON, against drf-standardized-errors",
            ours=_answer("missing/ours", 404),
            theirs=_answer("missing/dse", 404),
            limit=1.1,
        )
        yield Comparison(
            "100 errors in 3 levels, against drf-standardized-errors",
            ours=_answer("invalid/ours/10", 422, "POST"),
            theirs=_answer("invalid/dse/10", 400, "POST"),
            limit=0.95,
        )
        yield Comparison(
            "1,000 errors in 3 levels, against 100 (at most linear)",
            ours=_answer("invalid/ours/100", 422, "POST"),
            theirs=_answer("invalid/ours/10", 422, "POST"),
            limit=10.5,
        )


def _answer(address: str, status: int, method: str = "GET") -> Any:
    return always(sent(f"/{address}/", headers=JSON, status=status, method=method))
