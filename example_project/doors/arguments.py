"""What an error says, as the query of ``/raise/N/`` asks for it.

``/raise/405/?allow=GET,POST`` allows other methods than the example does by itself. An argument
that the code has no use for is ignored; a value that cannot be used is a 400 that says so.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import (
    ARGUMENTS,
    BODY_MEMBERS,
    CLASSES,
    BadRequest,
    ClientError,
    NotFound,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_stubs_ext import StrPromise

# What each code says where the query says nothing, by the keywords of its class.
DEFAULTS: Mapping[int, Mapping[str, Any]] = {
    # Not `Basic`, which would open a password box.
    401: {"challenge": 'Session realm="shop"'},
    405: {"allow": ["PUT", "DELETE"]},
    406: {"available": ["application/json", "text/csv"]},
    407: {"challenge": 'Basic realm="proxy"'},
    415: {"accept": ["application/json"]},
    416: {"complete_length": 1000},
    423: {"precondition": "lock-token-submitted"},
    426: {"upgrade": ["TLS/1.2"]},
    429: {"retry_after": 30},
    431: {"field": "Cookie"},
    451: {"blocked_by": "https://isp.example/"},
}

# Far beyond any size or delay, and still a number for every program that reads it.
_is_number = re.compile(r"[0-9]{1,15}").fullmatch


@dataclass(frozen=True)
class Argument:
    """An argument of the query: the keyword that it stands for, by code, and how to read it."""

    name: str
    keywords: Mapping[int, str]
    takes: StrPromise
    read: Callable[[str], Any] = str


def _number(value: str) -> int:
    if not _is_number(value):
        raise ValueError(value)
    return int(value)


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _challenge(scheme: str) -> Callable[[str], str]:
    def read(realm: str) -> str:
        quoted = realm.replace("\\", "\\\\").replace('"', '\\"')
        return f'{scheme} realm="{quoted}"'

    return read


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _members(value: str) -> dict[str, Any]:
    """A JSON object (RFC 8259), which has no ``NaN`` and no number that is too large to be one."""
    members = json.loads(value, parse_float=_finite, parse_constant=_no_json)
    if not isinstance(members, dict):
        raise TypeError(value)
    return members


_REALM = _("a text in ASCII, as shop")

# In the order in which they are looked at.
QUERY: tuple[Argument, ...] = (
    Argument("detail", dict.fromkeys(CLASSES, "detail"), _("a text")),
    Argument("title", dict.fromkeys(CLASSES, "title"), _("a text")),
    Argument("realm", {401: "challenge"}, _REALM, _challenge("Session")),
    Argument("realm", {407: "challenge"}, _REALM, _challenge("Basic")),
    Argument("allow", {405: "allow"}, _("methods, as GET,POST"), _listed),
    Argument(
        "retry_after",
        {413: "retry_after", 429: "retry_after"},
        _("a whole number of seconds, as 30"),
        _number,
    ),
    Argument(
        "accept",
        {406: "available", 415: "accept"},
        _("media types, as application/json,text/csv"),
        _listed,
    ),
    Argument("length", {416: "complete_length"}, _("a whole number of bytes, as 1000"), _number),
    Argument("upgrade", {426: "upgrade"}, _("protocols, as TLS/1.2"), _listed),
    Argument("blocked_by", {451: "blocked_by"}, _("an address, as https://isp.example/")),
)
EXT_TAKES = _('a JSON object of members whose names are not taken, as {"rev": 7}')


def client_error(status: int, query: Mapping[str, str]) -> ClientError:
    """The error of a code, with the arguments of the query over those of ``DEFAULTS``.

    Raises ``NotFound`` for a code that is none of the 29, ``BadRequest`` for a value that cannot
    be used.
    """
    if status not in CLASSES:
        raise NotFound(_("%(status)s is not a registered 4xx code.") % {"status": status})
    problem_type = CLASSES[status]
    keywords = dict(DEFAULTS.get(status, {}))
    for argument in QUERY:
        if status in argument.keywords and argument.name in query:
            try:
                keywords[argument.keywords[status]] = argument.read(query[argument.name])
                problem_type(**keywords)
            except (TypeError, ValueError) as error:
                raise _unusable(argument.name, argument.takes) from error
    if "ext" not in query:
        return problem_type(**keywords)
    try:
        members = _members(query["ext"])
    except (TypeError, ValueError, RecursionError) as error:
        raise _unusable("ext", EXT_TAKES) from error
    if _names_taken(problem_type) & members.keys():
        raise _unusable("ext", EXT_TAKES)
    return problem_type(**keywords, **members)


def _names_taken(problem_type: type[ClientError]) -> set[str]:
    return {*inspect.signature(problem_type.__init__).parameters, *ARGUMENTS, *BODY_MEMBERS}


def _unusable(name: str, takes: StrPromise) -> BadRequest:
    detail = _("%(name)s takes %(what)s.") % {"name": name, "what": takes}
    return BadRequest(detail, errors=[{"parameter": name, "code": "invalid", "detail": detail}])
