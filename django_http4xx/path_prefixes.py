"""Match paths by prefixes that consist of whole segments.

``/api``, ``/api/`` and ``/api//`` are one prefix. It matches ``/api`` and every path below, but not
``/apiary/``. ``/`` and ``""`` match the whole site. As in Django's URL patterns, case and empty
segments matter: ``//api/`` is another path. A prefix may be percent-encoded or not. It is compared
with ``request.path_info``, which is decoded and does not include ``SCRIPT_NAME`` (under ASGI,
``root_path``).
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

# Parts of a decoded prefix that would change if it were decoded again.
_AMBIGUOUS = re.compile(r"%(?=[0-9A-Fa-f]{2})|\s(?=\s*\Z)")


class ByPathPrefix(dict[str, _V]):
    """Values by path prefix; a path has the values of all its prefixes, the longest one first.

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
        """Read the value of a setting.

        Raises ``ValueError`` for a prefix that matches no path, or that has two values.
        """
        written: dict[str, str] = {}
        for prefix, value in values.items():
            meant = _decoded(prefix)
            if not f"{meant}/".startswith("/"):
                raise ValueError(f"needs path prefixes that begin with '/'; {prefix!r} does not")
            other = written.setdefault(meant, prefix)
            if values[other] != value:
                raise ValueError(f"has {other!r} and {prefix!r}, which are the same path prefix")
        return cls(values)

    def at(self, path: str) -> Iterator[_V]:
        """Yield the values for a path (``request.path_info``), that of the longest prefix first."""
        for length in self._lengths:
            is_whole = length in (0, len(path)) or path[length : length + 1] == "/"
            if is_whole and (prefix := path[:length]) in self._values:
                yield self._values[prefix]

    def nearest(self, path: str) -> _V | None:
        """The value of the longest prefix of a path, or ``None``."""
        return next(self.at(path), None)


def _decoded(prefix: str) -> str:
    """Decode a prefix as Django decodes paths, and remove slashes from its end."""
    try:
        encoded = unquote_to_bytes(prefix.strip())
    except UnicodeEncodeError:
        # No path contains half of a surrogate pair, so it does not matter what this becomes.
        return prefix.strip().rstrip("/")
    return repercent_broken_unicode(encoded).decode().rstrip("/")


def as_prefix(typed: str) -> str:
    """Normalise a path prefix; ``""`` is the whole site. A normalised prefix does not change.

    >>> as_prefix(" /caf%C3%A9/ "), as_prefix("/100%25ab"), as_prefix("/")
    ('/café', '/100%25ab', '')
    """
    return _AMBIGUOUS.sub(lambda found: quote(found[0]), _decoded(typed))


def from_address(typed: str) -> str:
    """Normalise the path of an address to a prefix, without the script's prefix.

    >>> set_script_prefix("/shop/")
    >>> from_address("/shop/teas/"), from_address("/shop"), from_address("/shopping")
    ('/teas', '', '/shopping')
    """
    prefix, script = as_prefix(typed), as_prefix(get_script_prefix())
    return prefix[len(script) :] if f"{prefix}/".startswith(f"{script}/") else prefix


def to_address(prefix: str) -> str:
    """The prefix as visitors see it, with the script's prefix; the whole site stays ``""``.

    >>> set_script_prefix("/shop/")
    >>> to_address("/teas")
    '/shop/teas'
    """
    return as_prefix(get_script_prefix()) + prefix if prefix.startswith("/") else prefix
