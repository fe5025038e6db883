"""The active language, lent and given back: explaining a problem is no activation.

Django's ``override`` gives back a translation of the same language, another object than before; from
the object, ``negotiation`` tells who activated it.
"""

from __future__ import annotations

from typing import Any

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
