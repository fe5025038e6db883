"""The 29 registered 4xx status codes, with their phrases and what HTTP requires of each.

There is one row for each code in the IANA registry, and a phrase for each 5xx. Data about a code
belongs in this module only.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise

__all__ = ["STATUSES", "Status"]


@dataclass(frozen=True, slots=True)
class Status:
    """One 4xx code, as its RFC defines it.

    ``cacheable``: caches may store the answer unless told otherwise (RFC 9110 §15.1, RFC 7725 §3).
    ``no_store``: caches must never store the answer (RFC 6585 §3-5).
    ``retry``: the same request can succeed later, or over another connection.
    ``required_field``: the header field without which the answer is invalid.

    >>> STATUSES[405].required_field
    'Allow'
    """

    code: int
    phrase: StrPromise
    section: str
    cacheable: bool = False
    no_store: bool = False
    retry: bool = False
    required_field: str | None = None


#: What HTTP says of each registered 4xx, by its number.
STATUSES: Mapping[int, Status] = {
    row.code: row
    for row in (
        Status(400, pgettext_lazy("HTTP status phrase", "Bad Request"), "RFC 9110 §15.5.1"),
        Status(
            401,
            pgettext_lazy("HTTP status phrase", "Unauthorized"),
            "RFC 9110 §15.5.2",
            required_field="WWW-Authenticate",
        ),
        Status(402, pgettext_lazy("HTTP status phrase", "Payment Required"), "RFC 9110 §15.5.3"),
        Status(403, pgettext_lazy("HTTP status phrase", "Forbidden"), "RFC 9110 §15.5.4"),
        Status(
            404,
            pgettext_lazy("HTTP status phrase", "Not Found"),
            "RFC 9110 §15.5.5",
            cacheable=True,
        ),
        Status(
            405,
            pgettext_lazy("HTTP status phrase", "Method Not Allowed"),
            "RFC 9110 §15.5.6",
            cacheable=True,
            required_field="Allow",
        ),
        Status(406, pgettext_lazy("HTTP status phrase", "Not Acceptable"), "RFC 9110 §15.5.7"),
        Status(
            407,
            pgettext_lazy("HTTP status phrase", "Proxy Authentication Required"),
            "RFC 9110 §15.5.8",
            required_field="Proxy-Authenticate",
        ),
        Status(
            408,
            pgettext_lazy("HTTP status phrase", "Request Timeout"),
            "RFC 9110 §15.5.9",
            retry=True,
        ),
        Status(409, pgettext_lazy("HTTP status phrase", "Conflict"), "RFC 9110 §15.5.10"),
        Status(
            410, pgettext_lazy("HTTP status phrase", "Gone"), "RFC 9110 §15.5.11", cacheable=True
        ),
        Status(411, pgettext_lazy("HTTP status phrase", "Length Required"), "RFC 9110 §15.5.12"),
        Status(
            412, pgettext_lazy("HTTP status phrase", "Precondition Failed"), "RFC 9110 §15.5.13"
        ),
        Status(413, pgettext_lazy("HTTP status phrase", "Content Too Large"), "RFC 9110 §15.5.14"),
        Status(
            414,
            pgettext_lazy("HTTP status phrase", "URI Too Long"),
            "RFC 9110 §15.5.15",
            cacheable=True,
        ),
        Status(
            415, pgettext_lazy("HTTP status phrase", "Unsupported Media Type"), "RFC 9110 §15.5.16"
        ),
        Status(
            416, pgettext_lazy("HTTP status phrase", "Range Not Satisfiable"), "RFC 9110 §15.5.17"
        ),
        Status(417, pgettext_lazy("HTTP status phrase", "Expectation Failed"), "RFC 9110 §15.5.18"),
        Status(
            418,
            pgettext_lazy("HTTP status phrase", "I'm a Teapot"),
            "RFC 9110 §15.5.19, RFC 2324 §2.3.2",
        ),
        Status(
            421,
            pgettext_lazy("HTTP status phrase", "Misdirected Request"),
            "RFC 9110 §15.5.20",
            retry=True,
        ),
        Status(
            422, pgettext_lazy("HTTP status phrase", "Unprocessable Content"), "RFC 9110 §15.5.21"
        ),
        Status(423, pgettext_lazy("HTTP status phrase", "Locked"), "RFC 4918 §11.3", retry=True),
        Status(424, pgettext_lazy("HTTP status phrase", "Failed Dependency"), "RFC 4918 §11.4"),
        Status(425, pgettext_lazy("HTTP status phrase", "Too Early"), "RFC 8470 §5.2", retry=True),
        Status(
            426,
            pgettext_lazy("HTTP status phrase", "Upgrade Required"),
            "RFC 9110 §15.5.22",
            required_field="Upgrade",
        ),
        Status(
            428,
            pgettext_lazy("HTTP status phrase", "Precondition Required"),
            "RFC 6585 §3",
            no_store=True,
        ),
        Status(
            429,
            pgettext_lazy("HTTP status phrase", "Too Many Requests"),
            "RFC 6585 §4",
            no_store=True,
            retry=True,
        ),
        Status(
            431,
            pgettext_lazy("HTTP status phrase", "Request Header Fields Too Large"),
            "RFC 6585 §5",
            no_store=True,
        ),
        Status(
            451,
            pgettext_lazy("HTTP status phrase", "Unavailable For Legal Reasons"),
            "RFC 7725 §3",
            cacheable=True,
        ),
    )
}

# A 5xx has only this title: we write no explanation or remedy for it (RFC 9110 §15.6).
SERVER_PHRASES: Mapping[int, StrPromise] = {
    500: pgettext_lazy("HTTP status phrase", "Internal Server Error"),
    501: pgettext_lazy("HTTP status phrase", "Not Implemented"),
    502: pgettext_lazy("HTTP status phrase", "Bad Gateway"),
    503: pgettext_lazy("HTTP status phrase", "Service Unavailable"),
    504: pgettext_lazy("HTTP status phrase", "Gateway Timeout"),
    505: pgettext_lazy("HTTP status phrase", "HTTP Version Not Supported"),
    506: pgettext_lazy("HTTP status phrase", "Variant Also Negotiates"),
    507: pgettext_lazy("HTTP status phrase", "Insufficient Storage"),
    508: pgettext_lazy("HTTP status phrase", "Loop Detected"),
    510: pgettext_lazy("HTTP status phrase", "Not Extended"),
    511: pgettext_lazy("HTTP status phrase", "Network Authentication Required"),
}


def phrase_of(status: int) -> StrPromise | str:
    """The registered phrase of a status, or ``""``. Phrases below 400 are always in English."""
    if status in STATUSES:
        return STATUSES[status].phrase
    return SERVER_PHRASES.get(status) or http.client.responses.get(status, "")


def is_never_stored(status: int) -> bool:
    """Whether HTTP forbids caches to store an answer with this status, whatever its fields."""
    return status in STATUSES and STATUSES[status].no_store
