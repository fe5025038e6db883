"""What a header field may hold: arguments of exceptions, checked and turned into field values.

Every function that checks takes ``where``, the argument it looks at as a developer wrote it
(``"MethodNotAllowed(allow=...)"``), and names it when the value cannot be used: in a ``TypeError``
where it is of another kind, in a ``ValueError`` where no field can hold it.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.encoding import iri_to_uri
from django.utils.http import parse_http_date_safe
from django.utils.timezone import is_naive

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Delay: TypeAlias = int | timedelta | datetime

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

# No recipient has to understand a greater number of seconds (RFC 9111 §1.2.2).
MAX_DELAY = 2**31

# They describe the content or the connection, which the answer itself decides.
_OWNED_BY_THE_RESPONSE = frozenset(
    {"content-type", "content-length", "content-encoding", "content-language", "transfer-encoding"}
)


def text_value(value: object) -> str:
    r"""Reduce a value to what every server sends: visible ASCII and single inner spaces.

    Line breaks and other control characters become a space, so that no value can add a field
    (RFC 9110 §5.5); what is not ASCII becomes ``?``.

    >>> text_value("7\\r\\nSet-Cookie: a=b")
    '7 Set-Cookie: a=b'
    """
    ascii_text = str(value).encode("ascii", "replace").decode("ascii")
    return re.sub(r"[\x00-\x20\x7f]+", " ", ascii_text).strip()


def text(value: str, where: str, example: str) -> str:
    """A text that stands in the body only, reduced like one that is sent in a field."""
    if not isinstance(value, str):
        raise TypeError(f"{where} takes a text, as {example!r}, not {value!r}.")
    return text_value(value)


def extra_fields(headers: Mapping[str, object], where: str) -> dict[str, str]:
    """Check the names of ``headers=`` and reduce its values.

    Raises ``TypeError`` where it is no mapping, ``ValueError`` for a name that is none (RFC 9110 §5.1)
    or that the response decides by itself.
    """
    if not isinstance(headers, Mapping):
        raise TypeError(f"{where} takes a mapping of field names to values, not {headers!r}.")
    fields = {}
    for name, value in headers.items():
        if not isinstance(name, str) or not _is_token(name):
            raise ValueError(f"{where}: {name!r} is not the name of a header field.")
        if name.lower() in _OWNED_BY_THE_RESPONSE:
            raise ValueError(f"{where}: {name} is set by the response itself.")
        try:
            fields[name] = text_value(value)
        except Exception as error:
            raise ValueError(f"{where}: the value of {name} cannot be printed.") from error
    return fields


def _listed(
    value: object, where: str, is_one: Callable[[str], object], what: str, example: str
) -> list[str]:
    """One text, or several, as a list of texts, each of which is what a field takes."""
    values = [value] if isinstance(value, str) else value
    wanted = f"{where} takes {what}, as {example!r}"
    if not isinstance(values, Iterable) or isinstance(values, (bytes, Mapping)):
        raise TypeError(f"{wanted}, one or several, not {value!r}.")
    texts = list(values)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{wanted}, one or several, not {value!r}.")
        if not is_one(text):
            raise ValueError(f"{wanted}; {text!r} is none.")
    return texts


def methods(value: str | Iterable[str], where: str) -> list[str]:
    """Methods for ``Allow`` (RFC 9110 §10.2.1), in upper case; none at all is allowed.

    >>> methods("get", "MethodNotAllowed(allow=...)")
    ['GET']
    """
    names = _listed(value, where, _is_token, "methods", "GET")
    return list(dict.fromkeys(name.upper() for name in names))


def media_ranges(value: str | Iterable[str], where: str) -> list[str]:
    """Media types for ``Accept`` (RFC 9110 §12.5.1): ``["application/json", "text/*"]``."""
    return _listed(value, where, _is_media_range, "media types", "text/html")


def tokens(value: str | Iterable[str], where: str) -> list[str]:
    """Tokens, as the content codings of ``Accept-Encoding`` (RFC 9110 §12.5.3): ``["gzip"]``."""
    return _listed(value, where, _is_token, "tokens", "gzip")


def protocols(value: str | Iterable[str], where: str) -> list[str]:
    """Protocols for ``Upgrade`` (RFC 9110 §7.8), the preferred one first; at least one."""
    names = _listed(value, where, _is_protocol, "protocols", "TLS/1.2")
    if not names:
        raise ValueError(f"{where} takes at least one protocol, as 'TLS/1.2'.")
    return names


def challenge(value: str, where: str) -> str:
    """A challenge for ``WWW-Authenticate`` or ``Proxy-Authenticate`` (RFC 9110 §11.6.1).

    >>> challenge('Bearer realm="api"', "Unauthorized(challenge=...)")
    'Bearer realm="api"'
    """
    if not isinstance(value, str):
        raise TypeError(f"{where} takes a challenge, as 'Bearer realm=\"api\"', not {value!r}.")
    if len(value) > 2000 or not _is_challenges(value):
        raise ValueError(
            f"{where} takes a challenge in ASCII, as 'Bearer realm=\"api\"'; {value!r} is none."
        )
    return value


def challenges(values: Iterable[object]) -> str:
    """Several challenges as one field (RFC 9110 §11.6.1), each of them once.

    Clients that take the first word for the scheme get it without a comma.

    >>> challenges(["Token", 'Basic realm="api"'])
    'Token , Basic realm="api"'
    """
    once = dict.fromkeys(filter(None, map(text_value, values)))
    return ", ".join(value if " " in value else f"{value} " for value in once).rstrip()


def seconds(value: Delay, where: str) -> int:
    """A delay for ``Retry-After`` (RFC 9110 §10.2.3) in whole seconds, rounded up, never negative.

    Takes seconds, a ``timedelta``, or the aware ``datetime`` at which the client may come back.
    """
    if isinstance(value, datetime):
        if is_naive(value):
            raise ValueError(f"{where} takes an aware datetime; {value!r} has no time zone.")
        value = value - datetime.now(UTC)
    if isinstance(value, timedelta):
        return max(0, math.ceil(value.total_seconds()))
    return _whole(value, where, "whole seconds, a timedelta or an aware datetime")


def readable_delay(value: object) -> int | None:
    """What others have for a delay, as whole seconds, rounded up and never negative.

    Reads whatever is a number or a text of one, what ``seconds`` takes, and a moment as
    ``Retry-After`` writes it. ``None`` for the rest, such as infinity. Never raises.

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
    """Whole seconds until a moment as HTTP writes it (RFC 9110 §5.6.7); ``None`` for what is none.

    >>> seconds_until("Sat, 28 Nov 2015 12:01:30 GMT"), seconds_until("soon")
    (0, None)
    """
    moment = parse_http_date_safe(value)
    return None if moment is None else max(0, math.ceil(moment - time.time()))


def length(value: int, where: str) -> int:
    """A number of octets: a whole number, 0 or more."""
    return _whole(value, where, "a whole number of bytes")


def _whole(value: int, where: str, wanted: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{where} takes {wanted}, not {value!r}.")
    # What has more digits than this would be read as anything, or not at all.
    if not 0 <= value < 10**18:
        raise ValueError(f"{where} takes {wanted}: 0 or more, and less than a trillion millions.")
    return value


def uri(value: str, where: str) -> str:
    """An absolute URI (RFC 3986 §4.3); an IRI is turned into one.

    >>> uri("https://isp.example/ä", "UnavailableForLegalReasons(blocked_by=...)")
    'https://isp.example/%C3%A4'
    """
    if not isinstance(value, str):
        raise TypeError(f"{where} takes an absolute URI, not {value!r}.")
    try:
        address = iri_to_uri(value)
    except UnicodeEncodeError:
        address = ""
    if not _is_uri(address):
        raise ValueError(
            f"{where} takes an absolute URI, as 'https://isp.example/'; {value!r} is none."
        )
    return address


def web_address(value: str, where: str) -> str:
    """A URI that a page may link to: none that is a script (RFC 9110 §4.2)."""
    address = uri(value, where)
    if not _is_of_the_web(address):
        raise ValueError(f"{where} takes an address of http or https, not {value!r}.")
    return address


def listed(value: str) -> list[str]:
    """The members of a received field that holds a list (RFC 9110 §5.6.1).

    >>> listed("GET,, POST")
    ['GET', 'POST']
    """
    return [member for part in value.split(",") if (member := part.strip())]
