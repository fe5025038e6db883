"""What the site can say, for its editors: every problem type, its words, and where they come from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from . import catalogue, pages
from .exceptions import problem_types
from .models import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from .exceptions import ClientError
    from .texts import Text

# The errors that visitors meet most, in the order of the overview.
MET_FIRST = ("not-found", "forbidden", "unauthorized", "bad-request", "too-many-requests")
TEXTS = ("title", "explanation", "remedy")

_MEANINGS: Mapping[str, StrOrPromise] = {
    "path": _("the path of the address, such as /shop/"),
    "method": _("how the address was asked for, such as GET"),
    "host": _("the name of the site"),
    "status": _("the number of the error, such as 404"),
    "detail": _("what is particular to this occurrence, where the site tells it"),
    "reference": _("the reference that the page shows"),
    "retry_after": _("when to come back, such as “in 2 minutes”"),
    "allowed": _("what can be done at this address"),
}


@dataclass(frozen=True)
class Entry:
    """One problem type in the overview: its words, the rows for it, and what shows it.

    ``template``: the project's own template that shows it and prints no words of a problem.
    """

    name: str
    status: int
    title: Text
    explanation: Text
    remedy: Text
    rows: Sequence[tuple[Explanation, str]]
    template: str
    customise_url: str


def by_name() -> dict[str, type[ClientError]]:
    """Every problem type by its name."""
    return {problem_type.problem_type: problem_type for problem_type in problem_types()}


def choices(current: str) -> Iterator[tuple[str, str]]:
    """Every problem type for a select box; a row's own is there though it no longer exists."""
    known = by_name()
    if current and current not in known:
        yield current, gettext("%(name)s (no longer exists)") % {"name": current}
    for problem_type in _in_order(known.values()):
        yield problem_type.problem_type, f"{problem_type.status} · {problem_type.title}"


def language_of_editor() -> str:
    """The editor's own language where the site has it, else the site's."""
    active = get_language() or ""
    return active if active in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def built_in_texts(name: str, language: str) -> dict[str, str]:
    """The built-in title, explanation and remedy of a problem type; empty for one that is gone."""
    problem_type = by_name().get(name)
    if problem_type is None:
        return dict.fromkeys(TEXTS, "")
    words = catalogue.built_in_words(problem_type, language or language_of_editor())
    return {text: getattr(words, text).source for text in TEXTS}


def placeholders(name: str) -> dict[str, str]:
    """The placeholders of a problem type's texts, and what each stands for."""
    problem_type = by_name().get(name)
    declared = problem_type.placeholders if problem_type else tuple(_MEANINGS)
    return {field: str(_MEANINGS.get(field, _("a detail of this error"))) for field in declared}


def groups(language: str) -> list[tuple[str, list[Entry]]]:
    """Every problem type with its words in a language, those that visitors meet first at the top."""
    rows: defaultdict[str, list[Explanation]] = defaultdict(list)
    for row in Explanation.objects.all():
        rows[row.problem_type].append(row)
    known = by_name()
    entries = [
        _entry(problem_type, language, rows[problem_type.problem_type])
        for problem_type in _in_order(known.values())
    ]
    first = [entry for entry in entries if entry.name in MET_FIRST]
    others = [entry for entry in entries if entry.name not in MET_FIRST]
    return [(gettext("Met most often"), first), (gettext("All others"), others)]


def _in_order(types: Iterable[type[ClientError]]) -> list[type[ClientError]]:
    rank = {name: place for place, name in enumerate(MET_FIRST)}
    return sorted(
        types,
        key=lambda cls: (rank.get(cls.problem_type, len(rank)), cls.status, cls.problem_type),
    )


def _entry(problem_type: type[ClientError], language: str, rows: list[Explanation]) -> Entry:
    words = catalogue.words_for(problem_type, language)
    name = problem_type.problem_type
    return Entry(
        name=name,
        status=problem_type.status,
        title=words.title,
        explanation=words.explanation,
        remedy=words.remedy,
        rows=[(row, where(row)) for row in rows],
        template=_template_without_words(problem_type),
        customise_url=_customise_url(name, language, rows),
    )


def _customise_url(name: str, language: str, rows: list[Explanation]) -> str:
    """The form for the words of the whole site: those that there are, else new ones."""
    for row in rows:
        if row.is_active and row.place == (name, language, "", ""):
            return reverse("admin:django_http4xx_explanation_change", args=[row.pk])
    query = urlencode({"problem_type": name, "language": language})
    return reverse("admin:django_http4xx_explanation_add") + "?" + query


def _template_without_words(problem_type: type[ClientError]) -> str:
    """The project's own template that shows this type and prints no words of a problem, if any."""
    name = pages.project_template(problem_type)
    if not name:
        return ""
    # Other engines than Django's do not show their source; the editor is then told nothing.
    source = getattr(getattr(get_template(name), "template", None), "source", "problem")
    return "" if "problem" in source else name


def where(row: Explanation) -> str:
    """The part of the site for which a row is, in the editor's words."""
    part = f"{row.host}{row.path_prefix}" or gettext("everywhere")
    language = dict(settings.LANGUAGES).get(row.language, row.language)
    return f"{language or gettext('any language')}, {part}"
