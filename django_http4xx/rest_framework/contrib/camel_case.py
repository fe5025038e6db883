"""Names of fields as the client sent them, where a parser has changed them on the way in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from django.conf import settings
from django.http import QueryDict

from django_http4xx.validation import ROOT, at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from rest_framework.request import Request

    from django_http4xx.server_errors import HttpError

_CAMEL_CASE = "djangorestframework_camel_case"


def as_sent(error: HttpError, request: Request) -> None:
    """Let each pointer name the members as the client wrote them, and each parameter itself.

    ``djangorestframework-camel-case`` reads ``unitPrice`` as ``unit_price``: the pointer to it is
    ``#/unitPrice``.
    """
    if any(name.partition(".")[0] == _CAMEL_CASE for name in settings.MIDDLEWARE):
        _parameters_as_sent(error, request._request)
    parsers = request.parsers or ()
    parser = request.negotiator.select_parser(request, parsers) if request.negotiator else None
    if not any(cls.__module__.partition(".")[0] == _CAMEL_CASE for cls in type(parser).__mro__):
        return
    from djangorestframework_camel_case.settings import api_settings

    options = getattr(parser, "json_underscoreize", api_settings.JSON_UNDERSCOREIZE)
    sent, spellings = _sent(request), _Spellings(options)
    error.errors = [
        {**found, "pointer": _pointer_into(sent, pointer, spellings)}
        if isinstance(pointer := found.get("pointer"), str)
        else found
        for found in error.errors
    ]


def _parameters_as_sent(error: HttpError, request: HttpRequest) -> None:
    """Name the parameters as they stand in the address, of which a middleware has changed its own copy."""
    from djangorestframework_camel_case.settings import api_settings

    sent = QueryDict(request.META.get("QUERY_STRING", ""), encoding=request.encoding)
    spellings = _Spellings(api_settings.JSON_UNDERSCOREIZE)
    error.errors = [
        {**found, "parameter": spellings.of(name, sent)}
        if isinstance(name := found.get("parameter"), str)
        else found
        for found in error.errors
    ]


def _sent(request: Request) -> Any:
    """The body as it was sent, where it is JSON that is still at hand."""
    encoding = (request.parser_context or {}).get("encoding", "utf-8")
    try:
        return json.loads(request._request._body.decode(encoding))
    except (AttributeError, LookupError, RecursionError, ValueError):
        return None


def _pointer_into(sent: Any, pointer: str, spellings: _Spellings) -> str:
    there = ROOT
    for step in pointer.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        key = name if isinstance(sent, list) else spellings.of(name, sent)
        there, sent = at(there, key), _part(sent, key)
    return there


def _part(sent: Any, key: str) -> Any:
    try:
        return sent[int(key) if isinstance(sent, list) else key]
    except (LookupError, TypeError, ValueError):
        return None


class _Spellings:
    """How the client spelt the names that the parser has changed."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.met: dict[int, dict[str, str]] = {}

    def of(self, name: str, sent: object) -> str:
        """The key of an object that was read as this name; where it is missing, as it should be."""
        from djangorestframework_camel_case.util import camel_to_underscore, camelize

        if isinstance(sent, dict):
            if name in sent:
                return name
            if id(sent) not in self.met:
                self.met[id(sent)] = {camel_to_underscore(key, **self.options): key for key in sent}
            if name in self.met[id(sent)]:
                return self.met[id(sent)][name]
        (expected,) = camelize({name: None}, **self.options)
        return str(expected)
