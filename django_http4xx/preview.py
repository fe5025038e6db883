"""An unsaved explanation, shown by the code that serves the real ones."""

from __future__ import annotations

import copy
import json
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.http.request import validate_host
from django.utils.html import strip_tags
from django.utils.translation import gettext

from . import formats, overview, problems, snapshots
from .examples import example_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .admin import ExplanationForm
    from .problems import Problem


class Draft:
    """What an editor has typed and not saved yet, in the language that the preview is to be in."""

    def __init__(self, form: ExplanationForm, request: HttpRequest) -> None:
        self.form = form
        self.request = request
        chosen = form.data.get("preview_language", "")
        known = dict(settings.LANGUAGES)
        self.language = chosen if chosen in known else overview.language_of_editor()
        self.name = form.data.get("problem_type", "")

    def problems(self) -> list[str]:
        """What would be refused on saving, in the editor's words."""
        return [
            f"{self._label(name)}: {message}" if name in self.form.fields else message
            for name, found in self.form.errors.items()
            for message in (strip_tags(str(fault)) for fault in found)
        ]

    def _label(self, name: str) -> str:
        return str(self.form.fields[name].label)

    @cached_property
    def problem(self) -> Problem | None:
        """The problem as a visitor would meet it; ``None`` where its type is unknown."""
        problem_type = overview.by_name().get(self.name)
        if problem_type is None:
            return None
        snapshot = snapshots.current().with_draft(self._row)
        return problems.explain(self._visit, example_of(problem_type), self.language, snapshot)

    @cached_property
    def _row(self) -> snapshots.Row:
        """The row as it would be read, whether or not it could be saved as it is."""
        row = snapshots.Row(*(self.form.data.get(name, "") for name in snapshots.Row._fields))
        # No visit is for a host that Django refuses; its words can be looked at all the same.
        return row if validate_host(row.host, settings.ALLOWED_HOSTS) else row._replace(host="")

    @cached_property
    def _visit(self) -> HttpRequest:
        """A visit to the part of the site that the words are for."""
        row = self._row
        visit = copy.copy(self.request)
        visit.method = "GET"
        visit.path = visit.path_info = f"{row.path_prefix}/" if row.path_prefix else "/"
        visit.META = {"SERVER_NAME": self.request.get_host(), "SERVER_PORT": "443"}
        if row.host:
            visit.META["HTTP_HOST"] = row.host
        return visit

    def page(self) -> str:
        """The page that a browser would get."""
        if self.problem is None:
            return ""
        return formats.HTMLPage.render(self.problem, self._visit)

    def json(self) -> str:
        """The body that a program would get, with an indent for the reader."""
        if self.problem is None:
            return gettext("Choose an error to see what it says.")
        body = formats.ProblemJSON.render(self.problem, self.request)
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)

    def response(self) -> HttpResponse:
        """The page by itself, in the colours chosen, for a frame of this site that runs no script."""
        response = HttpResponse(_in_scheme(self.page(), self.form.data.get("preview_scheme", "")))
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        response.headers["Cache-Control"] = "no-store"
        return response


def _in_scheme(page: str, scheme: str) -> str:
    """The page as a device in a colour scheme shows it: a frame cannot be told which to prefer."""
    if scheme not in ("light", "dark"):
        return page
    before, tag, rest = page.partition("<style>")
    style, end, after = rest.partition("</style>")
    query = "all" if scheme == "dark" else "not all"
    style = style.replace("(prefers-color-scheme: dark)", query)
    style = style.replace("color-scheme: light dark", f"color-scheme: {scheme}")
    return before + tag + style + end + after
