"""The site's own name, mark and accent colour, which our pages show."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from . import conf
from .hosts import hostname_of
from .log import logger

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["Site"]

# The ground of our page in light and in dark colours, as in its style.
_GROUND, _DARK_GROUND = "#fcfcfb", "#14171b"
# WCAG 2.2, success criterion 1.4.3: text has at least this contrast with its ground.
_LEAST_CONTRAST = 4.5

_is_colour = re.compile(r"#[0-9a-fA-F]{6}").fullmatch
# The page carries an SVG twice, as mark and as icon, and has at most 8 KB.
_LONGEST_MARK = {"text": 4, "SVG": 800}


@dataclass(frozen=True)
class Site:
    """What our pages say of the site.

    ``name``: stands in the title and above the words. ``mark``: an emoji or up to four characters,
    or the markup of an ``<svg>``. ``accent``, ``accent_dark``: the colour of links and buttons in
    light and in dark colours, such as ``#0b5cad``.

    Raises ``TypeError`` or ``ValueError`` for a value that a page cannot show.

    >>> Site("Tea shop", mark="🫖")
    Site(name='Tea shop', mark='🫖', accent='', accent_dark='')
    """

    name: str = ""
    mark: str = ""
    accent: str = ""
    accent_dark: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.mark, str):
            raise conf.WrongPart(f"has a mark that is no text: {self.mark!r}")
        limit = _LONGEST_MARK["SVG" if self.has_svg else "text"]
        if len(self.mark) > limit:
            raise conf.WrongPart(f"has a mark of {len(self.mark)} characters; at most {limit} fit")
        _check_colour("accent", self.accent, _GROUND)
        _check_colour("accent_dark", self.accent_dark, _DARK_GROUND)
        if self.accent and not self.accent_dark:
            # One colour rarely has enough contrast with a light and with a dark ground.
            _check_colour("accent", self.accent, _DARK_GROUND, missing="accent_dark")

    @property
    def has_svg(self) -> bool:
        """Whether the mark is a drawing."""
        return self.mark.lstrip().startswith("<svg")

    @property
    def shown_mark(self) -> str:
        """The mark as HTML. The markup of a drawing is the project's own."""
        return mark_safe(self.mark) if self.has_svg else escape(self.mark)  # noqa: S308

    @property
    def icon(self) -> str:
        """The address of the page's icon: it holds the drawing, so that nothing is requested."""
        if not self.mark:
            return "data:,"
        svg = self.mark
        if self.has_svg:
            if "xmlns=" not in svg:
                svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        else:
            svg = (
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
                f'<text x="8" y="13" font-size="13" text-anchor="middle">{escape(svg)}</text></svg>'
            )
        return f"data:image/svg+xml,{quote(svg, safe='')}"

    @cached_property
    def colours(self) -> SafeString:
        """The declarations of the accent colours, for the style of our page; or nothing."""
        light = _root(self.accent)
        dark = _root(self.accent_dark or self.accent)
        in_dark = f"\n@media (prefers-color-scheme: dark) {{ {dark} }}" if dark else ""
        return SafeString(f"\n{light}{in_dark}" if light else in_dark)


_PARTS = tuple(field.name for field in fields(Site))


def _check_colour(name: str, colour: str, ground: str, missing: str = "") -> None:
    if colour == "":
        return
    if not isinstance(colour, str) or not _is_colour(colour):
        raise conf.WrongPart(f"has an {name} that is no colour such as '#0b5cad': {colour!r}")
    contrast = _contrast(colour, ground)
    if contrast < _LEAST_CONTRAST:
        otherwise = f"; add an {missing} for dark colours" if missing else ""
        raise conf.WrongPart(
            f"has an {name} ({colour}) whose contrast with the page is {contrast:.1f}; "
            f"it has to be at least {_LEAST_CONTRAST}{otherwise}"
        )


def _root(colour: str) -> str:
    return f":root {{ --accent: {colour}; --on-accent: {_on(colour)} }}" if colour else ""


def _on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    return max("#000000", "#ffffff", key=lambda text: _contrast(text, colour))


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read(value: object) -> Callable[[HttpRequest], object] | None:
    """A function of the request that describes the site; ``None`` if the host is its name."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        site = _described(value)
        return lambda request: site
    if isinstance(value, str):
        function = conf.imported(value, "the function")
        if callable(function):
            return cast("Callable[[HttpRequest], object]", function)
    raise TypeError(
        "must be a dict, such as {'name': 'Tea shop'}, or a dotted path to a function of the request"
    )


def _described(value: object) -> Site:
    if isinstance(value, Site):
        return value
    if not isinstance(value, Mapping) or not value.keys() <= set(_PARTS):
        raise TypeError(f"must be a dict with some of {', '.join(_PARTS)}")
    parts = dict(value)
    if not isinstance(parts.get("name", ""), (str, Promise)):
        raise conf.WrongPart(f"has a name that is no text: {parts['name']!r}")
    return Site(**parts)


SITE = conf.Key("SITE", _read, None)


def site_of(request: HttpRequest) -> Site:
    """What ``HTTP4XX["SITE"]`` says of the site; by default, its name is the request's host.

    A name that is empty is the host, too. Never raises: what fails is logged.
    """
    if (describe := SITE.value) is not None:
        try:
            site = _described(describe(request))
            name = str(site.name)
            if name:
                return site
            return replace(site, name=_site_at(hostname_of(request)).name)
        except Exception:
            logger.exception("HTTP4XX['SITE'] failed; the page shows the host.")
    return _site_at(hostname_of(request))


@lru_cache(maxsize=1024)  # never emptied: depends on its argument only
def _site_at(name: str) -> Site:
    """The site named by its host."""
    if "xn--" in name:
        # As the visitor typed it.
        with suppress(UnicodeError):
            name = name.encode().decode("idna")
    return Site(name)
