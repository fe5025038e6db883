"""``manage.py export_explanations``: write all explanations to a JSON file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from django_http4xx.editors import json_files
from django_http4xx.models import Explanation

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Write all explanations, with drafts, to a JSON file for import_explanations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="left out: to the output")
        parser.add_argument(
            "--database",
            default="default",
            choices=tuple(connections),
            help="the database to read from",
        )

    def handle(self, **options: Any) -> None:
        content = json_files.written(Explanation.objects.using(options["database"]))
        file = options["file"]
        if file is None:
            self.stdout.write(content, ending="")
            return
        try:
            file.write_text(content, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error}") from error
