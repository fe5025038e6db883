"""Turn the Markdown that editors write, with placeholders, into plain text and safe HTML.

CommonMark without raw HTML and images. A link must lead to ``http``, ``https``, ``mailto``, ``tel``
or a path of the site; any other link is shown as it was typed. A placeholder cannot get into an
attribute: only ``href``, which may hold no placeholder, and a list's ``start`` are kept.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.utils.text import get_text_list
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from .texts import Pieces, split, unknown_placeholders

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from markdown_it.token import Token

    from .texts import Parse

# Noncharacters (Unicode 23.7) mark placeholders: nobody types them, no HTML entity produces them,
# and the parser treats them as letters.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([a-z0-9_]+){_CLOSE}")
_NO_CHARACTERS = re.compile(f"[{_OPEN}{_CLOSE}]")

# What may be markup in a text without line breaks: anywhere, and at the start of the line.
_MAY_BE_MARKUP = re.compile(
    rf"(?P<mark>{_MARK.pattern})|[\\`*_\[\]<&]|\A[#>+~-]|\A[0-9]{{1,9}}[.)]"
)
# What a backslash cannot escape: braces, and line breaks.
_IN_SOURCE = {"{": "{{", "}": "}}", "\n": "&#10;", "\r": "&#13;"}
# Each escape that we try to leave out costs a parse of the whole text; beyond these, escapes stay.
_MOST_WEIGHED = 50

# Browsers read a backslash as a slash (WHATWG URL §4.4): `/\host` leads to another site.
_SAFE_LINK = re.compile(
    r"(?:https?://[^\s/\\]|mailto:[^\s]|tel:[^\s]|/(?![/\\]))[^\s\x00-\x20\x7f]*", re.IGNORECASE
)


_STARTS = ("https://", "http://", "mailto:", "tel:", "/")
_BREAKS = re.compile(r"[\s\x00-\x20\x7f]")


def is_safe_link(address: str) -> bool:
    """Whether an error page may link to an address.

    >>> is_safe_link("/contact/"), is_safe_link("//other.example"), is_safe_link("javascript:x()")
    (True, False, False)
    """
    return bool(_SAFE_LINK.fullmatch(address)) and not _has_mark(address)


def _has_mark(address: str) -> bool:
    return bool(_NO_CHARACTERS.search(unquote(address)))


def line(source: str, placeholders: Collection[str]) -> Pieces:
    """Parse a text of one line, such as a title: emphasis, code and links."""
    return _pieces(_parser().parseInline(_marked(source, placeholders)))


def blocks(source: str, placeholders: Collection[str]) -> Pieces:
    """Parse a text of one or more paragraphs, with lists, quotes and headings."""
    tokens = _parser().parse(_marked(source, placeholders))
    kinds = [token.type for token in tokens]
    if kinds == ["paragraph_open", "inline", "paragraph_close"]:
        return _pieces(tokens[1:2])
    return _pieces(tokens, is_block=bool(tokens))


def from_plain(text: str, placeholders: Collection[str], parse: Parse) -> str:
    r"""Escape a plain text with placeholders so that ``parse`` shows it unchanged.

    Escape as little as possible: nothing where the text already shows as it is.

    >>> from_plain("2 * 3. *New* in {hall}", ["hall"], line)
    '2 * 3. \\*New* in {hall}'
    """
    text = text.strip()
    plain = split(text, placeholders)
    html = [escapeHtml(piece) if index % 2 == 0 else piece for index, piece in enumerate(plain)]

    def is_the_same(source: str) -> bool:
        is_shown = parse(source, placeholders) == Pieces(plain, html)
        return is_shown and not any(faults(source, placeholders))

    if is_the_same(text):
        return text
    marked = _marked(text, placeholders)
    escaped = {found.end() - 1 for found in _MAY_BE_MARKUP.finditer(marked) if not found["mark"]}
    for place in sorted(escaped, reverse=True)[:_MOST_WEIGHED]:
        if is_the_same(_escaped(marked, escaped - {place})):
            escaped.remove(place)
    return _escaped(marked, escaped)


def _escaped(marked: str, places: Collection[int]) -> str:
    """Undo ``_marked``, with a backslash before the letters at ``places``."""
    source = "".join(
        f"\\{letter}" if place in places else _IN_SOURCE.get(letter, letter)
        for place, letter in enumerate(marked)
    )
    return _MARK.sub(r"{\1}", source)


def _marked(source: str, placeholders: Collection[str]) -> str:
    pieces = split(_NO_CHARACTERS.sub("", source), placeholders)
    pieces[1::2] = [f"{_OPEN}{name}{_CLOSE}" for name in pieces[1::2]]
    return "".join(pieces)


def _pieces(tokens: Sequence[Token], *, is_block: bool = False) -> Pieces:
    for token in tokens:
        _simplify(token)
    html = _parser().renderer.render(tokens, _parser().options, {})
    plain = "".join(_plain(tokens))
    return Pieces(_MARK.split(plain), _MARK.split(html.strip()), is_block)


def _simplify(token: Token) -> None:
    """Put headings below the page's ``<h1>``; drop every attribute but ``href`` and ``start``."""
    if token.type.startswith("heading_"):
        token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"
    token.info = token.info if token.type == "list_item_open" else ""
    token.attrs = {name: value for name, value in token.attrs.items() if name in ("href", "start")}
    for child in token.children or ():
        _simplify(child)


@cache  # slow to build; never emptied
def _parser() -> MarkdownIt:
    return _made(is_safe_link).disable("image")


def _made(is_link: Callable[[str], bool]) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    # markdown-it documents this method as the one to replace; mypy does not allow assigning to it.
    setattr(parser, "validateLink", is_link)  # noqa: B010
    return parser


def _plain(tokens: Sequence[Token]) -> Iterator[str]:
    """The text without its markup: a blank line between blocks, one line for each list item."""
    depth = 0
    before, marker = "", ""
    for token in tokens:
        if token.type.endswith("_list_open"):
            depth += 1
        elif token.type.endswith("_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else "- "
            marker = "  " * (depth - 1) + marker
        elif token.type in ("inline", "fence", "code_block"):
            text = _plain_line(token.children or []) if token.children else token.content
            yield before + marker + text.strip("\n")
            marker = ""
        before = _gap(token, depth) or before


def _gap(token: Token, depth: int) -> str:
    """The line breaks after a block that ends with this token."""
    if token.type not in ("inline", "fence", "code_block") and not token.type.endswith(
        "_list_close"
    ):
        return ""
    return "\n" if depth else "\n\n"


def _plain_line(tokens: Sequence[Token]) -> str:
    """A line without its markup; the address follows a link, unless it is the link's text."""
    text, starts = "", []
    for token in tokens:
        if token.type == "link_open":
            starts.append((len(text), str(token.attrs.get("href", ""))))
        elif token.type == "link_close":
            start, address = starts.pop()
            shown = re.sub("^(?:mailto|tel):", "", address, flags=re.IGNORECASE)
            text += "" if text[start:] in (shown, address) else f" ({shown})"
        else:
            text += {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content)
    return text


def faults(source: str, placeholders: Collection[str]) -> Iterator[str]:
    """Each fault of an editor's text and what to write instead, in the editor's language."""
    names = ", ".join(f"{{{name}}}" for name in placeholders)
    for found in unknown_placeholders(source, placeholders):
        yield gettext(
            "%(text)s is not a placeholder that works here. These do: %(names)s. "
            "For a brace, write {{ or }}."
        ) % {"text": found, "names": names}
    for kind, address in _targets(_marked(source, placeholders)):
        if _has_mark(address):
            yield _placeholder_fault(_MARK.sub(r"{\1}", unquote(address)))
        elif kind == "image":
            yield gettext("Images cannot be shown here: %(address)s") % {"address": address}
        elif not is_safe_link(address):
            yield _link_fault(address)


def address_faults(address: str) -> Iterator[str]:
    """Why an error page cannot link to an address, in the editor's language."""
    if "{" in address:
        yield _placeholder_fault(address)
    elif not is_safe_link(address):
        yield _link_fault(address)


def _placeholder_fault(address: str) -> str:
    return gettext("A link's address cannot have a placeholder in it: %(address)s") % {
        "address": address
    }


def _link_fault(address: str) -> str:
    if not address:
        return gettext("A link needs an address, such as [a link](/contact/).")
    if _BREAKS.search(address):
        said = gettext("A link's address cannot have spaces in it: %(address)s")
    elif address.startswith(("//", "/\\")):
        said = gettext(
            "A link to another site has to begin with https://, a link to this one with a single "
            "slash. This one begins with two: %(address)s"
        )
    elif address.lower().startswith(_STARTS):
        said = gettext("This link is not complete: %(address)s")
    else:
        said = gettext("A link has to begin with %(starts)s. This one does not: %(address)s")
    return said % {"starts": get_text_list(list(_STARTS)), "address": address}


def _targets(source: str) -> Iterator[tuple[str, str]]:
    """Every address that a text links to or shows, allowed or not."""
    for block in _made(lambda address: True).parse(source):
        for token in block.children or ():
            if token.type == "link_open":
                yield "link", str(token.attrs["href"])
            elif token.type == "image":
                yield "image", str(token.attrs["src"])
