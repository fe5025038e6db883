"""Problem: one error, explained; what RFC 9457 calls problem details.

A problem is complete: whoever writes it down needs neither the exception nor the request.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.core.exceptions import DisallowedHost
from django.http.request import split_domain_port
from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

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

    from .server_errors import HttpError
    from .words.snapshots import Snapshot

__all__ = ["Problem"]

# Nothing that a reader or a program could take for an address.
_is_reference = re.compile(r"[A-Za-z0-9._~+=-]{1,128}").fullmatch
_is_uuid = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
).fullmatch


@dataclass
class Problem:
    """One error, explained in one language.

    ``title``, ``explanation``, ``remedy`` and ``detail`` are plain texts that print as HTML in a
    template. ``detail`` is the explanation where the view gave none. ``exception`` is what was raised,
    ``may_be_stored`` whether a cache may keep the answer, ``template`` the project's own that shows it.
    ``body`` is what a handler of the project's own made of the members, where it changed them, and
    ``added`` what of it has no place among the words; both are what JSON can hold.

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

    @property
    def instance(self) -> str:
        """The URI of this occurrence; empty where the reference is no UUID."""
        reference = self.reference
        if not _is_uuid(reference):
            return ""
        return f"urn:uuid:{reference.lower() if '-' in reference else uuid.UUID(reference)}"

    @property
    def shown_errors(self) -> Sequence[Mapping[str, object]]:
        """The errors that an answer lists."""
        return self.errors[:MAX_ERRORS]

    @property
    def listed_errors(self) -> list[tuple[str, str]]:
        """The errors as a person reads them: where each is, as ``items, 1, qty``, and what."""
        return [(_place_of(error), str(error.get("detail", ""))) for error in self.shown_errors]

    @property
    def listed_additions(self) -> list[tuple[str, str]]:
        """What a project's own handler added, by name, as a person reads it."""
        return [(name, _readable(value)) for name, value in self.added.items()]

    def as_dict(self) -> dict[str, object]:
        """The body of RFC 9457, without the members that are empty or ``None``.

        Under ``about:blank`` the title is the registered phrase (RFC 9457 §4.2.1), unless the view
        chose one.
        """
        is_blank = self.type == ABOUT_BLANK and not self.has_own_title
        body: dict[str, object] = {
            "type": self.type,
            "title": self.phrase if is_blank else self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "explanation": self.explanation,
            "remedy": self.remedy,
            "help": self.help,
            "reference": self.reference,
            "instance": self.instance,
            "errors": self.errors and self.shown_errors,
            "errors_left_out": max(0, len(self.errors) - MAX_ERRORS),
        }
        said = {name: value for name, value in body.items() if value}
        if self.members:
            said |= {
                name: value
                for name, value in self.members.items()
                if name not in body and not _is_empty(value)
            }
        return said


def _place_of(error: Mapping[str, object]) -> str:
    """Which field an error is about, in words for people; empty where it is about the whole."""
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
    """Explain an error to the reader of a language, with the words of the catalogue.

    A 5xx has the registered phrase and what the API says of it, and no type of its own.

    ``snapshot``: the editors' rows to explain it with, where those in force are not meant.
    ``may_be_stored``: whether a cache may keep the answer, which then tells nothing of who asked.
    Nothing that the error carries can make this fail: a text that cannot be printed is left out,
    and the log says so.
    """
    reference = _new_reference() if may_be_stored else reference_of(request)
    values = _Values(request, error, language, reference)
    if isinstance(error, ServerError):
        return _told_as_it_is(error, values)
    words = wording.words_for(type(error), language, values.hostname, request.path_info, snapshot)
    value_of = values.get
    phrase = words.phrase.show(value_of)
    explanation = (
        _own(error, "explanation", values, language)
        or words.explanation.show(value_of)
        # All that an editor wrote may be a placeholder that has no value this time.
        or wording.built_in_words(type(error), language).explanation.show(value_of)
        or words.title.show(value_of)
        or phrase
    )
    own_title = _own(error, "title", values, explanation.language)
    own_remedy = _own(error, "remedy", values, explanation.language)
    return Problem(
        status=error.status,
        problem_type=error.problem_type,
        type=type_uri(request, error.problem_type),
        code=error.code,
        language=explanation.language,
        phrase=phrase,
        title=own_title or words.title.show(value_of) or phrase,
        explanation=explanation,
        remedy=words.remedy.show(value_of) if own_remedy is None else own_remedy,
        detail=_own(error, "detail", values, explanation.language) or explanation,
        reference=reference,
        may_be_stored=may_be_stored,
        path=request.path,
        exception=error.origin or error,
        help=words.help_url,
        help_label=words.help_label.show(value_of),
        has_own_title=bool(own_title) or words.has_own_title,
        errors=error.errors and [_printed_error(found, values) for found in error.errors],
        members=error.members and _in_language(error.members, language),
    )


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
        detail=_own(error, "detail", values, values.language) or phrase,
        reference=values.reference,
        path=values.request.path,
        exception=error.origin or error,
        may_be_stored=False,
        errors=[_printed_error(found, values) for found in error.errors],
        members=_in_language(error.members, values.language),
    )


def _own(error: HttpError, name: str, values: _Values, language: str) -> Shown | None:
    """The words that this occurrence brought along; ``None`` where it brought none.

    ``language``: what a text is taken to be in that does not tell.
    """
    own = error.__dict__.get(name)
    if own is None:
        return None
    plain = values.printed(own)
    if plain and isinstance(own, Promise):
        language = wording.in_language(own, values.language)[1]
    return literal(plain, language)


def _printed_error(error: Mapping[str, object], values: _Values) -> Mapping[str, object]:
    detail = error.get("detail", "")
    return error if type(detail) is str else {**error, "detail": values.printed(detail)}


def _in_language(members: Mapping[str, object], language: str) -> Mapping[str, object]:
    """Members whose lazy translations are made while the reader's language is known."""
    if not any(isinstance(value, Promise) for value in members.values()):
        return members
    with speaking(language):
        return {
            name: str(value) if isinstance(value, Promise) else value
            for name, value in members.items()
        }


class _Values:
    """What the placeholders of a text stand for in one occurrence."""

    def __init__(
        self, request: HttpRequest, error: HttpError, language: str, reference: str
    ) -> None:
        self.request = request
        self.error = error
        self.language = language
        self.reference = reference

    def get(self, name: str) -> str:
        """The value of a placeholder, printed in the reader's language."""
        if name in self.error.members and name in getattr(type(self.error), "fields", ()):
            return self.printed(self.error.members[name])
        return self.printed(_FIXED_VALUES[name](self))

    def printed(self, value: object) -> str:
        """The value as text; the empty text where it cannot be printed."""
        if type(value) is str:
            return value
        try:
            with speaking(self.language):
                return str(localize(value))
        except Exception:
            logger.exception("A value of %s cannot be printed.", type(self.error).__name__)
            return ""

    def host(self) -> str:
        try:
            return self.request.get_host()
        except DisallowedHost:
            return ""

    def hostname(self) -> str:
        return split_domain_port(self.host())[0]

    def retry_after(self) -> str:
        delay = self.error.members.get("retry_after")
        with speaking(self.language):
            return spoken_delay(delay if isinstance(delay, int) else None)

    def allowed(self) -> str:
        methods = self.error.members.get("allow")
        return ", ".join(methods) if isinstance(methods, list) else ""


_FIXED_VALUES: Mapping[str, Callable[[_Values], object]] = {
    "path": lambda values: values.request.path,
    # What is said to HEAD is what would be said to GET (RFC 9110 §9.3.2).
    "method": lambda values: "GET" if values.request.method == "HEAD" else values.request.method,
    "host": _Values.host,
    "status": lambda values: values.error.status,
    "detail": lambda values: values.error.detail or "",
    "reference": lambda values: values.reference,
    "retry_after": _Values.retry_after,
    "allowed": _Values.allowed,
}


def spoken_delay(seconds: int | None) -> str:
    """When to come back, as one says it, never too early; "later" where nobody knows.

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


def reference_of(request: HttpRequest) -> str:
    """The id of a problem: the incoming ``X-Request-ID`` where it is a token, else a new UUID."""
    return incoming_reference(request) or _new_reference()


def incoming_reference(request: HttpRequest) -> str:
    """The ``X-Request-ID`` of a request; the empty text where it has none that can be shown."""
    incoming = request.META.get("HTTP_X_REQUEST_ID")
    return incoming if incoming and _is_reference(incoming) else ""


def _new_reference() -> str:
    """A UUID of version 4 (RFC 9562 §5.4).

    It comes from the operating system. The numbers of ``random`` belong to the whole process:
    references made of them would tell what comes next, and two would be the same where it is seeded.
    """
    return str(uuid.uuid4())
