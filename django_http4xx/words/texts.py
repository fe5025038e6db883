"""Texts with placeholders, and how values are put into them.

``{name}`` is a placeholder, ``{{`` and ``}}`` are braces. Unlike ``str.format``, a placeholder is a
name from a fixed list, never an attribute or an index. A text is parsed once; values are put in
afterwards, escaped for the format, so that a value never becomes markup.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_PIECES = re.compile(r"(\{\{|\}\}|\{[a-z_][a-z0-9_]*\})")
_BRACES = {"{{": "{", "}}": "}"}
_BRACED = re.compile(r"\{\{|\{[^{}\s]*\}?")


class Shown(str):
    """Words as a reader sees them: a plain text that carries its HTML and its language.

    A template prints ``html``; everything else sees the plain text. ``is_block``: the HTML consists
    of paragraphs or lists, which are not allowed in a ``<p>``.
    """

    html: SafeString
    language: str
    is_block: bool

    def __new__(
        cls, plain: str, html: SafeString, language: str, *, is_block: bool = False
    ) -> Self:
        shown = super().__new__(cls, plain)
        shown.html = html
        shown.language = language
        shown.is_block = is_block
        return shown

    @property
    def plain(self) -> str:
        """The plain text, which a template escapes: for ``<title>`` and attributes."""
        return str(self)

    @property
    def block(self) -> SafeString:
        """The HTML as one or more blocks, for use outside a ``<p>``."""
        return self.html if self.is_block else SafeString(f"<p>{self.html}</p>")

    def __reduce__(self) -> tuple[object, ...]:  # copies and pickles keep the HTML
        return _reshown, (str(self), self.html, self.language, self.is_block)

    def __html__(self) -> SafeString:
        return self.html


def _reshown(plain: str, html: SafeString, language: str, is_block: bool) -> Shown:  # noqa: FBT001
    return Shown(plain, html, language, is_block=is_block)


class literal(Shown):  # noqa: N801 - used as a function
    """A text without markup or placeholders, in a language; it is escaped when it is shown as HTML."""

    def __new__(cls, plain: str, language: str) -> Self:
        shown = str.__new__(cls, plain)
        shown.language = language
        shown.is_block = False
        return shown

    @property
    def html(self) -> SafeString:  # type: ignore[override]
        return SafeString(html.escape(str(self)))


class Pieces(NamedTuple):
    """A parsed text, as plain text and as HTML: literals at even indexes, names at odd ones."""

    plain: list[str]
    html: list[str]
    is_block: bool = False


def split(source: str, placeholders: Collection[str]) -> list[str]:
    """Split a text: literals at even indexes, names of placeholders at odd ones.

    >>> split("{{ {sku} {x}", ["sku"])
    ['{ ', 'sku', ' {x}']
    """
    pieces = [""]
    for piece in _PIECES.split(source):
        if piece[:1] == "{" and piece[1:-1] in placeholders:
            pieces += [piece[1:-1], ""]
        else:
            pieces[-1] += _BRACES.get(piece, piece)
    return pieces


def misspelt_placeholders(source: str, placeholders: Collection[str]) -> list[str]:
    """What looks like a placeholder in a developer's text and has no value; not a lone brace.

    >>> misspelt_placeholders("{availble} of {sku} {", ["available", "sku"])
    ['{availble}']
    """
    unknown = unknown_placeholders(source, placeholders)
    return [found for found in unknown if found.endswith("}")]


def unknown_placeholders(source: str, placeholders: Collection[str]) -> list[str]:
    """What begins with a brace in a text and is not one of its placeholders, in order.

    >>> unknown_placeholders("{{ {sku} {skuu} {", ["sku"])
    ['{skuu}', '{']
    """
    braced = _BRACED.findall(source)
    return [found for found in braced if found != "{{" and found[1:-1] not in placeholders]


def unmarked(source: str, placeholders: Collection[str]) -> Pieces:
    """Parse a text that has neither markup nor placeholders."""
    return Pieces([source], [escape(source)])


def as_written(source: str, placeholders: Collection[str]) -> Pieces:
    """Parse a text that has placeholders but no markup."""
    plain = split(source, placeholders)
    html = [escape(piece) if index % 2 == 0 else piece for index, piece in enumerate(plain)]
    return Pieces(plain, html)


Parse: TypeAlias = "Callable[[str, Collection[str]], Pieces]"


@dataclass(frozen=True)
class Text:
    """A text of a problem type, in one language.

    ``parse`` reads the source: ``as_written``, ``unmarked``, ``markdown.line`` or ``.blocks``.
    ``fixed``: the text as every reader sees it; ``None`` if it has placeholders.

    >>> text = Text("We have {available} left.", "en", ["available"])
    >>> text.show({"available": 2}.get)
    'We have 2 left.'
    >>> text.show({"available": 2}.get).html
    'We have <bdi>2</bdi> left.'
    """

    source: str
    language: str
    placeholders: Collection[str]
    parse: Parse = as_written
    _pieces: Pieces = field(init=False, repr=False, compare=False)
    _names: frozenset[str] = field(init=False, repr=False, compare=False)
    fixed: Shown | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = self.parse(self.source, self.placeholders)
        names = frozenset((*pieces.plain[1::2], *pieces.html[1::2]))
        fixed = None if names else self._shown(pieces.plain[0], pieces.html[0], pieces)
        object.__setattr__(self, "_pieces", pieces)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "fixed", fixed)

    def _shown(self, plain: str, html: str, pieces: Pieces) -> Shown:
        # Safe: each piece is escaped, or made by the Markdown parser, which passes no raw HTML.
        return Shown(plain, mark_safe(html), self.language, is_block=pieces.is_block)  # noqa: S308

    def show(self, value_of: Callable[[str], object]) -> Shown:
        """The text for one occurrence; ``value_of`` returns the value of a placeholder."""
        if self.fixed is not None:
            return self.fixed
        pieces = self._pieces
        given = {name: value_of(name) for name in self._names}
        values = {name: str(value) for name, value in given.items()}
        marked = {name: _marked(value) for name, value in given.items()}
        plain = "".join(_filled(pieces.plain, values))
        return self._shown(plain, "".join(_filled(pieces.html, marked)), pieces)


def _marked(value: object) -> str:
    if isinstance(value, Shown):
        return value.html
    # <bdi>: a value may be in a right-to-left script, its sentence in a left-to-right one.
    return f"<bdi>{escape(str(value))}</bdi>"


def _filled(pieces: list[str], values: dict[str, str]) -> Iterator[str]:
    for index, piece in enumerate(pieces):
        yield values[piece] if index % 2 else piece
