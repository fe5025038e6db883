"""What the errors in a schema cost to whoever generates it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema as OfDrfSpectacular
from rest_framework import serializers, viewsets
from rest_framework.routers import SimpleRouter

from django_http4xx.rest_framework.openapi import AutoSchema

from ._comparison import Comparison, always

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Meta:
    model = User
    fields = ("id", "username", "email", "groups", "date_joined", "is_active")


def patterns(number: int, schema_class: type[Any]) -> list[Any]:
    """So many viewsets, each with a serializer of its own."""
    router = SimpleRouter()
    for name in (f"Item{i}" for i in range(number)):
        serializer = type(f"{name}Serializer", (serializers.ModelSerializer,), {"Meta": Meta})
        members = {
            "queryset": User.objects.all(),
            "serializer_class": serializer,
            "schema": schema_class(),
        }
        view = type(f"{name}ViewSet", (viewsets.ModelViewSet,), members)
        router.register(name.lower(), view, basename=name)
    return router.urls


def generating(number: int, schema_class: type[Any]) -> Callable[[], object]:
    routes = patterns(number, schema_class)

    def generate() -> object:
        with GENERATOR_STATS.silence():
            return SchemaGenerator(patterns=routes).get_schema(request=None, public=True)

    return generate


def comparisons() -> Iterator[Comparison]:
    yield Comparison(
        "The schema of 200 viewsets with every 4xx, against the schema without",
        ours=always(generating(200, AutoSchema)),
        theirs=always(generating(200, OfDrfSpectacular)),
        limit=1.3,
        rounds=10,
    )
