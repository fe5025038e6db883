"""Convert exceptions of Django REST framework to ours, wherever they are raised.

They are recognised by dotted names and read by attributes, so that the framework need not be
imported. ``rest_framework.conversion`` adds what only the framework's view knows.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from . import details, header_fields, validation
from .causes import is_made_from, is_one_of
from .conversion import (
    allowing,
    converter_for,
    converts,
    is_csrf_failure,
    is_in_query,
    readable,
    without_fields,
)
from .exceptions import CLASSES, BadRequest, CsrfFailed, Forbidden, Unauthorized
from .log import logger
from .server_errors import ServerError
from .words import activation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from .exceptions import ClientError
    from .server_errors import HttpError

_MODULE = "rest_framework.exceptions"
_ABOUT_FIELDS = {f"{_MODULE}.ValidationError"}


@converts("rest_framework.exceptions.APIException")
def from_api_exception(exception: Any, request: HttpRequest) -> HttpError | None:
    """Convert its status, text, code and fields; ``None`` if the status is not a 4xx or 5xx."""
    status = int(exception.status_code)  # as `HttpResponse` reads it
    if not 400 <= status <= 599:
        return None
    ensure_detail(exception)
    error: HttpError = without_fields(status) if status < 500 else ServerError(status)
    return _with_its_own(error, exception, request)


@converts("rest_framework.exceptions.ValidationError")
def _validation_error(exception: Any, request: HttpRequest) -> HttpError | None:
    """Convert the errors of the fields, and choose the status for them."""
    # If a project gave its subclass another status, that decides.
    if exception.status_code != 400:
        return from_api_exception(exception, request)
    ensure_detail(exception)
    found = _found(exception, request)
    error = validation.problem_type_for(found.kinds)()
    error.errors = found.errors
    return error


@converts(
    "rest_framework.exceptions.AuthenticationFailed",
    "rest_framework.exceptions.NotAuthenticated",
)
def _unauthenticated(exception: Any, request: HttpRequest) -> HttpError | None:
    """Keep the 401 that a view turns into a 403 if its first authenticator has no challenge."""
    if type(exception).status_code != 401:
        return from_api_exception(exception, request)
    ensure_detail(exception)
    return _with_its_own(Unauthorized(), exception, request)


@converts("rest_framework.exceptions.PermissionDenied")
def _denied(exception: Any, request: HttpRequest) -> HttpError | None:
    """Distinguish a CSRF check that failed in an authenticator from a lack of permission."""
    if exception.status_code != 403 or not is_csrf_failure(exception):
        return from_api_exception(exception, request)
    ensure_detail(exception)
    return _with_its_own(CsrfFailed(), exception, request)


_READ_BY_STATUS: tuple[object, ...] = (
    from_api_exception,
    _validation_error,
    _unauthenticated,
    _denied,
)


def type_by_status(exception: Any, status: int) -> type[ClientError] | None:
    """The problem type for an exception of the framework and a status.

    This does not read the detail, which may be large. ``None`` if a project, or a package, has a
    converter of its own for the exception.
    """
    cls: Any = type(exception)
    converter = converter_for(cls)
    if converter is _denied and status == 403 and isinstance(exception.detail, str):
        return CsrfFailed if is_csrf_failure(exception) else Forbidden
    return CLASSES.get(status, BadRequest) if converter in _READ_BY_STATUS else None


def ensure_detail(exception: Any) -> None:
    """Add the ``detail`` that is missing if a subclass's ``__init__`` does not call ``super()``."""
    if not hasattr(exception, "detail"):
        cls: Any = [cls for cls in type(exception).__mro__ if cls.__module__ == _MODULE][-1]
        cls.__init__(exception)


def _found(exception: Any, request: HttpRequest) -> validation.Findings:
    detail = [exception.detail] if isinstance(exception.detail, str) else exception.detail
    if isinstance(detail, list) and len(detail) == 1 and _says_nothing(exception, detail[0]):
        return validation.Findings([], set())
    query: object = getattr(getattr(detail, "serializer", None), "initial_data", None)
    in_query = is_in_query(request) or query is request.GET
    return readable(partial(validation.from_detail, in_query=in_query), detail)


def _says_nothing(exception: Any, text: object) -> bool:
    code = _given_code(exception, getattr(text, "code", None))
    return code is None and _is_general(exception, text)


def _with_its_own(error: HttpError, exception: Any, request: HttpRequest) -> HttpError:
    """Add the details of the exception to the error, except the framework's default texts."""
    if _is_about_fields(exception):
        error.errors = _found(exception, request).errors
    else:
        _say(error, exception)
    for send in (_send_challenge, _send_delay):
        try:
            send(error, exception)
        except Exception:
            logger.exception("A header field of a %s cannot be set.", type(exception).__name__)
    return allowing(error, request)


def _send_challenge(error: HttpError, exception: Any) -> None:
    if challenge := getattr(exception, "auth_header", None):
        challenge = header_fields.text_value(challenge)
        error.send_field("WWW-Authenticate", challenge, challenge=challenge)


def _send_delay(error: HttpError, exception: Any) -> None:
    wait = getattr(exception, "wait", None)
    if wait is not None and (delay := header_fields.readable_delay(wait)) is not None:
        error.send_field("Retry-After", str(delay), retry_after=delay)


def challenge_of(view: Any, request: Any) -> str:
    """The challenges of all authenticators of a view, as one field value, or ``""``.

    The framework itself uses only that of the first, which may have none. If the view overrides
    ``get_authenticate_header``, its result is used alone.
    """
    authenticators: Iterable[Any] = view.get_authenticators() or ()
    known = [authenticator.authenticate_header(request) for authenticator in authenticators]
    own = view.get_authenticate_header(request)
    return header_fields.challenges([own] if own and own not in known else filter(None, known))


def _is_about_fields(exception: Any) -> bool:
    """Whether the detail is about fields: that of a ``ValidationError``, or of a serializer."""
    return is_one_of(exception, _ABOUT_FIELDS) or hasattr(exception.detail, "serializer")


def _say(error: HttpError, exception: Any) -> None:
    """Copy the text, code and members of an exception to the error.

    A 5xx keeps the framework's own code, too, as it has no type of ours to replace it.
    """
    said = details.of(exception)
    if said.members:
        error.members.update(said.members)
    cls: Any = type(exception)
    default = None if isinstance(error, ServerError) else _code_of_the_framework(cls)
    code = next((code for code in said.codes if code != default), None)
    if said.text is not None and (code is not None or not _is_general(exception, said.text)):
        error.detail = said.text
    if code is not None:
        error.code = validation.written_code(code)


def _given_code(exception: Any, code: object) -> object | None:
    """The code, or ``None`` if it is only the default of one of the framework's classes."""
    cls: Any = type(exception)
    return None if code == _code_of_the_framework(cls) else code


@lru_cache(maxsize=256)  # never emptied: depends on its arguments only
def _code_of_the_framework(cls: Any) -> object:
    """The default code of one of the framework's classes; ``None`` if a project's class sets it."""
    owner = next(parent for parent in cls.__mro__ if "default_code" in vars(parent))
    return owner.default_code if owner.__module__ == _MODULE else None


def _is_general(exception: Any, text: object) -> bool:
    """Whether a text is one of the framework's defaults, in the active language or in English."""
    if not isinstance(text, (str, Promise)):
        return False
    cls: Any = type(exception)
    # Comparing the framework's own string class, or asking for the language, would be several times
    # as slow.
    plain = str(text)
    if plain in _general_texts(cls, None)[0]:
        return True
    texts, with_placeholders = _general_texts(cls, activation.language())
    if plain in texts or not with_placeholders:
        return plain in texts
    return any(is_made_from(text, plain) for text in with_placeholders)


@lru_cache(maxsize=256)  # never emptied: depends on its arguments only
def _general_texts(cls: Any, language: str | None) -> tuple[frozenset[str], list[str]]:
    """The framework's own texts for an exception, and those of them with placeholders.

    ``None``: in English.
    """
    cls = next(parent for parent in cls.__mro__ if parent.__module__ == _MODULE)
    with activation.speaking(language):
        default = str(cls.default_detail)
        names = ("extra_detail_singular", "extra_detail_plural")
        further = [f"{default} {getattr(cls, name)}" for name in names if hasattr(cls, name)]
    texts = frozenset((default, *further))
    return texts, [text for text in texts if "{" in text]
