"""What editors write: Markdown with placeholders, as plain text and as HTML.

CommonMark without raw HTML and without images. A link leads to ``http``, ``https``, ``mailto``,
``tel`` or an address of the site; what else looks like one stands as it was written. No placeholder
can get into an attribute: the only one that is left is a link's target, and none is taken there.
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

# Two code points that are no characters (Unicode 23.7): nobody writes them, no entity makes them,
# and to the parser they are letters.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK = re.compile(f"{_OPEN}([a-z0-9_]+){_CLOSE}")
_NO_CHARACTERS = re.compile(f"[{_OPEN}{_CLOSE}]")

# Where a text without line breaks may have markup: within a line, and at its beginning.
_MAY_BE_MARKUP = re.compile(
    rf"(?P<mark>{_MARK.pattern})|[\\`*_\[\]<&]|\A[#>+~-]|\A[0-9]{{1,9}}[.)]"
)
# What no backslash escapes: braces, and the breaks that would make another line of it.
_IN_SOURCE = {"{": "{{", "}": "}}", "\n": "&#10;", "\r": "&#13;"}
# Whether an escape can be left out takes the parsing of the whole text; the others stay.
_MOST_WEIGHED = 50

# A backslash is a slash to a browser (WHATWG URL §4.4), so that `/\host` leads to another site.
_SAFE_LINK = re.compile(
    r"(?:https?://[^\s/\\]|mailto:[^\s]|tel:[^\s]|/(?![/\\]))[^\s\x00-\x20\x7f]*", re.IGNORECASE
)


def is_safe_link(address: str) -> bool:
    """Whether an error page may link there.

    >>> is_safe_link("/contact/"), is_safe_link("//other.example"), is_safe_link("javascript:x()")
    (True, False, False)
    """
    return bool(_SAFE_LINK.fullmatch(address)) and not _has_mark(address)


def _has_mark(address: str) -> bool:
    return bool(_NO_CHARACTERS.search(unquote(address)))


def line(source: str, placeholders: Collection[str]) -> Pieces:
    """A text of one line, such as a title: emphasis, code and links."""
    return _pieces(_parser().parseInline(_marked(source, placeholders)))


def blocks(source: str, placeholders: Collection[str]) -> Pieces:
    """A text of one paragraph or more, with lists and the like."""
    tokens = _parser().parse(_marked(source, placeholders))
    kinds = [token.type for token in tokens]
    if kinds == ["paragraph_open", "inline", "paragraph_close"]:
        return _pieces(tokens[1:2])
    return _pieces(tokens, is_block=bool(tokens))


def from_plain(text: str, placeholders: Collection[str], parse: Parse) -> str:
    r"""A text with placeholders and no markup, as what shows the same when ``parse`` reads it.

    It is the text itself wherever that does; else hardly more of it is escaped than has to be.

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
    """What ``_marked`` made, as source again, with a backslash before some of its letters."""
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
    """Headings below the page's own; no attribute but a link's target and a list's first number."""
    if token.type.startswith("heading_"):
        token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"
    token.info = token.info if token.type == "list_item_open" else ""
    token.attrs = {name: value for name, value in token.attrs.items() if name in ("href", "start")}
    for child in token.children or ():
        _simplify(child)


@cache
def _parser() -> MarkdownIt:
    return _made(is_safe_link).disable("image")


def _made(is_link: Callable[[str], bool]) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    # A rule of the parser itself, which it tells users to replace.
    setattr(parser, "validateLink", is_link)  # noqa: B010
    return parser


def _plain(tokens: Sequence[Token]) -> Iterator[str]:
    """The text without its markup: a blank line between blocks, a line for each item of a list."""
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
    """What separates the block that ends here from the next."""
    if token.type not in ("inline", "fence", "code_block") and not token.type.endswith(
        "_list_close"
    ):
        return ""
    return "\n" if depth else "\n\n"


def _plain_line(tokens: Sequence[Token]) -> str:
    """A line without its markup; a link tells its address unless its text does."""
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
    """What is wrong with an editor's text, in the editor's language, with what there is instead."""
    names = ", ".join(f"{{{name}}}" for name in placeholders)
    for found in unknown_placeholders(source, placeholders):
        yield gettext(
            "%(text)s is no placeholder that works here. These do: %(names)s. "
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
    """Why an address by itself cannot be linked to, in the editor's language."""
    if "{" in address:
        yield _placeholder_fault(address)
    elif not is_safe_link(address):
        yield _link_fault(address)


def _placeholder_fault(address: str) -> str:
    return gettext("A link's address cannot have a placeholder in it: %(address)s") % {
        "address": address
    }


def _link_fault(address: str) -> str:
    starts = get_text_list(["https://", "http://", "mailto:", "tel:", "/"])
    return gettext("A link has to begin with %(starts)s. This one does not: %(address)s") % {
        "starts": starts,
        "address": address,
    }


def _targets(source: str) -> Iterator[tuple[str, str]]:
    """What the text would link to or show, if everything were let through."""
    for block in _made(lambda address: True).parse(source):
        for token in block.children or ():
            if token.type == "link_open":
                yield "link", str(token.attrs["href"])
            elif token.type == "image":
                yield "image", str(token.attrs["src"])
