"""Which words: what a reader is told of a problem type, held in memory.

What does not change between two occurrences (the translation, the escaping, the place of the
placeholders) is worked out once for each type and language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_http4xx import conf
from django_http4xx.log import logger
from django_http4xx.statuses import STATUSES

from . import markdown, snapshots
from .activation import speaking
from .markdown import is_safe_link
from .scopes import is_same_language, with_parents
from .texts import Text, misspelt_placeholders, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from django_http4xx.exceptions import ClientError

    from .snapshots import Row, Snapshot
    from .texts import Parse


HELP_LABEL = _("Get help")


@dataclass(frozen=True)
class Words:
    """What a reader is told of a problem type, in one language.

    ``phrase``: the registered phrase of the status, which is the title where the type has no URI
    of its own (RFC 9457 §4.2.1). ``help_url``: where the reader gets help; empty where nowhere.
    ``rows``: the editors' row that a text comes from, by the text's name; the others are built in.
    """

    phrase: Text
    title: Text
    explanation: Text
    remedy: Text
    help_label: Text
    help_url: str = ""
    rows: Mapping[str, Row] = field(default_factory=dict)

    @property
    def has_own_title(self) -> bool:
        """Whether an editor wrote the title."""
        return "title" in self.rows


def words_for(
    problem_type: type[ClientError],
    language: str,
    host: Callable[[], str] = str,
    path: str = "",
    snapshot: Snapshot | None = None,
) -> Words:
    """The words for a problem type in the language asked for, or the nearest that there is.

    Of the editors' rows for a host and a ``path`` the one for the smallest place wins, then the one
    in the nearest language; each text that it leaves empty comes from the next, at last from the
    built-in words. Each text tells the language that it is really in. ``host`` gives the host,
    without its port, where a row asks for one.

    >>> words_for(NotFound, "zh-hans", path="/tea/").title.source
    '找不到页面'
    """
    snapshot = snapshot or snapshots.current()
    rows = snapshot.rows_for(problem_type.problem_type, host, path)
    if not rows:
        return built_in_words(problem_type, language)
    # The same rows are the same objects for as long as the snapshot lives.
    key = (problem_type, language, *map(id, rows))
    words: Words | None = snapshot.words.get(key)
    if words is None:
        words = snapshot.words[key] = _chosen(problem_type, language, rows)
    return words


def built_in_words(problem_type: type[ClientError], language: str) -> Words:
    """The words that the class itself has, in the language asked for, or the nearest."""
    cls: Any = problem_type
    return _translated(cls, language)


def _chosen(
    problem_type: type[ClientError], language: str, places: Sequence[Mapping[str, Row]]
) -> Words:
    """The editors' words over the built-in ones, text by text."""
    built_in = built_in_words(problem_type, language)
    spoken = (*with_parents(language), "")
    rows = [rows[code] for rows in places for code in spoken if code in rows]
    chosen: dict[str, Row] = {}

    def best(name: str, parse: Parse) -> Text:
        otherwise: Text = getattr(built_in, name)
        is_told = otherwise.language == language
        for row in rows:
            text = _text(row, name, language, parse, problem_type)
            if text and (row.language or not is_told or text.language == language):
                chosen[name] = row
                return text
        return otherwise

    helping = next((row for row in rows if is_safe_link(row.help_url)), None)
    if helping:
        chosen["help_url"] = helping
    return Words(
        phrase=built_in.phrase,
        title=best("title", markdown.line),
        explanation=best("explanation", markdown.blocks),
        remedy=best("remedy", markdown.blocks),
        help_label=best("help_label", unmarked),
        help_url=helping.help_url if helping else "",
        rows=chosen,
    )


def _text(
    row: Row, name: str, language: str, parse: Parse, problem_type: type[ClientError]
) -> Text | None:
    """What an editor wrote, ready to be shown; ``None`` where that is nothing, or cannot be.

    Words for any language are taken to be in the site's own.
    """
    source = getattr(row, name).strip()
    if not source:
        return None
    is_readers = row.language or is_same_language(settings.LANGUAGE_CODE, language)
    told_in = language if is_readers else settings.LANGUAGE_CODE
    try:
        return Text(source, told_in, frozenset(problem_type.placeholders), parse)
    except Exception:
        logger.exception("The %s of an explanation of %s cannot be shown.", name, row.problem_type)
        return None


@lru_cache(maxsize=8192)
def _translated(problem_type: type[ClientError], language: str) -> Words:
    names = frozenset(problem_type.placeholders)

    def text(words: StrOrPromise) -> Text:
        source, told_in = in_language(words, language)
        for found in misspelt_placeholders(source, names):
            logger.warning("%s has no value for %s in its texts.", problem_type.__qualname__, found)
        return Text(source, told_in, names)

    return Words(
        phrase=text(STATUSES[problem_type.status].phrase),
        title=text(problem_type.title),
        explanation=text(problem_type.explanation),
        remedy=text(problem_type.remedy),
        help_label=text(HELP_LABEL),
    )


def in_language(words: str | Promise, language: str) -> tuple[str, str]:
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


def _spoken(words: str | Promise, language: str | None) -> str:
    with speaking(language):
        return str(words)


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _translated.cache_clear)
