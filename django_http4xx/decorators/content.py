"""406 and 415: the media types that a view can send and accepts."""

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

# Aliases of content codings (RFC 9110 §8.4.1).
_CODING_NAMES = {"x-gzip": "gzip", "x-compress": "compress"}


def offer(*media_types: str, strict: bool = False) -> ViewDecorator:
    """Choose among the media types that a view can send (RFC 9110 §12.5.1).

    Sets ``request.negotiated_type`` to the one that the client prefers. If the client accepts none,
    use the first, or, with ``strict``, raise 406 with the list (RFC 9110 §15.5.7). A client that
    accepts only problem documents always gets the first. ::

        @offer("application/json", "text/csv")
        def report(request):
            return as_csv() if request.negotiated_type == "text/csv" else as_json()

    Raises ``ValueError`` for an invalid media type, or without any.
    """
    offered = tuple(header_fields.media_ranges(media_types, "offer(...)"))
    if not offered:
        raise ValueError("offer() needs at least one media type, such as 'text/html'.")

    def check(request: HttpRequest) -> None:
        best = negotiation.best_type(request.META.get("HTTP_ACCEPT", ""), offered)
        if best is None and strict:
            raise NotAcceptable(available=offered)
        # Django REST framework's request wraps this one, and looks up attributes on it.
        plain_request(request).negotiated_type = best or offered[0]

    return decorator_for(Requirement(406, check, finish=_vary_on_accept))


def _vary_on_accept(request: HttpRequest, response: HttpResponseBase) -> None:
    if "Vary" in response.headers:
        patch_vary_headers(response, ("Accept",))
    else:
        response.headers["Vary"] = "Accept"  # faster than patching


def accept_content_types(
    *media_types: str,
    charsets: str | Iterable[str] = ("utf-8",),
    encodings: str | Iterable[str] = (),
) -> ViewDecorator:
    """Refuse content of any other type, charset or coding: 415 (RFC 9110 §15.5.16).

    ``media_types``: those that the view accepts, or ranges such as ``"image/*"``. ``charsets``: the
    accepted values of the ``charset`` parameter; content without it is accepted. ``encodings``: the
    accepted values of ``Content-Encoding``, which the view must decode. Empty requests pass. ::

        @accept_content_types("application/json", encodings=("gzip",))
        def order(request): ...

    Raises ``ValueError`` for an invalid media type, charset or coding.
    """
    accepted = _Accepted(media_types, charsets, encodings)
    return decorator_for(Requirement(415, accepted.check, finish=accepted.tell))


class _Accepted:
    """The content that a view accepts."""

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
            raise ValueError(f"{where('charsets=...')} has an unknown charset: {charsets}.")
        if "utf-8" in self._charsets:
            self._charsets.add("ascii")  # a subset of UTF-8

        self._fields_of = lru_cache(maxsize=256)(self._fields_of_success)  # views do not change
        self._listed = ", ".join(self.media_types)

    def check(self, request: HttpRequest) -> None:
        if request.method in SAFE_METHODS:
            return
        # A shortcut for nearly all requests: a known type without parameters, of a known length.
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
        """Add ``Accept-Post`` and ``Accept-Patch`` to a success, if the view is known to have them.

        ``Accept-Patch`` implies that PATCH is allowed (RFC 5789 §3.1).
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
    """A media type, and the media ranges that match it."""
    name = content_type.lower()
    return {name, f"{name.partition('/')[0]}/*", "*/*"}


def _codings_of(request: HttpRequest) -> set[str]:
    """The content codings of a request, without ``identity`` (RFC 9110 §12.5.3)."""
    field = request.META.get("HTTP_CONTENT_ENCODING", "")
    return {_coding_name(name.strip()) for name in field.split(",")} - {"", "identity"}


def _coding_name(name: str) -> str:
    return _CODING_NAMES.get(name.lower(), name.lower())


def _charset_name(name: str) -> str | None:
    """Python's name of a charset, the same for all its aliases; ``None`` if it is unknown."""
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
