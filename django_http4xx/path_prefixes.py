"""What a path prefix means: whole segments of a path below the script's prefix.

``/api``, ``/api/`` and ``/api//`` are one prefix, which ``/api`` and all below it has, and ``/apiary/``
has not; ``/`` and the empty text are the whole site. Case counts, and so do empty segments, as in
Django's URL patterns: ``//api/`` is another path. A prefix is read as an address is, percent-encoded
or not, and compared with ``request.path_info``, which is decoded and knows nothing of the place that
a server gave to the site (``SCRIPT_NAME``, ``root_path``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import quote, unquote_to_bytes

from django.urls import get_script_prefix
from django.utils.encoding import repercent_broken_unicode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_V = TypeVar("_V")

# What would be read as something else where the decoded text is read again.
_AMBIGUOUS = re.compile(r"%(?=[0-9A-Fa-f]{2})|\s(?=\s*\Z)")


class ByPathPrefix(dict[str, _V]):
    """Values by path prefix, of which a path has the one with the longest prefix, and those around it.

    >>> formats = ByPathPrefix({"/": "html", "/api": "problem+json"})
    >>> formats.nearest("/api/teas/"), formats.nearest("/apiary/")
    ('problem+json', 'html')
    """

    def __init__(self, values: Mapping[str, _V]) -> None:
        super().__init__(values)
        self._values = {_decoded(prefix): value for prefix, value in values.items()}
        self._lengths = sorted({*map(len, self._values)}, reverse=True)

    @classmethod
    def from_setting(cls, values: Mapping[str, _V]) -> Self:
        """The values that a project gives.

        Raises ``ValueError`` for a prefix that no path has, and for one that has two values.
        """
        written: dict[str, str] = {}
        for prefix, value in values.items():
            meant = _decoded(prefix)
            if not f"{meant}/".startswith("/"):
                raise ValueError(f"takes path prefixes that begin with '/'; {prefix!r} does not")
            other = written.setdefault(meant, prefix)
            if values[other] != value:
                raise ValueError(f"has {other!r} and {prefix!r}, which are one path prefix")
        return cls(values)

    def at(self, path: str) -> Iterator[_V]:
        """The values for a path (``request.path_info``), that of the longest prefix first."""
        for length in self._lengths:
            is_whole = length in (0, len(path)) or path[length : length + 1] == "/"
            if is_whole and (prefix := path[:length]) in self._values:
                yield self._values[prefix]

    def nearest(self, path: str) -> _V | None:
        """The value of the longest prefix that a path has."""
        return next(self.at(path), None)


def _decoded(prefix: str) -> str:
    """A prefix as the beginning of a path that Django has decoded, without a slash at its end."""
    try:
        encoded = unquote_to_bytes(prefix.strip())
    except UnicodeEncodeError:
        # No path has half of a character in it.
        return prefix.strip().rstrip("/")
    return repercent_broken_unicode(encoded).decode().rstrip("/")


def as_prefix(typed: str) -> str:
    """The one spelling of a path prefix, which is itself spelt so; empty for the whole site.

    >>> as_prefix(" /caf%C3%A9/ "), as_prefix("/100%25ab"), as_prefix("/")
    ('/café', '/100%25ab', '')
    """
    return _AMBIGUOUS.sub(lambda found: quote(found[0]), _decoded(typed))


def from_address(typed: str) -> str:
    """The path prefix that the path of an address begins with, without the script's prefix.

    >>> set_script_prefix("/shop/")
    >>> from_address("/shop/teas/"), from_address("/shop"), from_address("/shopping")
    ('/teas', '', '/shopping')
    """
    prefix, script = as_prefix(typed), as_prefix(get_script_prefix())
    return prefix[len(script) :] if f"{prefix}/".startswith(f"{script}/") else prefix


def to_address(prefix: str) -> str:
    """The path that visitors see, with the script's prefix; the whole site stays empty.

    >>> set_script_prefix("/shop/")
    >>> to_address("/teas")
    '/shop/teas'
    """
    return as_prefix(get_script_prefix()) + prefix if prefix.startswith("/") else prefix
