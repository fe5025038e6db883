"""Path prefixes as they are compared now: in one spelling, and without the script's prefix.

That prefix is known here where ``FORCE_SCRIPT_NAME`` says it. Where only the server knows it
(``SCRIPT_NAME``, ``root_path``), rows keep what they have.
"""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import migrations

from django_http4xx.path_prefixes import as_prefix, from_address

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import StateApps


def follow(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    rows = apps.get_model("django_http4xx", "Explanation")._base_manager.using(alias)
    follower: dict[tuple[str, ...], int] = {}
    # Of two rows that are for one place now, the one whose words were shown there follows: that
    # of the longer prefix, else the later one. The other is kept as a draft.
    for row in sorted(rows.all(), key=lambda row: (len(as_prefix(row.path_prefix)), row.pk)):
        row.path_prefix = from_address(row.path_prefix)
        place = (row.problem_type, row.language, row.host, row.path_prefix)
        if row.is_active:
            follower[place] = row.pk
        rows.filter(pk=row.pk).update(path_prefix=row.path_prefix, digest=None)
    for place, key in follower.items():
        digest = sha256(json.dumps(place).encode()).hexdigest()
        rows.filter(pk=key).update(digest=digest)
    rows.filter(is_active=True, digest=None).update(is_active=False)
    revisions = apps.get_model("django_http4xx", "CatalogueRevision")._base_manager.using(alias)
    revisions.filter(pk=1).update(revision=uuid.uuid4().hex)


class Migration(migrations.Migration):
    dependencies = [("django_http4xx", "0001_explanation")]

    operations = [migrations.RunPython(follow, migrations.RunPython.noop)]
