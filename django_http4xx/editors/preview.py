"""An unsaved explanation, shown by the code that serves the real ones."""

from __future__ import annotations

import copy
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext

from django_http4xx import formats, pages, problems
from django_http4xx.models import Explanation
from django_http4xx.path_prefixes import from_address, to_address
from django_http4xx.type_pages.examples import example_of
from django_http4xx.words import snapshots
from django_http4xx.words.scopes import as_host, as_language, is_answered_to, with_parents

from . import overview

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_http4xx.problems import Problem

    from .form import ExplanationForm


# The form comes with whatever was sent, and is shown before anything is refused.
_LIMITS = {field.name: field.max_length for field in Explanation._meta.fields}
_DOCUMENT = "admin/django_http4xx/explanation/preview.html"
_STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)


class Draft:
    """What an editor has typed and not saved yet, and how they want to see it.

    The fields ``preview_language``, ``preview_scheme`` and ``preview_narrow`` are no part of the
    row; an empty language is the one that the words are for.
    """

    def __init__(self, form: ExplanationForm, request: HttpRequest) -> None:
        self.form = form
        self.request = request
        self.name = form.data.get("problem_type", "")

    @cached_property
    def language(self) -> str:
        """The language of the preview, always one of the site's."""
        chosen = self.form.data.get("preview_language", "")
        return str(chosen) if chosen in dict(settings.LANGUAGES) else self.language_of_words

    @cached_property
    def language_of_words(self) -> str:
        """The site's language that the words are for; the editor's where they are for any."""
        # Words in Chinese are met by those who read one kind of it.
        speakers = (
            code for code, _ in settings.LANGUAGES if self._row.language in with_parents(code)
        )
        return next(speakers, overview.language_of_editor())

    def faults(self) -> list[str]:
        """What would be refused on saving, in the editor's words."""
        return [
            f"{self._label(name)}: {message}" if name in self.form.fields else message
            for name, found in self.form.errors.items()
            for message in map(str, found)
        ]

    def _label(self, name: str) -> str:
        return str(self.form.fields[name].label)

    @cached_property
    def problem(self) -> Problem | None:
        """The problem as a visitor would meet it; ``None`` where its type is unknown."""
        problem_type = overview.by_name().get(self.name)
        if problem_type is None:
            return None
        snapshot = snapshots.current().with_draft(self._row, self._saved)
        return problems.explain(self._visit, example_of(problem_type), self.language, snapshot)

    @property
    def _saved(self) -> snapshots.Row | None:
        """The row as visitors meet it until it is saved; ``None`` where they do not."""
        # The instance has taken on what was typed, once the form is validated.
        before = self.form.initial
        if self.form.instance.pk is None or not before["is_active"]:
            return None
        return snapshots.Row(*(before[name] for name in snapshots.Row._fields))

    @cached_property
    def _row(self) -> snapshots.Row:
        """The row as it would be read once it is saved, whether or not it could be."""
        row = snapshots.Row(*map(self._typed, snapshots.Row._fields))
        host = as_host(row.host)
        return row._replace(
            language=as_language(row.language),
            # No visit is for a host that Django refuses; its words can be looked at all the same.
            host=host if host and is_answered_to(host) else "",
            path_prefix=from_address(row.path_prefix),
        )

    def _typed(self, name: str) -> str:
        """What was typed into a field, as much of it as the field takes."""
        return str(self.form.data.get(name, ""))[: _LIMITS[name]]

    @cached_property
    def _visit(self) -> HttpRequest:
        """A visit to the part of the site that the words are for."""
        row = self._row
        visit = copy.copy(self.request)
        visit.method = "GET"
        visit.path_info = f"{row.path_prefix}/"
        visit.path = to_address(visit.path_info)
        visit.META = {"HTTP_HOST": row.host or self.request.get_host()}
        # A proxy tells in a field whether the site is read over https.
        proxy_field = (settings.SECURE_PROXY_SSL_HEADER or [""])[0]
        if proxy_field in self.request.META:
            visit.META[proxy_field] = self.request.META[proxy_field]
        return visit

    @cached_property
    def page(self) -> str:
        """The page that a browser would get, in the colours chosen."""
        if self.problem is None:
            return ""
        page = formats.HTMLPage.render(self.problem, self._visit)
        # A link would lead the frame away; in a sandbox no other window can be opened.
        page = page.replace("<head>", '<head><base target="_blank">', 1)
        return _in_scheme(page, self.form.data.get("preview_scheme", ""))

    def json(self) -> str:
        """The body that a program would get, with an indent for the reader."""
        if self.problem is None:
            return gettext("Choose an error to see what it says.")
        body = formats.ProblemJSON.render(self.problem, self.request)
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)

    def response(self) -> HttpResponse:
        """The page by itself, for a frame of this site."""
        return self._sealed(self.page, "'self'")

    def document(self) -> HttpResponse:
        """The page, the body and what would be refused, in a document that needs no script.

        It has nothing of the admin: a frame in a page of the admin that holds its own content
        would inherit the admin's policy (CSP3 §7.8), which may not let the page have its style.
        """
        context = {"draft": self, "is_narrow": "preview_narrow" in self.form.data}
        return self._sealed(render_to_string(_DOCUMENT, context), "'none'")

    def _sealed(self, document: str, ancestors: str) -> HttpResponse:
        """A document that runs no script and is of no origin; beside our page nothing is loaded."""
        policy = f"sandbox; frame-ancestors {ancestors}"
        if not (self.problem and self.problem.template):
            styles = {style for text in (document, self.page) for style in _STYLE.findall(text)}
            hashes = " ".join(map(pages.hash_of, sorted(styles)))
            policy += f"; default-src 'none'; style-src {hashes}; base-uri 'none'"
        return HttpResponse(document, headers={"Content-Security-Policy": policy})


def _in_scheme(page: str, scheme: str) -> str:
    """The page as a device in a colour scheme shows it: a frame cannot be told which to prefer."""
    if scheme not in ("light", "dark"):
        return page
    query = "all" if scheme == "dark" else "not all"
    in_scheme = {
        "(prefers-color-scheme: dark)": query,
        "color-scheme: light dark": f"color-scheme: {scheme}",
    }
    before, tag, rest = page.partition("<style>")
    style, end, after = rest.partition("</style>")
    for written, meant in in_scheme.items():
        style = style.replace(written, meant)
    return before + tag + style + end + after
