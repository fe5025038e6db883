"""How Sphinx builds the documents: ``make docs``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import BaseCommand, load_command_class  # noqa: E402
from docutils import nodes  # noqa: E402
from docutils.parsers.rst import Directive  # noqa: E402
from docutils.statemachine import StringList  # noqa: E402

from django_http4xx import __version__  # noqa: E402

project = "django-http4xx"
author = "The django_http4xx contributors"
copyright = author  # noqa: A001 - Sphinx reads this name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

# Headings of three levels can be linked to, as on GitHub: `settings.md#path-prefixes`.
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# Annotations name types of Python and Django, and some of ours that nobody has to know.
nitpick_ignore_regex = [("py:.*", ".*")]
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = project
html_theme_options = {
    "source_repository": "https://github.com/django-http4xx/django-http4xx/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_copy_source = False
html_show_sphinx = False
linkcheck_ignore = [
    r"https?://(127\.0\.0\.1|localhost)",
    r"https?://[\w.-]+\.example",
]


class ManagementCommand(Directive):
    """``.. manage:: app.command`` describes a command by its own help texts."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        app, _, name = self.arguments[0].rpartition(".")
        command = load_command_class(app, name)
        everywhere = {action.dest for action in _Nothing().create_parser("", "")._actions}
        parser = command.create_parser("manage.py", name)
        own = [action for action in parser._actions if action.dest not in everywhere]
        rows = [
            f"``{', '.join(action.option_strings) or action.dest}``"
            + (
                f" ({' or '.join(action.choices)})"
                if action.choices and not action.option_strings
                else ""
            )
            + f"\n    {action.help or ''}"
            for action in own
        ]
        text = "\n\n".join([f"``manage.py {name}``: {command.help}", "\n\n".join(rows)])
        section = nodes.section()
        self.state.nested_parse(StringList(text.splitlines(), self.arguments[0]), 0, section)
        return section.children


class _Nothing(BaseCommand):
    pass


def setup(app: Sphinx) -> None:
    app.add_directive("manage", ManagementCommand)
