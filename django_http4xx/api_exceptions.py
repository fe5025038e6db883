"""Django REST framework's exceptions as ours, at every door.

They are known by their dotted names and read by their attributes, so that this needs no import of
the framework. What only its view knows is added by ``rest_framework.conversion``.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import get_language

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
from .words.activation import speaking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from .exceptions import ClientError
    from .server_errors import HttpError

_MODULE = "rest_framework.exceptions"
_ABOUT_FIELDS = {f"{_MODULE}.ValidationError"}


@converts("rest_framework.exceptions.APIException")
def from_api_exception(exception: Any, request: HttpRequest) -> HttpError | None:
    """Its status, text, code and fields; ``None`` for what is no error."""
    status = int(exception.status_code)  # as `HttpResponse` reads it
    if not 400 <= status <= 599:
        return None
    ensure_detail(exception)
    error: HttpError = without_fields(status) if status < 500 else ServerError(status)
    return _with_its_own(error, exception, request)


@converts("rest_framework.exceptions.ValidationError")
def _validation_error(exception: Any, request: HttpRequest) -> HttpError | None:
    """The errors of the fields, and the status that they deserve."""
    # A project that gave its subclass another status decided that itself.
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
    """401 also where the view made a 403 of it, as its first authenticator has no challenge."""
    if type(exception).status_code != 401:
        return from_api_exception(exception, request)
    ensure_detail(exception)
    return _with_its_own(Unauthorized(), exception, request)


@converts("rest_framework.exceptions.PermissionDenied")
def _denied(exception: Any, request: HttpRequest) -> HttpError | None:
    """A failed CSRF check of an authenticator as such, and not as a lack of permission."""
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
    """The problem type of an exception of the framework's that is answered with a status.

    Nothing that it says is read, however much that is. ``None`` where a project, or a package, says
    what the exception becomes.
    """
    cls: Any = type(exception)
    converter = converter_for(cls)
    if converter is _denied and status == 403 and isinstance(exception.detail, str):
        return CsrfFailed if is_csrf_failure(exception) else Forbidden
    return CLASSES.get(status, BadRequest) if converter in _READ_BY_STATUS else None


def ensure_detail(exception: Any) -> None:
    """Give a detail to an exception whose own ``__init__`` did not call the framework's."""
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
    """The error with what the exception says of itself; the framework's defaults count as nothing."""
    if _is_about_fields(exception):
        error.errors = _found(exception, request).errors
    else:
        _say(error, exception)
    for send in (_send_challenge, _send_delay):
        try:
            send(error, exception)
        except Exception:
            logger.exception("A %s has what no field can hold.", type(exception).__name__)
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
    """How to sign in to a view of the framework: what each of its authenticators asks for.

    The framework itself asks only the first, which may have no challenge. Where the view's own
    ``get_authenticate_header`` says something else, that is all. Empty where there is none.
    """
    authenticators: Iterable[Any] = view.get_authenticators() or ()
    known = [authenticator.authenticate_header(request) for authenticator in authenticators]
    own = view.get_authenticate_header(request)
    return header_fields.challenges([own] if own and own not in known else filter(None, known))


def _is_about_fields(exception: Any) -> bool:
    """Whether the detail speaks of what was sent: of any other exception only a serializer's does."""
    return is_one_of(exception, _ABOUT_FIELDS) or hasattr(exception.detail, "serializer")


def _say(error: HttpError, exception: Any) -> None:
    """Let the error say what the detail of an exception says of the whole.

    For a 5xx we have no words, to which the framework's would give way.
    """
    said = details.of(exception)
    error.members.update(said.members)
    takes_all = isinstance(error, ServerError)
    given = (code for code in said.codes if takes_all or _given_code(exception, code) is not None)
    code = next(given, None)
    if said.text is not None and (code is not None or not _is_general(exception, said.text)):
        error.detail = said.text
    if code is not None:
        error.code = validation.written_code(code)


def _given_code(exception: Any, code: object) -> object | None:
    """A code that somebody gave, or a class of the project's has; ``None`` for the framework's own."""
    cls: Any = type(exception)
    return None if code == _code_of_the_framework(cls) else code


@lru_cache(maxsize=256)
def _code_of_the_framework(cls: Any) -> object:
    """What stands in for a code where nobody gave one; ``None`` where a project's class has its own."""
    owner = next(parent for parent in cls.__mro__ if "default_code" in vars(parent))
    return owner.default_code if owner.__module__ == _MODULE else None


def _is_general(exception: Any, text: object) -> bool:
    """Whether a text is the framework's for every such case, rather than one of the project's."""
    if not isinstance(text, (str, Promise)):
        return False
    cls: Any = type(exception)
    # As a plain text: to compare with its class would take several times as long, as would asking
    # for the language.
    plain = str(text)
    if plain in _general_texts(cls, None):
        return True
    texts = _general_texts(cls, get_language())
    return plain in texts or any(is_made_from(text, plain) for text in texts)


@lru_cache(maxsize=256)
def _general_texts(cls: Any, language: str | None) -> tuple[str, ...]:
    """The texts of the framework's own class, in a language, or as they are written.

    They may have placeholders.
    """
    cls = next(parent for parent in cls.__mro__ if parent.__module__ == _MODULE)
    with speaking(language):
        default = str(cls.default_detail)
        names = ("extra_detail_singular", "extra_detail_plural")
        further = [f"{default} {getattr(cls, name)}" for name in names if hasattr(cls, name)]
    return (default, *further)
