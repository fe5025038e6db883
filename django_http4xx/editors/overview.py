"""The overview for editors: every problem type, its words, and where they come from."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.utils import label_for_field
from django.template.loader import get_template
from django.utils.translation import get_language, gettext

from django_http4xx import pages
from django_http4xx.exceptions import FIXED_PLACEHOLDERS, problem_types
from django_http4xx.log import logger
from django_http4xx.models import Explanation, left_to_right, name_of_error, worded
from django_http4xx.words import markdown, scopes, wording
from django_http4xx.words.frame import FRAME_TEXTS, FrameText
from django_http4xx.words.snapshots import Row, Snapshot
from django_http4xx.words.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django_http4xx.words.texts import Shown
    from django_http4xx.words.wording import Worded, Words

    from .frequency import Frequency, Measured

# The errors that most sites send, in the order of the overview where nothing is counted.
MET_FIRST = ("not-found", "forbidden", "unauthorized", "bad-request", "too-many-requests")
TEXTS = ("title", "explanation", "remedy")

# The overview shows at most this many rows of a type; the change list shows all.
_MOST_LISTED = 10

# `problem` in a template tag, but not in a quoted string.
_looks_at_problem = re.compile(
    r"""\{[{%](?:"[^"]*"|'[^']*'|[^{}"'])*?\bproblem\b""",
).search
_PARTS = re.compile(r"\{%-?\s*(?:extends|include)\s+[\"']([^\"']+)")


class Origin(NamedTuple):
    """The labels of the texts that come from one row; ``row`` is ``None`` for built-in texts."""

    texts: str
    row: Explanation | None


class Link(NamedTuple):
    """A broken link on the site itself; ``own``: the row for its part of the site.

    ``start``: the query for the form of a new one.
    """

    address: str
    times: int
    own: Explanation | None
    start: str
    redirect: str


@dataclass(frozen=True)
class Entry:
    """One problem type in the overview, or a text of every page, which has no ``status``.

    ``own``: the row for the whole site in the language shown. ``start``, ``in_language`` and
    ``for_part``: the queries for the form of a new one, for the whole site, in another language
    (empty if there is a row for each) and for a part of the site. ``others``: some of the rows that no text comes from. ``template``: the project's own
    template for this type, if it does not show these words. ``met``: how often visitors meet the
    error, if that is counted.
    """

    name: str
    status: int | None
    title: Shown
    explanation: Shown
    remedy: Shown
    help_url: str
    help_label: Shown
    origins: Sequence[Origin]
    own: Explanation | None
    start: str
    in_language: str
    for_part: str
    others: Sequence[Explanation]
    number_of_others: int
    template: str
    met: Frequency | None = None
    broken_links: Sequence[Link] = ()

    @property
    def help_address(self) -> str:
        """The address of the help link, for a text that reads in either direction."""
        return left_to_right(self.help_url)

    @property
    def is_written(self) -> bool:
        """Whether editors wrote any of the words."""
        return any(origin.row for origin in self.origins)


def choices(current: str) -> Iterator[tuple[str, str]]:
    """The choices for a select box, with ``current`` even if that type no longer exists."""
    if current and current not in worded():
        yield current, name_of_error(current)
    for one in _in_order():
        yield one.problem_type, name_of_error(one.problem_type)


def plain_title(row: Explanation) -> str:
    """A row's title without markup; placeholders keep their names."""
    return shown(Text(row.title, row.language, FIXED_PLACEHOLDERS, markdown.line))


def language_of_editor() -> str:
    """The editor's language, or a more general one, if the site has it; else the site's.

    ``LANGUAGE_CODE`` may be more specific than ``LANGUAGES``: ``startproject`` writes ``en-us``.
    """
    spoken = {scopes.as_language(code): code for code, _name in settings.LANGUAGES}
    wanted = (get_language() or "", settings.LANGUAGE_CODE)
    codes = (code for language in wanted for code in scopes.with_parents(language))
    return next((spoken[code] for code in codes if code in spoken), settings.LANGUAGE_CODE)


def built_in_texts(name: str, language: str) -> dict[str, str]:
    """The built-in texts of a problem type, by name; empty if the type no longer exists."""
    problem_type = worded().get(name)
    if problem_type is None:
        return dict.fromkeys(TEXTS, "")
    words = wording.built_in_words(problem_type, language or language_of_editor())
    return {text: getattr(words, text).source for text in TEXTS}


def groups(
    language: str, measured: Measured
) -> tuple[list[tuple[str, list[Entry]]], list[Explanation]]:
    """All problem types with their words in a language, in groups, the most frequent first.

    Also return the rows whose problem type no longer exists. ``measured``: how often visitors meet
    each error; if it is empty, a fixed list comes first.
    """
    # From the database, not from this process's snapshot, so that the words match the rows.
    rows = list(Explanation.objects.order_by("pk"))
    texts = ([getattr(row, name) for name in Row._fields] for row in rows if row.is_active)
    snapshot = Snapshot(Row(*row) for row in texts)
    by_type: defaultdict[str, list[Explanation]] = defaultdict(list)
    for row in rows:
        by_type[row.problem_type].append(row)
    entries = [
        _entry(problem_type, language, by_type.pop(problem_type.problem_type, []), snapshot)
        for problem_type in _in_order()
    ]
    gone = [row for rows in by_type.values() for row in rows]
    return _grouped([_with_frequency(entry, measured, rows, language) for entry in entries]), gone


def _grouped(entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    """The errors that visitors meet most often, and the others; if nobody counts, a fixed list."""
    first = sorted(
        (entry for entry in entries if entry.met),
        key=lambda entry: (-entry.met.this_week, -entry.met.last_week),  # type: ignore[union-attr]
    )
    heading = gettext("Met most often") if first else gettext("Start with these")
    first = first or [entry for entry in entries if entry.name in MET_FIRST]
    others = [entry for entry in entries if entry.status and entry not in first]
    of_frame = [entry for entry in entries if not entry.status]
    return [(heading, first), (gettext("All others"), others), (gettext("Every page"), of_frame)]


def _with_frequency(
    entry: Entry, measured: Measured, rows: Iterable[Explanation], language: str
) -> Entry:
    met = measured.get(entry.name)
    if met is None:
        return entry
    own = {row.place: row for row in rows if row.is_active}
    links = [
        Link(
            link.address,
            link.times,
            own.get((entry.name, language, "", link.prefix)),
            _query(entry.name, language, path_prefix=link.prefix, part=1) if link.prefix else "",
            link.redirect,
        )
        for link in met.broken_links
    ]
    return replace(entry, met=met, broken_links=links)


def _in_order() -> list[Worded]:
    rank = {name: place for place, name in enumerate(MET_FIRST)}
    in_order = sorted(
        problem_types(),
        key=lambda cls: (rank.get(cls.problem_type, len(rank)), cls.status, cls.problem_type),
    )
    return [*in_order, *FRAME_TEXTS.values()]


def _entry(
    problem_type: Worded, language: str, rows: list[Explanation], snapshot: Snapshot
) -> Entry:
    words = wording.words_for(problem_type, language, snapshot=snapshot)
    by_place = {row.place: row for row in rows if row.is_active}
    sources = {name: by_place[row[:4]] for name, row in words.rows.items()}
    others = sorted(
        (row for row in rows if row not in sources.values()),
        key=lambda row: (not row.is_active, row.host, row.path_prefix, row.language),
    )
    return Entry(
        name=problem_type.problem_type,
        status=None if isinstance(problem_type, FrameText) else problem_type.status,
        title=shown(words.title) or shown(words.phrase),
        explanation=shown(words.explanation),
        remedy=shown(words.remedy),
        help_url=words.help_url,
        help_label=shown(words.help_label),
        origins=origins(words, sources),
        own=by_place.get((problem_type.problem_type, language, "", "")),
        start=_query(problem_type.problem_type, language),
        in_language=_in_other_language(
            problem_type.problem_type, [row for row in rows if row.place[2:] == ("", "")], language
        ),
        for_part=_query(problem_type.problem_type, language, part=1),
        others=others[:_MOST_LISTED],
        number_of_others=len(others),
        template=_template_without_words(problem_type),
    )


def copies_of(row: Explanation) -> dict[str, str]:
    """The queries for the form of a new text with a row's words, for another language or part."""
    place = {"host": row.host, "path_prefix": row.path_prefix}
    alike = Explanation.objects.filter(problem_type=row.problem_type, **place)
    in_language = _in_other_language(
        row.problem_type, alike, row.language, words_of=row.pk, **place
    )
    for_part = _query(row.problem_type, row.language, words_of=row.pk, host=row.host, part=1)
    return {"in_language": in_language, "for_part": for_part}


def _in_other_language(
    name: str, rows: Iterable[Explanation], language: str, **more: object
) -> str:
    """The query for a new text in the first language that none of the rows is for."""
    taken = {language, *(row.language for row in rows if row.is_active)}
    free = (code for code in (*dict(settings.LANGUAGES), "") if code not in taken)
    other = next(free, None)
    if other is None:
        return ""
    return _query(
        name, other, **({"words_in": language} | more if "words_of" not in more else more)
    )


def _query(name: str, language: str, **more: object) -> str:
    return "?" + urlencode({"problem_type": name, "language": language, **more})


def shown(text: Text) -> Shown:
    """The text as a reader sees it, but with the names of the placeholders."""
    return text.show("{{{}}}".format)


def origins(words: Words, sources: Mapping[str, Explanation]) -> list[Origin]:
    """The origins of all texts that are not empty, grouped by row."""
    help_texts = ("help_url", "help_label") if words.help_url else ()
    written = [name for name in TEXTS if name == "title" or getattr(words, name).source]
    found: dict[Explanation | None, list[str]] = {}
    for name in (*written, *help_texts):
        found.setdefault(sources.get(name), []).append(str(label_for_field(name, Explanation)))
    return [Origin(", ".join(labels), row) for row, labels in found.items()]


def _template_without_words(problem_type: Worded) -> str:
    """The project's own template for a type, if it does not show the words; else empty."""
    if isinstance(problem_type, FrameText):
        return ""
    name = pages.project_template(problem_type)
    return name if name and not _prints_words(name) else ""


def _prints_words(name: str, *wholes: str) -> bool:
    """Whether a template, or one that it extends or includes, uses ``problem``.

    Assume so if the template cannot be read. ``wholes``: the templates that led to this one.
    """
    if name in wholes:  # A template may extend another one with the same name.
        return True
    try:
        template = get_template(name)
    except Exception:
        logger.exception("Could not load the template %s.", name)
        return True
    # Only Django's own engine gives access to the source.
    source = getattr(getattr(template, "template", None), "source", "{{ problem }}")
    return bool(_looks_at_problem(source)) or any(
        _prints_words(part, name, *wholes) for part in _PARTS.findall(source)
    )
