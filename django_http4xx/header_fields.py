"""Check the arguments of exceptions and turn them into values of header fields.

Every error message begins with ``where``, the argument as a developer wrote it, such as
``"MethodNotAllowed(allow=...)"``. A value of the wrong type raises ``TypeError``, a value that no
header field can hold ``ValueError``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.http.response import ResponseHeaders
from django.utils.encoding import iri_to_uri
from django.utils.http import parse_http_date_safe
from django.utils.timezone import is_naive

from .conf import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

    Delay: TypeAlias = int | timedelta | datetime

__all__ = ["EXPOSED_FIELDS"]

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_PARAMETER = rf"{_NAME} *= *(?:{_NAME}|{_QUOTED})"
_CHALLENGE = rf"{_NAME}(?: +(?:{_PARAMETER}(?: *, *{_PARAMETER})*|[A-Za-z0-9._~+/-]+=*))?"

_is_token = re.compile(_NAME).fullmatch
_is_challenges = re.compile(rf"{_CHALLENGE}(?: *, *{_CHALLENGE})*").fullmatch
_is_media_range = re.compile(rf"{_NAME}/{_NAME}(?: *; *{_PARAMETER})*").fullmatch
_is_protocol = re.compile(rf"{_NAME}(?:/{_NAME})?").fullmatch
_is_uri = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+").fullmatch
_is_of_the_web = re.compile(r"https?://[^/?#]", re.IGNORECASE).match

#: The fields that CORS hides from scripts of other origins, for ``CORS_EXPOSE_HEADERS``.
EXPOSED_FIELDS = (
    *("Allow", "Content-Range", "ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("WWW-Authenticate", "X-Request-ID"),
)

# In seconds. Recipients need not understand a greater number (RFC 9111 §1.2.2).
MAX_DELAY = 2**31

# These describe the content or the connection, which only the response knows.
_OWNED_BY_THE_RESPONSE = frozenset(
    {"content-type", "content-length", "content-encoding", "content-language", "transfer-encoding"}
)


# The names and values of fields by lower-case name, as `HttpHeaders` keeps them.
Fields: TypeAlias = dict[str, tuple[str, str]]


def checked(fields: Mapping[str, str]) -> Fields:
    """Check fields as Django does when a response sets them, so that ``held`` can take them."""
    return dict(ResponseHeaders(fields)._store)


def held(response: HttpResponseBase) -> Fields:
    """The fields that a response has, to look at or to set without Django's checks.

    Private. Those take a microsecond for each field, and so does a look for one that is missing.
    """
    fields: Fields = response.headers._store
    return fields


def text_value(value: object) -> str:
    r"""Reduce a value to what every server can send: visible ASCII and single inner spaces.

    Line breaks and other control characters become a space, so that no value can add a field
    (RFC 9110 §5.5). Other characters outside ASCII become ``?``.

    >>> text_value("7\\r\\nSet-Cookie: a=b")
    '7 Set-Cookie: a=b'
    """
    ascii_text = str(value).encode("ascii", "replace").decode("ascii")
    return re.sub(r"[\x00-\x20\x7f]+", " ", ascii_text).strip()


def text(value: str, where: str, example: str) -> str:
    """Check a string that appears only in the body, and reduce it like the value of a field."""
    if not isinstance(value, str):
        raise TypeError(f"{where} must be a string, such as {example!r}, not {value!r}.")
    return text_value(value)


def extra_fields(headers: Mapping[str, object], where: str) -> dict[str, str]:
    """Check the names in ``headers=`` and reduce its values.

    Raises ``TypeError`` if ``headers`` is not a mapping, ``ValueError`` for an invalid name
    (RFC 9110 §5.1) or a field that only the response may set.
    """
    if not isinstance(headers, Mapping):
        raise TypeError(f"{where} must be a mapping of field names to values, not {headers!r}.")
    fields = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not _is_token(name):
            raise ValueError(f"{where}: {name!r} is not a valid name of a header field.")
        if name.lower() in _OWNED_BY_THE_RESPONSE:
            raise ValueError(f"{where} must not contain {name}: the response sets it itself.")
        try:
            fields[name] = text_value(value)
        except Exception as error:
            raise ValueError(f"{where}: the value of {name} has no string form.") from error
    return fields


def _listed(
    value: object, where: str, is_one: Callable[[str], object], what: str, example: str
) -> list[str]:
    """Check one string or several with ``is_one``, and return a list of them."""
    values = [value] if isinstance(value, str) else value
    wanted = f"{where} must be {what}, such as {example!r}, or a list of them"
    if not isinstance(values, Iterable) or isinstance(values, (bytes, Mapping)):
        raise TypeError(f"{wanted}, not {value!r}.")
    texts = list(values)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{wanted}, not {value!r}.")
        if not is_one(text):
            raise ValueError(f"{wanted}; {text!r} is not {what}.")
    return texts


def methods(value: str | Iterable[str], where: str) -> list[str]:
    """Check methods for ``Allow`` and put them in upper case; none is fine (RFC 9110 §10.2.1).

    >>> methods("get", "MethodNotAllowed(allow=...)")
    ['GET']
    """
    names = _listed(value, where, _is_token, "a method", "GET")
    return list(dict.fromkeys(name.upper() for name in names))


def media_ranges(value: str | Iterable[str], where: str) -> list[str]:
    """Check the media types for ``Accept`` (RFC 9110 §12.5.1), such as ``["text/*"]``."""
    return _listed(value, where, _is_media_range, "a media type", "text/html")


def tokens(value: str | Iterable[str], where: str) -> list[str]:
    """Check content codings for ``Accept-Encoding`` (RFC 9110 §12.5.3), such as ``["gzip"]``."""
    return _listed(value, where, _is_token, "a token", "gzip")


def protocols(value: str | Iterable[str], where: str) -> list[str]:
    """Check the protocols for ``Upgrade``: one or more, the preferred one first (RFC 9110 §7.8)."""
    names = _listed(value, where, _is_protocol, "a protocol", "TLS/1.2")
    if not names:
        raise ValueError(f"{where} must name at least one protocol, such as 'TLS/1.2'.")
    return names


def challenge(value: str, where: str) -> str:
    """Check a challenge for ``WWW-Authenticate`` or ``Proxy-Authenticate`` (RFC 9110 §11.6.1).

    >>> challenge('Bearer realm="api"', "Unauthorized(challenge=...)")
    'Bearer realm="api"'
    """
    if not isinstance(value, str):
        raise TypeError(f"{where} must be a challenge like 'Bearer realm=\"api\"', not {value!r}.")
    if len(value) > 2000 or not _is_challenges(value):
        raise ValueError(
            f"{where} must be a challenge in ASCII, such as 'Bearer realm=\"api\"', not {value!r}."
        )
    return value


def challenges(values: Iterable[object]) -> str:
    """Join challenges into one field, without repetitions (RFC 9110 §11.6.1).

    A bare scheme gets a space before its comma, as some clients read the first word as the scheme.

    >>> challenges(["Token", 'Basic realm="api"'])
    'Token , Basic realm="api"'
    """
    once = dict.fromkeys(filter(None, map(text_value, values)))
    return ", ".join(value if " " in value else f"{value} " for value in once).rstrip()


def seconds(value: Delay, where: str) -> int:
    """Turn a delay into whole seconds for ``Retry-After``, rounded up (RFC 9110 §10.2.3).

    ``value``: seconds, a ``timedelta``, or the aware ``datetime`` when the client may come back.
    """
    if isinstance(value, datetime):
        if is_naive(value):
            raise ValueError(f"{where} must be an aware datetime; {value!r} has no time zone.")
        value = value - datetime.now(UTC)
    if isinstance(value, timedelta):
        return max(0, math.ceil(value.total_seconds()))
    return _whole(value, where, "a whole number of seconds, a timedelta or an aware datetime")


def readable_delay(value: object) -> int | None:
    """Read a delay that other code computed as whole seconds, rounded up and never negative.

    Accepts numbers, numbers in a string, anything that ``seconds`` accepts, and HTTP dates. Returns
    ``None`` for anything else, such as infinity. Never raises.

    >>> readable_delay("29.5"), readable_delay(timedelta(minutes=1)), readable_delay("soon")
    (30, 60, None)
    """
    try:
        if isinstance(value, (datetime, timedelta)):
            return min(seconds(value, "wait"), MAX_DELAY)
        number = float(value)  # type: ignore[arg-type]
    except Exception:
        moment = seconds_until(value) if isinstance(value, str) else None
        return None if moment is None else min(moment, MAX_DELAY)
    return min(max(0, math.ceil(number)), MAX_DELAY) if math.isfinite(number) else None


def seconds_until(value: str) -> int | None:
    """Whole seconds until an HTTP date, ``None`` if the value is not one (RFC 9110 §5.6.7).

    >>> seconds_until("Sat, 28 Nov 2015 12:01:30 GMT"), seconds_until("soon")
    (0, None)
    """
    moment = parse_http_date_safe(value)
    return None if moment is None else max(0, math.ceil(moment - time.time()))


def length(value: int, where: str) -> int:
    """Check a number of bytes: an ``int``, 0 or more."""
    return _whole(value, where, "a whole number of bytes")


def _whole(value: int, where: str, wanted: str) -> int:
    if not is_whole(value):
        raise TypeError(f"{where} must be {wanted}, not {value!r}.")
    # Recipients may misread or reject a number with more digits.
    if not 0 <= value < 10**18:
        raise ValueError(f"{where} must be {wanted}: at least 0, and less than 10**18.")
    return value


def uri(value: str, where: str) -> str:
    """Check an absolute URI, and convert an IRI to one (RFC 3986 §4.3).

    >>> uri("https://isp.example/ä", "UnavailableForLegalReasons(blocked_by=...)")
    'https://isp.example/%C3%A4'
    """
    if not isinstance(value, str):
        raise TypeError(f"{where} must be an absolute URI, not {value!r}.")
    try:
        address = iri_to_uri(value)
    except UnicodeEncodeError:
        address = ""
    if not _is_uri(address):
        raise ValueError(
            f"{where} must be an absolute URI, such as 'https://isp.example/', not {value!r}."
        )
    return address


def web_address(value: str, where: str) -> str:
    """Check a URI for a link in a page: ``http`` or ``https``, never a script (RFC 9110 §4.2)."""
    address = uri(value, where)
    if not _is_of_the_web(address):
        raise ValueError(f"{where} must be an http or https address, not {value!r}.")
    return address


def listed(value: str) -> list[str]:
    """Split the value of a received field that holds a list (RFC 9110 §5.6.1).

    >>> listed("GET,, POST")
    ['GET', 'POST']
    """
    return [member for part in value.split(",") if (member := part.strip())]
