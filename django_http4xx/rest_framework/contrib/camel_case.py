"""Restore the client's spelling of field names that a camel-case parser has changed."""

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
    """Change the pointers and parameters of an error's ``errors`` to the client's spelling.

    ``djangorestframework-camel-case`` reads ``unitPrice`` as ``unit_price``; the pointer must be
    ``#/unitPrice``.
    """
    if any(name.partition(".")[0] == _CAMEL_CASE for name in settings.MIDDLEWARE):
        _parameters_as_sent(error, request._request)
    parsers = request.parsers or ()
    # To select one takes longer than to explain the error.
    if not any(map(_is_camel_case, parsers)) or not request.negotiator:
        return
    parser = request.negotiator.select_parser(request, parsers)
    if not _is_camel_case(parser):
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


def _is_camel_case(parser: object) -> bool:
    return any(cls.__module__.partition(".")[0] == _CAMEL_CASE for cls in type(parser).__mro__)


def _parameters_as_sent(error: HttpError, request: HttpRequest) -> None:
    """Name parameters as in the address: the package's middleware changes ``request.GET``."""
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
    """The JSON body as the client sent it; ``None`` if it is not JSON or no longer in memory."""
    encoding = (request.parser_context or {}).get("encoding", "utf-8")
    try:
        return json.loads(request._request._body.decode(encoding))  # `body` may raise
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
    """The client's spelling of the names that the parser has changed."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.met: dict[int, dict[str, str]] = {}

    def of(self, name: str, sent: object) -> str:
        """The key that the parser read as a name; if it is missing, the camel-case spelling."""
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
