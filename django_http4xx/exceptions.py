"""The exceptions that a view raises: ``ClientError``, a subclass for each status, and your own.

Raise one anywhere. The client gets the status, the header fields that HTTP requires, and words::

    raise NotFound("There is no order 12.")
    raise MethodNotAllowed(["GET", "POST"])
    raise Conflict("Somebody edited this page meanwhile.", revision=7)

To define a problem type of your own, subclass one of them and annotate its fields::

    class OutOfStock(Conflict):
        title = _("Out of stock")
        explanation = _("We have {available} of {sku} left.")
        remedy = _("Choose a smaller quantity.")
        sku: str
        available: int

    raise OutOfStock(sku="A1", available=2)
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast, dataclass_transform

from django.core import exceptions as django_exceptions
from django.http import Http404
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy, pgettext_lazy

from . import conf, header_fields
from .log import logger
from .statuses import STATUSES
from .words.texts import misspelt_placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django_stubs_ext import StrOrPromise

    from .header_fields import Delay

    def _(message: str) -> StrOrPromise:
        """Widen the type, so that a project's subclass may have a plain string for a text."""
        return gettext_lazy(message)

else:
    _ = gettext_lazy

__all__ = [
    "CLASSES",
    "BadRequest",
    "ClientError",
    "Conflict",
    "ContentTooLarge",
    "CsrfFailed",
    "ExpectationFailed",
    "FailedDependency",
    "Forbidden",
    "Gone",
    "ImATeapot",
    "LengthRequired",
    "Locked",
    "MethodNotAllowed",
    "MisdirectedRequest",
    "NotAcceptable",
    "NotFound",
    "PayloadTooLarge",
    "PaymentRequired",
    "PreconditionFailed",
    "PreconditionRequired",
    "ProxyAuthenticationRequired",
    "RangeNotSatisfiable",
    "RequestHeaderFieldsTooLarge",
    "RequestTimeout",
    "SessionInterrupted",
    "TooEarly",
    "TooManyRequests",
    "URITooLong",
    "Unauthorized",
    "UnavailableForLegalReasons",
    "UnprocessableContent",
    "UnprocessableEntity",
    "UnsupportedMediaType",
    "UpgradeRequired",
]

# Names that a field cannot have, since they mean something else in the body or as a placeholder.
BODY_MEMBERS = frozenset(
    {"type", "status", "code", "help", "reference", "instance", "errors_left_out"}
)
ARGUMENTS = frozenset(
    {"detail", "headers", "title", "explanation", "remedy", "errors", "cache_for"}
)
# The texts of a problem type.
TEXTS = ("title", "explanation", "remedy")
# Programs are told this in place of a remedy that speaks of a page.
_USE_ONE_OF = _("Use one of: {allowed}.")
# Classes with misspelt placeholders. This keeps them alive until a check has reported them.
_MISSPELT: list[type] = []
FIXED_PLACEHOLDERS = ("path", "method", "host", "status", "detail", "reference")
DERIVED_PLACEHOLDERS = ("retry_after", "allowed")

# Whether the modules that declare problem types have been imported.
_are_found = False

_is_type_name = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*").fullmatch


def _argument(*, default: Any = ..., kw_only: bool = True) -> Any:
    """Declare an argument of every problem type to type checkers (PEP 681)."""
    return default


@dataclass_transform(kw_only_default=True, field_specifiers=(_argument,))
class ProblemType(type):
    """The metaclass of problem types: gives each its name and its fields.

    A project's type accepts exactly the fields that it and its parents annotate, and type checkers
    see them. A class defined with ``init=False``, such as those here, accepts any keyword; its
    ``fields`` are the arguments that its texts may use as placeholders.
    """

    problem_type: str
    program_remedy: StrOrPromise
    fields: tuple[str, ...]
    open_ended: bool

    def __new__(
        mcs,
        class_name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        init: bool = True,
        fields: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> ProblemType:
        cls = super().__new__(mcs, class_name, bases, namespace, **kwargs)
        if "problem_type" not in namespace:
            cls.problem_type = _kebab_case(class_name)
        if not (isinstance(cls.problem_type, str) and _is_type_name(cls.problem_type)):
            raise TypeError(
                f"{class_name} needs a problem_type of lower-case letters, digits and hyphens, "
                f"such as 'out-of-stock', not {cls.problem_type!r}."
            )
        if "remedy" in namespace and "program_remedy" not in namespace:
            cls.program_remedy = ""
        if "status" in namespace:
            _check_status(cls, namespace["status"], is_built_in=not init)
        inherited = dict.fromkeys(name for base in bases for name in getattr(base, "fields", ()))
        declared = _declared_fields(cls, inherited) if init else fields
        cls.fields = tuple(dict.fromkeys((*inherited, *declared)))
        cls.open_ended = not init
        if _are_found and hasattr(cls, "status"):
            _warn_of_late(cls)
        texts = [text for name in TEXTS if isinstance(text := namespace.get(name), str)]
        if any(misspelt_placeholders(text, cls.placeholders) for text in texts):
            _MISSPELT.append(cls)
        return cls

    @property
    def placeholders(cls) -> tuple[str, ...]:
        """The names that its texts may put in braces."""
        return (*cls.fields, *FIXED_PLACEHOLDERS, *DERIVED_PLACEHOLDERS)


def _warn_of_late(cls: ProblemType) -> None:
    if not cls.__module__.startswith(f"{__package__}."):
        logger.warning(
            "The problem type %s is declared in %s, which other processes may not have imported, so "
            "they do not list it. Move it to a module that HTTP4XX['PROBLEM_MODULES'] names.",
            cls.problem_type,
            cls.__module__,
        )


def _kebab_case(class_name: str) -> str:
    """Turn ``OutOfStock`` into ``out-of-stock``, and ``URITooLong`` into ``uri-too-long``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", class_name)
    return words.replace("_", "-").strip("-").lower()


def _check_status(cls: ProblemType, status: int, *, is_built_in: bool) -> None:
    """Raise ``TypeError`` if a status is not registered, or its required field would be missing."""
    if status not in STATUSES:
        raise TypeError(f"{cls.__name__} has the status {status!r}, which is not a registered 4xx.")
    required = STATUSES[status].required_field
    if required and not is_built_in and not issubclass(cls, CLASSES[status]):
        raise TypeError(
            f"{cls.__name__} has the status {status}, which requires {required}: derive it from "
            f"{CLASSES[status].__name__}."
        )


def _declared_fields(cls: ProblemType, inherited: Iterable[str]) -> list[str]:
    """List the fields that a class body annotates, in its order and without class variables.

    Raises ``TypeError`` for a reserved name.
    """
    if sys.version_info >= (3, 14):
        import annotationlib

        annotations = annotationlib.get_annotations(cls, format=annotationlib.Format.STRING)
    else:
        annotations = inspect.get_annotations(cls)
    declared = [name for name, kind in annotations.items() if "ClassVar" not in str(kind)]
    reserved = (
        BODY_MEMBERS | ARGUMENTS | {*FIXED_PLACEHOLDERS, *DERIVED_PLACEHOLDERS, "members", "origin"}
    )
    for name in set(declared).difference(inherited):
        is_taken = name in reserved or any(_has_argument(base, name) for base in cls.__mro__[1:])
        if is_taken or name.startswith("_") or hasattr(ClientError, name):
            raise TypeError(f"{cls.__name__} declares a field {name!r}; that name is reserved.")
    return declared


def _has_argument(cls: type, name: str) -> bool:
    return isinstance(cls, ProblemType) and name in inspect.signature(cls).parameters


class ClientError(django_exceptions.BadRequest, metaclass=ProblemType, init=False):
    """A 4xx that a view raises; the base of one class for each status.

    It is a ``django.core.exceptions.BadRequest``, so Django passes it to ``handler400`` from any
    view or middleware. Raise a subclass, or create one by its number with ``from_status``.

    ``detail``: what is particular to this occurrence, shown to the reader.
    ``headers``: header fields to send, by name.
    ``title``, ``explanation``, ``remedy``: words for this occurrence, in place of the type's.
    ``errors``: a mapping for each thing that is wrong, such as ``{"pointer": "#/rating",
    "code": "max_value", "detail": "At most 5."}`` (compare the example in RFC 9457 §3).
    ``cache_for``: seconds for which caches may store the answer.
    Any other keyword becomes a member of the body (RFC 9457 §3.2).

    Raises ``TypeError`` or ``ValueError``, naming class and argument, if a value cannot be sent.
    """

    status: ClassVar[int]
    problem_type: ClassVar[str]
    # When it happens, for the page of the type.
    occurs: ClassVar[StrOrPromise] = ""
    program_remedy: ClassVar[StrOrPromise] = ""

    detail: StrOrPromise | None = _argument(default=None, kw_only=False)
    headers: dict[str, str] = _argument(default=None)
    title: StrOrPromise = _argument(default="")
    explanation: StrOrPromise = _argument(default="")
    remedy: StrOrPromise = _argument(default="")
    errors: Sequence[Mapping[str, object]] = _argument(default=())
    cache_for: int | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        headers: Mapping[str, object] | None = None,
        title: StrOrPromise | None = None,
        explanation: StrOrPromise | None = None,
        remedy: StrOrPromise | None = None,
        errors: Iterable[Mapping[str, object]] = (),
        cache_for: int | None = None,
        **members: object,
    ) -> None:
        if not hasattr(self, "status"):
            raise TypeError("ClientError has no status: raise a subclass, or use from_status().")
        super().__init__(*(() if detail is None else (detail,)))
        self.detail = detail
        self.headers = (
            {} if headers is None else header_fields.extra_fields(headers, self.named("headers"))
        )
        self.errors = [] if errors == () else self._checked_errors(errors)
        self.cache_for = None if cache_for is None else self._checked_cache_for(cache_for)
        self.code = self.problem_type
        # The exception that this one was converted from, if any.
        self.origin: BaseException | None = None
        if title is not None:
            self.title = title
        if explanation is not None:
            self.explanation = explanation
        if remedy is not None:
            self.remedy = remedy
        is_free = type(self).open_ended and not members
        self.members = members if is_free else self._checked_members(members)

    @classmethod
    def from_status(cls, status: int, *args: Any, **kwargs: Any) -> ClientError:
        """Create the exception for a status code, with the arguments of its class.

        >>> ClientError.from_status(410, "Withdrawn in May.")
        Gone(410, 'Withdrawn in May.')

        Raises ``ValueError`` for a code that is not registered.
        """
        if status not in CLASSES:
            raise ValueError(f"ClientError.from_status() needs a registered 4xx, not {status!r}.")
        return CLASSES[status](*args, **kwargs)

    @classmethod
    def named(cls, argument: str) -> str:
        return f"{cls.__name__}({argument}=...)"

    def _checked_errors(self, errors: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
        listed = list(errors) if isinstance(errors, Iterable) else [errors]
        if isinstance(errors, Mapping) or not all(isinstance(error, Mapping) for error in listed):
            raise TypeError(f"{self.named('errors')} must be a list of mappings, not {errors!r}.")
        return [dict(error) for error in listed]

    def _checked_cache_for(self, cache_for: int) -> int:
        if STATUSES[self.status].no_store:
            raise ValueError(f"{self.named('cache_for')}: HTTP forbids caching a {self.status}.")
        return header_fields.seconds(cache_for, self.named("cache_for"))

    def _checked_members(self, members: dict[str, object]) -> dict[str, object]:
        name = type(self).__name__
        if reserved := sorted(BODY_MEMBERS & members.keys()):
            raise TypeError(f"{name}({reserved[0]}=...) is reserved: each problem sets it itself.")
        if type(self).open_ended:
            return members
        fields = type(self).fields
        if unknown := sorted(members.keys() - set(fields)):
            takes = ", ".join(fields) or "none"
            raise TypeError(f"{name}() has no field {unknown[0]!r}; its fields: {takes}.")
        for field in fields:
            if field not in members and not hasattr(type(self), field):
                raise TypeError(f"{name}() is missing the field {field!r}.")
        declared = {field: members.get(field, getattr(type(self), field, None)) for field in fields}
        self.__dict__.update(declared)
        return declared

    def send_field(self, field: str, value: str, **members: object) -> None:
        """Send a header field, and repeat it in the body, where no gateway can strip it."""
        self.headers[field] = value
        self.say(**members)

    def say(self, **members: object) -> None:
        """Add members to the body for arguments of the class, and set them as attributes."""
        self.members.update(members)
        self.__dict__.update(members)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        try:
            return str(self.title if self.detail is None else self.detail)
        except Exception:
            # Django's log prints this exception, and a log must not turn it into a 500.
            return type(self).__name__

    def __repr__(self) -> str:
        shown = "" if self.detail is None else f", {self.detail!r}"
        return f"{type(self).__name__}({self.status}{shown})"


def _rebuilt(problem_type: type[ClientError], *args: object) -> ClientError:
    """Recreate a pickled or copied exception; ``__init__`` has checked its arguments already."""
    return problem_type.__new__(problem_type, *args)


class BadRequest(ClientError, init=False):
    """*400* Bad Request: the server cannot understand the request (RFC 9110 §15.5.1)."""

    status = 400
    title = _("This request could not be understood")
    explanation = _("Something that was sent is incomplete or is not in the form we expect.")
    remedy = _(
        "Check what you entered, or the link you followed, then try again. Sending the same again "
        "will not help."
    )


def _challenge(value: object) -> str:
    with conf.said_as("must be a challenge in ASCII, such as 'Bearer realm=\"api\"'"):
        return header_fields.challenge(cast("str", value), "")


CHALLENGE = conf.Key("CHALLENGE", _challenge, 'Session realm="site"')


class Unauthorized(ClientError, init=False):
    """*401* Unauthorized: the credentials are missing or wrong (RFC 9110 §15.5.2).

    ``challenge``: the value of ``WWW-Authenticate``, by default ``HTTP4XX["CHALLENGE"]``.
    """

    status = 401
    title = _("Sign in to continue")
    explanation = _("We have to know who you are before we can show or do this.")
    remedy = _("Sign in, then try again.")

    challenge: str | None = _argument(default=None)

    def __init__(
        self, detail: StrOrPromise | None = None, *, challenge: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(detail, **kwargs)
        value = CHALLENGE.value if challenge is None else challenge
        value = header_fields.challenge(value, self.named("challenge"))
        self.send_field("WWW-Authenticate", value, challenge=value)


class PaymentRequired(ClientError, init=False):
    """*402* Payment Required: a payment is due first (RFC 9110 §15.5.3)."""

    status = 402
    title = _("A payment is needed first")
    explanation = _("This is available once it has been paid for.")
    remedy = _("Complete the payment, then try again.")


class Forbidden(ClientError, django_exceptions.PermissionDenied, init=False):
    """*403* Forbidden: the client is not allowed to do this (RFC 9110 §15.5.4)."""

    status = 403
    title = _("You do not have access to this")
    explanation = _("You do not have permission to see or do this.")
    remedy = _(
        "Trying again will not help. If you think you should have access, ask the people who run "
        "this site."
    )


class NotFound(ClientError, Http404, init=False):
    """*404* Not Found: there is nothing at this address (RFC 9110 §15.5.5)."""

    status = 404
    # Django's admin has the same text: without a context, its translation could replace ours.
    title: StrOrPromise = pgettext_lazy("problem type", "Page not found")
    explanation = _("There is nothing at this address.")
    remedy = _(
        "If you typed the address, check that it is correct. If you pasted it, check that you "
        "copied all of it."
    )


class MethodNotAllowed(ClientError, init=False):
    """*405* Method Not Allowed: this address has other methods (RFC 9110 §15.5.6).

    ``allow``: the method or methods that work here; required, as HTTP requires ``Allow``.

    >>> MethodNotAllowed(["GET", "POST"]).headers
    {'Allow': 'GET, POST'}
    """

    status = 405
    title = _("This cannot be done here")
    explanation = _("This address does not accept that kind of request.")
    remedy = _("Go back and use the links or buttons on the page. Repeating this will not help.")
    program_remedy = _USE_ONE_OF

    allow: str | Iterable[str]

    def __init__(
        self, allow: str | Iterable[str], detail: StrOrPromise | None = None, **kwargs: Any
    ) -> None:
        super().__init__(detail, **kwargs)
        names = header_fields.methods(allow, self.named("allow"))
        self.send_field("Allow", ", ".join(names), allow=names)


class NotAcceptable(ClientError, init=False):
    """*406* Not Acceptable: no available format suits the client (RFC 9110 §15.5.7).

    ``available``: the available media types, listed in the body.
    """

    status = 406
    title = _("Not available in this format")
    explanation = _("We cannot provide this in any of the formats that were asked for.")
    remedy = _("Choose another format, then try again.")
    program_remedy = _USE_ONE_OF

    available: str | Iterable[str] = _argument(default=())

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        available: str | Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        if types := header_fields.media_ranges(available, self.named("available")):
            self.say(available=types)


class ProxyAuthenticationRequired(ClientError, init=False):
    """*407* Proxy Authentication Required: sign in to the proxy first (RFC 9110 §15.5.8).

    ``challenge``: the value of ``Proxy-Authenticate``; required, as HTTP requires the field.
    """

    status = 407
    title = _("Your network asks you to sign in")
    explanation = _("The network between you and this site needs to know who you are.")
    remedy = _("Sign in to your network, or ask the people who run it, then try again.")

    challenge: str

    def __init__(self, challenge: str, detail: StrOrPromise | None = None, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        value = header_fields.challenge(challenge, self.named("challenge"))
        self.send_field("Proxy-Authenticate", value, challenge=value)


class RequestTimeout(ClientError, init=False):
    """*408* Request Timeout: the request did not arrive in time (RFC 9110 §15.5.9)."""

    status = 408
    title = _("The request took too long to arrive")
    explanation = _("We stopped waiting before all of your request had reached us.")
    remedy = _("Check your connection, then try again.")

    def __init__(self, detail: StrOrPromise | None = None, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        self.send_field("Connection", "close")


class Conflict(ClientError, init=False):
    """*409* Conflict: the request conflicts with the current state (RFC 9110 §15.5.10)."""

    status = 409
    title = _("This clashes with something that is already there")
    explanation = _("Somebody may have changed it in the meantime, or it may exist already.")
    remedy = _("Reload the page to see how things are now, then try again.")


class Gone(ClientError, init=False):
    """*410* Gone: it was here, but has been removed for good (RFC 9110 §15.5.11)."""

    status = 410
    title = _("This has been removed")
    explanation = _("What was at this address has been removed for good.")
    remedy = _("It will not come back. Look for something similar from the home page.")


class LengthRequired(ClientError, init=False):
    """*411* Length Required: the request must state its length (RFC 9110 §15.5.12)."""

    status = 411
    title = _("The size of the upload is missing")
    explanation = _("We need to know in advance how much will be sent, but were not told.")
    remedy = _("Try again with another browser or program.")


class PreconditionFailed(ClientError, init=False):
    """*412* Precondition Failed: it has changed since the client read it (RFC 9110 §15.5.13)."""

    status = 412
    title = _("This has changed since you last saw it")
    explanation = _("It was changed after you opened it, so nothing was saved.")
    remedy = _("Reload it, make your change again, then save.")


class ContentTooLarge(ClientError, init=False):
    """*413* Content Too Large: the content is larger than we accept (RFC 9110 §15.5.14).

    ``retry_after``: when to come back, if the limit is temporary.
    """

    status = 413
    title = _("This is too large")
    explanation = _("What you sent is larger than we can accept.")
    remedy = _("Send less at once, or choose a smaller file.")

    retry_after: Delay | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        retry_after: Delay | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        _send_retry_after(self, retry_after)


class URITooLong(ClientError, init=False):
    """*414* URI Too Long: the address is longer than we accept (RFC 9110 §15.5.15)."""

    status = 414
    title = _("The address is too long")
    explanation = _("The address of this page is longer than we can read.")
    remedy = _("Shorten your search, or start again from the home page.")


class UnsupportedMediaType(ClientError, init=False):
    """*415* Unsupported Media Type: we do not accept this type of content (RFC 9110 §15.5.16).

    ``accept``: the media types that we accept.
    ``accept_encoding``: the content codings that we accept; give it only if the coding is at fault.
    """

    status = 415
    title = _("This kind of file is not supported")
    explanation = _("We cannot read files or data of the kind that was sent.")
    remedy = _("Send it in another format.")
    program_remedy = _USE_ONE_OF

    accept: str | Iterable[str] | None = _argument(default=None)
    accept_encoding: str | Iterable[str] | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        accept: str | Iterable[str] | None = None,
        accept_encoding: str | Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        if accept is not None:
            types = header_fields.media_ranges(accept, self.named("accept"))
            self.send_field("Accept", ", ".join(types), accept=types)
        if accept_encoding is not None:
            codings = header_fields.tokens(accept_encoding, self.named("accept_encoding"))
            self.send_field("Accept-Encoding", ", ".join(codings), accept_encoding=codings)


class RangeNotSatisfiable(ClientError, init=False):
    """*416* Range Not Satisfiable: the content has no such part (RFC 9110 §15.5.17).

    ``complete_length``: the length of the whole content in bytes.

    >>> RangeNotSatisfiable(complete_length=1000).headers
    {'Content-Range': 'bytes */1000'}
    """

    status = 416
    title = _("That part does not exist")
    explanation = _("The part of the file that was asked for lies outside it.")
    remedy = _("Download the file from the beginning.")

    complete_length: int | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        complete_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        if complete_length is not None:
            size = header_fields.length(complete_length, self.named("complete_length"))
            self.send_field("Content-Range", f"bytes */{size}", complete_length=size)


class ExpectationFailed(ClientError, init=False):
    """*417* Expectation Failed: we cannot do what ``Expect`` asks (RFC 9110 §15.5.18)."""

    status = 417
    title = _("We cannot meet a condition of this request")
    explanation = _("Your browser or program asked for something in advance that we do not offer.")
    remedy = _("Try again with another browser or program.")


class ImATeapot(ClientError, init=False):
    """*418* I'm a teapot: a joke whose code HTTP reserves (RFC 9110 §15.5.19)."""

    status = 418
    title = _("This cannot be made here")
    explanation = _("What was asked for is not something that this service makes.")
    remedy = _("Trying again will not help. Start again from the home page.")


class MisdirectedRequest(ClientError, init=False):
    """*421* Misdirected Request: this server does not answer for that host (RFC 9110 §15.5.20)."""

    status = 421
    title = _("This site is not served here")
    explanation = _("The request reached a server that does not answer for this address.")
    remedy = _("Check the name of the site in the address, then try again.")


class UnprocessableContent(ClientError, init=False):
    """*422* Unprocessable Content: well-formed, but not valid (RFC 9110 §15.5.21)."""

    status = 422
    title = _("Something needs to be corrected")
    explanation = _("We understood what you sent, but could not accept all of it.")
    remedy = _("Correct what is wrong, then send it again.")


class Locked(ClientError, init=False, fields=("precondition",)):
    """*423* Locked: somebody else is working on it (RFC 4918 §11.3).

    ``precondition``: the code of the condition that failed, such as ``"lock-token-submitted"`` or
    ``"no-conflicting-lock"`` (RFC 4918 §16).
    """

    status = 423
    title = _("This is locked at the moment")
    explanation = _("Somebody else is working on it, so it cannot be changed now.")
    remedy = _("Wait until they have finished, then try again.")

    precondition: str = _argument(default="")

    def __init__(
        self, detail: StrOrPromise | None = None, *, precondition: str = "", **kwargs: Any
    ) -> None:
        super().__init__(detail, **kwargs)
        where = self.named("precondition")
        self.say(precondition=header_fields.text(precondition, where, "lock-token-submitted"))


class FailedDependency(ClientError, init=False):
    """*424* Failed Dependency: an earlier step failed (RFC 4918 §11.4)."""

    status = 424
    title = _("An earlier step did not succeed")
    explanation = _("This depends on something else that could not be done.")
    remedy = _("Complete the earlier step, then try again.")


class TooEarly(ClientError, init=False):
    """*425* Too Early: the request may be a replay (RFC 8470 §5.2)."""

    status = 425
    title = _("The request came too early")
    explanation = _("It arrived before the connection was secure enough to act on it.")
    remedy = _("Try again now. It usually works the second time.")


class UpgradeRequired(ClientError, init=False):
    """*426* Upgrade Required: use another protocol (RFC 9110 §15.5.22).

    ``upgrade``: the protocol or protocols that work, the preferred one first; required, as HTTP
    requires ``Upgrade``.
    """

    status = 426
    title = _("A newer kind of connection is needed")
    explanation = _("This is not available over the kind of connection that was used.")
    remedy = _("Update your browser or program, then try again.")

    upgrade: str | Iterable[str]

    def __init__(
        self, upgrade: str | Iterable[str], detail: StrOrPromise | None = None, **kwargs: Any
    ) -> None:
        super().__init__(detail, **kwargs)
        names = header_fields.protocols(upgrade, self.named("upgrade"))
        self.send_field("Upgrade", ", ".join(names), upgrade=names)
        self.send_field("Connection", "upgrade")


class PreconditionRequired(ClientError, init=False):
    """*428* Precondition Required: the client must name the version it changes (RFC 6585 §3)."""

    status = 428
    title = _("We cannot tell which version you are changing")
    explanation = _(
        "To protect the work of others, we accept a change only if we know which version it is "
        "for. Nothing was saved."
    )
    remedy = _("Reload it, make your change again, then save.")


class TooManyRequests(ClientError, init=False):
    """*429* Too Many Requests: the client must slow down (RFC 6585 §4).

    ``retry_after``: when to come back, as seconds, a ``timedelta`` or an aware ``datetime``.
    """

    status = 429
    title = _("Too many tries in a short time")
    # For five wrong passwords and for a crawler, and below a title of a project's own.
    explanation = _("This is allowed only so often in a certain time.")
    remedy = _("Try again {retry_after}.")

    retry_after: Delay | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        retry_after: Delay | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        _send_retry_after(self, retry_after)


class RequestHeaderFieldsTooLarge(ClientError, init=False, fields=("field",)):
    """*431* Request Header Fields Too Large: often a cookie (RFC 6585 §5).

    ``field``: the name of the field that is too large, if it is only one.
    """

    status = 431
    title = _("Your browser sent too much information")
    explanation = _("What your browser sent along with the request is larger than we can read.")
    remedy = _("Delete the cookies of this site, then try again.")

    field: str = _argument(default="")

    def __init__(
        self, detail: StrOrPromise | None = None, *, field: str = "", **kwargs: Any
    ) -> None:
        super().__init__(detail, **kwargs)
        self.say(field=header_fields.text(field, self.named("field"), "Cookie"))


class UnavailableForLegalReasons(ClientError, init=False):
    """*451* Unavailable For Legal Reasons (RFC 7725 §3).

    ``blocked_by``: the URI of the blocking party, not of the party that demanded it (RFC 7725 §4).
    """

    status = 451
    title = _("Not available for legal reasons")
    explanation = _("The law, or an order that we have to follow, does not let us show this.")
    remedy = _(
        "Trying again will not help. If you think this is a mistake, ask the people who run this "
        "site."
    )

    blocked_by: str | None = _argument(default=None)

    def __init__(
        self,
        detail: StrOrPromise | None = None,
        *,
        blocked_by: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(detail, **kwargs)
        if blocked_by is not None:
            address = header_fields.web_address(blocked_by, self.named("blocked_by"))
            self.send_field("Link", f'<{address}>; rel="blocked-by"', blocked_by=address)


class CsrfFailed(Forbidden):
    """*403* for a form with a missing or outdated CSRF token; see ``handlers.csrf_failure``."""

    occurs = _("A form is sent without its token, or with the token of another session.")
    title = _("This form has expired")
    explanation = _(
        "For your security, a form can be sent only for a while after you open it, and only "
        "with cookies turned on. Nothing was saved."
    )
    remedy = _("Go back, reload the page, then send the form again.")


class SessionInterrupted(BadRequest):
    """*400* for a session that ended during the request, as in Django's exception of this name."""

    occurs = _(
        "The session is deleted, as by signing out elsewhere, while the request is answered."
    )
    title = _("Your session has ended")
    explanation = _(
        "You were signed out while this was on its way, perhaps in another window. What you did "
        "last may not have been saved."
    )
    remedy = _("Sign in again. If what you did last is missing, do it once more.")


PayloadTooLarge = ContentTooLarge
UnprocessableEntity = UnprocessableContent


def _send_retry_after(error: ClientError, retry_after: Delay | None) -> None:
    if retry_after is not None:
        delay = header_fields.seconds(retry_after, error.named("retry_after"))
        error.send_field("Retry-After", str(delay), retry_after=delay)


def _problem_modules(value: object) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError("must be a list of names of modules, such as ['problems']")
    names = tuple(value)
    if not all(isinstance(name, str) and name for name in names):
        raise TypeError("must be a list of names of modules, such as ['problems']")
    return names


PROBLEM_MODULES = conf.Key("PROBLEM_MODULES", _problem_modules, ("problems",))


def find_problem_types() -> None:
    """Import the modules of all installed apps that declare problem types.

    Raises what these modules raise. A type that is declared later is logged.
    """
    global _are_found  # noqa: PLW0603
    autodiscover_modules(*PROBLEM_MODULES.value)
    _are_found = True


def problem_types() -> Iterator[type[ClientError]]:
    """Yield every problem type: those of this package, and those that the project has defined.

    A class without a status is left out: it is only a base for others.
    """
    pending = list(ClientError.__subclasses__())
    seen: set[type[ClientError]] = set()
    while pending:
        problem_type = pending.pop(0)
        if problem_type not in seen:
            seen.add(problem_type)
            pending.extend(problem_type.__subclasses__())
            if hasattr(problem_type, "status"):
                yield problem_type


#: The class for each registered 4xx, by its number.
CLASSES: Mapping[int, type[ClientError]] = {cls.status: cls for cls in ClientError.__subclasses__()}
