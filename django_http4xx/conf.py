"""The keys of the project's ``HTTP4XX`` setting: each is declared by the module that acts on it.

A wrong value is reported by ``manage.py check`` and its default used meanwhile, since an error page
must not fail because of a setting.
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
    """What is wrong with one key, in words for the developer."""

    key: object  # `None` for the setting itself
    message: str
    kind: str  # "unknown", "value" or "import"


class WrongPart(ValueError):
    """It names the part of a value that is wrong, so that nobody has to look for it in the whole."""


class Key(Generic[_T]):
    """One key of ``HTTP4XX``.

    ``read`` makes what the module needs of what the project wrote; it raises ``TypeError``,
    ``ValueError`` or ``ImportError``, whose message says what the key takes. ``default``: what a
    project would write for what happens without the key. ::

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
        """The value in force: the project's, or the default's where that is missing or wrong."""
        given = _given()
        if self.name in given and self.fault is None:
            return self._read(given[self.name])
        return self._read(self.default)

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the project's value."""
        given = _given()
        if self.name not in given:
            return None
        value = given[self.name]
        try:
            self._read(value)
        except ImportError as error:
            return Fault(self.name, str(error), "import")
        except WrongPart as error:
            return Fault(self.name, str(error), "value")
        except (TypeError, ValueError) as error:
            return Fault(self.name, f"{error} (it is {value!r})", "value")
        return None

    def forget(self) -> None:
        """Read the setting again when it is asked for."""
        self.__dict__.pop("value", None)


KEYS: dict[str, Key[Any]] = {}

# The checks of those parts of this package that a project uses, which announce them as they are
# imported: dotted names of modules with ``CHECKS`` and ``DEPLOYMENT_CHECKS``.
CHECK_MODULES: list[str] = []


def _given() -> Mapping[object, object]:
    given = getattr(django_settings, "HTTP4XX", {})
    return given if isinstance(given, Mapping) else {}


def faults() -> Iterator[Fault]:
    """What is wrong with the project's ``HTTP4XX``, for ``manage.py check``."""
    whole = getattr(django_settings, "HTTP4XX", {})
    if not isinstance(whole, Mapping):
        yield Fault(None, f"takes a dict, not {whole!r}", "value")
        return
    if whole.keys() - KEYS.keys():
        _declare_all()
    for name in whole:
        if name not in KEYS:
            known = ", ".join(sorted(KEYS))
            yield Fault(name, f"is unknown; the keys that there are: {known}", "unknown")
        elif fault := KEYS[name].fault:
            yield fault


def _declare_all() -> None:
    """Declare the keys of parts of this package that the process has not imported so far.

    Such a part declares them in its module ``options``.
    """
    for path in Path(__file__).parent.glob("*/options.py"):
        import_module(f"{__package__}.{path.parent.name}.options")


# What a key takes


@contextmanager
def said_as(message: str) -> Iterator[None]:
    """Say what a key takes, in place of a check that speaks of an argument."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(message) from error


def imported(path: object, what: str) -> Any:
    """What a dotted path names; what is no text is taken as it is.

    Raises ``ImportError`` whatever the module that it is in raises.
    """
    if not isinstance(path, str):
        return path
    try:
        return import_string(path)
    except Exception as error:
        raise ImportError(f"names {what} {path!r}, which cannot be imported: {error}") from error


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number, which ``True`` is not meant as."""
    return isinstance(value, int) and not isinstance(value, bool)


# What is kept while the settings are as they are

LANGUAGE_SETTINGS = frozenset(
    {"INSTALLED_APPS", "LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS", "USE_I18N"}
)
_kept: list[tuple[frozenset[str], Callable[[], object]]] = []


def forget_on_change(settings: Collection[str], forget: Callable[[], object]) -> None:
    """Call a function when a test changes one of these settings, to empty what was made of them."""
    _kept.append((frozenset(settings), forget))


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "HTTP4XX":
        for key in KEYS.values():
            key.forget()
    for settings, forget in _kept:
        if setting in settings:
            forget()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.conf")
