"""``manage.py import_explanations``: write explanations from a JSON file to the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from django_http4xx.editors import json_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.management.base import CommandParser

    from django_http4xx.models import Explanation

_SAID = {
    json_files.ADDED: "added",
    json_files.REPLACED: "replaced",
    json_files.KEPT: "exists already, kept (--replace overwrites it)",
    json_files.UNCHANGED: "unchanged",
}


class Command(BaseCommand):
    help = (
        "Import explanations from a JSON file, such as export_explanations writes. Explanations that "
        "exist already are kept, unless you pass --replace."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            help='a list of objects, such as [{"problem_type": "not-found", "language": "en", '
            '"title": "Nothing here"}]',
        )
        parser.add_argument(
            "--replace", action="store_true", help="overwrite the texts that exist already"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be done; write nothing"
        )
        parser.add_argument("--user", help="the name of the user whom the history names")
        parser.add_argument(
            "--database",
            default="default",
            choices=tuple(connections),
            help="the database to write to",
        )

    def handle(self, **options: Any) -> None:
        using, replace = options["database"], options["replace"]
        try:
            rows = json_files.read(options["file"].read_bytes(), str(options["file"]))
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        except json_files.WrongFile as error:
            raise CommandError(str(error)) from error
        if not rows:
            self.stdout.write("The list is empty: there is nothing to import.")
        if options["dry_run"]:
            steps = json_files.plan(rows, using, replace=replace)
        else:
            steps = json_files.carry_out(
                rows,
                using,
                replace=replace,
                changed_by=options["user"] or "import_explanations",
                log=self._logging(options["user"], using),
            )
        for step in steps:
            self.stdout.write(f"{step.row}: {_SAID[step.outcome]}")
        done = "Nothing is written (--dry-run): " if options["dry_run"] else ""
        self.stdout.write(done + json_files.summary(steps))

    def _logging(
        self, name: str | None, using: str
    ) -> Callable[[Explanation, Mapping[str, list[Any]] | None], object]:
        if name is None:
            return lambda row, changed: None
        users = get_user_model()
        try:
            user = users._default_manager.get(**{users.USERNAME_FIELD: name})
        except users.DoesNotExist as error:
            raise CommandError(f"There is no user {name!r}.") from error
        if not apps.is_installed("django.contrib.admin"):
            return lambda row, changed: None
        # The history is in the admin's log.
        from django_http4xx.editors import history

        return lambda row, changed: history.log(row, changed, user.pk)
