"""Django REST framework's exceptions as ours, at every door.

They are known by their dotted names and read by their attributes, so that this needs no import of
the framework. What only its view knows is added by ``rest_framework.conversion``.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from . import header_fields, validation
from .causes import is_made_from
from .conversion import allowing, converter_for, converts, is_in_query, readable, without_fields
from .exceptions import Unauthorized
from .languages import speaking
from .log import logger
from .server_errors import ServerError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .server_errors import HttpError

_MODULE = "rest_framework.exceptions"


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
    error = validation.problem_type_for(found.causes)()
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


_READ_BY_STATUS: tuple[object, ...] = (from_api_exception, _validation_error, _unauthenticated)


def is_read_by_status(exception: type[BaseException]) -> bool:
    """Whether its status alone tells the problem type of an exception of the framework's.

    So it is but where a project, or a package, says what the exception becomes.
    """
    cls: Any = exception
    return converter_for(cls) in _READ_BY_STATUS


def ensure_detail(exception: Any) -> None:
    """Give a detail to an exception whose own ``__init__`` did not call the framework's."""
    if not hasattr(exception, "detail"):
        cls: Any = [cls for cls in type(exception).__mro__ if cls.__module__ == _MODULE][-1]
        cls.__init__(exception)


def _found(exception: Any, request: HttpRequest) -> validation.Findings:
    detail = [exception.detail] if isinstance(exception.detail, str) else exception.detail
    if (
        isinstance(detail, list)
        and len(detail) == 1
        and _is_default(exception, detail[0], getattr(detail[0], "code", None))
    ):
        return validation.Findings([], set())
    query: object = getattr(getattr(detail, "serializer", None), "initial_data", None)
    in_query = is_in_query(request) or query is request.GET
    return readable(partial(validation.from_detail, in_query=in_query), detail)


def _with_its_own(error: HttpError, exception: Any, request: HttpRequest) -> HttpError:
    """The error with what the exception says of itself.

    For a 4xx the framework's defaults count as nothing; for a 5xx there are no words of ours.
    """
    detail, said = exception.detail, _said(exception)
    if said is None and isinstance(detail, (list, dict)):
        error.errors = _found(exception, request).errors
    if said is not None and isinstance(detail, dict):
        error.members.update(
            {name: value for name, value in detail.items() if name not in ("detail", "code")}
        )
    is_wordless = isinstance(error, ServerError)
    if said is not None and (is_wordless or not _is_default(exception, *said)):
        error.detail, error.code = said[0], said[1] or error.code
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
    delay = header_fields.readable_delay(getattr(exception, "wait", None))
    if delay is not None:
        error.send_field("Retry-After", str(delay), retry_after=delay)


def _said(exception: Any) -> tuple[str, str | None] | None:
    """The text and the code of the whole; ``None`` where the detail has parts.

    Packages for tokens put both into a dictionary, and permissions a text beside what else they say.
    """
    detail: Any = exception.detail
    code = None
    if isinstance(detail, dict):
        code, detail = detail.get("code"), detail.get("detail")
    if not isinstance(detail, str):
        return None
    code = getattr(detail, "code", None) if code is None else str(code)
    return detail, code and validation.written_code(code)


def _is_default(exception: Any, detail: str, code: str | None) -> bool:
    """Whether these are the general words of the framework, rather than those of a project's class."""
    cls: Any = type(exception)
    default_code, texts = _defaults(cls, None)
    if code != default_code:
        return False
    # As a plain text: to compare with its class would take several times as long, as would asking
    # for the language.
    if str(detail) in texts:
        return True
    default_code, texts = _defaults(cls, get_language())
    return str(detail) in texts or any(is_made_from(text, detail) for text in texts)


@lru_cache(maxsize=256)
def _defaults(cls: Any, language: str | None) -> tuple[str, tuple[str, ...]]:
    """The code and the texts of the framework's own class, in a language, or as they are written.

    The texts may have placeholders.
    """
    cls = next(parent for parent in cls.__mro__ if parent.__module__ == _MODULE)
    with speaking(language):
        default = str(cls.default_detail)
        names = ("extra_detail_singular", "extra_detail_plural")
        further = [f"{default} {getattr(cls, name)}" for name in names if hasattr(cls, name)]
    return cls.default_code, (default, *further)
