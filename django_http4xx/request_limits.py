"""414 and 431: limit the address and the header fields of every request to the site."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from . import conf, header_fields
from .exceptions import RequestHeaderFieldsTooLarge, URITooLong

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .exceptions import ClientError


def _limit(value: object) -> int | None:
    if value is None or (conf.is_whole(value) and value >= 1):
        return value
    raise TypeError("must be a whole number above 0, or None for no limit")


MAX_URI_LENGTH = conf.Key("MAX_URI_LENGTH", _limit, None)
MAX_HEADER_SIZE = conf.Key("MAX_HEADER_SIZE", _limit, None)
MAX_HEADER_FIELD_SIZE = conf.Key("MAX_HEADER_FIELD_SIZE", _limit, None)


@cache  # emptied below
def is_limited() -> bool:
    """Whether the site has a limit."""
    keys = (MAX_URI_LENGTH, MAX_HEADER_SIZE, MAX_HEADER_FIELD_SIZE)
    return any(key.value is not None for key in keys)


conf.forget_on_change({"HTTP4XX"}, is_limited.cache_clear)


def site_fault(request: HttpRequest) -> ClientError | None:
    """The error of a request that exceeds a limit of the site, or ``None``."""
    if (limit := MAX_URI_LENGTH.value) is not None and (error := uri_too_long(request, limit)):
        return error
    total, each = MAX_HEADER_SIZE.value, MAX_HEADER_FIELD_SIZE.value
    if total is None and each is None:
        return None
    return header_fields_too_large(request, total, each)


def uri_too_long(request: HttpRequest, limit: int) -> URITooLong | None:
    """The error for an address longer than ``limit`` characters, or ``None``."""
    if (length := _uri_length(request)) <= limit:
        return None
    words = _("It has {length} characters; at most {limit} are accepted.")
    return URITooLong(format_lazy(words, length=length, limit=limit), limit=limit)


def _uri_length(request: HttpRequest) -> int:
    """The length of path and query as sent, if the server keeps that, else as Django has them."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        query = scope.get("query_string") or b""
        if raw_path := scope.get("raw_path"):
            return len(raw_path) + (len(query) + 1 if query else 0)
        return len(request.get_full_path())
    target: str | None = request.META.get("RAW_URI") or request.META.get("REQUEST_URI")
    if not target:
        return len(request.get_full_path())
    if not target.startswith("/") and "://" in target:
        # The absolute form, which clients send to proxies (RFC 9112 §3.2.2).
        authority = target.partition("://")[2]
        return len(authority) - len(authority.partition("/")[0])
    return len(target)


def header_fields_too_large(
    request: HttpRequest, total: int | None, each: int | None
) -> RequestHeaderFieldsTooLarge | None:
    """The error for fields above ``total`` bytes together or ``each`` alone, or ``None``."""
    # 5 is the length of "HTTP_". The server has joined repeated fields already. The first condition
    # is redundant, but the fastest way to skip the other keys in `META`.
    whole = 0
    for name, value in request.META.items():
        if "HTTP_" in name and name[:5] == "HTTP_":
            whole += len(name) + len(value) - 5
    if (total is None or whole <= total) and (each is None or whole <= each):
        return None
    sizes = {
        name: len(name) + len(value) - 5
        for name, value in request.META.items()
        if name.startswith("HTTP_")
    }
    largest = max(sizes, key=sizes.__getitem__)
    size = sizes[largest]
    if total is not None and whole > total:
        limit = total
        words = _(
            "All of them together have {whole} bytes; at most {limit} are accepted. The largest is "
            "{field} with {size} bytes."
        )
    elif each is not None and size > each:
        limit = each
        words = _("The largest is {field} with {size} bytes; at most {limit} are accepted.")
    else:
        return None
    field = header_fields.text_value(largest[5:].replace("_", "-").title())
    detail = format_lazy(words, whole=whole, field=field, size=size, limit=limit)
    return RequestHeaderFieldsTooLarge(detail, field=field, limit=limit)
