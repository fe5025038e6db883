"""``manage.py import_explanations``: rows from a JSON file, or from the templates a project has."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import global_settings, settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import override

from django_http4xx.exceptions import CLASSES, ClientError, CsrfFailed
from django_http4xx.models import LIMITS, Explanation
from django_http4xx.words.markdown import is_safe_link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

# What Django gives such a template, as the placeholder that says the same.
_CONTEXT = {"request_path": "\ufdd0path\ufdd1", "exception": "\ufdd0detail\ufdd1"}
_PLACEHOLDER = re.compile("\ufdd0([a-z]+)\ufdd1")
_MARKUP = re.compile(r"([\\`*_\[\]<>&#~])")
# What would make a paragraph an item of a list.
_MARKER = re.compile(r"^(\d{0,9})([-+.)])(?=[ -]|$)")
_FIELDS = (
    *("problem_type", "language", "host", "path_prefix", "title", "explanation", "remedy"),
    *("help_url", "help_label", "is_active", "note"),
)


class Command(BaseCommand):
    help = (
        "Writes explanations from a JSON file, or from the texts of the project's own templates "
        "such as 404.html. Only what is missing is created: what editors wrote stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument(
            "file",
            nargs="?",
            type=Path,
            help='a list of objects, as [{"problem_type": "not-found", "language": "en", '
            '"title": "Nothing here"}]',
        )
        source.add_argument(
            "--templates",
            action="store_true",
            help="read 404.html and its like, in each of LANGUAGES",
        )
        parser.add_argument(
            "--database",
            default="default",
            choices=tuple(connections),
            help="the database to write to",
        )

    def handle(self, **options: Any) -> None:
        if options["templates"]:
            rows = [Explanation(**fields) for fields in self._told_by_templates()]
        else:
            rows = [self._row(fields, place) for place, fields in _listed(options["file"])]
        if not rows:
            self.stdout.write("There are no texts to import. Nothing has changed.")
        with transaction.atomic(using=options["database"]):
            for row in rows:
                self._write(row, options["database"])

    def _row(self, fields: object, place: str) -> Explanation:
        if not isinstance(fields, dict):
            raise CommandError(f"{place} is no object.")
        if unknown := sorted(fields.keys() - set(_FIELDS)):
            raise CommandError(
                f"{place} has a field {unknown[0]!r}; there are {', '.join(_FIELDS)}."
            )
        for name, value in fields.items():
            if not isinstance(value, bool if name == "is_active" else str):
                wanted = "true or false" if name == "is_active" else "a text"
                raise CommandError(f"{place}: {name} must be {wanted}.")
        row = Explanation(**fields)
        try:
            row.full_clean(validate_unique=False)
        except ValidationError as error:
            said = (f"{name}: {' '.join(told)}" for name, told in error.message_dict.items())
            raise CommandError(f"{place}: {'; '.join(said)}") from error
        return row

    def _told_by_templates(self) -> Iterator[dict[str, str]]:
        types: list[type[ClientError]] = [*CLASSES.values(), CsrfFailed]
        for problem_type in types:
            name = "403_csrf.html" if problem_type is CsrfFailed else f"{problem_type.status}.html"
            default = self._words(name, settings.LANGUAGE_CODE)
            if not default:
                continue
            where = {"problem_type": problem_type.problem_type, "note": f"From {name}."}
            # What is for any language is taken to be in the site's own.
            yield {**where, **default}
            for language in _other_languages():
                words = self._words(name, language)
                if words and words != default:
                    yield {**where, "language": language, **words}
            self.stdout.write(
                f"{name} goes on showing its own text on pages: remove it, or let it print "
                "{{ problem.title }}, {{ problem.explanation.block }} and {{ problem.remedy.block }}."
            )

    def _words(self, name: str, language: str) -> dict[str, str]:
        request = HttpRequest()
        request.method = "GET"
        request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
        try:
            with override(language):
                page = get_template(name).render(dict(_CONTEXT), request)
        except TemplateDoesNotExist:
            return {}
        except Exception as error:
            self.stderr.write(f"{name} cannot be rendered here, and is left out: {error!r}")
            return {}
        return words_of(page)

    def _write(self, row: Explanation, database: str) -> None:
        rows = Explanation.objects.using(database).filter(problem_type=row.problem_type)
        # Drafts count: an editor may have gone back to the built-in words.
        if any(other.place == row.place for other in rows):
            self.stdout.write(f"{row}: is there already")
        else:
            row.save(using=database)
            self.stdout.write(self.style.SUCCESS(f"{row}: created"))


def _listed(file: Path) -> Iterator[tuple[str, object]]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    if not isinstance(rows, list):
        raise CommandError(f"{file} holds no list.")
    for number, fields in enumerate(rows, start=1):
        yield f"Number {number} of {file}", fields


def _other_languages() -> list[str]:
    if settings.LANGUAGES == global_settings.LANGUAGES:
        return []
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def words_of(page: str) -> dict[str, str]:
    """The words of a page: its heading, its first paragraph, and the rest of its paragraphs.

    >>> words_of("<h1>Lost?</h1><p>There is no <b>such</b> page.</p>")
    {'title': 'Lost?', 'explanation': 'There is no such page.', 'remedy': ''}
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    paragraphs = reader.paragraphs or [""]
    words = {
        "title": reader.headings.get("h1") or reader.headings.get("title", ""),
        "explanation": paragraphs[0],
        "remedy": "\n\n".join(paragraphs[1:]),
    }
    fits = all(len(text) <= LIMITS[name] for name, text in words.items())
    return words if fits and any(words.values()) else {}


class _Reader(HTMLParser):
    """The headings of a page and its paragraphs outside of navigation, as Markdown."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: dict[str, str] = {}
        self.paragraphs: list[str] = []
        self._open = ""
        self._skipped = 0
        self._text: list[str] = []
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("nav", "footer", "header", "script", "style"):
            self._skipped += 1
        elif tag in ("h1", "title", "p") and not self._skipped:
            self._end()
            self._open = tag
        elif tag == "br":
            self._text.append(" ")
        elif tag == "a" and self._open == "p" and is_safe_link(dict(attrs).get("href") or ""):
            self._link = dict(attrs)["href"] or ""
            self._text.append("[")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("nav", "footer", "header", "script", "style"):
            self._skipped = max(0, self._skipped - 1)
        elif tag == self._open:
            self._end()
        elif tag == "a" and self._link:
            self._text.append(f"](<{self._link}>)")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._open and not self._skipped:
            self._text.append(_as_markdown(data))

    def _end(self) -> None:
        text = re.sub(r"\s+", " ", "".join(self._text)).strip()
        if self._open == "p" and text:
            self.paragraphs.append(_MARKER.sub(r"\1\\\2", text))
        elif self._open and text:
            self.headings.setdefault(self._open, text)
        self._open, self._text, self._link = "", [], ""


def _as_markdown(text: str) -> str:
    """Plain text as Markdown that shows the same, with the placeholders that stood in it."""
    escaped = _MARKUP.sub(r"\\\1", text.replace("{", "{{").replace("}", "}}"))
    return _PLACEHOLDER.sub(r"{\1}", escaped)
