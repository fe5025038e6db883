"""Show an unsaved explanation with the code that serves the saved ones."""

from __future__ import annotations

import copy
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.forms import model_to_dict
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext

from django_http4xx import formats, pages, problems
from django_http4xx.exceptions import CLASSES, FIXED_PLACEHOLDERS
from django_http4xx.models import PLACE, Explanation, worded
from django_http4xx.path_prefixes import from_address, to_address
from django_http4xx.type_pages.examples import example_of
from django_http4xx.words import markdown, snapshots
from django_http4xx.words.frame import FRAME_NAMES, FRAME_TEXTS, FrameText
from django_http4xx.words.scopes import as_host, as_language, is_answered_to
from django_http4xx.words.texts import Text

from . import history, overview
from .form import ExplanationForm
from .placement import language_of_readers

if TYPE_CHECKING:
    from django.http import HttpRequest

    from django_http4xx.exceptions import ClientError
    from django_http4xx.problems import Problem
    from django_http4xx.words.texts import Shown


# The preview shows a form before it is validated, so it cuts values to their maximum length.
_LIMITS = {field.name: field.max_length for field in Explanation._meta.fields}
_DOCUMENT = "admin/django_http4xx/explanation/preview.html"
_STYLE = re.compile("<style[^>]*>(.*?)</style>", re.DOTALL)
_CODE = re.compile("(`+).*?\\1", re.DOTALL)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)

# Below the part of the site that a text is for.
_EXAMPLE_PATH = "/an/example/"


class Draft:
    """The unsaved input of an editor, and how to show it.

    The fields ``preview_language``, ``preview_scheme`` and ``preview_narrow`` are not part of the
    row. An empty ``preview_language`` means the row's language.
    """

    def __init__(self, form: ExplanationForm, request: HttpRequest) -> None:
        self.form = form
        self.request = request
        self.is_saved = form.instance.pk is not None
        self.name = self._place("problem_type")

    @classmethod
    def of(cls, row: Explanation, request: HttpRequest) -> Self:
        """A saved row as it is."""
        return cls(ExplanationForm(model_to_dict(row), instance=row), request)

    def _place(self, name: str) -> str:
        """Part of the place of the words: a saved text stays where it is, whatever is sent."""
        return str(self.form.initial[name]) if self.is_saved else self._typed(name)

    @cached_property
    def language(self) -> str:
        """The language of the preview, always one of ``LANGUAGES`` or ``LANGUAGE_CODE``."""
        chosen = self.form.data.get("preview_language", "")
        return str(chosen) if chosen in dict(settings.LANGUAGES) else self.language_of_words

    @cached_property
    def language_of_words(self) -> str:
        """The site's language that the words are for; the editor's if they are for any."""
        return language_of_readers(self._row.language)

    def faults(self) -> list[str]:
        """The errors that would prevent saving, in the editor's language."""
        return [
            f"{self._label(name)}: {message}" if name in self.form.fields else message
            for name, found in self.form.errors.items()
            for message in map(str, found)
        ]

    @cached_property
    def written(self) -> dict[str, Shown]:
        """The words of the row itself, formatted, with the names of the placeholders."""
        names = getattr(worded().get(self.name), "placeholders", FIXED_PLACEHOLDERS)
        parsers = {
            "title": markdown.line,
            "explanation": markdown.blocks,
            "remedy": markdown.blocks,
        }
        return {
            name: overview.shown(Text(self._typed(name), self._row.language, names, parse))
            for name, parse in parsers.items()
        }

    def notes(self) -> list[str]:
        """What is not as the editor may expect, though it can be saved, in the editor's language."""
        words = {name: self._typed(name).strip() for name in history.WORDS}
        found = []
        if self.form.data.get("is_active") and not any(words.values()):
            found.append(gettext("There are no words in this text, so visitors see no difference."))
        if words["help_label"] and self.problem and not self.problem.help:
            found.append(
                gettext(
                    "The text of the help link is not shown: there is no help link to go with it."
                )
            )
        tags = [tag for name in overview.TEXTS for tag in _TAG.findall(_CODE.sub("", words[name]))]
        if tags:
            found.append(
                gettext(
                    "HTML is not formatting here: visitors would read %(tag)s as it is written. "
                    "For formatting, use Markdown, such as **strong emphasis**."
                )
                % {"tag": tags[0]}
            )
        return found

    def _label(self, name: str) -> str:
        return str(self.form.fields[name].label)

    @cached_property
    def problem(self) -> Problem | None:
        """The problem as a visitor would see it; ``None`` if its type is unknown."""
        if (example := self._example) is None:
            return None
        snapshot = snapshots.current().with_draft(self._row, self._saved)
        return problems.explain(self._visit, example, self.language, snapshot)

    def values(self) -> dict[str, str]:
        """What the placeholders stand for in this preview, by name."""
        if self._example is None or self.problem is None or self.name in FRAME_NAMES:
            return {}
        return problems.placeholder_values(
            self._visit, self._example, self.language, self.problem.reference
        )

    @property
    def _example(self) -> ClientError | None:
        """An error of the type, or one whose page has the text; ``None`` if there is none."""
        found = worded().get(self.name)
        if found is None:
            return None
        return example_of(CLASSES[found.status] if isinstance(found, FrameText) else found)

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
        place = dict(zip(PLACE, map(self._place, PLACE), strict=True))
        row = snapshots.Row(**place, **{name: self._typed(name) for name in history.WORDS})
        host = as_host(row.host)
        return row._replace(
            language=as_language(row.language),
            # Django refuses visits to this host; show the words without it.
            host=host if host and is_answered_to(host) else "",
            path_prefix=row.path_prefix if self.is_saved else from_address(row.path_prefix),
        )

    def _typed(self, name: str) -> str:
        """The input of a field, cut to its maximum length."""
        return str(self.form.data.get(name, ""))[: _LIMITS[name]]

    @cached_property
    def _visit(self) -> HttpRequest:
        """A request to the part of the site that the words are for."""
        row = self._row
        visit = copy.copy(self.request)
        visit.method = "POST" if self.name == FRAME_TEXTS["typed"].problem_type else "GET"
        visit.path_info = f"{row.path_prefix}/" if row.path_prefix else _EXAMPLE_PATH
        visit.path = to_address(visit.path_info)
        visit.META = {"HTTP_HOST": row.host or self.request.get_host()}
        if self.name == FRAME_TEXTS["back"].problem_type:
            visit.META["HTTP_REFERER"] = f"http://{visit.META['HTTP_HOST']}/"
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
        # The policy of the admin may block the icon, which no frame shows.
        page = _icon.sub("", page, count=1)
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


_icon = re.compile(r'<link rel="icon" href="data:[^"]*">\n?')


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
