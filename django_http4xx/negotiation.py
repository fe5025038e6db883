"""Choose the format and the language of an answer.

A choice comes with the names of the request's header fields that it depends on, for ``Vary``
(RFC 9110 §12.5.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django.conf import global_settings, settings
from django.http.request import MediaType
from django.utils import translation
from django.utils.translation import trans_real

from . import conf
from .formats import FORMATS, TurboFrame, TurboStream
from .path_prefixes import ByPathPrefix
from .words import activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from .formats import Format

# Longer values of `Accept` are cut: parsing and caching them would cost too much.
_ACCEPT_MAX_LENGTH = 1000

# The attribute of a request for the translation that was active when it arrived, since a WSGI thread
# still has the language of its previous request.
AT_ENTRY = "_http4xx_language_at_entry"

# By `Sec-Fetch-Dest` (Fetch Metadata), which decides if `Accept` leaves the format open.
_FORMAT_BY_DESTINATION = {
    "empty": "problem+json",
    "image": "text",
    "script": "text",
    "style": "text",
    "font": "text",
}


# The header fields by which htmx asks for a whole page, although it is htmx that asks.
_HTMX_ASKS_FOR_A_PAGE = {
    "HX-Boosted": "true",
    "HX-History-Restore-Request": "true",
    "HX-Request-Type": "full",
}
# htmx 4 says `full` for `hx-select`, too, which finds nothing in our page. With a target of its
# own, a problem is shown whatever the element selects.
_HTMX_ASKS_DESPITE_TARGET = {
    name: value for name, value in _HTMX_ASKS_FOR_A_PAGE.items() if name != "HX-Request-Type"
}

# By the `Content-Type` of a bare response, which decides if `Accept` leaves the format open.
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

# A client that accepts only these chooses a format for errors, not for what the view returns.
_PROBLEM_TYPES = frozenset({"application/problem+json", "application/problem+xml"})


def _default_format(value: object) -> ByPathPrefix[str | None]:
    by_prefix = {"/": value} if isinstance(value, str) else value
    if not isinstance(by_prefix, Mapping) or not all(
        isinstance(prefix, str) and isinstance(name, str | None)
        for prefix, name in by_prefix.items()
    ):
        raise TypeError(
            "must be the name of a format, such as 'html', or a dict by path prefix, such as "
            "{'/': 'html', '/api/': 'problem+json', '/legacy/': None}"
        )
    return ByPathPrefix.from_setting(cast("Mapping[str, str | None]", by_prefix))


DEFAULT_FORMAT = conf.Key("DEFAULT_FORMAT", _default_format, "html")


def _selector(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("must be a CSS selector, such as '#problem'")
    # Django would encode other characters, and htmx would not find the encoded selector.
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError(
            "must be visible ASCII without spaces around it, such as '#problem': "
            "it is the value of a header field"
        )
    return value


HTMX_TARGET = conf.Key("HTMX_TARGET", _selector, "")


class Offer(Protocol):
    """A candidate for the choice: a format, or anything else that writes one media type."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...


_O = TypeVar("_O", bound=Offer)
_C = TypeVar("_C")


@dataclass(frozen=True, slots=True)
class _Preference:
    """The range in an ``Accept`` field that applies to a media type."""

    quality: float
    precision: int  # 3 the exact name, 2 a range by its ending, 1 a range by its type, 0 any
    is_plain: bool  # without parameters, as our types have none
    position: int


def format_for(
    request: HttpRequest, content_type: str = ""
) -> tuple[type[Format], tuple[str, ...]]:
    """Choose the format for the answer (RFC 9110 §12.5.1).

    ``Accept`` decides: the most specific range gives a format its quality, 0 excludes it, the
    highest wins; at equal quality, an exact name wins over a range, then the client's order counts.
    htmx and a frame of Turbo get a fragment wherever ``Accept`` takes HTML, unless htmx asks for a
    whole page. If ``Accept`` leaves the choice open, the first of these decides: Unpoly, which
    reads pages, the request's destination, the type of its body, ``content_type``, which is that of
    a bare response, and ``HTTP4XX["DEFAULT_FORMAT"]``.
    """
    formats = FORMATS.value
    said = _format_of(content_type)
    is_known = said != "" and any(each.name == said for each in formats)
    default = (lambda request: said) if is_known else default_format
    chosen, looked_at = best_of(request, formats, default)
    if chosen.name == "fragment" and "Turbo-Frame" in looked_at and _turbo_frame(request):
        chosen = TurboStream if _reads_streams(request) else TurboFrame
    return chosen, looked_at


def _turbo_frame(request: HttpRequest) -> str:
    """The id of the frame that Turbo fills with the answer, or ``""``."""
    return str(request.META.get("HTTP_TURBO_FRAME", ""))


def _reads_streams(request: HttpRequest) -> bool:
    """Whether Turbo sends a form, which a stream leaves as it is, with what was typed."""
    ranges = _ranges(_readable(request.META.get("HTTP_ACCEPT", "")))
    return request.method not in ("GET", "HEAD") and any(
        name == TurboStream.media_type and quality > 0 for name, _, quality in ranges
    )


def htmx_fields() -> dict[str, str]:
    """The header fields that tell htmx to show a fragment in ``HTTP4XX["HTMX_TARGET"]``."""
    target = HTMX_TARGET.value
    if not target:
        return {}
    # The element's own `hx-swap` and `hx-select` are for the answer that it hoped for. This
    # selects all that is not within another element: the whole fragment.
    return {"HX-Retarget": target, "HX-Reswap": "innerHTML", "HX-Reselect": ":not(* *)"}


@lru_cache(maxsize=256)  # never emptied: depends on its arguments only
def _format_of(content_type: str) -> str:
    """The name of the format for a response of this type; ``""`` if the type is no hint."""
    media_type = content_type.partition(";")[0].strip().lower()
    main_type, _, ending = media_type.partition("+")
    by_ending = _FORMAT_BY_ENDING.get(ending, "") if main_type.startswith("application/") else ""
    return _FORMAT_BY_TYPE.get(media_type, by_ending)


def prefers_page(request: HttpRequest) -> bool:
    """Whether the client gets a page, as people with browsers do."""
    return format_for(request)[0].name == "html"


def best_of(
    request: HttpRequest, offers: tuple[_O, ...], default: Callable[[HttpRequest], str]
) -> tuple[_O, tuple[str, ...]]:
    """Choose an offer as ``format_for`` does; ``default`` returns the name of one for a request."""
    accept = _readable(request.META.get("HTTP_ACCEPT", ""))
    best, is_open, taken = _best(accept, offers)
    by_script: tuple[str, ...] = ()
    if "fragment" in taken:
        name, by_script = _for_script(request)
        if name in taken:
            return taken[name], ("Accept", *by_script)
    if not is_open:
        return best[0], ("Accept", *by_script)
    by_name = {candidate.name: candidate for candidate in best}
    name, looked_at = _hinted(request, has_page="html" in by_name)
    chosen = by_name.get(name) or by_name.get(default(request)) or best[0]
    return chosen, ("Accept", *by_script, *looked_at)


def _for_script(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """The format for a script that inserts the answer, and the fields that tell it.

    htmx 2 sends `Accept: */*` also where it asks for a whole page.
    """
    if request.META.get("HTTP_HX_REQUEST") == "true":
        asks = _HTMX_ASKS_DESPITE_TARGET if HTMX_TARGET.value else _HTMX_ASKS_FOR_A_PAGE
        wants_page = any(request.headers.get(name) == value for name, value in asks.items())
        return "html" if wants_page else "fragment", ("HX-Request", *asks)
    return "fragment" if _turbo_frame(request) else "", ("HX-Request", "Turbo-Frame")


def _hinted(request: HttpRequest, *, has_page: bool) -> tuple[str, tuple[str, ...]]:
    """The format that header fields other than ``Accept`` suggest; ``""`` if they suggest none."""
    by_unpoly = ("X-Up-Version",) if has_page else ()
    if has_page and "HTTP_X_UP_VERSION" in request.META:
        return "html", by_unpoly
    destination = request.META.get("HTTP_SEC_FETCH_DEST", "")
    if name := _FORMAT_BY_DESTINATION.get(destination, ""):
        return name, (*by_unpoly, "Sec-Fetch-Dest")
    # Many clients send a `Content-Type` even with GET, which has no meaningful body (§9.3.1).
    if request.method in ("GET", "HEAD"):
        return "", (*by_unpoly, "Sec-Fetch-Dest")
    body = (request.content_type or "").lower()
    is_json = body == "application/json" or body.endswith("+json")
    return "problem+json" if is_json else "", (*by_unpoly, "Sec-Fetch-Dest", "Content-Type")


def default_format(request: HttpRequest) -> str:
    """The name of the format in ``DEFAULT_FORMAT`` for the longest prefix of the path."""
    return DEFAULT_FORMAT.value.nearest(request.path_info) or "html"


def is_left_to_django(request: HttpRequest) -> bool:
    """Whether the project leaves the errors of a path to Django.

    ``HTTP4XX["DEFAULT_FORMAT"]`` then has ``None`` for the longest prefix of the path.
    """
    # The first condition is redundant, but most projects leave nothing to Django.
    return None in DEFAULT_FORMAT.value.values() and is_path_left_to_django(request.path_info)


def is_path_left_to_django(path: str) -> bool:
    """``is_left_to_django`` for a path, such as that of an operation in a schema."""
    return next(DEFAULT_FORMAT.value.at(path), "") is None


@lru_cache(maxsize=1024)  # never emptied: depends on its arguments only
def _best(accept: str, offers: tuple[Any, ...]) -> tuple[tuple[Any, ...], bool, Mapping[str, Any]]:
    """The offers that the client likes best, whether it leaves the choice open, and all it takes.

    The last are by name.
    """
    ranges = _ranges(accept)
    found = {candidate: _preference(candidate.media_type, ranges) for candidate in offers}
    if best := _wanted(found):
        is_open = found[best[0]].precision == 0  # type: ignore[union-attr]
        taken = tuple(c for c, said in found.items() if said and said.quality > 0)
    else:
        # A format that the client did not ask for is better than no answer (RFC 9110 §12.4.1).
        refused = {candidate for candidate, said in found.items() if said}
        best = taken = tuple(c for c in offers if c not in refused) or offers
        is_open = True
    return best, is_open, {candidate.name: candidate for candidate in taken}


def _wanted(found: Mapping[_C, _Preference | None]) -> tuple[_C, ...]:
    """The candidates of the highest quality: the first by name, or all that only ``*/*`` covers."""
    wanted = {candidate: said for candidate, said in found.items() if said and said.quality > 0}
    quality = max((said.quality for said in wanted.values()), default=0)
    best = {candidate: said for candidate, said in wanted.items() if said.quality == quality}
    named = {candidate: said for candidate, said in best.items() if said.precision > 0}
    if not named:
        return tuple(best)
    return (min(named, key=lambda c: (named[c].precision != 3, named[c].position)),)


def best_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """Choose the media type that ``Accept`` prefers; ``None`` if it accepts none of those offered.

    If ``Accept`` is empty or names only media types of problems, the first offer is chosen.

    >>> best_type("text/csv;q=0.5, application/*", ("text/csv", "application/json"))
    'application/json'
    """
    return _best_type(_readable(accept), offered)


def takes_only_problems(accept: str) -> bool:
    """Whether an ``Accept`` field names only the media types of problems.

    It says nothing about the format of a success, so the view can choose that itself.
    """
    wanted = {name for name, _, quality in _ranges(_readable(accept)) if quality > 0}
    return bool(wanted) and wanted <= _PROBLEM_TYPES


@lru_cache(maxsize=1024)  # never emptied: depends on its arguments only
def _best_type(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = _ranges(accept)
    by_type = {name: _preference(name.partition(";")[0].lower(), ranges) for name in offered}
    if best := _wanted(by_type):
        return best[0]
    return offered[0] if not ranges or takes_only_problems(accept) else None


def _readable(accept: str) -> str:
    """Cut an ``Accept`` field after the last range that is within the limit."""
    if len(accept) <= _ACCEPT_MAX_LENGTH:
        return accept
    return accept[: max(accept.rfind(",", 0, _ACCEPT_MAX_LENGTH), 0)]


def _ranges(accept: str) -> list[tuple[str, dict[str, Any], float]]:
    """The media ranges of an ``Accept`` field, parsed by Django; invalid ones are left out."""
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
    """The most specific range that covers a media type, or ``None``."""
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
    """Choose the language of the reader, as one of Django's codes.

    It is the active language if this request activated one; else the best for ``Accept-Language``
    among ``LANGUAGES``, if the project sets that; else ``LANGUAGE_CODE``.
    """
    # LocaleMiddleware may have read a cookie, but does not add `Cookie` to `Vary`.
    chosen = getattr(request, "LANGUAGE_CODE", None)
    is_in_cookie = chosen and conf.of_django("LANGUAGE_COOKIE_NAME") in request.COOKIES
    looked_at = ("Cookie",) if is_in_cookie else ()
    if _is_activated_by(request) and (active := activation.language()):
        return active, looked_at
    if chosen:
        return chosen, looked_at
    default, asks = _choice_of_languages()
    if not asks:
        return default, ()
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    chosen = _accepted_language(accepted) if accepted else None
    return chosen or default, ("Accept-Language",)


@cache  # emptied below
def _choice_of_languages() -> tuple[str, bool]:
    """``LANGUAGE_CODE``, and whether the project offers its readers a choice."""
    offers_choice = settings.USE_I18N and settings.LANGUAGES is not global_settings.LANGUAGES
    return settings.LANGUAGE_CODE, offers_choice


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _choice_of_languages.cache_clear)


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


def _is_activated_by(request: HttpRequest) -> bool:
    """Whether this request, or code on its behalf, activated the active language."""
    active = activation.active()
    # `deactivate()` chooses no language, and some `override()` end with it.
    if active is None:
        return False
    if hasattr(request, AT_ENTRY):
        return active is not getattr(request, AT_ENTRY)
    return hasattr(request, "LANGUAGE_CODE")
