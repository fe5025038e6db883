"""``Problem``: one error, explained. RFC 9457 calls it problem details.

A problem is complete: formats need neither the exception nor the request.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from os import urandom
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import unquote

from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from . import conf, header_fields
from .branding import Site
from .exceptions import BODY_MEMBERS, CLASSES, BadRequest
from .hosts import host_of, hostname_of
from .log import logger
from .server_errors import ServerError
from .type_uris import ABOUT_BLANK, type_uri
from .validation import MAX_ERRORS
from .words import wording
from .words.activation import speaking
from .words.texts import Shown, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest

    from .exceptions import ClientError, ProblemType
    from .server_errors import HttpError
    from .words.frame import Frame
    from .words.snapshots import Snapshot
    from .words.wording import Words

__all__ = ["Problem"]

# A reference contains no character that could make it look like an address.
_is_reference = re.compile(r"[A-Za-z0-9._~+=-]{1,128}").fullmatch
_is_uuid = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
).fullmatch


_NO_SITE = Site()

# https://www.crockford.com/base32.html
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


@dataclass
class Problem:
    """One error, explained in one language.

    ``title``, ``explanation``, ``remedy`` and ``detail`` are plain texts that print as HTML in a
    template. ``detail`` is the explanation if the view gave no detail. ``program_remedy`` is the
    remedy for every format but a page. ``exception`` is what was raised. ``may_be_stored``: whether
    caches may store the answer. ``template``: the project's template that rendered it. ``body``: the
    members as changed by a project's exception handler, if it changed them; ``added``: those of them
    that are not words. Both hold JSON values only. ``general``: which of the words are the built-in
    ones for the status, which say nothing about this type of problem. ``site``: what our page says
    of the site. ``snapshot``: the editors' rows to use in place of the current ones.

    >>> explain(request, NotFound("There is no order 12."), "en").as_dict()["detail"]
    'There is no order 12.'
    """

    status: int
    problem_type: str
    type: str
    code: str
    language: str
    phrase: Shown
    title: Shown
    explanation: Shown
    remedy: Shown
    program_remedy: Shown
    detail: Shown
    reference: str
    path: str
    exception: BaseException
    has_own_title: bool = False
    may_be_stored: bool = True
    template: str = ""
    help: str = ""
    help_label: Shown = field(default_factory=lambda: literal("", ""))
    errors: Sequence[Mapping[str, object]] = ()
    members: Mapping[str, object] = field(default_factory=dict)
    body: object = None
    added: Mapping[str, object] = field(default_factory=dict)
    general: frozenset[str] = frozenset()
    site: Site = _NO_SITE
    snapshot: Snapshot | None = None
    frame: Frame | None = None

    # The words of its type, if it has them as they are, and they are the same for all readers.
    words: ClassVar[Words | None] = None

    def __setattr__(self, name: str, value: object) -> None:
        words = self.words
        if words is not None and (
            name in words.same_for_all or name in ("general", "problem_type")
        ):
            self.__dict__["words"] = None
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, object]:
        # Words are recognised by identity, which a copy or a pickle does not keep.
        return {**self.__dict__, "words": None}

    @property
    def instance(self) -> str:
        """The URI of this occurrence: the reference if that is a UUID, else one made from it.

        The latter is of version 5, in the namespace of URLs (RFC 9562 §5.5).
        """
        reference = self.reference
        if not _is_uuid(reference):
            return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, reference)}"
        return f"urn:uuid:{reference.lower() if '-' in reference else uuid.UUID(reference)}"

    @property
    def short_reference(self) -> str:
        """Eight characters to read over the telephone, made from the whole reference.

        They are in the base 32 of Douglas Crockford, which has no letters that sound or look alike.
        They come from a hash, since the first characters of some references are only the time.
        """
        bits = int.from_bytes(sha256(self.reference.encode()).digest()[:5])
        first, second = _PAIRS[bits >> 30], _PAIRS[bits >> 20 & 1023]
        return f"{first}{second}-{_PAIRS[bits >> 10 & 1023]}{_PAIRS[bits & 1023]}"

    @property
    def shown_errors(self) -> Sequence[Mapping[str, object]]:
        """The errors that an answer lists, ``MAX_ERRORS`` at most."""
        return self.errors[:MAX_ERRORS]

    @property
    def listed_errors(self) -> list[tuple[str, str]]:
        """The errors for people: the place of each, such as ``items, 1, qty``, and its text.

        An error that only repeats the detail is left out.
        """
        listed = [(_place_of(error), _detail_of(error)) for error in self.shown_errors]
        detail = _core(self.detail)
        return [(place, text) for place, text in listed if place or _core(text) != detail]

    @property
    def shown_detail(self) -> Shown | None:
        """The detail for people; ``None`` if the title, explanation or an error says the same."""
        if self.is_detail_general:
            return None
        detail = _core(self.detail)
        is_listed = self.errors and any(_core(text) == detail for _, text in self.listed_errors)
        return None if is_listed else self.detail

    @property
    def shown_explanation(self) -> Shown | None:
        """The explanation for people; ``None`` if the detail says the same more precisely."""
        if "explanation" in self.general and not self.is_detail_general:
            return None
        explanation, title = self._cores_of_words
        return None if explanation == title else self.explanation

    @property
    def is_detail_general(self) -> bool:
        """Whether the detail says only what the explanation or the title says."""
        if self.detail is self.explanation:
            return True
        return _core(self.detail) in self._cores_of_words

    @property
    def _cores_of_words(self) -> tuple[str, str]:
        # Not cached: words with values, which clients may choose.
        core = _core if self.words is None else _core_of_words
        return core(self.explanation), core(self.title)

    @property
    def listed_additions(self) -> list[tuple[str, str]]:
        """The members that a project's exception handler added, for people: name and text."""
        return [(name, _readable(value)) for name, value in self.added.items()]

    def as_dict(self) -> dict[str, object]:
        """The body of RFC 9457, without members that are empty or ``None``.

        If the type is ``about:blank``, the title is the registered phrase (RFC 9457 §4.2.1), unless
        the view or an editor chose a title.
        """
        is_blank = self.type == ABOUT_BLANK and not self.has_own_title
        body: dict[str, object] = {
            "type": self.type,
            "title": self.phrase if is_blank else self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            # A client that shows both says nothing twice.
            "explanation": "" if self.detail == self.explanation else self.explanation,
            "remedy": self.program_remedy,
            "help": self.help,
            "reference": self.reference,
            "instance": self.instance,
        }
        body = {name: value for name, value in body.items() if value}
        return body | self.rest_as_dict() if self.errors or self.members else body

    def rest_as_dict(self) -> dict[str, object]:
        """The errors and the members of the body, which few problems have."""
        rest: dict[str, object] = {}
        if self.errors:
            rest["errors"] = self.shown_errors
            if (left_out := len(self.errors) - MAX_ERRORS) > 0:
                rest["errors_left_out"] = left_out
        members = self.members.items()
        free = {name: value for name, value in members if name not in _SAID_BY_ALL}
        return rest | {name: value for name, value in free.items() if not _is_empty(value)}


# The members of the body that no error may set.
_SAID_BY_ALL = BODY_MEMBERS | {"title", "detail", "explanation", "remedy", "errors"}


def _core(text: str) -> str:
    """A text without what makes no other sentence of it: capitals, spaces and a full stop."""
    return text.strip().rstrip(".\u3002! ").casefold()


_core_of_words = lru_cache(maxsize=1024)(_core)  # never emptied: depends on its argument only


def _detail_of(error: Mapping[str, object]) -> str:
    """The text of an error; it is ``Shown`` if its language is known."""
    detail = error.get("detail", "")
    return detail if isinstance(detail, str) else str(detail)


def _place_of(error: Mapping[str, object]) -> str:
    """The field of an error, for people; ``""`` if the error is about the whole."""
    pointer = error.get("pointer") or error.get("parameter")
    if not isinstance(pointer, str):
        return ""
    if not pointer.startswith("#"):
        return pointer
    steps = unquote(pointer).split("/")[1:]
    return ", ".join(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _readable(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, dict)) and not value)


def explain(
    request: HttpRequest,
    error: HttpError,
    language: str,
    snapshot: Snapshot | None = None,
    *,
    may_be_stored: bool = False,
) -> Problem:
    """Explain an error in a language, with the words of the catalogue.

    A 5xx has only its registered phrase, the detail of the API, and no type of its own.

    ``snapshot``: the editors' rows to use in place of the current ones.
    ``may_be_stored``: whether caches may store the answer, which then identifies no single request.
    No value in the error can make this fail: a text that cannot be printed is left out, and the
    failure is logged.
    """
    reference = (not may_be_stored and request_id(request)) or _new_reference()
    values = _Values(request, error, language, reference)
    if isinstance(error, ServerError):
        return _told_as_it_is(error, values)
    cls = type(error)
    words = wording.words_for(
        cls, language, lambda: hostname_of(request), request.path_info, snapshot
    )
    own = error.__dict__
    has_own_words = "title" in own or "explanation" in own or "remedy" in own
    said = None if has_own_words else words.shared or _shared(words, cls)
    if not said:
        said = _said(error, words, values)
    explanation: Any = said["explanation"]
    detail = own.get("detail")
    if type(detail) is str:
        detail = literal(detail, explanation.language)
    elif detail is not None:
        detail = _own(error, "detail", values, explanation.language)
    problem = object.__new__(Problem)
    # A mapping is set at once, and not attribute by attribute. The rest have their defaults.
    problem.__dict__.update(
        said,
        status=error.status,
        type=type_uri(request, cls.problem_type),
        code=error.code,
        detail=detail or explanation,
        reference=reference,
        may_be_stored=may_be_stored,
        path=request.path,
        exception=error.origin or error,
        errors=error.errors and [_printed_error(found, values) for found in error.errors],
        members=error.members and _in_language(error.members, language),
        added={},
    )
    if snapshot is not None:
        problem.snapshot = snapshot
    return problem


def _shared(words: Words, cls: type[ClientError]) -> Mapping[str, object]:
    """The attributes that all problems with these words share; empty if an occurrence decides them."""
    if words.same_for_all:
        of_type = {"problem_type": cls.problem_type, "general": _general(cls, cls.status, words)}
        # At once: another thread may look at it meanwhile.
        words.shared.update({**words.same_for_all, **of_type, "words": words})
    return words.shared


def _said(error: ClientError, words: Words, values: _Values) -> Mapping[str, object]:
    """Those attributes, if the error or one of its values decides the texts."""
    value_of, language = values.get, values.language
    phrase = words.phrase.show(value_of)
    explanation = (
        _own(error, "explanation", values, language)
        or words.explanation.show(value_of)
        # An editor's text may consist of placeholders that have no value this time.
        or wording.built_in_words(type(error), language).explanation.show(value_of)
        or words.title.show(value_of)
        or phrase
    )
    own_title = _own(error, "title", values, explanation.language)
    remedy, program_remedy = _remedies(error, words, values, explanation.language)
    return {
        "language": explanation.language,
        "phrase": phrase,
        "title": own_title or words.title.show(value_of) or phrase,
        "explanation": explanation,
        "remedy": remedy,
        "program_remedy": program_remedy,
        "help": words.help_url,
        "help_label": words.help_label.show(value_of),
        "has_own_title": bool(own_title) or words.has_own_title,
        "problem_type": error.problem_type,
        "general": _general(type(error), error.status, words) - error.__dict__.keys(),
    }


def _general(cls: type[ClientError], status: int, words: Words) -> frozenset[str]:
    """Which of the words are those of the status: neither an editor nor the type chose others."""
    return _general_words(cls, status) - words.rows.keys()


@lru_cache(maxsize=1024)  # emptied below, as the words are, so that it keeps no type longer
def _general_words(problem_type: ProblemType, status: int) -> frozenset[str]:
    """Which words a problem type has from the class for its status."""
    of_status = CLASSES.get(status, BadRequest)
    names = ("explanation", "remedy")
    return frozenset(
        name for name in names if getattr(problem_type, name) is getattr(of_status, name)
    )


def placeholder_values(
    request: HttpRequest, error: ClientError, language: str, reference: str
) -> dict[str, str]:
    """What the placeholders of an error's texts stand for in one occurrence, by name."""
    values = _Values(request, error, language, reference)
    return {name: values.get(name) for name in type(error).placeholders}


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _general_words.cache_clear)


def _remedies(
    error: HttpError, words: Words, values: _Values, language: str
) -> tuple[Shown, Shown]:
    """What to do next, for the readers of a page and for programs."""
    if (own := _own(error, "remedy", values, language)) is not None:
        return own, own
    remedy = words.remedy.show(values.get)
    if words.program_remedy is words.remedy or not values.allowed():
        return remedy, remedy
    return remedy, words.program_remedy.show(values.get)


def _told_as_it_is(error: ServerError, values: _Values) -> Problem:
    phrase = literal(*wording.in_language(error.phrase, values.language))
    nothing = literal("", values.language)
    return Problem(
        status=error.status,
        problem_type=error.problem_type,
        type=ABOUT_BLANK,
        code=error.code,
        language=phrase.language,
        phrase=phrase,
        title=phrase,
        explanation=nothing,
        remedy=nothing,
        program_remedy=nothing,
        detail=_own(error, "detail", values, values.language) or phrase,
        reference=values.reference,
        path=values.request.path,
        exception=error.origin or error,
        may_be_stored=False,
        errors=[_printed_error(found, values) for found in error.errors],
        members=_in_language(error.members, values.language),
    )


def _own(error: HttpError, name: str, values: _Values, language: str) -> Shown | None:
    """A text that was set on this occurrence, or ``None``.

    ``language``: the language of a text that is not a lazy translation.
    """
    own = error.__dict__.get(name)
    if own is None:
        return None
    plain = own if type(own) is str else values.printed(own)
    if plain and isinstance(own, Promise):
        language = wording.in_language(own, values.language)[1]
    return literal(plain, language)


def _printed_error(error: Mapping[str, object], values: _Values) -> Mapping[str, object]:
    detail = error.get("detail", "")
    if type(detail) is str:
        return error
    told = values.printed(detail)
    if told and isinstance(detail, Promise):
        told = literal(told, wording.in_language(detail, values.language)[1])
    return {**error, "detail": told}


def _in_language(members: Mapping[str, object], language: str) -> Mapping[str, object]:
    """Translate the lazy texts among the members now, while the reader's language is known."""
    if not any(isinstance(value, Promise) for value in members.values()):
        return members
    with speaking(language):
        return {
            name: str(value) if isinstance(value, Promise) else value
            for name, value in members.items()
        }


class _Values:
    """The values of placeholders for one occurrence."""

    def __init__(
        self, request: HttpRequest, error: HttpError, language: str, reference: str
    ) -> None:
        self.request = request
        self.error = error
        self.language = language
        self.reference = reference

    def get(self, name: str) -> str:
        """The value of a placeholder, formatted in the reader's language."""
        if name in self.error.members and name in getattr(type(self.error), "fields", ()):
            return self.printed(self.error.members[name])
        value = _FIXED_VALUES[name](self)
        return value if isinstance(value, Shown) else self.printed(value)

    def printed(self, value: object) -> str:
        """Format a value as text; ``""`` if that fails."""
        if type(value) is str:
            return value
        try:
            if isinstance(value, str):
                return str(value)
            with speaking(self.language):
                return str(localize(value))
        except Exception:
            logger.exception("A value of %s cannot be printed.", type(self.error).__name__)
            return ""

    def retry_after(self) -> Shown:
        delay = self.error.members.get("retry_after")
        with speaking(self.language):
            return _told_delay(delay if isinstance(delay, int) else None, self.language)

    def allowed(self) -> str:
        members = self.error.members
        listed = next((members[name] for name in _ALLOWED if members.get(name)), None)
        return ", ".join(listed) if isinstance(listed, list) else ""


# The members that list what the client may use instead.
_ALLOWED = ("allow", "available", "accept", "accept_encoding")

_FIXED_VALUES: Mapping[str, Callable[[_Values], object]] = {
    "path": lambda values: values.request.path,
    # The answers to HEAD and to GET must have the same fields (RFC 9110 §9.3.2).
    "method": lambda values: "GET" if values.request.method == "HEAD" else values.request.method,
    "host": lambda values: host_of(values.request),
    "status": lambda values: values.error.status,
    "detail": lambda values: values.error.detail or "",
    "reference": lambda values: values.reference,
    "retry_after": _Values.retry_after,
    "allowed": _Values.allowed,
}


def _told_delay(seconds: int | None, language: str) -> Shown:
    """A delay in words; on a page with the moment that it ends, which scripts can read."""
    plain = spoken_delay(seconds)
    if seconds is None:
        return literal(plain, language)
    try:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        clock = _clock(moment)
    except OverflowError:  # beyond the year 9999
        return literal(plain, language)
    machine = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Shown(
        plain,
        format_html(
            '<time class="until" datetime="{}">{}</time> <bdi>({})</bdi>',
            machine,
            plain,
            clock,
        ),
        language,
    )


def _clock(moment: datetime) -> str:
    """The moment on a clock in the active time zone, with its name: ``14:32 CET``.

    Rounded up, since at the minute that it names the delay has to be over.
    """
    local = timezone.localtime(moment + timedelta(seconds=59))
    is_today = local.date() == timezone.localtime(datetime.now(UTC)).date()
    told = date_format(local, "TIME_FORMAT" if is_today else "DATETIME_FORMAT")
    zone = local.tzname() or ""
    # Many zones have no name of letters: `+0545`.
    return f"{told} {zone if zone.isalpha() else f'UTC{local.isoformat()[-6:]}'}"


def spoken_delay(seconds: int | None) -> str:
    """Format a delay in words, rounded up; "later" if it is not known.

    >>> spoken_delay(90)
    'in 2 minutes'
    """
    if seconds is None:
        return gettext("later")
    if seconds < 60:
        return ngettext("in %(count)d second", "in %(count)d seconds", seconds) % {"count": seconds}
    minutes = -(-seconds // 60)
    if minutes < 60:
        return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}
    hours = -(-seconds // 3600)
    if hours < 48:
        return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    days = -(-seconds // 86400)
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def _reference(value: object) -> Callable[[HttpRequest], object] | None:
    function = conf.imported(value, "the function")
    if function is not None and not callable(function):
        raise TypeError(
            "must be a dotted path to a function of the request, such as 'shop.logs.request_id'"
        )
    return cast("Callable[[HttpRequest], object] | None", function)


def _reference_header(value: object) -> str:
    with conf.said_as("must be the name of a header field, such as 'X-Request-ID'"):
        return header_fields.tokens([cast("str", value)], "")[0]


REFERENCE = conf.Key("REFERENCE", _reference, None)
REFERENCE_HEADER = conf.Key("REFERENCE_HEADER", _reference_header, "X-Request-ID")


def request_id(request: HttpRequest) -> str:
    """The site's id of a request, from ``HTTP4XX["REFERENCE"]`` or from the request's header field.

    ``""`` if neither gives a token that is safe to show.
    """
    given: object = None
    if (ask := REFERENCE.value) is not None:
        try:
            given = ask(request)
        except Exception:
            logger.exception("HTTP4XX['REFERENCE'] failed.")
    if given is None:
        given = request.META.get(_meta_name(REFERENCE_HEADER.value))
    text = "" if given is None else str(given)
    return text if _is_reference(text) else ""


@lru_cache(maxsize=16)
def _meta_name(field_name: str) -> str:
    return f"HTTP_{field_name.upper().replace('-', '_')}"


def _new_reference() -> str:
    """Create a UUID of version 4 (RFC 9562 §5.4), in a fraction of the time of ``uuid.uuid4()``.

    Its bits come from the operating system. The state of ``random`` belongs to the whole process:
    references would reveal its next numbers, and would repeat if a project seeds it.
    """
    digits = urandom(16).hex()
    rest = f"{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:]}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{rest}"


# Two bits are fixed, and two are left to chance (RFC 9562 §4.1).
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
