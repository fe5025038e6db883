"""``manage.py import_explanations``: rows from a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from django_http4xx.models import Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

_FIELDS = (
    *("problem_type", "language", "host", "path_prefix", "title", "explanation", "remedy"),
    *("help_url", "help_label", "is_active", "note"),
)


class Command(BaseCommand):
    help = "Writes explanations from a JSON file. Only what is missing is created: what editors wrote stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help='a list of objects, as [{"problem_type": "not-found", "language": "en", '
            '"title": "Nothing here"}]',
        )
        parser.add_argument(
            "--database",
            default="default",
            choices=tuple(connections),
            help="the database to write to",
        )

    def handle(self, **options: Any) -> None:
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
