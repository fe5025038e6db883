"""The URI of a problem type, for the member ``type`` (RFC 9457 §3.1.1)."""

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
    with conf.said_as("must be an absolute URI, such as 'https://example.com/problems/'"):
        base = header_fields.uri(cast("str", value), "")
    if base[-1].isalnum():
        raise ValueError("must end with a separator, such as 'https://example.com/problems/'")
    return base


TYPE_BASE_URI = conf.Key("TYPE_BASE_URI", _type_base_uri, "")


def type_uri(request: HttpRequest, problem_type: str) -> str:
    """The URI of a problem type: ``TYPE_BASE_URI`` and the name, else the address of its page.

    It is ``about:blank`` if the pages are not in the URLconf, or if Django refuses the host.

    >>> type_uri(request, "out-of-stock")
    'https://shop.example/problems/out-of-stock/'
    """
    if base := TYPE_BASE_URI.value:
        return base + problem_type
    urlconf = getattr(request, "urlconf", conf.of_django("ROOT_URLCONF"))
    page = _page(problem_type, urlconf)
    if page is None:
        return ABOUT_BLANK
    try:
        return request.build_absolute_uri(get_script_prefix() + page)
    except DisallowedHost:
        return ABOUT_BLANK


@lru_cache(maxsize=4096)  # emptied below
def _page(problem_type: str, urlconf: str) -> str | None:
    """The path of a type's page, without the script's prefix and in the same language for all."""
    with speaking(settings.LANGUAGE_CODE):
        try:
            path = reverse("django_http4xx:problem-type", urlconf, [problem_type])
        except NoReverseMatch:
            return None
    return path.removeprefix(get_script_prefix())


conf.forget_on_change(conf.LANGUAGE_SETTINGS, _page.cache_clear)
