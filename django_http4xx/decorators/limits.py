"""411, 413, 414 and 431: how much a request may hold, by what it says before anything is parsed."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from django_http4xx import header_fields
from django_http4xx.exceptions import (
    BadRequest,
    ClientError,
    ContentTooLarge,
    LengthRequired,
)
from django_http4xx.problems import spoken_delay
from django_http4xx.request_limits import header_fields_too_large, uri_too_long
from django_http4xx.requirements import P, R, Requirement, ViewDecorator, decorator_for, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

    from django_http4xx.header_fields import Delay

# Methods whose content has a meaning, so that a client states its length (RFC 9110 §8.6).
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})


def declared_length(request: HttpRequest) -> int | None:
    """What ``Content-Length`` says, in bytes; ``None`` where it is missing.

    Raises ``BadRequest`` for a value that is no number (RFC 9110 §8.6).
    """
    declared = request.META.get("CONTENT_LENGTH")
    if not declared:
        return None
    # Longer numbers are beyond any limit, and cost time to read.
    if not (declared.isascii() and declared.isdigit()) or len(declared) > 30:
        raise BadRequest(_("The Content-Length header is not a number."))
    return int(declared)


def content_length(request: HttpRequest) -> int | None:
    """The length of the content as far as it is known in advance, in bytes.

    A length beside ``Transfer-Encoding`` counts for nothing (RFC 9112 §6.3).
    """
    length = declared_length(request)
    return None if "HTTP_TRANSFER_ENCODING" in request.META else length


def has_content(request: HttpRequest) -> bool:
    """Whether a request brings content (RFC 9112 §6.3)."""
    length = content_length(request)
    if length is None and "HTTP_TRANSFER_ENCODING" not in request.META:
        # HTTP/2 needs neither field; the server has read the content already.
        return bool(_counted(request))
    return length != 0


def require_content_length(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse content whose length is not stated in advance: 411 (RFC 9110 §15.5.12).

    ``POST``, ``PUT`` and ``PATCH`` have to state a length; others only where they bring content. ::

        @require_content_length
        def upload(request): ...
    """
    return require(view, _LENGTH_STATED)


def _check_length_stated(request: HttpRequest) -> None:
    if content_length(request) is None and (
        request.method in _WITH_CONTENT or "HTTP_TRANSFER_ENCODING" in request.META
    ):
        raise LengthRequired


_LENGTH_STATED = Requirement(411, _check_length_stated)


def limit_content_length(limit: int, *, retry_after: Delay | None = None) -> ViewDecorator:
    """Refuse content of more than ``limit`` bytes: 413 (RFC 9110 §15.5.14).

    What the request declares decides. Where it declares nothing, under ASGI what the server has
    read is counted; under WSGI, what the view reads from ``wsgi.input``, as it reads it.
    ``retry_after``: where more is taken at another time, when: seconds or a ``timedelta``. ::

        @limit_content_length(5 * 1024 * 1024)
        def upload(request): ...
    """
    limit = header_fields.length(limit, "limit_content_length(...)")
    refusal = partial(_content_too_large, limit, retry_after)
    refusal()  # A wrong delay fails where it is written.

    def check(request: HttpRequest) -> None:
        length = declared_length(request) or 0
        if content_length(request) is None:
            length = max(length, _counted(request) or 0)
        if length > limit:
            raise refusal()
        _count_while_reading(request, limit, refusal)

    return decorator_for(Requirement(413, check))


def _content_too_large(limit: int, retry_after: Delay | None) -> ContentTooLarge:
    if retry_after is None:
        words = ngettext_lazy(
            "At most {limit} byte is accepted.", "At most {limit} bytes are accepted.", limit
        )
        return ContentTooLarge(format_lazy(words, limit=limit), limit=limit)
    delay = header_fields.seconds(retry_after, "limit_content_length(retry_after=...)")
    words = ngettext_lazy(
        "For now at most {limit} byte is accepted; try again {when}.",
        "For now at most {limit} bytes are accepted; try again {when}.",
        limit,
    )
    detail = format_lazy(words, limit=limit, when=lazy(spoken_delay, str)(delay))
    return ContentTooLarge(detail, retry_after=delay, limit=limit)


def _counted(request: HttpRequest) -> int | None:
    """How many bytes the server has received, where it has all of them; ``None`` under WSGI."""
    if not hasattr(request, "scope"):
        return None
    if hasattr(request, "_body"):
        return len(request.body)
    # Django has no public way to the file that its ASGI handler has put the content in.
    stream: Any = getattr(request, "_stream", None)
    if stream is None or request._read_started or not stream.seekable():  # type: ignore[attr-defined]
        return None
    start = stream.tell()
    stream.seek(0, io.SEEK_END)
    end = stream.tell()
    stream.seek(start)
    return int(end - start)


class _CountedInput:
    """The input of a WSGI server, which ends in a refusal where it holds more than the limit."""

    def __init__(self, source: Any, limit: int, refusal: Callable[[], ClientError]) -> None:
        self._source = source
        self._left = limit
        self._refusal = refusal

    def read(self, size: int = -1) -> bytes:
        # One more than is allowed tells that there is more.
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        return self._passed(self._source.read(wanted))

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left + 1 if size is None or size < 0 else min(size, self._left + 1)
        return self._passed(self._source.readline(wanted))

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _passed(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise self._refusal()
        return data


def _count_while_reading(
    request: HttpRequest, limit: int, refusal: Callable[[], ClientError]
) -> None:
    if "HTTP_TRANSFER_ENCODING" in request.META and "wsgi.input" in request.META:
        source = request.META["wsgi.input"]
        request.META["wsgi.input"] = _CountedInput(source, limit, refusal)


def limit_uri_length(limit: int) -> ViewDecorator:
    """Refuse an address of more than ``limit`` characters, path and query: 414 (RFC 9110 §15.5.15).

    ``HTTP4XX["MAX_URI_LENGTH"]`` does so for the whole site. ::

        @limit_uri_length(500)
        def search(request): ...
    """
    limit = header_fields.length(limit, "limit_uri_length(...)")

    def check(request: HttpRequest) -> None:
        if error := uri_too_long(request, limit):
            raise error

    return decorator_for(Requirement(414, check))


def limit_header_size(*, total: int | None = None, each: int | None = None) -> ViewDecorator:
    """Refuse header fields of more bytes than this, together or each: 431 (RFC 6585 §5).

    A field counts with its name and its value. The answer names the largest field.
    ``HTTP4XX["MAX_HEADER_SIZE"]`` and ``HTTP4XX["MAX_HEADER_FIELD_SIZE"]`` do so for the whole
    site. ::

        @limit_header_size(total=16_000, each=8_000)
        def search(request): ...
    """
    for name, limit in {"total": total, "each": each}.items():
        if limit is not None:
            header_fields.length(limit, f"limit_header_size({name}=...)")

    def check(request: HttpRequest) -> None:
        if error := header_fields_too_large(request, total, each):
            raise error

    return decorator_for(Requirement(431, check))
