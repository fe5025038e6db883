"""What the site can say, for its editors: every problem type, its words, and where they come from."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.utils import label_for_field
from django.template.loader import get_template
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from django_http4xx import pages, path_prefixes
from django_http4xx.exceptions import FIXED_PLACEHOLDERS, problem_types
from django_http4xx.log import logger
from django_http4xx.models import Explanation
from django_http4xx.words import markdown, scopes, wording
from django_http4xx.words.snapshots import Row, Snapshot
from django_http4xx.words.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from django_http4xx.exceptions import ClientError
    from django_http4xx.words.texts import Shown
    from django_http4xx.words.wording import Words

# The errors that visitors meet most, in the order of the overview.
MET_FIRST = ("not-found", "forbidden", "unauthorized", "bad-request", "too-many-requests")
TEXTS = ("title", "explanation", "remedy")

# More rows of one type than this are a matter for the list.
_MOST_LISTED = 10

# The name in a tag, and not in a text that the tag holds.
_looks_at_problem = re.compile(
    r"""\{[{%](?:"[^"]*"|'[^']*'|[^{}"'])*?\bproblem\b""",
).search
_PARTS = re.compile(r"\{%-?\s*(?:extends|include)\s+[\"']([^\"']+)")

_MEANINGS: Mapping[str, StrOrPromise] = {
    "path": _("the path of the address, such as /shop/"),
    "method": _("how the address was asked for, such as GET"),
    "host": _("the name of the site"),
    "status": _("the number of the error, such as 404"),
    "detail": _("what is particular to this occurrence, where the site tells it"),
    "reference": _("the reference that the page shows"),
    "retry_after": _("when to come back, such as “in 2 minutes”; “later” where nobody knows"),
    "allowed": _("what can be done at this address, such as GET, POST, where the site tells it"),
}

# By the problem type as well: a project may have a field of the same name.
_MEANINGS_OF_FIELDS: Mapping[str, Mapping[str, StrOrPromise]] = {
    "locked": {"precondition": _("the condition that does not hold, where the site tells it")},
    "request-header-fields-too-large": {
        "field": _(
            "the name of the field that is too large, such as Cookie, where the site tells it"
        )
    },
}


class Listed(NamedTuple):
    """A row, and the part of the site that it is for, in the editor's words."""

    row: Explanation
    where: str


class Origin(NamedTuple):
    """Texts that come from one row, by their names for the editor; from none where built in."""

    texts: str
    row: Listed | None


@dataclass(frozen=True)
class Entry:
    """One problem type in the overview: its words, where they come from, and what shows it.

    ``own``: the row of the whole site in the language shown; ``start``: the query that the form for
    a new one starts with. ``others``: the first of the rows that none of the words come from.
    ``template``: the project's own template that shows the type and prints no words of a problem.
    """

    name: str
    status: int
    title: Shown
    explanation: Shown
    remedy: Shown
    help_url: str
    help_label: Shown
    origins: Sequence[Origin]
    own: Explanation | None
    start: str
    others: Sequence[Listed]
    number_of_others: int
    template: str


def by_name() -> dict[str, type[ClientError]]:
    """Every problem type by its name."""
    return {problem_type.problem_type: problem_type for problem_type in problem_types()}


def choices(current: str) -> Iterator[tuple[str, str]]:
    """Every problem type for a select box; a row's own is there though it no longer exists."""
    known = by_name()
    if current and current not in known:
        yield current, name_of_error(current)
    for problem_type in _in_order(known.values()):
        yield problem_type.problem_type, f"{problem_type.status} · {problem_type.title}"


def name_of_error(name: str) -> str:
    """A row's problem type in the list, with its status while there is such a type."""
    problem_type = by_name().get(name)
    if problem_type is None:
        return gettext("%(name)s (no longer exists)") % {"name": name}
    return f"{problem_type.status} · {name}"


def plain_title(row: Explanation) -> str:
    """A row's title as a reader meets it, with the names of the placeholders."""
    return _shown(Text(row.title, row.language, FIXED_PLACEHOLDERS, markdown.line))


def language_of_editor() -> str:
    """The editor's own language where the site has it, or one that it is a kind of; else the site's.

    ``LANGUAGE_CODE`` may be a kind of one, too: ``startproject`` writes ``en-us``.
    """
    spoken = {scopes.as_language(code): code for code, _name in settings.LANGUAGES}
    wanted = (get_language() or "", settings.LANGUAGE_CODE)
    codes = (code for language in wanted for code in scopes.with_parents(language))
    return next((spoken[code] for code in codes if code in spoken), settings.LANGUAGE_CODE)


def built_in_texts(name: str, language: str) -> dict[str, str]:
    """The built-in title, explanation and remedy of a problem type; empty for one that is gone."""
    problem_type = by_name().get(name)
    if problem_type is None:
        return dict.fromkeys(TEXTS, "")
    words = wording.built_in_words(problem_type, language or language_of_editor())
    return {text: getattr(words, text).source for text in TEXTS}


def placeholders(name: str) -> dict[str, str]:
    """The placeholders of a problem type's texts, and what each stands for."""
    problem_type = by_name().get(name)
    declared = problem_type.placeholders if problem_type else tuple(_MEANINGS)
    meanings = {**_MEANINGS, **_MEANINGS_OF_FIELDS.get(name, {})}
    return {field: str(meanings.get(field, _("a detail of this error"))) for field in declared}


def groups(language: str) -> tuple[list[tuple[str, list[Entry]]], list[Listed]]:
    """Every problem type with its words in a language, those that visitors meet first at the top.

    Beside them the rows whose type no longer exists.
    """
    # What is in the database, not what this process knows: the words agree with the rows.
    rows = list(Explanation.objects.order_by("pk"))
    texts = ([getattr(row, name) for name in Row._fields] for row in rows if row.is_active)
    snapshot = Snapshot(Row(*row) for row in texts)
    by_type: defaultdict[str, list[Explanation]] = defaultdict(list)
    for row in rows:
        by_type[row.problem_type].append(row)
    entries = [
        _entry(problem_type, language, by_type.pop(problem_type.problem_type, []), snapshot)
        for problem_type in _in_order(by_name().values())
    ]
    first = [entry for entry in entries if entry.name in MET_FIRST]
    others = [entry for entry in entries if entry.name not in MET_FIRST]
    gone = [Listed(row, where(row)) for rows in by_type.values() for row in rows]
    return [(gettext("Met most often"), first), (gettext("All others"), others)], gone


def _in_order(types: Iterable[type[ClientError]]) -> list[type[ClientError]]:
    rank = {name: place for place, name in enumerate(MET_FIRST)}
    return sorted(
        types,
        key=lambda cls: (rank.get(cls.problem_type, len(rank)), cls.status, cls.problem_type),
    )


def _entry(
    problem_type: type[ClientError], language: str, rows: list[Explanation], snapshot: Snapshot
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
        status=problem_type.status,
        title=_shown(words.title) or _shown(words.phrase),
        explanation=_shown(words.explanation),
        remedy=_shown(words.remedy),
        help_url=words.help_url,
        help_label=_shown(words.help_label),
        origins=_origins(words, sources),
        own=by_place.get((problem_type.problem_type, language, "", "")),
        start="?" + urlencode({"problem_type": problem_type.problem_type, "language": language}),
        others=[Listed(row, where(row)) for row in others[:_MOST_LISTED]],
        number_of_others=len(others),
        template=_template_without_words(problem_type),
    )


def _shown(text: Text) -> Shown:
    """The text as a reader meets it, with the names of the placeholders."""
    return text.show("{{{}}}".format)


def _origins(words: Words, sources: Mapping[str, Explanation]) -> list[Origin]:
    """Where the texts come from that there are, those of one row together."""
    help_texts = ("help_url", "help_label") if words.help_url else ()
    written = [name for name in TEXTS if name == "title" or getattr(words, name).source]
    found: dict[Explanation | None, list[str]] = {}
    for name in (*written, *help_texts):
        found.setdefault(sources.get(name), []).append(str(label_for_field(name, Explanation)))
    return [
        Origin(", ".join(labels), Listed(row, where(row)) if row else None)
        for row, labels in found.items()
    ]


def _template_without_words(problem_type: type[ClientError]) -> str:
    """The project's own template that shows this type and prints no words of a problem, if any."""
    name = pages.project_template(problem_type)
    return name if name and not _prints_words(name) else ""


def _prints_words(name: str, *wholes: str) -> bool:
    """Whether a template, or one that it is made of, looks at the problem.

    Where that cannot be told it is taken for granted. ``wholes``: what it is a part of.
    """
    if name in wholes:  # A template may extend another of its own name.
        return True
    try:
        template = get_template(name)
    except Exception:
        logger.exception("The template %s cannot be loaded.", name)
        return True
    # Other engines than Django's do not show their source.
    source = getattr(getattr(template, "template", None), "source", "{{ problem }}")
    return bool(_looks_at_problem(source)) or any(
        _prints_words(part, name, *wholes) for part in _PARTS.findall(source)
    )


def where(row: Explanation) -> str:
    """The part of the site for which a row is, in the editor's words."""
    part = f"{row.host}{path_prefixes.to_address(row.path_prefix)}" or gettext("everywhere")
    return f"{language_name(row.language)}, {part}"


def language_name(code: str) -> str:
    """A row's language in the editor's words."""
    return scopes.language_names().get(code, code) if code else gettext("Any language")
