"""Check whether the output of a renderer shows the problem.

Renderers for images, streams and tables may pass data through, or print only what a problem does
not have. Their clients get problem+json instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.renderers import BaseRenderer

_WORD = re.compile(r"\w+")


def as_content(written: object, renderer: BaseRenderer) -> bytes | None:
    """A renderer's output as bytes; ``None`` if it is empty, or neither text nor bytes."""
    if isinstance(written, str):
        return written.encode(renderer.charset or "utf-8", "replace") or None
    return bytes(written) or None if isinstance(written, (bytes, bytearray, memoryview)) else None


def tells(content: bytes | None, data: Any, renderer: BaseRenderer) -> bool:
    """Whether a renderer's output shows the problem in ``data``, as far as we can find out.

    Output that holds the ``repr()`` of ``data``, or only names of its members, does not show it.
    ``text/*`` must contain a word of the problem. Other types, such as images, are trusted.
    """
    if content is None:
        return False
    try:
        text = content.decode(renderer.charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return True
    if not isinstance(data, dict):
        return True
    if any(printed in text for printed in _printed(data)):
        return False
    if "".join(_WORD.findall(text)) == "".join(_WORD.findall("".join(data))):
        return False
    is_text = str(renderer.media_type).startswith("text/")
    return not is_text or any(word in text.casefold() for word in _words(data))


def _printed(data: Mapping[str, object]) -> list[str]:
    return [repr(data), *(repr(list(part)) for part in (data, data.items(), data.values()))]


def _words(data: Mapping[str, object]) -> set[str]:
    """The status and the longest word of each text, plain and with Unicode escapes."""
    texts = [value for value in data.values() if isinstance(value, str)]
    longest = {max(_WORD.findall(text), key=len, default="") for text in texts}
    words = {str(data.get("status", "")), *longest} - {""}
    escaped = {word.encode("unicode_escape").decode("ascii") for word in words}
    return {word.casefold() for word in words | escaped}
