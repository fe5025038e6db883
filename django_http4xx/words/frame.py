"""The texts of a page around the words: its links, and what is before the code and reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .texts import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise


@dataclass(frozen=True, eq=False)
class FrameText:
    """A text of every page, which editors change as they change the title of a problem type.

    ``problem_type``: its name in the editors' rows. The dot keeps it apart from problem types.
    ``status``: an error whose page has the text.
    """

    problem_type: str
    title: StrPromise
    status: int = 404

    # It has no other texts, and its title has no placeholders.
    explanation: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    program_remedy: ClassVar[str] = ""
    placeholders: ClassVar[tuple[str, ...]] = ()


# By the name in our templates.
FRAME_TEXTS: Mapping[str, FrameText] = {
    "home": FrameText("page.home", _("Home page")),
    "back": FrameText("page.back", _("Back to the page you came from")),
    "sign_in": FrameText("page.sign-in", _("Sign in"), 401),
    "again": FrameText("page.try-again", _("Try again"), 429),
    "typed": FrameText(
        "page.typed", _("To get back to what you typed, go back with your browser."), 409
    ),
    "links": FrameText("page.links", _("Where to go from here")),
    "code": FrameText("page.code", _("Error code:")),
    "reference": FrameText("page.reference", _("Reference, if you ask for help:")),
}
FRAME_NAMES = frozenset(text.problem_type for text in FRAME_TEXTS.values())


class InFrame(Shown):
    """A text as it is on a page.

    ``lang``: the attribute that names its language, if it differs. ``span``: the text as HTML, in an
    element if it needs that attribute.
    """

    lang: SafeString

    @property
    def span(self) -> SafeString:
        return format_html("<span{}>{}</span>", self.lang, self.html) if self.lang else self.html

    @classmethod
    def of(cls, text: Shown, language: str) -> Self:
        """A text for a page in a language."""
        shown = cls(text.plain, text.html, text.language)
        differs = text.language != language
        shown.lang = format_html(' lang="{}"', text.language) if differs else SafeString()
        return shown


@dataclass(frozen=True, eq=False)
class Frame:
    """All of these texts, for the pages in one language. Two frames are equal if they are one."""

    home: InFrame
    back: InFrame
    sign_in: InFrame
    again: InFrame
    typed: InFrame
    links: InFrame
    code: InFrame
    reference: InFrame
