"""The URI of a problem type: what the member ``type`` says (RFC 9457 §3.1.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.urls import NoReverseMatch, get_script_prefix, reverse

from . import conf, header_fields
from .words.activation import speaking

if TYPE_CHECKING:
    from django.http import HttpRequest

ABOUT_BLANK = "about:blank"


def _type_base_uri(value: object) -> str:
    if value == "":
        return ""
    with conf.said_as("takes an absolute URI, as 'https://example.com/problems/'"):
        base = header_fields.uri(cast("str", value), "")
    if base[-1].isalnum():
        raise ValueError("takes a URI to append names to, as 'https://example.com/problems/'")
    return base


TYPE_BASE_URI = conf.Key("TYPE_BASE_URI", _type_base_uri, "")


def type_uri(request: HttpRequest, problem_type: str) -> str:
    """``TYPE_BASE_URI`` and the name; else the address of the type's page, where there is one.

    ``about:blank`` where the pages are not in the URLconf, or the host of the request is refused.

    >>> type_uri(request, "out-of-stock")
    'https://shop.example/problems/out-of-stock/'
    """
    if base := TYPE_BASE_URI.value:
        return base + problem_type
    page = _page(problem_type, getattr(request, "urlconf", settings.ROOT_URLCONF))
    if page is None:
        return ABOUT_BLANK
    try:
        return request.build_absolute_uri(get_script_prefix() + page)
    except DisallowedHost:
        return ABOUT_BLANK


@lru_cache(maxsize=4096)
def _page(problem_type: str, urlconf: str) -> str | None:
    """The path of a type's page below the script's; the same whatever the reader's language is."""
    with speaking(settings.LANGUAGE_CODE):
        try:
            path = reverse("django_http4xx:problem-type", urlconf, [problem_type])
        except NoReverseMatch:
            return None
    return path.removeprefix(get_script_prefix())


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _page.cache_clear)
