"""How Sphinx builds the documents: ``make docs``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

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
