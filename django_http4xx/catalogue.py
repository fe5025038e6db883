"""Which words: what a reader is told of a problem type, held in memory.

What does not change between two occurrences (the translation, the escaping, the place of the
placeholders) is worked out once for each type and language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.functional import Promise
from django.utils.translation import override

from .exceptions import DERIVED_PLACEHOLDERS, FIXED_PLACEHOLDERS, ClientError
from .statuses import STATUSES
from .texts import Text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Words:
    """What a reader is told of a problem type, in one language.

    ``phrase``: the registered phrase of the status, which is the title where the type has no URI
    of its own (RFC 9457 §4.2.1).
    """

    phrase: Text
    title: Text
    explanation: Text
    remedy: Text


_words: WeakKeyDictionary[type[ClientError], dict[str, Words]] = WeakKeyDictionary()


def words_for(problem_type: type[ClientError], language: str) -> Words:
    """The words for a problem type in the language asked for, or the nearest that there is.

    Each text tells the language that it is really in.

    >>> words_for(NotFound, "zh-hans").title.source
    '找不到页面'
    """
    try:
        return _words[problem_type][language]
    except KeyError:
        words = _translated(problem_type, language)
        _words.setdefault(problem_type, {})[language] = words
        return words


def _translated(problem_type: type[ClientError], language: str) -> Words:
    names = {*problem_type.fields, *FIXED_PLACEHOLDERS, *DERIVED_PLACEHOLDERS}

    def text(words: StrOrPromise) -> Text:
        return Text(*_in_language(words, language), names)

    return Words(
        phrase=text(STATUSES[problem_type.status].phrase),
        title=text(problem_type.title),
        explanation=text(problem_type.explanation),
        remedy=text(problem_type.remedy),
    )


def _in_language(words: StrOrPromise, language: str) -> tuple[str, str]:
    """The words in a language, and the language that they turned out to be in.

    ``gettext`` does not tell: where a translation is missing it gives the one into
    ``LANGUAGE_CODE``, else the source, which is English as everywhere in Django.
    """
    if not isinstance(words, Promise):
        return words, settings.LANGUAGE_CODE
    shown = _spoken(words, language)
    if shown == _spoken(words, None):
        return shown, language if _primary(language) == "en" else "en"
    default = settings.LANGUAGE_CODE
    if _primary(language) != _primary(default) and shown == _spoken(words, default):
        return shown, default
    return shown, language


def _spoken(words: StrOrPromise, language: str | None) -> str:
    with override(language):
        return str(words)


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting in {"LANGUAGE_CODE", "LANGUAGES", "LOCALE_PATHS", "USE_I18N", "INSTALLED_APPS"}:
        _words.clear()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.catalogue")
