"""Show an unsaved explanation with the code that serves the saved ones."""

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


# The preview shows a form before it is validated, so it cuts values to their maximum length.
_LIMITS = {field.name: field.max_length for field in Explanation._meta.fields}
_DOCUMENT = "admin/django_http4xx/explanation/preview.html"
_STYLE = re.compile("<style[^>]*>(.*?)</style>", re.DOTALL)


class Draft:
    """The unsaved input of an editor, and how to show it.

    The fields ``preview_language``, ``preview_scheme`` and ``preview_narrow`` are not part of the
    row. An empty ``preview_language`` means the row's language.
    """

    def __init__(self, form: ExplanationForm, request: HttpRequest) -> None:
        self.form = form
        self.request = request
        self.name = form.data.get("problem_type", "")

    @cached_property
    def language(self) -> str:
        """The language of the preview, always one of ``LANGUAGES`` or ``LANGUAGE_CODE``."""
        chosen = self.form.data.get("preview_language", "")
        return str(chosen) if chosen in dict(settings.LANGUAGES) else self.language_of_words

    @cached_property
    def language_of_words(self) -> str:
        """The site's language that the words are for; the editor's if they are for any."""
        # A row for zh is shown to readers of zh-hans.
        speakers = (
            code for code, _ in settings.LANGUAGES if self._row.language in with_parents(code)
        )
        return next(speakers, overview.language_of_editor())

    def faults(self) -> list[str]:
        """The errors that would prevent saving, in the editor's language."""
        return [
            f"{self._label(name)}: {message}" if name in self.form.fields else message
            for name, found in self.form.errors.items()
            for message in map(str, found)
        ]

    def _label(self, name: str) -> str:
        return str(self.form.fields[name].label)

    @cached_property
    def problem(self) -> Problem | None:
        """The problem as a visitor would see it; ``None`` if its type is unknown."""
        problem_type = overview.by_name().get(self.name)
        if problem_type is None:
            return None
        snapshot = snapshots.current().with_draft(self._row, self._saved)
        return problems.explain(self._visit, example_of(problem_type), self.language, snapshot)

    @property
    def _saved(self) -> snapshots.Row | None:
        """The row that visitors see until the draft is saved; ``None`` if there is none."""
        # From `initial`: validating the form changes the instance.
        before = self.form.initial
        if self.form.instance.pk is None or not before["is_active"]:
            return None
        return snapshots.Row(*(before[name] for name in snapshots.Row._fields))

    @cached_property
    def _row(self) -> snapshots.Row:
        """The row as it would be saved, even if it is invalid."""
        row = snapshots.Row(*map(self._typed, snapshots.Row._fields))
        host = as_host(row.host)
        return row._replace(
            language=as_language(row.language),
            # Django refuses visits to this host; show the words without it.
            host=host if host and is_answered_to(host) else "",
            path_prefix=from_address(row.path_prefix),
        )

    def _typed(self, name: str) -> str:
        """The input of a field, cut to its maximum length."""
        return str(self.form.data.get(name, ""))[: _LIMITS[name]]

    @cached_property
    def _visit(self) -> HttpRequest:
        """A request to the part of the site that the words are for."""
        row = self._row
        visit = copy.copy(self.request)
        visit.method = "GET"
        visit.path_info = f"{row.path_prefix}/"
        visit.path = to_address(visit.path_info)
        visit.META = {"HTTP_HOST": row.host or self.request.get_host()}
        # Behind a proxy, this header says whether the site is served over https.
        proxy_field = (settings.SECURE_PROXY_SSL_HEADER or [""])[0]
        if proxy_field in self.request.META:
            visit.META[proxy_field] = self.request.META[proxy_field]
        return visit

    @cached_property
    def page(self) -> str:
        """The page that a browser would get, in the chosen colours."""
        if self.problem is None:
            return ""
        page = formats.HTMLPage.render(self.problem, self._visit)
        # A link would replace the page in the frame; the sandbox blocks new windows.
        page = page.replace("<head>", '<head><base target="_blank">', 1)
        return _in_scheme(page, self.form.data.get("preview_scheme", ""))

    def json(self) -> str:
        """The JSON that a program would get, indented."""
        if self.problem is None:
            return gettext("Choose an error to see what it says.")
        body = formats.ProblemJSON.render(self.problem, self.request)
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)

    def response(self) -> HttpResponse:
        """The page alone, for a frame of this site."""
        return self._sealed(self.page, "'self'")

    def document(self) -> HttpResponse:
        """The page, the JSON and the faults, in a document that needs no script.

        It is not a page of the admin: its frame uses ``srcdoc``, which would inherit the admin's
        Content-Security-Policy (CSP3 §7.8), and that may forbid the page's style.
        """
        context = {"draft": self, "is_narrow": "preview_narrow" in self.form.data}
        return self._sealed(render_to_string(_DOCUMENT, context), "'none'")

    def _sealed(self, document: str, ancestors: str) -> HttpResponse:
        """A sandboxed response without scripts; with our own page, it also loads nothing."""
        policy = f"sandbox; frame-ancestors {ancestors}"
        if not (self.problem and self.problem.template):
            styles = {style for text in (document, self.page) for style in _STYLE.findall(text)}
            hashes = " ".join(map(pages.hash_of, sorted(styles)))
            policy += f"; default-src 'none'; style-src {hashes}; base-uri 'none'"
        return HttpResponse(document, headers={"Content-Security-Policy": policy})


def _in_scheme(page: str, scheme: str) -> str:
    """Rewrite the style for a colour scheme, since a page cannot set its frame's preference."""
    if scheme not in ("light", "dark"):
        return page
    query = "all" if scheme == "dark" else "not all"
    in_scheme = {
        "(prefers-color-scheme: dark)": query,
        "color-scheme: light dark": f"color-scheme: {scheme}",
    }
    style = rewritten = pages.style_in(page)
    for written, meant in in_scheme.items():
        rewritten = rewritten.replace(written, meant)
    return page.replace(style, rewritten, 1)
