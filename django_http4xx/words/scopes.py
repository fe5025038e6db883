"""Normalise and check the hosts, languages and paths that limit where an explanation is shown.

Rows and requests are compared in the normalised spelling.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext

from django_http4xx.hosts import host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_stubs_ext import StrOrPromise

_is_host = re.compile(r"[\w.-]+|\[[0-9a-f:.]+\]").fullmatch


def as_host(typed: str) -> str:
    """Normalise a host name: lower case, without a port.

    >>> as_host("Shop.Example:8000")
    'shop.example'
    """
    host = typed.strip().lower()
    return re.sub(r":\d*$", "", host).removesuffix(".")


def is_answered_to(host: str) -> bool:
    """Whether Django accepts requests for a host (``ALLOWED_HOSTS``)."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    return bool(host_of(request))


def as_language(typed: str) -> str:
    """Normalise a language code to Django's spelling.

    >>> as_language("zh_Hans")
    'zh-hans'
    """
    return typed.strip().lower().replace("_", "-")


@lru_cache(maxsize=256)  # pure: never emptied
def with_parents(language: str) -> tuple[str, ...]:
    """A language code and the more general ones, the most specific first.

    >>> with_parents("zh-Hant-HK")
    ('zh-hant-hk', 'zh-hant', 'zh')
    """
    parts = as_language(language).split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))


@lru_cache(maxsize=256)  # pure: never emptied
def is_same_language(one: str, other: str) -> bool:
    """Whether a reader of one language can read the other: only their regions may differ.

    >>> is_same_language("en-us", "en-gb"), is_same_language("zh-hans", "zh-hant")
    (True, False)
    """
    first, second = (as_language(code).split("-") for code in (one, other))
    scripts = [{part for part in parts[1:] if len(part) == 4} for parts in (first, second)]
    return first[0] == second[0] and (scripts[0] == scripts[1] or not all(scripts))


def language_names() -> dict[str, str]:
    """The site's languages by code, named in the active language.

    A name that the project marked for translation is translated; Django translates the others.

    >>> with override("zh-hans"): language_names()
    {'en': '英语', 'zh-hans': '简体中文'}
    """
    return {code: _name_of_language(code, name) for code, name in settings.LANGUAGES}


def _name_of_language(code: str, name: StrOrPromise) -> str:
    if not isinstance(name, Promise):
        with suppress(KeyError):  # Django does not know the code.
            info = get_language_info(code)
            # For a variant that Django does not know it returns the general language.
            return str(info["name_translated"] if info["code"] == code else name)
    return str(name)


def language_faults(language: str) -> Iterator[str]:
    """Why no reader would see words in a language, in the editor's language."""
    spoken = (*dict(settings.LANGUAGES), settings.LANGUAGE_CODE)
    known = {code for language in spoken for code in with_parents(language)}
    if language and language not in known:
        yield gettext("This site does not support this language. It supports: %(languages)s.") % {
            "languages": ", ".join(code for code, _ in settings.LANGUAGES)
        }


def host_faults(host: str) -> Iterator[str]:
    """Why no request could match a host, in the editor's language."""
    if host and not _is_host(host):
        yield gettext("Enter the name of the site only, such as shop.example.com.")


def path_faults(prefix: str) -> Iterator[str]:
    """Why no request could match a path prefix, in the editor's language."""
    if prefix and not prefix.startswith("/"):
        yield gettext("Enter a path that begins with a slash, such as /shop.")
    elif re.search(r"[?#\x00-\x1f]", prefix):
        yield gettext("Enter the path only, without what follows a ? or # in an address.")
