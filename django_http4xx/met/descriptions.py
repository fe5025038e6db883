"""What is counted of a request: nothing that tells who sent it, or what they asked for exactly."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from .models import SCANNED_PARTS, Link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

# As plain strings: comparing members of an enumeration takes longer.
SITE, ELSEWHERE, NOWHERE = Link.SITE.value, Link.ELSEWHERE.value, Link.NOWHERE.value

# Stands for a segment that could name a person or hold a token.
LEFT_OUT = "…"
_LONGEST_ADDRESS = 200
# Nobody's links are longer, and what a client sends must not take long to look at.
_LONGEST_PATH = 500

_may_be_private = re.compile(r"@|%40|[\x00-\x1f\x7f\ud800-\udfff]|.{20}", re.IGNORECASE).search
_looks_scanned = re.compile(
    r"\.(?:php\d?|env|aspx?|jsp|cgi|sql|bak)\b|/\.(?:git|env|aws|ssh|svn)|/wp-|/cgi-bin/",
    re.IGNORECASE,
).search

# What browsers ask for by themselves: no link leads there.
_is_no_link = re.compile(
    r"/(?:favicon\.ico|robots\.txt|apple-touch-icon[^/]*|\.well-known/.*)\Z", re.DOTALL
).match

# What `Sec-Fetch-Site` says; browsers let no page choose its value.
_LINKS = {
    "same-origin": SITE,
    "same-site": ELSEWHERE,
    "cross-site": ELSEWHERE,
    "none": NOWHERE,
}


@lru_cache(maxsize=512)  # pure: never emptied
def _is_scanned(path: str) -> bool:
    return bool(_looks_scanned(path))


def described(request: HttpRequest, *, is_missing: bool) -> tuple[str, str, str]:
    """The part of the site, where the link was, and the address if that is a broken link here.

    ``is_missing``: whether the error is a 404. One function, since each call on the way of an error
    costs as much as the rest of it.
    """
    meta = request.META
    said = meta.get("HTTP_SEC_FETCH_SITE")
    link = _LINKS.get(said, "") if said else ""
    if not link:
        link = _by_referer(meta) if "HTTP_REFERER" in meta else NOWHERE
    match = request.resolver_match
    if not is_missing and match is not None:
        return f"/{match.route}", link, ""
    path = request.path_info[:_LONGEST_PATH]
    if is_missing and _is_scanned(path):
        return SCANNED_PARTS, link, ""
    part = _first_segments(path) if match is None else f"/{match.route}"
    is_link = is_missing and said == "same-origin"
    return part, link, _broken_link(request) if is_link else ""


def _by_referer(meta: Mapping[str, Any]) -> str:
    referer = meta["HTTP_REFERER"]
    if not referer:
        return NOWHERE
    return SITE if _is_from_the_site(referer, meta) else ELSEWHERE


def _is_from_the_site(referer: str, meta: Mapping[str, Any]) -> bool:
    # Not the scheme: behind a proxy, Django may not know the one that the browser used.
    pieces = referer.split("/", 3)
    if len(pieces) < 3 or pieces[1] or not pieces[0].startswith("http"):
        return False
    forwarded = meta.get("HTTP_X_FORWARDED_HOST") if settings.USE_X_FORWARDED_HOST else None
    host = forwarded or meta.get("HTTP_HOST") or meta.get("SERVER_NAME", "")
    return bool(pieces[2].lower() == host.lower())


@lru_cache(maxsize=512)  # pure: never emptied
def _first_segments(path: str) -> str:
    """The first two segments of a path.

    >>> _first_segments("/shop/teas/12/"), _first_segments("/a@b.example/"), _first_segments("/")
    ('/shop/teas/', '/…/', '/')
    """
    segments = path.split("/", 4)[1:3]
    kept = [LEFT_OUT if _may_be_private(segment) else segment for segment in segments]
    return "/".join(["", *filter(None, kept), ""])


def _broken_link(request: HttpRequest) -> str:
    """The address that a link on the site itself leads to in vain, without its query; else empty."""
    referer = request.META.get("HTTP_REFERER")
    if not referer or request.method not in ("GET", "HEAD"):
        return ""
    if not _is_from_the_site(referer, request.META):
        return ""
    path = request.path_info
    return _without_private_segments(path) if len(path) <= _LONGEST_PATH else ""


@lru_cache(maxsize=512)  # pure: never emptied
def _without_private_segments(path: str) -> str:
    if _is_no_link(path):
        return ""
    segments = path.split("/")
    kept = "/".join(LEFT_OUT if _may_be_private(segment) else segment for segment in segments)
    return kept if len(kept) <= _LONGEST_ADDRESS else ""
