"""Change the active language for a moment, then restore the very object that was active.

``negotiation`` compares that object to find out whether this request activated a language.
"""

from __future__ import annotations

import copy
from contextvars import ContextVar
from threading import get_ident
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

if TYPE_CHECKING:
    from collections.abc import Callable


class unchanged_language:  # noqa: N801 - as `translation.override`
    """Restore the active language after a block, whatever the code in it activates.

    >>> with unchanged_language():
    ...     translation.activate("fr")
    """

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = active()

    def __exit__(self, *exception: object) -> None:
        now = active()
        if now is self.before:
            return
        if self.before is None:
            translation.deactivate()
        else:
            activate(self.before)


class speaking(unchanged_language):  # noqa: N801 - as `translation.override`
    """Translate into a language inside a block; with ``None``, do not translate.

    >>> with speaking("zh-hans"):
    ...     gettext("Sign in to continue")
    '登录后继续'
    """

    __slots__ = ("language",)

    def __init__(self, language: str | None) -> None:
        self.language = language

    def __enter__(self) -> None:
        super().__enter__()
        if self.language is None:
            translation.deactivate_all()
        else:
            translation.activate(self.language)


def active() -> Any:
    """The active translation object, or ``None``.

    Private: ``get_language()`` gives only the code. asgiref takes microseconds to read its ``Local``,
    so look at the ``ContextVar`` in it; other releases of asgiref hold something else there.
    """
    if trans_real._active is not _local:  # type: ignore[attr-defined]
        _look_into(trans_real._active)  # type: ignore[attr-defined]
    held = _get(None)
    if held is None:
        return None
    try:
        if held.thread_id == get_ident():
            return held.data.get("value")
    except AttributeError:
        pass
    return getattr(trans_real._active, "value", None)  # type: ignore[attr-defined]


_UNKNOWN = object()
# Django's `Local`, and what gets the value of the `ContextVar` in it. Both change only in tests.
# asgiref makes a new value whenever a language is activated; there is none before the first time.
_local: object = _UNKNOWN
_get: Callable[[None], Any] = lambda nothing: _UNKNOWN  # noqa: E731


def _look_into(local: object) -> None:
    """Find the ``ContextVar`` in a ``Local``, unless this release of asgiref has none."""
    global _local, _get  # noqa: PLW0603
    _local = local
    _get = getattr(getattr(getattr(local, "_storage", None), "_data", None), "get", _get)


def language() -> str | None:
    """The code of the active language, like ``get_language()``, but in less time."""
    now = active()
    # As Django does: if nothing is active, texts are in the site's language.
    code: str | None = settings.LANGUAGE_CODE if now is None else now.to_language()
    return code


def activate(catalogue: object) -> None:
    """Make a translation object the active one; Django's own ``activate()`` takes only a code."""
    trans_real._active.value = catalogue  # type: ignore[attr-defined]


def inherited() -> object:
    """Activate and return a copy of the active translation, to recognise it later by identity.

    The copy translates alike, but ``activate()`` with the same language sets another object, which
    shows that somebody chose. The copy's language code is a string object of its own, by which
    ``_Translations`` finds the copy: ``override()`` and code that activates ``get_language()``'s
    result restore the copy. If no translation is active, copy the one for ``LANGUAGE_CODE``:
    ``gettext()`` takes twice as long with none.
    """
    held, thread, double = _known.get()
    if trans_real._active is _local and _get(None) is held and get_ident() == thread:  # type: ignore[attr-defined]
        # Nobody has activated another since the last request of this thread.
        return double
    now = active()
    if not hasattr(now, "is_double"):
        now = _double_of(now or trans_real.translation(settings.LANGUAGE_CODE))
        activate(now)
    if type(trans_real._translations) is not _Translations:  # type: ignore[attr-defined]
        # Django assigns a new dictionary when a setting or a catalogue changes.
        trans_real._translations = _Translations(trans_real._translations)  # type: ignore[attr-defined]
    held = _get(None)
    if hasattr(held, "thread_id"):
        _known.set((held, get_ident(), now))
    return now


# What asgiref holds while our copy is active, for which thread, and that copy.
_known: ContextVar[tuple[object, int, Any]] = ContextVar("known", default=(object(), 0, None))


class _Translations(dict[str, Any]):
    """Django's translations by language code, and our copies by the identity of their code."""

    def __getitem__(self, language: str) -> Any:
        double = _by_text.get(id(language))
        return super().__getitem__(language) if double is None else double


_doubles: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # an entry goes with its catalogue
_by_text: WeakValueDictionary[int, Any] = WeakValueDictionary()  # an entry goes with its double


def _double_of(catalogue: Any) -> Any:
    if catalogue not in _doubles:
        double = _doubles[catalogue] = copy.copy(catalogue)
        double.is_double = True
        # A catalogue that a project activated by hand may have no language.
        if language := getattr(catalogue, "to_language", str)():
            # Equal but distinct; the double keeps it, so that no other object gets its `id()`.
            language = "".join(tuple(language))
            double._DjangoTranslation__to_language = language
            _by_text[id(language)] = double
    return _doubles[catalogue]
