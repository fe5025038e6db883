"""RFC 9110 §14 and §13.1.5, restated as slowly and plainly as they are written."""

from __future__ import annotations

import string
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

TCHAR = set("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters)
DIGITS = set(string.digits)

EVERYTHING = "everything"
NOT_SATISFIABLE = "not satisfiable"


@dataclass
class Representation:
    """What would be sent, and whether its date is one second old (§8.8.2.2)."""

    length: int
    etag: str | None = None
    last_modified: int | None = None


def wanted_bytes(method, range_field, if_range, representation):
    """The set of byte positions to send, or ``EVERYTHING``, or ``NOT_SATISFIABLE``."""
    # §14.2: "A server MUST ignore a Range header field received with a request method [...] for
    # which range handling is not defined. For this specification, GET is the only method".
    if method != "GET" or range_field is None:
        return EVERYTHING
    specs = range_specs(range_field)
    if specs is None:
        return EVERYTHING
    # §13.2.2 step 5: "if true and the Range is applicable [...] respond 206; otherwise, ignore".
    if if_range is not None and not is_current(if_range, representation):
        return EVERYTHING
    satisfiable = [spec for spec in specs if is_satisfiable(spec, representation.length)]
    if not satisfiable:
        return NOT_SATISFIABLE
    positions = set()
    for spec in satisfiable:
        positions |= {p for p in range(representation.length) if is_in(spec, p, representation)}
    return positions or EVERYTHING


def range_specs(field):
    """``bytes=`` and a list (§14.1.1); ``None`` where it is malformed or of another unit."""
    unit, equals, listed = field.strip(" \t").partition("=")
    # §14.1: "range-unit names are case-insensitive".
    if not equals or not unit or not set(unit) <= TCHAR or unit.lower() != "bytes":
        return None
    specs = []
    for member in listed.split(","):
        spec = member.strip(" \t")
        # §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
        if not spec:
            continue
        first, hyphen, last = spec.partition("-")
        if not hyphen or not (set(first) | set(last)) <= DIGITS or not (first or last):
            return None
        # §14.1.1: "An int-range is invalid if the last-pos value is present and less than first".
        if first and last and int(last) < int(first):
            return None
        specs.append((first, last))
    # range-set = 1#range-spec
    return specs or None


def is_satisfiable(spec, length):
    """§14.1.2: first-pos less than the length; a suffix-length that is not zero."""
    first, last = spec
    return int(first) < length if first else int(last) > 0


def is_in(spec, position, representation):
    """Whether a byte is one of those that a range means (§14.1.2)."""
    first, last = spec
    if not first:
        return position >= representation.length - int(last)
    return int(first) <= position and (not last or position <= int(last))


def is_current(if_range, representation):
    """§13.1.5: a strong comparison of entity tags, an exact match of dates."""
    value = if_range.strip(" \t")
    if value.startswith(('"', "W/")):
        return (
            representation.etag is not None
            and not value.startswith("W/")
            and not representation.etag.startswith("W/")
            and value == representation.etag
        )
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return False
    return representation.last_modified is not None and (
        int(date.timestamp()) == representation.last_modified
    )
