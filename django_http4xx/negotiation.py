"""Which format and which language a problem is told in, and what of the request decided that.

Every function gives its choice together with the names of the request's fields that it looked at,
for ``Vary`` (RFC 9110 §12.5.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django.conf import global_settings, settings
from django.http.request import MediaType
from django.utils import translation
from django.utils.translation import trans_real

from . import conf
from .formats import FORMATS
from .path_prefixes import ByPathPrefix
from .words import activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from .formats import Format

# What a client says beyond this is not read: parsing and remembering it would cost too much.
_ACCEPT_MAX_LENGTH = 1000

_AT_ENTRY = "_http4xx_language_at_entry"

# What a browser wants the answer for, where `Accept` leaves the format open (Fetch Metadata).
_FORMAT_BY_DESTINATION = {
    "empty": "problem+json",
    "image": "text",
    "script": "text",
    "style": "text",
    "font": "text",
}


# What a response says of its type tells what the view speaks, where `Accept` leaves that open.
_FORMAT_BY_TYPE = {
    "application/json": "json",
    "application/problem+json": "problem+json",
    "application/problem+xml": "problem+xml",
    "application/xhtml+xml": "html",
    "application/xml": "problem+xml",
    "text/xml": "problem+xml",
    "text/plain": "text",
}
_FORMAT_BY_ENDING = {"json": "problem+json", "xml": "problem+xml"}

# A client that takes these alone asks how an error is told, not for what a view gives.
_PROBLEM_TYPES = frozenset({"application/problem+json", "application/problem+xml"})


def _default_format(value: object) -> ByPathPrefix[str]:
    by_prefix = {"/": value} if isinstance(value, str) else value
    if not isinstance(by_prefix, Mapping) or not all(
        isinstance(prefix, str) and isinstance(name, str) for prefix, name in by_prefix.items()
    ):
        raise TypeError(
            "takes the name of a format, as 'html', or one by path prefix, as "
            "{'/': 'html', '/api/': 'problem+json'}"
        )
    return ByPathPrefix.from_setting(cast("Mapping[str, str]", by_prefix))


DEFAULT_FORMAT = conf.Key("DEFAULT_FORMAT", _default_format, "html")


class Offer(Protocol):
    """What there is to choose from: a format, or what else writes one media type."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...


_O = TypeVar("_O", bound=Offer)
_C = TypeVar("_C")


@dataclass(frozen=True, slots=True)
class _Preference:
    """What an ``Accept`` field says of one media type."""

    quality: float
    precision: int  # 3 the exact name, 2 a range by its ending, 1 a range by its type, 0 any
    is_plain: bool  # without parameters, which none of our types has
    position: int


def format_for(
    request: HttpRequest, content_type: str = ""
) -> tuple[type[Format], tuple[str, ...]]:
    """The format for the answer (RFC 9110 §12.5.1).

    ``Accept`` decides: the most specific range gives a format its quality, 0 excludes it, the
    highest wins; at equal quality an exact name before a range, then the client's order. Where it
    leaves the choice open, the destination of the request, the type of its own body and
    ``HTTP4XX["DEFAULT_FORMAT"]`` decide, in this order; ``content_type``, which a response without
    a body has, comes before the last.
    """
    formats = FORMATS.value
    said = _format_of(content_type)
    is_known = said != "" and any(each.name == said for each in formats)
    return best_of(request, formats, (lambda request: said) if is_known else default_format)


@lru_cache(maxsize=256)
def _format_of(content_type: str) -> str:
    """The name of the format for a response of this type; empty where the type tells nothing."""
    media_type = content_type.partition(";")[0].strip().lower()
    main_type, _, ending = media_type.partition("+")
    by_ending = _FORMAT_BY_ENDING.get(ending, "") if main_type.startswith("application/") else ""
    return _FORMAT_BY_TYPE.get(media_type, by_ending)


def prefers_page(request: HttpRequest) -> bool:
    """Whether the answer is a page, for a person with a browser."""
    return format_for(request)[0].name == "html"


def best_of(
    request: HttpRequest, offers: tuple[_O, ...], default: Callable[[HttpRequest], str]
) -> tuple[_O, tuple[str, ...]]:
    """The best of these offers, as ``format_for`` finds it; ``default`` names one for a request."""
    accept = _readable(request.META.get("HTTP_ACCEPT", ""))
    best, is_open = _best(accept, offers)
    if not is_open:
        return best[0], ("Accept",)
    by_name = {candidate.name: candidate for candidate in best}
    name, looked_at = _hinted(request)
    chosen = by_name.get(name) or by_name.get(default(request)) or best[0]
    return chosen, ("Accept", *looked_at)


def _hinted(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """What else the request tells of the format wanted; the empty text where it tells nothing."""
    destination = request.META.get("HTTP_SEC_FETCH_DEST", "")
    if destination == "empty":
        wants_fragment = request.META.get("HTTP_HX_REQUEST") == "true"
        name = "fragment" if wants_fragment else _FORMAT_BY_DESTINATION[destination]
        return name, ("Sec-Fetch-Dest", "HX-Request")
    if name := _FORMAT_BY_DESTINATION.get(destination, ""):
        return name, ("Sec-Fetch-Dest",)
    # Many clients name a type with every request; GET has no body that means anything (§9.3.1).
    if request.method in ("GET", "HEAD"):
        return "", ("Sec-Fetch-Dest",)
    body = (request.content_type or "").lower()
    is_json = body == "application/json" or body.endswith("+json")
    return "problem+json" if is_json else "", ("Sec-Fetch-Dest", "Content-Type")


def default_format(request: HttpRequest) -> str:
    """The name of the format for this part of the site, by the longest prefix of its path."""
    return DEFAULT_FORMAT.value.nearest(request.path_info) or "html"


@lru_cache(maxsize=1024)
def _best(accept: str, offers: tuple[Any, ...]) -> tuple[tuple[Any, ...], bool]:
    """The offers that the client likes best, and whether it leaves open which of them."""
    ranges = _ranges(accept)
    found = {candidate: _preference(candidate.media_type, ranges) for candidate in offers}
    if best := _wanted(found):
        return best, found[best[0]].precision == 0  # type: ignore[union-attr]
    # Better an answer that the client did not ask for than none (RFC 9110 §12.4.1).
    refused = {candidate for candidate, said in found.items() if said}
    return tuple(c for c in offers if c not in refused) or offers, True


def _wanted(found: Mapping[_C, _Preference | None]) -> tuple[_C, ...]:
    """What has the highest quality: the first that is named, or all where ``*/*`` alone covers them."""
    wanted = {candidate: said for candidate, said in found.items() if said and said.quality > 0}
    quality = max((said.quality for said in wanted.values()), default=0)
    best = {candidate: said for candidate, said in wanted.items() if said.quality == quality}
    named = {candidate: said for candidate, said in best.items() if said.precision > 0}
    if not named:
        return tuple(best)
    return (min(named, key=lambda c: (named[c].precision != 3, named[c].position)),)


def best_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """The media type that an ``Accept`` field likes best; ``None`` where it takes none of them.

    A field that names nothing but the types of problems takes the first.

    >>> best_type("text/csv;q=0.5, application/*", ("text/csv", "application/json"))
    'application/json'
    """
    return _best_type(_readable(accept), offered)


def takes_only_problems(accept: str) -> bool:
    """Whether an ``Accept`` field names the types of problems and no other.

    Such a client takes a success as the view gives it: it would have nothing to ask for.
    """
    wanted = {name for name, _, quality in _ranges(_readable(accept)) if quality > 0}
    return bool(wanted) and wanted <= _PROBLEM_TYPES


@lru_cache(maxsize=1024)
def _best_type(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = _ranges(accept)
    by_type = {name: _preference(name.partition(";")[0].lower(), ranges) for name in offered}
    if best := _wanted(by_type):
        return best[0]
    return offered[0] if not ranges or takes_only_problems(accept) else None


def _readable(accept: str) -> str:
    """As much of an ``Accept`` field as is read."""
    if len(accept) <= _ACCEPT_MAX_LENGTH:
        return accept
    return accept[: max(accept.rfind(",", 0, _ACCEPT_MAX_LENGTH), 0)]


def _ranges(accept: str) -> list[tuple[str, dict[str, Any], float]]:
    """The media ranges of an ``Accept`` field, parsed by Django; what is none is left out."""
    ranges = []
    for token in accept.split(","):
        try:
            parsed = MediaType(token.strip())
        except ValueError:
            continue
        if parsed.main_type and parsed.sub_type:
            quality = 1.0 if math.isnan(parsed.quality) else float(parsed.quality)
            ranges.append((f"{parsed.main_type}/{parsed.sub_type}", parsed.range_params, quality))
    return ranges


def _preference(
    media_type: str, ranges: list[tuple[str, dict[str, Any], float]]
) -> _Preference | None:
    """What the most specific range that covers a media type says of it."""
    main_type, _, sub_type = media_type.partition("/")
    precisions = {"*/*": 0, f"{main_type}/*": 1, media_type: 3}
    if ending := sub_type.partition("+")[2]:
        precisions[f"{main_type}/*+{ending}"] = 2
    best: _Preference | None = None
    for position, (name, params, quality) in enumerate(ranges):
        precision = precisions.get(name)
        is_plain = not params.keys() - {"charset"}
        # A refused variant (`application/json;profile=x;q=0`) does not refuse the type.
        if precision is None or (quality == 0 and not is_plain):
            continue
        if best is None or (precision, is_plain) > (best.precision, best.is_plain):
            best = _Preference(quality, precision, is_plain, position)
    return best


def language_for(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """The language of the reader, as a code of Django's.

    The active one where this request set it; else the best of ``Accept-Language`` that the project
    has among its ``LANGUAGES``, where it declares them; else ``LANGUAGE_CODE``.
    """
    # LocaleMiddleware may have followed a cookie, which it leaves out of `Vary`.
    chosen = getattr(request, "LANGUAGE_CODE", None)
    looked_at = ("Cookie",) if chosen and settings.LANGUAGE_COOKIE_NAME in request.COOKIES else ()
    if _is_activated_by(request) and (active := translation.get_language()):
        return active, looked_at
    if chosen:
        return chosen, looked_at
    if not settings.USE_I18N or settings.LANGUAGES is global_settings.LANGUAGES:
        return settings.LANGUAGE_CODE, ()
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    chosen = _accepted_language(accepted) if accepted else None
    return chosen or settings.LANGUAGE_CODE, ("Accept-Language",)


def _accepted_language(accepted: str) -> str | None:
    for language, quality in trans_real.parse_accept_lang_header(accepted.lower()):
        if language == "*":
            break
        try:
            if quality > 0:
                return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return None


def note_language_at_entry(request: HttpRequest) -> None:
    """Remember which language was active before this request chose one.

    A WSGI thread still has the language of its last request.
    """
    setattr(request, _AT_ENTRY, activation.inherited())


def _is_activated_by(request: HttpRequest) -> bool:
    """Whether the active language was activated by, or for, this request."""
    active = activation.active()
    # `deactivate()` is no choice, nor is an `override()` that ends with it.
    if active is None:
        return False
    if hasattr(request, _AT_ENTRY):
        return active is not getattr(request, _AT_ENTRY)
    return hasattr(request, "LANGUAGE_CODE")
