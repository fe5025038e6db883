"""A text with placeholders, and what becomes of it when values go in.

``{name}`` is a placeholder, ``{{`` and ``}}`` are braces. This is no ``str.format``: a placeholder
is a name from a fixed list, never an attribute or an index, and a value never becomes markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_PIECES = re.compile(r"(\{\{|\}\}|\{[a-z_][a-z0-9_]*\})")
_BRACES = {"{{": "{", "}}": "}"}


class Shown(str):
    """Words as a reader meets them: a plain text that knows its HTML and its language.

    In a template it prints as ``html``; everywhere else it is the plain text.
    """

    html: SafeString
    language: str

    def __new__(cls, plain: str, html: SafeString, language: str) -> Self:
        shown = super().__new__(cls, plain)
        shown.html = html
        shown.language = language
        return shown

    @property
    def plain(self) -> str:
        """The plain text, which a template escapes: for where no element may stand."""
        return str(self)

    def __reduce__(self) -> tuple[object, ...]:
        return Shown, (str(self), self.html, self.language)

    def __html__(self) -> SafeString:
        return self.html


def literal(plain: str, language: str) -> Shown:
    """A text that stands as it is."""
    return Shown(plain, escape(plain), language)


@dataclass(frozen=True)
class Text:
    """Words for a problem type, in one language.

    >>> text = Text("We have {available} left.", "en", ["available"])
    >>> text.show({"available": 2}.get)
    'We have 2 left.'
    >>> text.show({"available": 2}.get).html
    'We have <bdi>2</bdi> left.'
    """

    source: str
    language: str
    placeholders: Collection[str]
    _pieces: list[tuple[str, SafeString, str]] = field(init=False, repr=False, compare=False)
    _fixed: Shown | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = [self._piece(piece) for piece in _PIECES.split(self.source) if piece]
        object.__setattr__(self, "_pieces", pieces)
        varies = any(name for _, _, name in pieces)
        object.__setattr__(self, "_fixed", None if varies else self._joined(pieces))

    def _piece(self, piece: str) -> tuple[str, SafeString, str]:
        """A literal as text and as HTML, or the name of a placeholder."""
        if piece[1:-1] in self.placeholders and piece[0] == "{":
            return "", SafeString(""), piece[1:-1]
        plain = _BRACES.get(piece, piece)
        return plain, escape(plain), ""

    def _joined(self, pieces: list[tuple[str, SafeString, str]]) -> Shown:
        plain = "".join(plain for plain, _, _ in pieces)
        html = mark_safe("".join(html for _, html, _ in pieces))  # noqa: S308 - each piece is escaped
        return Shown(plain, html, self.language)

    def show(self, value_of: Callable[[str], object]) -> Shown:
        """The words of one occurrence; ``value_of`` gives the value for a placeholder."""
        if self._fixed is not None:
            return self._fixed
        return self._joined([self._filled(piece, value_of) for piece in self._pieces])

    @staticmethod
    def _filled(
        piece: tuple[str, SafeString, str], value_of: Callable[[str], object]
    ) -> tuple[str, SafeString, str]:
        name = piece[2]
        if not name:
            return piece
        plain = str(value_of(name))
        # A value may run in the other direction than the sentence around it.
        return plain, mark_safe(f"<bdi>{escape(plain)}</bdi>"), ""  # noqa: S308
