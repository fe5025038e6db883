"""Choose the words for a problem type: the editors' over the built-in ones.

What does not differ between occurrences (translation, escaping, the position of placeholders) is
worked out once for each type and language, and kept in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_http4xx import conf
from django_http4xx.log import logger
from django_http4xx.statuses import STATUSES

from . import markdown, snapshots
from .activation import speaking
from .frame import FRAME_NAMES, FRAME_TEXTS, Frame, InFrame
from .markdown import is_safe_link
from .scopes import is_same_language, with_parents
from .texts import Text, misspelt_placeholders, unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from django_http4xx.exceptions import ClientError

    from .frame import FrameText
    from .snapshots import Row, Snapshot
    from .texts import Parse

    # What editors can write words for.
    Worded: TypeAlias = type[ClientError] | FrameText


HELP_LABEL = _("Get help")


@dataclass(frozen=True, eq=False)
class Words:
    """The words for a problem type, in one language; compared by identity.

    ``phrase``: the registered phrase of the status, which is the title of a type without a URI of
    its own (RFC 9457 §4.2.1). ``help_url``: where the reader can get help, or empty. ``rows``: the
    editors' row that each text comes from, by the text's name; other texts are built in. ``shared``
    caches what ``problems`` makes of them, as long as they are kept.
    """

    phrase: Text
    title: Text
    explanation: Text
    remedy: Text
    program_remedy: Text
    help_label: Text
    help_url: str = ""
    rows: Mapping[str, Row] = field(default_factory=dict)
    shared: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def has_own_title(self) -> bool:
        """Whether an editor wrote the title."""
        return "title" in self.rows

    @cached_property
    def same_for_all(self) -> Mapping[str, object]:
        """The texts of a problem, by attribute; empty if one of them depends on a value."""
        texts = (self.phrase, self.title, self.explanation, self.remedy, self.help_label)
        fixed = [text.fixed for text in texts if text.fixed is not None]
        if len(fixed) < len(texts) or self.program_remedy is not self.remedy:
            return {}
        phrase, title, explanation, remedy, help_label = fixed
        if not explanation:
            return {}
        return {
            "phrase": phrase,
            "title": title or phrase,
            "explanation": explanation,
            "remedy": remedy,
            "program_remedy": remedy,
            "help": self.help_url,
            "help_label": help_label,
            "has_own_title": self.has_own_title,
            "language": explanation.language,
        }


def words_for(
    problem_type: Worded,
    language: str,
    host: Callable[[], str] = str,
    path: str = "",
    snapshot: Snapshot | None = None,
) -> Words:
    """The words for a problem type in a language, or in the nearest one that has them.

    Of the editors' rows for a host and ``path``, the most specific one wins, then the one in the
    nearest language. A text that it leaves empty comes from the next row, and in the end from the
    built-in words. Each text carries its actual language. ``host`` returns the host without its
    port; it is called only if a row is for one host.

    >>> words_for(NotFound, "zh-hans", path="/tea/").title.source
    '找不到页面'
    """
    snapshot = snapshot or snapshots.current()
    rows = snapshot.rows_for(problem_type.problem_type, host, path)
    if not rows:
        return built_in_words(problem_type, language)
    # By `id()`: mappings have no hash, and the snapshot keeps them as long as its `words`.
    key = (problem_type, language, *map(id, rows))
    words: Words | None = snapshot.words.get(key)
    if words is None:
        words = snapshot.words[key] = _chosen(problem_type, language, rows)
    return words


def built_in_words(problem_type: Worded, language: str) -> Words:
    """The words that the class itself defines, in a language or the nearest one."""
    cls: Any = problem_type
    return _translated(cls, language)


def frame_for(
    language: str,
    host: Callable[[], str],
    path: str,
    snapshot: Snapshot | None = None,
) -> Frame:
    """The texts around the words on a page in a language, chosen like the words of an error."""
    snapshot = snapshot or snapshots.current()
    if not snapshot.has_any(FRAME_NAMES):
        return _built_in_frame(language)
    words = (words_for(text, language, host, path, snapshot) for text in FRAME_TEXTS.values())
    return _frame(language, tuple(chosen.title for chosen in words))


@lru_cache(maxsize=256)  # emptied when a setting of languages changes: see below
def _built_in_frame(language: str) -> Frame:
    words = (built_in_words(text, language) for text in FRAME_TEXTS.values())
    return _frame(language, tuple(built_in.title for built_in in words))


@lru_cache(maxsize=1024)  # never emptied: depends on its arguments only
def _frame(language: str, texts: tuple[Text, ...]) -> Frame:
    shown = (InFrame.of(text.show(str), language) for text in texts)
    return Frame(**dict(zip(FRAME_TEXTS, shown, strict=True)))


def _chosen(problem_type: Worded, language: str, places: Sequence[Mapping[str, Row]]) -> Words:
    """Choose each text from the rows, else from the built-in words."""
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
    remedy = best("remedy", markdown.blocks)
    return Words(
        phrase=built_in.phrase,
        title=best("title", markdown.line),
        explanation=best("explanation", markdown.blocks),
        remedy=remedy,
        program_remedy=remedy if "remedy" in chosen else built_in.program_remedy,
        help_label=best("help_label", unmarked),
        help_url=helping.help_url if helping else "",
        rows=chosen,
    )


def _text(row: Row, name: str, language: str, parse: Parse, problem_type: Worded) -> Text | None:
    """An editor's text, parsed; ``None`` if it is empty or cannot be parsed.

    A row for any language is assumed to be written in ``LANGUAGE_CODE``.
    """
    source = getattr(row, name).strip()
    if not source:
        return None
    is_readers = row.language or is_same_language(settings.LANGUAGE_CODE, language)
    told_in = language if is_readers else settings.LANGUAGE_CODE
    try:
        return Text(source, told_in, frozenset(problem_type.placeholders), parse)
    except Exception:
        logger.exception("Could not show the %s of an explanation of %s.", name, row.problem_type)
        return None


@lru_cache(maxsize=8192)  # emptied when a setting of languages changes: see below
def _translated(problem_type: Worded, language: str) -> Words:
    names = frozenset(problem_type.placeholders)

    def text(words: StrOrPromise) -> Text:
        source, told_in = in_language(words, language)
        for found in misspelt_placeholders(source, names):
            name = getattr(problem_type, "__qualname__", problem_type.problem_type)
            logger.warning("%s has no value for %s in its texts.", name, found)
        return Text(source, told_in, names)

    remedy = text(problem_type.remedy)
    return Words(
        phrase=text(STATUSES[problem_type.status].phrase),
        title=text(problem_type.title),
        explanation=text(problem_type.explanation),
        remedy=remedy,
        program_remedy=text(for_programs)
        if (for_programs := problem_type.program_remedy)
        else remedy,
        help_label=text(HELP_LABEL),
    )


def in_language(words: str | Promise, language: str) -> tuple[str, str]:
    """Translate words into a language; also return the language that they are actually in.

    If a translation is missing, ``gettext`` silently returns the one for ``LANGUAGE_CODE``, else
    the source text, which is taken to be English.
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
conf.forget_on_change(conf.LANGUAGE_SETTINGS, _built_in_frame.cache_clear)
