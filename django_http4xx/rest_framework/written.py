"""Whether what a renderer gave is a text that tells the problem.

Renderers of pictures, streams and tables hand through what they get, or look for what a problem has
not: their reader is better off with problem+json.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.renderers import BaseRenderer

_WORD = re.compile(r"\w+")


def as_content(written: object, renderer: BaseRenderer) -> bytes | None:
    """What a renderer wrote as bytes, a text in its charset; ``None`` where that is neither."""
    if isinstance(written, str):
        return written.encode(renderer.charset or "utf-8", "replace") or None
    return bytes(written) or None if isinstance(written, (bytes, bytearray, memoryview)) else None


def tells(content: bytes | None, data: Any, renderer: BaseRenderer) -> bool:
    """Whether a content tells the problem whose body is ``data``, as far as that can be told.

    It does not where it is Python's way of printing the body, or nothing but names of members. What
    is text by its media type has to have one of the words; what is none, such as a picture, may
    tell it in its own way.
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
    """The status, the code, and the longest word of each text, as they are or with escapes."""
    texts = [value for value in data.values() if isinstance(value, str)]
    longest = {max(_WORD.findall(text), key=len, default="") for text in texts}
    words = {str(data.get("status", "")), *longest} - {""}
    escaped = {word.encode("unicode_escape").decode("ascii") for word in words}
    return {word.casefold() for word in words | escaped}
