"""The active language, lent and given back: explaining a problem is no activation.

From the very object that is active, ``negotiation`` tells who activated it.
"""

from __future__ import annotations

import copy
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real


class unchanged_language:  # noqa: N801 - as `translation.override`
    """Leave the very same language active as before, whatever other people's code activates.

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
    """Translate into a language for a while, or not at all.

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
    """The active translation itself, of which Django tells only the language.

    To ask for it takes microseconds, so that nothing on the way to an answer asks in vain.
    """
    return getattr(trans_real._active, "value", None)  # type: ignore[attr-defined]


def activate(catalogue: object) -> None:
    """Make a translation the active one."""
    trans_real._active.value = catalogue  # type: ignore[attr-defined]


def inherited() -> object:
    """The translation that is active before anybody chose one, as an object of its own.

    It is a double of the one that Django has for the language, and translates alike: whoever
    activates the same language has another object. Its language is a text of its own, too, by which
    it is found again: ``override()``, and whoever asks for the language first and activates that
    afterwards, give back the double itself. Where none is active, it is the double of the default:
    to find nothing there takes twice as long.
    """
    now = active()
    if not hasattr(now, "is_double"):
        now = _double_of(now or trans_real.translation(settings.LANGUAGE_CODE))
        activate(now)
    if type(trans_real._translations) is not _Translations:  # type: ignore[attr-defined]
        # Django begins anew where a setting or a file has changed.
        trans_real._translations = _Translations(trans_real._translations)  # type: ignore[attr-defined]
    return now


class _Translations(dict[str, Any]):
    """Django's translations by language, and the doubles by the very text that is theirs."""

    def __getitem__(self, language: str) -> Any:
        double = _by_text.get(id(language))
        return super().__getitem__(language) if double is None else double


_doubles: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
_by_text: WeakValueDictionary[int, Any] = WeakValueDictionary()


def _double_of(catalogue: Any) -> Any:
    if catalogue not in _doubles:
        double = _doubles[catalogue] = copy.copy(catalogue)
        double.is_double = True
        # What was activated by hand may know no language.
        if language := getattr(catalogue, "to_language", str)():
            # Equal to the other text, and another object, for as long as the double lives.
            language = "".join(tuple(language))
            double._DjangoTranslation__to_language = language
            _by_text[id(language)] = double
    return _doubles[catalogue]
