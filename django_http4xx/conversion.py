"""Other people's exceptions, and bare responses, as ours.

One table says what each exception becomes; the most derived class wins. A project adds to it with
the ``converts`` decorator or with ``HTTP4XX["EXCEPTIONS"]``, and what it says wins over ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.core import exceptions as django_exceptions
from django.http import Http404, HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import split_domain_port
from django.utils.translation import gettext_lazy as _

from . import conf, details, header_fields, validation
from .exceptions import (
    CLASSES,
    BadRequest,
    ClientError,
    ContentTooLarge,
    CsrfFailed,
    Forbidden,
    MisdirectedRequest,
    NotFound,
    SessionInterrupted,
    TooManyRequests,
    URITooLong,
)
from .log import logger
from .resolved_views import methods_of
from .server_errors import ServerError
from .statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from django.http.response import HttpResponseBase

    from .server_errors import HttpError

    # `Any`: each converter takes the exception that it is registered for.
    Converter: TypeAlias = Callable[[Any, HttpRequest], HttpError | None]

__all__ = ["converts"]

_C = TypeVar("_C", bound="Converter")
_E = TypeVar("_E", bound="HttpError")

# By class, or by dotted name where importing the class would make an optional package a need.
_CONVERTERS: dict[type[BaseException] | str, Converter] = {}


def converts(*exceptions: type[BaseException] | str) -> Callable[[_C], _C]:
    """Say what an exception becomes: decorates ``(exception, request) -> ClientError | None``.

    ``None`` leaves the exception to Django. An exception is a class or its dotted name::

        @converts(stripe.CardError)
        def card_refused(error, request):
            return PaymentRequired("The card was refused.")
    """

    def register(converter: _C) -> _C:
        _CONVERTERS.update(dict.fromkeys(exceptions, converter))
        converter_for.cache_clear()
        return converter

    return register


# The other required fields have a default: `CHALLENGE`, and the methods of the view.
_ONLY_ITS_RAISER_KNOWS = frozenset({"Proxy-Authenticate", "Upgrade"})


def _exceptions(value: object) -> Mapping[type[BaseException], type[ClientError]]:
    if not isinstance(value, Mapping):
        raise TypeError(
            "takes a mapping, as {'django.db.models.ProtectedError': "
            "'django_http4xx.exceptions.Conflict'}"
        )
    mapped = {
        conf.imported(source, "the exception"): conf.imported(target, "the problem type")
        for source, target in value.items()
    }
    for source, target in mapped.items():
        if not (isinstance(source, type) and issubclass(source, BaseException)):
            raise TypeError(f"takes exceptions as its keys; {source!r} is none")
        if not (isinstance(target, type) and issubclass(target, ClientError)):
            raise TypeError(f"takes subclasses of ClientError as its values; {target!r} is none")
        if not hasattr(target, "status"):
            raise TypeError(f"maps to {target.__name__}, which has no status")
        required = STATUSES[target.status].required_field
        if required in _ONLY_ITS_RAISER_KNOWS:
            raise TypeError(
                f"maps to {target.__name__}; a function has to say its {required}: see "
                "django_http4xx.conversion.converts"
            )
        if missing := [name for name in target.fields if not hasattr(target, name)]:
            raise TypeError(f"maps to {target.__name__}, which needs the fields {missing}")
    return mapped


EXCEPTIONS = conf.Key("EXCEPTIONS", _exceptions, {})


def convert(exception: BaseException, request: HttpRequest) -> HttpError | None:
    """The exception as ours; ``None`` where it is not for the client to know.

    A 5xx that was meant is a ``ServerError``. A converter that fails counts as one that declines; the
    log says so.

    >>> convert(PermissionDenied("Staff only."), request)
    Forbidden(403, 'Staff only.')
    """
    cls: Any = type(exception)
    try:
        converter = converter_for(cls)
        error = converter(exception, request) if converter else None
    except Exception:
        logger.exception("A %s cannot be converted.", type(exception).__name__)
        return None
    if (
        error is not None
        and error is not exception
        and not isinstance(exception, BaseExceptionGroup)
    ):
        error.origin = exception
    return error


def without_group(exception: BaseException, request: HttpRequest) -> BaseException:
    """The first exception of a group in which all become one problem; else what was given.

    ``asyncio.TaskGroup`` raises a group also where one task alone has failed. Where anything else is
    in it, such as a bug, it stays what it is: a 500.
    """
    if not isinstance(exception, BaseExceptionGroup):
        return exception
    cls: Any = type(exception)
    # A project may have said what becomes of such a group.
    if converter_for(cls) is not _from_group:
        return exception
    leaves = list(_leaves(exception))
    errors = [convert(leaf, request) for leaf in leaves]
    kinds = {error and (error.status, error.problem_type) for error in errors}
    return leaves[0] if len(kinds) == 1 and None not in kinds else exception


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    """The exceptions of a group and of the groups in it, in their order, however deep."""
    pending: list[BaseException] = [group]
    while pending:
        exception = pending.pop()
        if isinstance(exception, BaseExceptionGroup):
            pending.extend(reversed(exception.exceptions))
        else:
            yield exception


@lru_cache(maxsize=512)
def converter_for(exception: type[BaseException]) -> Converter | None:
    """What the most derived class of an exception says of it, which is found by its name."""
    mapped = EXCEPTIONS.value
    for cls in exception.__mro__:
        if cls in mapped:
            return partial(_as_mapped, _end_of_chain(cls, mapped))
        if cls in (ClientError, ServerError):
            return _as_it_is
        converter = _CONVERTERS.get(cls) or _CONVERTERS.get(f"{cls.__module__}.{cls.__qualname__}")
        if converter is not None:
            return converter
    return None


def _end_of_chain(
    source: type[BaseException], mapped: Mapping[type[BaseException], type[ClientError]]
) -> type[ClientError]:
    """What an exception becomes where what it is mapped to is mapped, too; a ring is left once around."""
    seen: set[type] = {source}
    target = mapped[source]
    while target not in seen:
        seen.add(target)
        further = next((mapped[cls] for cls in target.__mro__ if cls in mapped), target)
        if further not in seen:
            target = further
    return target


def _as_mapped(
    problem_type: type[ClientError], exception: Exception, request: HttpRequest
) -> ClientError:
    return allowing(_of_type(problem_type), request)


def _as_it_is(exception: HttpError, request: HttpRequest) -> HttpError:
    return exception


def without_fields(status: int) -> ClientError:
    """A problem of a status whose required field nobody can know any more.

    An unregistered 4xx keeps its number and is explained as 400 is (RFC 9110 §15).
    """
    return _of_type(CLASSES.get(status, BadRequest), status)


def _of_type(problem_type: type[ClientError], status: int | None = None) -> ClientError:
    """An instance of a type; where its class requires an argument, without it."""
    try:
        error = problem_type()
    except TypeError:
        error = problem_type.__new__(problem_type)
        ClientError.__init__(error)
    if status is not None and status != error.status:
        error.__dict__["status"] = status
    return error


@converts(Http404)
def _not_found(exception: Http404, request: HttpRequest) -> ClientError:
    # Its text names models and URL patterns: it is meant for the developer.
    return NotFound()


@converts(django_exceptions.PermissionDenied)
def _forbidden(exception: django_exceptions.PermissionDenied, request: HttpRequest) -> ClientError:
    error = CsrfFailed() if is_csrf_failure(exception) else Forbidden()
    said = details.of(exception)
    error.detail = said.text
    error.members.update(said.members)
    if said.codes:
        error.code = validation.written_code(said.codes[0])
    return error


# Django's reasons, which it never translates, and how the framework introduces them.
_REASON_OF_CSRF = re.compile(
    r"(?:Origin|Referer) checking failed - |CSRF (?:cookie|token) |CSRF Failed: "
)


def is_csrf_failure(exception: BaseException) -> bool:
    """Whether a refusal tells that Django's CSRF check failed.

    An authenticator that makes the check itself raises a lack of permission. It names Django's reason,
    or whoever raised it has the reason at hand, or has caught a refusal that names it.
    """
    known = (exception, exception.__context__)
    return any(
        _REASON_OF_CSRF.search(_text_of(found)) or any(map(_REASON_OF_CSRF.match, _at_hand(found)))
        for found in known
        if found is not None
    )


def _text_of(exception: BaseException) -> str:
    text = details.of(exception).text
    return text if isinstance(text, str) else ""


def _at_hand(exception: BaseException) -> list[str]:
    """The texts that were at hand where an exception was raised."""
    raised = exception.__traceback__
    while raised is not None and raised.tb_next is not None:
        raised = raised.tb_next
    # No `isinstance`, which would load a lazy user.
    values = raised.tb_frame.f_locals.values() if raised else ()
    return [value for value in values if type(value) is str]


@converts("django_ratelimit.exceptions.Ratelimited", "ratelimit.exceptions.Ratelimited")
def _rate_limited(exception: Exception, request: HttpRequest) -> ClientError:
    # It is a PermissionDenied, so that Django has a handler for it; trying again does help.
    return TooManyRequests()


@converts(
    django_exceptions.BadRequest,
    django_exceptions.SuspiciousOperation,
    MultiPartParserError,
)
def _bad_request(exception: Exception, request: HttpRequest) -> ClientError:
    return BadRequest()


@converts(UnreadablePostError)
def _incomplete(exception: UnreadablePostError, request: HttpRequest) -> ClientError:
    # Unlike with other faults of a request, sending the same again can help.
    return BadRequest(remedy=_("Check your connection, then send it again."))


@converts(django_exceptions.RequestDataTooBig, django_exceptions.TooManyFilesSent)
def _content_too_large(exception: Exception, request: HttpRequest) -> ClientError:
    return ContentTooLarge()


@converts(django_exceptions.TooManyFieldsSent)
def _too_many_fields(exception: Exception, request: HttpRequest) -> ClientError:
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    in_query = request.META.get("QUERY_STRING", "").count("&") + 1
    return URITooLong() if limit is not None and in_query > limit else ContentTooLarge()


@converts(django_exceptions.DisallowedHost)
def _disallowed_host(exception: Exception, request: HttpRequest) -> ClientError:
    # Django has no public way to ask for a host that it refuses.
    domain, _port = split_domain_port(request._get_raw_host())  # type: ignore[attr-defined]
    return MisdirectedRequest() if domain else BadRequest()


@converts("django.contrib.sessions.exceptions.SessionInterrupted")
def _session_interrupted(exception: Exception, request: HttpRequest) -> ClientError:
    return SessionInterrupted()


@converts(BaseExceptionGroup)
def _from_group(group: BaseExceptionGroup[Any], request: HttpRequest) -> HttpError | None:
    only = without_group(group, request)
    return None if only is group else convert(only, request)


@converts(django_exceptions.ValidationError)
def _invalid(exception: django_exceptions.ValidationError, request: HttpRequest) -> ClientError:
    found = readable(
        partial(validation.from_validation_error, in_query=is_in_query(request)), exception
    )
    return validation.problem_type_for(found.kinds)(errors=found.errors)


def readable(read: Callable[[Any], validation.Findings], exception: object) -> validation.Findings:
    """The errors that were found; none where a message cannot be printed, which is no fault of the client's."""
    try:
        return read(exception)
    except Exception:
        logger.exception("The errors of a %s cannot be read.", type(exception).__name__)
        return validation.Findings([], set())


def is_in_query(request: HttpRequest) -> bool:
    """Whether the values of a request came with its address: it has no content."""
    length = request.META.get("CONTENT_LENGTH")
    return request.method in ("GET", "HEAD") and length in (None, "", "0")


def allowing(error: _E, request: HttpRequest) -> _E:
    """The same error; a 405 that does not know what is allowed learns it from the view."""
    if error.status == 405 and "Allow" not in error.headers:
        methods = allowed_methods(request)
        error.send_field("Allow", ", ".join(methods), allow=methods)
    return error


def from_response(response: HttpResponseBase, request: HttpRequest) -> ClientError:
    """A bare 4xx response as ours: what its fields say is said in the body, too."""
    status = response.status_code
    error = allowing(without_fields(status), request)
    fields = response.headers
    if status in _SAID_BY:
        field, member, read = _SAID_BY[status]
        if field in fields and (value := read(fields[field])) is not None:
            error.send_field(field, fields[field], **{member: value})
    # Whoever sends `Upgrade` has to send this with it (RFC 9110 §7.8).
    if status == 426 and "Upgrade" in fields:
        error.send_field("Connection", "upgrade")
    required = STATUSES[status].required_field if status in STATUSES else None
    if required and required not in fields and not error.headers.get(required):
        view = request.resolver_match.view_name if request.resolver_match else request.path
        logger.warning("%s answered %s without %s.", view, status, required)
    return error


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


def _complete_length(value: str) -> int | None:
    unit, _, length = value.strip().partition(" ")
    return _number(length.removeprefix("*/")) if unit == "bytes" and length[:2] == "*/" else None


def _delay(value: str) -> int | None:
    """The seconds that a ``Retry-After`` asks for, by their number or by a date (RFC 9110 §10.2.3)."""
    until = header_fields.seconds_until(value)
    return _number(value.strip()) if until is None else until


# The relation may be one of several (RFC 8288 §3.3), and stand behind other parameters.
_BLOCKED_BY = (
    r'<([^<>]*)>[^<>,]*;\s*rel\s*=\s*(?:"(?:[^"]*\s)?blocked-by(?:\s[^"]*)?"|blocked-by(?![^\s;,]))'
)


def _blocked_by(value: str) -> str | None:
    found = re.search(_BLOCKED_BY, value)
    return found[1] if found else None


# The field that each code explains itself with, the member that says the same, and its reader.
_SAID_BY: Mapping[int, tuple[str, str, Callable[[str], object]]] = {
    401: ("WWW-Authenticate", "challenge", str),
    405: ("Allow", "allow", header_fields.listed),
    407: ("Proxy-Authenticate", "challenge", str),
    413: ("Retry-After", "retry_after", _delay),
    415: ("Accept", "accept", header_fields.listed),
    416: ("Content-Range", "complete_length", _complete_length),
    426: ("Upgrade", "upgrade", header_fields.listed),
    429: ("Retry-After", "retry_after", _delay),
    451: ("Link", "blocked_by", _blocked_by),
}


def allowed_methods(request: HttpRequest) -> list[str]:
    """The methods that the resolved view has, for ``Allow``; none where it does not tell."""
    return methods_of(request.resolver_match.func) if request.resolver_match else []


conf.forget_on_change({"HTTP4XX"}, converter_for.cache_clear)
