"""Names of fields as the client sent them, where a parser has changed them on the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from django_http4xx.exceptions import ClientError

_CAMEL_CASE = "djangorestframework_camel_case"


def as_sent(error: ClientError, request: Request) -> None:
    """Let each pointer name the members as the client wrote them.

    ``djangorestframework-camel-case`` reads ``unitPrice`` as ``unit_price``: the pointer to it is
    ``#/unitPrice``.
    """
    if not _is_read_from_camel_case(request):
        return
    from djangorestframework_camel_case.settings import api_settings

    options = api_settings.JSON_UNDERSCOREIZE
    error.errors = [
        {**found, "pointer": "/".join(_renamed(step, options) for step in pointer.split("/"))}
        if isinstance(pointer := found.get("pointer"), str)
        else found
        for found in error.errors
    ]


def _is_read_from_camel_case(request: Request) -> bool:
    parsers = request.parsers or ()
    parser = request.negotiator.select_parser(request, parsers) if request.negotiator else None
    return any(cls.__module__.partition(".")[0] == _CAMEL_CASE for cls in type(parser).__mro__)


def _renamed(step: str, options: Mapping[str, Any]) -> str:
    from djangorestframework_camel_case.util import camelize

    (name,) = camelize({step: None}, **options)
    return str(name)
