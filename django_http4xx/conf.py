"""Read the project's ``HTTP4XX`` setting, one ``Key`` at a time.

The module that uses a key declares it. ``manage.py check`` reports a wrong value, and the default
applies until it is corrected: an error page must not fail because of a setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeGuard, TypeVar

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["DEFAULT_FORMATS"]

_T = TypeVar("_T")

#: The formats of ``HTTP4XX["FORMATS"]`` by default; for ``[*DEFAULT_FORMATS, "formats.Markdown"]``.
DEFAULT_FORMATS = (
    "django_http4xx.formats.HTMLPage",
    "django_http4xx.formats.HTMLFragment",
    "django_http4xx.formats.ProblemJSON",
    "django_http4xx.formats.JSON",
    "django_http4xx.formats.ProblemXML",
    "django_http4xx.formats.PlainText",
)


@dataclass(frozen=True)
class Fault:
    """One mistake in ``HTTP4XX``, described to the developer."""

    key: object  # `None` for the setting as a whole
    message: str
    kind: str  # "unknown", "value" or "import"


class WrongPart(ValueError):
    """An error that names the wrong part of a value, so that nobody has to search all of it."""


class Key(Generic[_T]):
    """One key of ``HTTP4XX``.

    ``read`` turns the project's value into what the module needs, or raises ``TypeError``,
    ``ValueError`` or ``ImportError`` with a message that continues the key's name, such as "must be
    a dict". ``default``: the value of a missing key, as a project would write it. ::

        MAX_URI_LENGTH = conf.Key("MAX_URI_LENGTH", _limit, None)
        MAX_URI_LENGTH.value
    """

    def __init__(self, name: str, read: Callable[[object], _T], default: object) -> None:
        self.name = name
        self.default = default
        self._read = read
        KEYS[name] = self

    @cached_property
    def value(self) -> _T:
        """The value that applies: the project's, or the default if that is missing or wrong."""
        given = _given()
        if self.name in given:
            read = self._try(given[self.name])
            if not isinstance(read, Fault):
                return read
        return self._read(self.default)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the project's value, if anything."""
        given = _given()
        read = self._try(given[self.name]) if self.name in given else None
        return read if isinstance(read, Fault) else None

    def _try(self, value: object) -> _T | Fault:
        try:
            return self._read(value)
        except ImportError as error:
            return Fault(self.name, str(error), "import")
        except WrongPart as error:
            return Fault(self.name, str(error), "value")
        except (TypeError, ValueError) as error:
            return Fault(self.name, f"{error} (it is {value!r})", "value")

    def forget(self) -> None:
        """Empty the cache, so that the next use of ``value`` reads the setting again."""
        self.__dict__.pop("value", None)


KEYS: dict[str, Key[Any]] = {}

# Dotted names of modules with ``CHECKS`` and ``DEPLOYMENT_CHECKS``. An optional part adds its own
# when a project imports it, so that only projects that use it run its checks.
CHECK_MODULES: list[str] = []


def _given() -> Mapping[object, object]:
    given = getattr(django_settings, "HTTP4XX", {})
    return given if isinstance(given, Mapping) else {}


def faults() -> Iterator[Fault]:
    """Find the mistakes in the project's ``HTTP4XX``, for ``manage.py check``."""
    whole = getattr(django_settings, "HTTP4XX", {})
    if not isinstance(whole, Mapping):
        yield Fault(None, f"must be a dict, not {whole!r}", "value")
        return
    if whole.keys() - KEYS.keys():
        _declare_all()
    for name in whole:
        if name not in KEYS:
            known = ", ".join(sorted(KEYS))
            yield Fault(name, f"is unknown; the known keys are: {known}", "unknown")
        elif fault := KEYS[name].fault:
            yield fault


def _declare_all() -> None:
    """Declare the keys of the optional parts that this process has not imported yet.

    Each of these parts declares its keys in a module named ``options``.
    """
    for path in Path(__file__).parent.glob("*/options.py"):
        import_module(f"{__package__}.{path.parent.name}.options")


# Helpers for reading values

# The settings of Django that were read before. `override_settings()` empties it.
ALREADY_READ: dict[str, Any] = vars(django_settings)


def of_django(name: str) -> Any:
    """One of Django's settings. ``settings`` itself takes several times as long to give it."""
    return ALREADY_READ[name] if name in ALREADY_READ else getattr(django_settings, name)


@contextmanager
def said_as(message: str) -> Iterator[None]:
    """Replace the message of a check that was written for an argument with one for a setting."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error


def imported(path: object, what: str) -> Any:
    """Import the object at a dotted path; return anything but a string unchanged.

    Raises ``ImportError``, whatever the imported module itself raises.
    """
    if not isinstance(path, str):
        return path
    try:
        return import_string(path)
    except Exception as error:
        raise ImportError(f"names {what} {path!r}, which cannot be imported: {error}") from error


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is an ``int`` other than ``True`` and ``False``."""
    return isinstance(value, int) and not isinstance(value, bool)


# Caches that depend on settings

LANGUAGE_SETTINGS = frozenset(
    {"INSTALLED_APPS", "LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS", "USE_I18N"}
)
_kept: list[tuple[frozenset[str], Callable[[], object]]] = []


def forget_on_change(settings: Collection[str], forget: Callable[[], object]) -> None:
    """Call ``forget``, which empties a cache, when a test changes one of these settings."""
    _kept.append((frozenset(settings), forget))


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "HTTP4XX":
        for key in KEYS.values():
            key.forget()
    for settings, forget in _kept:
        if setting in settings:
            forget()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.conf")
