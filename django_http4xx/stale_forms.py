"""Forms that Django refused for their CSRF token: what was typed, and whether to send it again.

The page of ``csrf-failed`` shows what was typed. It has a button that sends it again, with a fresh
token, only if that undoes no protection: the browser says that the form was sent by a page of this
very origin, and whoever is signed in now is who was signed in when the form was made. Whatever
cannot be found out counts against the button.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.forms.utils import pretty_name
from django.middleware.csrf import get_token
from django.utils.http import escape_leading_slashes
from django.views.debug import SafeExceptionReporterFilter, get_exception_reporter_filter

from . import conf, csrf_secrets
from .exceptions import CsrfFailed
from .hosts import host_of
from .log import logger
from .resolved_views import class_of
from .words.texts import literal
from .words.wording import built_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.http import HttpRequest, HttpResponse

    from .problems import Problem

# The most that the page repeats: bytes of names and values, and fields.
_MAX_SIZE = 10_000
_MAX_FIELDS = 200

# How many layers of a view are looked at, and how many decorators in one of them.
_MAX_LAYERS = 200
_MAX_DECORATORS = 50

_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Field:
    """A field of a form. ``asked``: the type of input that asks for its value again, or ``""``."""

    name: str
    value: str
    asked: str = ""
    is_multiple: bool = False

    @property
    def label(self) -> str:
        return pretty_name(self.name)

    @property
    def rows(self) -> int:
        """The lines that a text needs on the page; 1 for what fits into a single one."""
        lines = sum(1 + len(line) // 60 for line in self.value.splitlines())
        return min(12, max(lines, 1 + ("\n" in self.value or "\r" in self.value)))


@dataclass(frozen=True)
class StaleForm:
    """A form that was refused, as the page shows it.

    ``token``: a fresh token if the form may be sent again, else ``""``. ``origin``: ``"own"``,
    ``"foreign"``, or ``"unknown"`` if the browser does not tell. ``user``: the name of who is signed
    in; ``""`` for nobody, ``None`` if that is not known.
    """

    fields: Sequence[Field]
    action: str
    is_multipart: bool
    origin: str
    user: str | None = None
    token: str = ""

    @property
    def asked(self) -> list[str]:
        """The labels of what has to be filled in again."""
        return [field.label for field in self.fields if field.asked]


_FORM = "_http4xx_form"


def refusal(request: HttpRequest) -> CsrfFailed:
    """The error for a request that failed the CSRF check, with its form if that can be shown."""
    error = CsrfFailed()
    try:
        setattr(error, _FORM, _read(request))
    except Exception:
        # Clients break off, and send what no parser can read.
        logger.warning("A form without a valid token could not be read.", exc_info=True)
    return error


def form_of(problem: Problem) -> StaleForm | None:
    """The form that a problem is about."""
    return getattr(problem.exception, _FORM, None)


def is_sendable_on(response: HttpResponse) -> bool:
    """Whether a page has the button that sends its form again."""
    form = form_of(response.problem)  # type: ignore[attr-defined]
    return form is not None and form.token != "" and form.token.encode() in response.content


def beside_form(problem: Problem) -> Problem:
    """The problem without its built-in remedy, in whose place the page with the form has its own."""
    built_in = built_in_words(CsrfFailed, problem.language).remedy.show(str)
    if problem.remedy != built_in:
        return problem
    return replace(problem, remedy=literal("", problem.language))


def _read(request: HttpRequest) -> StaleForm | None:
    if request.method != "POST" or request.content_type not in _TYPES:
        return None
    typed = [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != _TOKEN
    ]
    size = sum(len(f"{name}{value}".encode("utf-8", "replace")) for name, value in typed)
    if len(typed) > _MAX_FIELDS or size > _MAX_SIZE:
        return None
    fields = [*_without_secrets(request, typed), *_files(request)]
    if not fields:
        return None
    form = StaleForm(
        fields=fields,
        action=escape_leading_slashes(request.get_full_path()),
        is_multipart=request.content_type != _TYPES[0],
        origin=_origin(request),
    )
    return _with_token(form, request) if form.origin == "own" else form


# Where the form came from


def _origin(request: HttpRequest) -> str:
    """Whether a page of this very origin sent the form, as the browser says.

    No script can set ``Sec-Fetch-Site`` or ``Origin``. Browsers do not send the former by plain
    HTTP, except to the machine itself; the origin is unknown then, and so it is for ``null``.
    """
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    origin = request.META.get("HTTP_ORIGIN")
    host = host_of(request)
    if not host:
        return "unknown"
    own = f"{request.scheme}://{host}"
    if site in ("cross-site", "same-site") or origin not in (None, "null", own):
        return "foreign"
    return "own" if site == "same-origin" and origin in (None, own) else "unknown"


# Who it came from


def _with_token(form: StaleForm, request: HttpRequest) -> StaleForm:
    """Add who is signed in and, if they may send the form again, a token."""
    token = _fresh_token(request)
    try:
        user: Any = getattr(request, "user", None)
        is_known = user is not None and user.is_authenticated
        name = str(user.get_username()) or None if is_known else ""
        secret = csrf_secrets.secret_in(request.POST.get(_TOKEN))
        is_theirs = csrf_secrets.is_for_sender(secret, request)
    except Exception:
        logger.exception("Who is signed in cannot be found out.")
        return form
    may_send = is_theirs and all(map(_arrives_unchanged, form.fields))
    return replace(form, user=name, token=token if may_send else "")


def _fresh_token(request: HttpRequest) -> str:
    """A token for the form; its cookie comes with the answer. ``""`` if there cannot be one.

    If the session keeps tokens, a new one has to be saved, which may fail after us.
    """
    if settings.CSRF_USE_SESSIONS and "CSRF_COOKIE" not in request.META:
        return ""
    return get_token(request)


def _arrives_unchanged(field: Field) -> bool:
    """Whether a browser sends a field of our page as it was: HTML has no NUL and no empty name."""
    return bool(field.name) and "\0" not in field.name + field.value


# What was typed


def _without_secrets(request: HttpRequest, typed: Iterable[tuple[str, str]]) -> Iterator[Field]:
    """The fields in their order, without the values that a page must not repeat."""
    is_sensitive = _sensitivity(request)
    for name, value in typed:
        is_asked = value != "" and is_sensitive(name, value)
        yield Field(name, "", "password") if is_asked else Field(name, value)


def _files(request: HttpRequest) -> Iterator[Field]:
    for name, files in request.FILES.lists():
        yield Field(name, "", "file", is_multiple=len(files) > 1)


def _sensitive(value: object) -> re.Pattern[str]:
    names = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [None]
    if not all(isinstance(name, str) and name for name in names):
        raise TypeError("must be a list of names of form fields, such as ['diagnosis']")
    escaped = "|".join(re.escape(cast("str", name).lower()) for name in names)
    return re.compile(rf"(?<![a-z0-9])(?:{escaped})(?![a-z])" if escaped else r"(?!)")


SENSITIVE_POST_PARAMETERS = conf.Key("SENSITIVE_POST_PARAMETERS", _sensitive, ())

# Django's filter does not know these. The short ones are parts of other words, such as "shipping".
_IS_PAYMENT = re.compile(
    r"card|iban|cvv|cvc|(?<![a-z])(?:otp|ssn)|(?<![a-z])pin(?:code|number)?(?![a-z])"
).search
_between_humps = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# "AUTH", which Django's filter looks for, is in the name of the most harmless of fields.
_author = re.compile(r"author(?!i[sz])", re.IGNORECASE)

# Django's views for passwords mark everything as sensitive. This field is no secret, and not typed.
_REDIRECT = "next"


def _sensitivity(request: HttpRequest) -> Callable[[str, str], bool]:
    """A function of the name and the value of a field: whether a page must not repeat the value."""
    reporter: Any = get_exception_reporter_filter(request)
    hidden = {*_hidden_by_view(request)}
    cleansed = reporter.get_post_parameters(request)
    is_django = reporter.hidden_settings is SafeExceptionReporterFilter.hidden_settings

    def is_sensitive(name: str, value: str) -> bool:
        # As "userPin" is written, and as "user_pin", so that each word is found.
        spellings = f"{name} {_between_humps.sub('_', name)}".lower()
        told = _author.sub("", name) if is_django else name
        return bool(
            name in hidden
            or ("__ALL__" in hidden and name != _REDIRECT)
            or value not in cleansed.getlist(name)
            or reporter.cleanse_setting(told, value) != value
            or _IS_PAYMENT(spellings)
            or SENSITIVE_POST_PARAMETERS.value.search(spellings)
        )

    return is_sensitive


def _hidden_by_view(request: HttpRequest) -> Iterator[str]:
    """The names that ``sensitive_post_parameters`` hides; ``__ALL__`` if it names none.

    The view is not called yet, so its decorator has not told the request.
    """
    view: Any = request.resolver_match.func if request.resolver_match else None
    cls = class_of(view)[0]
    found: list[Any] = [view, *(getattr(cls, name, None) for name in ("dispatch", "post"))]
    for layer in found:
        parts = _parts_of(layer)
        # Django's decorator keeps the names only in this variable of its closure.
        code = getattr(layer, "__code__", None)
        if code and "sensitive_post_parameters" in code.co_qualname:
            yield from parts.get("parameters") or ("__ALL__",)
        if len(found) < _MAX_LAYERS:
            candidates = (one for part in parts.values() for one in _callables_in(part))
            found += [one for one in candidates if not any(one is other for other in found)]


def _parts_of(layer: Any) -> dict[str, Any]:
    """What a layer of a view holds: the variables of its closure, or its parts by name."""
    if isinstance(layer, partial):
        return {"func": layer.func, "args": layer.args}
    if isinstance(layer, MethodType):
        return {"func": layer.__func__}
    if not isinstance(layer, FunctionType):
        return {}
    names = layer.__code__.co_freevars
    parts = {"wrapped": getattr(layer, "__wrapped__", None)}
    for name, cell in zip(names, layer.__closure__ or (), strict=False):
        # The cell of a variable that is not assigned yet is empty.
        with suppress(ValueError):
            parts[name] = cell.cell_contents
    return parts


def _callables_in(part: Any) -> list[Any]:
    """A part if it can be called, or those of its items that can: a few decorators, not data."""
    is_short_list = isinstance(part, (list, tuple)) and len(part) <= _MAX_DECORATORS
    return list(filter(callable, part if is_short_list else (part,)))
