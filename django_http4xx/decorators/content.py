"""406 and 415: the media types that a view gives and takes."""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.cache import patch_vary_headers
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from django_http4xx import header_fields, negotiation
from django_http4xx.exceptions import NotAcceptable, UnsupportedMediaType
from django_http4xx.requirements import (
    SAFE_METHODS,
    Requirement,
    ViewDecorator,
    decorator_for,
    requirements_of,
)
from django_http4xx.resolved_views import plain_request

from .limits import has_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# Older names that mean the same (RFC 9110 §8.4.1).
_CODING_NAMES = {"x-gzip": "gzip", "x-compress": "compress"}


def offer(*media_types: str, strict: bool = False) -> ViewDecorator:
    """Choose among the media types that a view can give (RFC 9110 §12.5.1).

    ``request.negotiated_type`` is the one that the client likes best. Where it takes none it is the
    first, since something is better than an error; with ``strict`` it is a 406, which lists them
    (RFC 9110 §15.5.7). Who takes nothing but problems is given the first in any case. ::

        @offer("application/json", "text/csv")
        def report(request):
            return as_csv() if request.negotiated_type == "text/csv" else as_json()

    Raises ``ValueError`` for what is no media type.
    """
    offered = tuple(header_fields.media_ranges(media_types, "offer(...)"))
    if not offered:
        raise ValueError("offer() takes at least one media type, as 'text/html'.")

    def check(request: HttpRequest) -> None:
        best = negotiation.best_type(request.META.get("HTTP_ACCEPT", ""), offered)
        if best is None and strict:
            raise NotAcceptable(available=offered)
        # Django REST framework's request has it, too: it asks the one that it wraps.
        plain_request(request).negotiated_type = best or offered[0]

    return decorator_for(Requirement(406, check, finish=_vary_on_accept))


def _vary_on_accept(request: HttpRequest, response: HttpResponseBase) -> None:
    if "Vary" in response.headers:
        patch_vary_headers(response, ("Accept",))
    else:
        response.headers["Vary"] = "Accept"


def accept_content_types(
    *media_types: str,
    charsets: str | Iterable[str] = ("utf-8",),
    encodings: str | Iterable[str] = (),
) -> ViewDecorator:
    """Refuse content of another type, charset or coding than these: 415 (RFC 9110 §15.5.16).

    ``media_types``: those that the view takes, ranges too. ``charsets``: the values of the
    ``charset`` parameter; without it any content is taken. ``encodings``: the values of
    ``Content-Encoding``, which the view has to decode. What brings no content is let through. ::

        @accept_content_types("application/json", encodings=("gzip",))
        def order(request): ...

    Raises ``ValueError`` for what is no media type, charset or token.
    """
    accepted = _Accepted(media_types, charsets, encodings)
    return decorator_for(Requirement(415, accepted.check, finish=accepted.tell))


class _Accepted:
    """What content a view takes."""

    def __init__(
        self,
        media_types: Iterable[str],
        charsets: str | Iterable[str],
        encodings: str | Iterable[str],
    ) -> None:
        where = "accept_content_types({})".format
        self.media_types = header_fields.media_ranges(media_types, where("..."))
        self.charsets = header_fields.tokens(charsets, where("charsets=..."))
        codings = header_fields.tokens(encodings, where("encodings=..."))
        self.codings = [_coding_name(coding) for coding in codings]
        self._types = {name.partition(";")[0].strip().lower() for name in self.media_types}
        self._charsets = {_charset_name(name) for name in self.charsets}
        if None in self._charsets:
            raise ValueError(f"{where('charsets=...')} takes charsets, as 'utf-8', not {charsets}.")
        if "utf-8" in self._charsets:
            self._charsets.add("ascii")

        self._fields_of = lru_cache(maxsize=256)(self._fields_of_success)
        self._listed = ", ".join(self.media_types)

    def check(self, request: HttpRequest) -> None:
        if request.method in SAFE_METHODS:
            return
        # Nearly always it is a type as we write it and nothing else, of a known length.
        if (
            request.content_type in self._types
            and not request.content_params
            and "HTTP_CONTENT_ENCODING" not in request.META
            and request.META.get("CONTENT_LENGTH", "").isdecimal()
        ):
            return
        if has_content(request):
            self._check_content(request)

    def _check_content(self, request: HttpRequest) -> None:
        if not self._types & _ranges_of(request.content_type or ""):
            raise UnsupportedMediaType(accept=self.media_types)
        charset = (request.content_params or {}).get("charset")
        if charset is not None and _charset_name(charset) not in self._charsets:
            words = _("The text has to be encoded as {charsets}.")
            detail = format_lazy(words, charsets=", ".join(self.charsets))
            raise UnsupportedMediaType(detail, accept=self.media_types)
        if _codings_of(request) - {*self.codings}:
            detail = _("The content is compressed in a way that is not supported here.")
            raise UnsupportedMediaType(detail, accept_encoding=self.codings or "identity")

    def tell(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """``Accept-Post`` and ``Accept-Patch`` on a success, as far as the method is there.

        They say that it is allowed (RFC 5789 §3.1), which its own success shows, too.
        """
        if 200 <= response.status_code < 300:
            match = request.resolver_match
            for name in self._fields_of(match.func if match else None, request.method):
                response.headers.setdefault(name, self._listed)

    @staticmethod
    def _fields_of_success(
        resolved: Callable[..., Any] | None, method: str | None
    ) -> tuple[str, ...]:
        required = requirements_of(resolved) if resolved else None
        there = {method, *(required.methods if required else ())}
        return tuple(f"Accept-{name.title()}" for name in ("PATCH", "POST") if name in there)


def _ranges_of(content_type: str) -> set[str]:
    """A media type, and the ranges that it is in."""
    name = content_type.lower()
    return {name, f"{name.partition('/')[0]}/*", "*/*"}


def _codings_of(request: HttpRequest) -> set[str]:
    """The content codings of a request; ``identity`` is none (RFC 9110 §12.5.3)."""
    field = request.META.get("HTTP_CONTENT_ENCODING", "")
    return {_coding_name(name.strip()) for name in field.split(",")} - {"", "identity"}


def _coding_name(name: str) -> str:
    return _CODING_NAMES.get(name.lower(), name.lower())


def _charset_name(name: str) -> str | None:
    """The one name of a charset that has several; ``None`` where it is unknown."""
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
