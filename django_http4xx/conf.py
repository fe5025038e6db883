"""The project's ``HTTP4XX`` setting, read through one typed object.

A wrong value is reported by ``manage.py check`` and its default used meanwhile, since an error page
must not fail because of a setting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from . import header_fields
from .path_prefixes import ByPathPrefix
from .statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exceptions import ClientError
    from .formats import Format
    from .throttling.decorators import Limit
    from .throttling.options import Networks, ThrottleOptions

DEFAULT_CHALLENGE = 'Session realm="site"'
BY_CAUSE = "by-cause"
DEFAULT_FORMATS = (
    "django_http4xx.formats.HTMLPage",
    "django_http4xx.formats.HTMLFragment",
    "django_http4xx.formats.ProblemJSON",
    "django_http4xx.formats.JSON",
    "django_http4xx.formats.ProblemXML",
    "django_http4xx.formats.PlainText",
)


@dataclass(frozen=True)
class Settings:
    """What ``HTTP4XX`` says, key by key; a key that it leaves out has the default given here.

    >>> # settings.py
    >>> HTTP4XX = {"DEFAULT_FORMAT": {"/": "html", "/api/": "problem+json"}}
    """

    challenge: str = DEFAULT_CHALLENGE
    type_base_uri: str = ""
    default_format: ByPathPrefix[str] = field(default_factory=lambda: ByPathPrefix({"/": "html"}))
    formats: tuple[type[Format], ...] = ()
    exceptions: Mapping[type[BaseException], type[ClientError]] = field(default_factory=dict)
    explain_bare_responses: bool = True
    explanations_max_age: float | None = 5.0
    rows_key: Callable[[], object] | None = None
    max_uri_length: int | None = None
    max_header_size: int | None = None
    max_header_field_size: int | None = None
    throttle: ThrottleOptions | None = None
    throttles: ByPathPrefix[tuple[Limit, ...]] = field(default_factory=lambda: ByPathPrefix({}))
    trusted_proxies: int | Networks | None = None
    validation_status: int | str = BY_CAUSE


@dataclass(frozen=True)
class Fault:
    """What is wrong with one key, in words for the developer."""

    key: object  # `None` for the setting itself
    message: str
    cause: str  # "unknown", "value" or "import"


@contextmanager
def _said_as(message: str) -> Iterator[None]:
    """Say what a key takes, in place of a check that speaks of an argument."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error


def _challenge(value: object) -> str:
    with _said_as("takes a challenge in ASCII, as 'Bearer realm=\"api\"'"):
        return header_fields.challenge(cast("str", value), "")


def _type_base_uri(value: object) -> str:
    if value == "":
        return ""
    with _said_as("takes an absolute URI, as 'https://example.com/problems/'"):
        base = header_fields.uri(cast("str", value), "")
    if base[-1].isalnum():
        raise ValueError("takes a URI to append names to, as 'https://example.com/problems/'")
    return base


def _default_format(value: object) -> ByPathPrefix[str]:
    by_prefix = {"/": value} if isinstance(value, str) else value
    if not isinstance(by_prefix, Mapping) or not all(
        isinstance(prefix, str) and isinstance(name, str) for prefix, name in by_prefix.items()
    ):
        raise TypeError(
            "takes the name of a format, as 'html', or one by path prefix, as "
            "{'/': 'html', '/api/': 'problem+json'}"
        )
    return ByPathPrefix.from_setting(cast("Mapping[str, str]", by_prefix))


def _imported(path: object, what: str) -> Any:
    """What a dotted path names; what is no text is taken as it is.

    Raises ``ImportError`` whatever the module that it is in raises.
    """
    if not isinstance(path, str):
        return path
    try:
        return import_string(path)
    except Exception as error:
        raise ImportError(f"names {what} {path!r}, which cannot be imported: {error}") from error


def _formats(value: object) -> tuple[type[Format], ...]:
    from .formats import Format

    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
        raise TypeError("takes a list of dotted paths to format classes")
    classes = tuple(_imported(path, "the format") for path in cast("list[object]", value))
    if not classes:
        raise ValueError("takes at least one format")
    for cls in classes:
        if not (isinstance(cls, type) and issubclass(cls, Format)):
            raise TypeError(f"takes subclasses of django_http4xx.formats.Format; {cls!r} is none")
        for attribute in ("name", "media_type", "content_type"):
            if not hasattr(cls, attribute):
                raise TypeError(f"names {cls.__name__}, which has no {attribute}")
    return classes


# The other required fields have a default: `CHALLENGE`, and the methods of the view.
_ONLY_ITS_RAISER_KNOWS = frozenset({"Proxy-Authenticate", "Upgrade"})


def _exceptions(value: object) -> Mapping[type[BaseException], type[ClientError]]:
    from .exceptions import ClientError

    if not isinstance(value, Mapping):
        raise TypeError(
            "takes a mapping, as {'django.db.models.ProtectedError': "
            "'django_http4xx.exceptions.Conflict'}"
        )
    mapped = {
        _imported(source, "the exception"): _imported(target, "the problem type")
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


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("takes True or False")
    return value


def _max_age(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("takes a number of seconds, or None for never")
    if not value >= 0:
        raise ValueError("takes a number of seconds that is not negative")
    return float(value)


def _rows_key(value: object) -> Callable[[], object] | None:
    if value is None:
        return None
    key = _imported(value, "the function")
    if not callable(key):
        raise TypeError("takes a dotted path to a function, as 'shop.tenants.current'")
    return cast("Callable[[], object]", key)


def _limit(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TypeError("takes a whole number above 0, or None for no limit")
    return value


def _throttling(reader: str) -> Callable[[object], object]:
    """Read with the throttling's own reader, which is imported where the project sets the key."""

    def read(value: object) -> object:
        return import_string(f"django_http4xx.throttling.options.{reader}")(value)

    return read


def _throttles(value: object) -> ByPathPrefix[tuple[Limit, ...]]:
    limits = _throttling("read_throttles")(value)
    return ByPathPrefix.from_setting(cast("Mapping[str, tuple[Limit, ...]]", limits))


def _validation_status(value: object) -> int | str:
    if not isinstance(value, (int, str)) or value not in (BY_CAUSE, 400, 422):
        raise ValueError(f"takes {BY_CAUSE!r}, 400 or 422")
    return value


READERS: Mapping[str, Callable[[object], object]] = {
    "CHALLENGE": _challenge,
    "TYPE_BASE_URI": _type_base_uri,
    "DEFAULT_FORMAT": _default_format,
    "FORMATS": _formats,
    "EXCEPTIONS": _exceptions,
    "EXPLAIN_BARE_RESPONSES": _boolean,
    "EXPLANATIONS_MAX_AGE": _max_age,
    "ROWS_KEY": _rows_key,
    "MAX_URI_LENGTH": _limit,
    "MAX_HEADER_SIZE": _limit,
    "MAX_HEADER_FIELD_SIZE": _limit,
    "THROTTLE": _throttling("read_options"),
    "THROTTLES": _throttles,
    "TRUSTED_PROXIES": _throttling("read_trusted_proxies"),
    "VALIDATION_STATUS": _validation_status,
}


def _read() -> tuple[Settings, list[Fault]]:
    given = getattr(django_settings, "HTTP4XX", {})
    if not isinstance(given, Mapping):
        return _with_defaults({}), [Fault(None, f"takes a dict, not {given!r}", "value")]
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for key, value in given.items():
        if key not in READERS:
            known = ", ".join(READERS)
            faults.append(Fault(key, f"is unknown; the keys that there are: {known}", "unknown"))
            continue
        try:
            values[key.lower()] = READERS[key](value)
        except ImportError as error:
            faults.append(Fault(key, str(error), "import"))
        except (TypeError, ValueError) as error:
            faults.append(Fault(key, f"{error} (it is {value!r})", "value"))
    return _with_defaults(values), faults


def _with_defaults(values: dict[str, object]) -> Settings:
    formats = values.get("formats") or _formats(DEFAULT_FORMATS)
    return dataclasses.replace(Settings(), **{**values, "formats": formats})  # type: ignore[arg-type]


@cache
def current() -> Settings:
    """The settings in force.

    >>> current().challenge
    'Session realm="site"'
    """
    return _read()[0]


def faults() -> Iterator[Fault]:
    """What is wrong with the project's ``HTTP4XX``, for ``manage.py check``."""
    yield from _read()[1]


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "HTTP4XX":
        current.cache_clear()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.conf")
