"""Render the page of a problem with the project's template, else with ours."""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager, nullcontext
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from django.conf import global_settings, settings
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS
from django.http import Http404
from django.shortcuts import resolve_url
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.template.loader import get_template, select_template
from django.urls import NoReverseMatch, get_script_prefix, is_valid_path
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from . import conf, stale_forms
from .branding import Site, site_of
from .connections import connection_at
from .exceptions import ClientError
from .hosts import host_of, hostname_of
from .log import logger
from .statuses import STATUSES
from .words import wording
from .words.activation import speaking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from django.http import HttpRequest

    from .problems import Problem
    from .words.frame import Frame
    from .words.snapshots import Snapshot


def style_hash(site: Site) -> str:
    """The hash of the style in our page, for ``Content-Security-Policy``."""
    return _style_hash(site.colours)


@lru_cache(maxsize=256)  # never emptied: depends on its argument only
def _style_hash(colours: str) -> str:
    context = {"problem": {}, "site": {"colours": colours}}
    page = _engine().get_template(PROBLEM_TEMPLATE).render(context)
    return hash_of(style_in(page))


def style_in(page: str) -> str:
    """The style of our page, which has one."""
    return page.partition("<style")[2].partition(">")[2].partition("</style>")[0]


def hash_of(style: str) -> str:
    """The hash of a style as a source in a policy (CSP3 §8.3)."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


_TEMPLATES = Path(__file__).parent / "templates"
PROBLEM_TEMPLATE = "django_http4xx/problem.html"

# Django's own view for a failed CSRF check renders this template.
_TEMPLATE_OF_DJANGO = {"csrf-failed": "403_csrf.html"}


def project_template(problem_type: type[ClientError]) -> str:
    """The name of the project's template for a problem type; ``""`` if it has none."""
    return _project_template(problem_type.problem_type, problem_type.status, ()) or ""


def own_page(
    problem: Problem,
    request: HttpRequest,
    names: Sequence[str] = (),
    context: Mapping[str, object] | None = None,
) -> str:
    """Render the project's template for a problem; ``""`` if there is none or it fails.

    ``names``, ``context``: more templates to look for, and the context that they need.
    """
    name = _project_template(problem.problem_type, problem.status, tuple(names))
    if name is None:
        return ""
    try:
        page = _project_page(name, problem, request, context or {})
    except Exception:
        logger.exception("The template %s cannot be rendered.", name)
        return ""
    problem.template = name
    return page


def _template_names(problem_type: str, status: int, further: Sequence[str]) -> list[str]:
    """The names of templates for a problem, the most specific first."""
    names = (
        f"django_http4xx/{problem_type}.html",
        f"django_http4xx/{status}.html",
        _TEMPLATE_OF_DJANGO.get(problem_type),
        f"{status}.html",
        *further,
        PROBLEM_TEMPLATE,
    )
    return [name for name in names if name]


def _project_template(problem_type: str, status: int, further: tuple[str, ...]) -> str | None:
    """The first template for a problem; ``None`` if our page comes before all of the project's."""
    find = _find_template.__wrapped__ if conf.of_django("DEBUG") else _find_template
    try:
        # With django-tenants, each tenant may have templates of its own.
        schema = getattr(connection_at(DEFAULT_DB_ALIAS), "schema_name", None)
        return find(schema, problem_type, status, further)
    except Exception:
        # Not cached: the template loader may work again at the next request.
        names = ", ".join(_template_names(problem_type, status, further))
        logger.exception("One of the templates %s cannot be loaded.", names)
        return None


@lru_cache(maxsize=8192)  # emptied below; `_project_template` skips it with `DEBUG=True`
def _find_template(
    schema: object, problem_type: str, status: int, further: tuple[str, ...]
) -> str | None:
    try:
        template: Any = select_template(_template_names(problem_type, status, further))
    except TemplateDoesNotExist:
        return None
    path = Path(str(getattr(template.origin, "name", "")))
    return None if path == _TEMPLATES / PROBLEM_TEMPLATE else str(template.origin.template_name)


def _project_page(
    name: str, problem: Problem, request: HttpRequest, further: Mapping[str, object]
) -> str:
    """Render a project's template with the same context as Django's handlers, and ours."""
    problem.site = site_of(request)
    problem.frame = frame_for(request, problem.language, problem.snapshot)
    context = {
        **further,
        **surroundings(problem),
        **links(problem, request),
        **form(problem),
        # A template of the project may have no link to sign in.
        "remedy_is_link": False,
        "problem": problem,
        "request_path": quote(problem.path),
    }
    if problem.status in (403, 404) or isinstance(problem.exception, ClientError):
        context["exception"] = _told_of(problem.exception)
    with speaking(problem.language), shown_as_to_get(request):
        return get_template(name).render(context, request)


_AS_IT_IS = nullcontext()


def shown_as_to_get(request: HttpRequest) -> AbstractContextManager[None]:
    """Show GET as the method of a HEAD, so that the lengths are the same (RFC 9110 §9.3.2)."""
    return _as_get(request) if request.method == "HEAD" else _AS_IT_IS


@contextmanager
def _as_get(request: HttpRequest) -> Iterator[None]:
    request.method = "GET"
    try:
        yield
    finally:
        request.method = "HEAD"


def _told_of(exception: BaseException) -> str:
    """The text of an exception, as ``django.views.defaults`` passes it to a template.

    For an exception that a project mapped it is the class name: its text is not for visitors.
    """
    if isinstance(exception, PermissionDenied):
        return str(exception)
    text = (
        exception.args[0]
        if exception.args and isinstance(exception, (ClientError, Http404))
        else None
    )
    return str(text) if isinstance(text, (str, Promise)) else type(exception).__name__


# A drawing for each group of statuses, as the path of an <svg> of 48 x 48.
_DRAWINGS = {
    "not found": "M34 21a13 13 0 1 1-26 0 13 13 0 0 1 26 0M31 31l11 11M16 21h10",
    "who": "M32 14a8 8 0 1 1-16 0 8 8 0 0 1 16 0M8 42c0-9 7-14 16-14s16 5 16 14",
    "no entry": "M42 24a18 18 0 1 1-36 0 18 18 0 0 1 36 0M15 24h18",
    "wait": "M42 24a18 18 0 1 1-36 0 18 18 0 0 1 36 0M24 13v11l8 5",
    "clash": "M6 6h24v24H6zM18 18h24v24H18z",
    "correct": "M11 5h18l8 8v30H11zM29 5v8h8M24 19v11M24 36v.1",
    "pay": "M5 11h38v26H5zM5 19h38M11 30h9",
    "locked": "M11 22h26v20H11zM16 22v-6a8 8 0 0 1 16 0v6",
    "law": "M24 5v37M15 42h18M9 12h30M9 12L3 27a6 5 0 0 0 12 0zM39 12l-6 15a6 5 0 0 0 12 0z",
}
_DRAWN = {
    **dict.fromkeys((404, 410, 416, 421), "not found"),
    **dict.fromkeys((401, 407, 511), "who"),
    **dict.fromkeys((403, 405, 406, 418, 426), "no entry"),
    **dict.fromkeys((408, 425, 429, 503), "wait"),
    **dict.fromkeys((409, 412, 424, 428), "clash"),
    402: "pay",
    423: "locked",
    451: "law",
}


def drawing_for(status: int) -> str:
    """The path of the drawing for a status."""
    return _DRAWINGS[_DRAWN.get(status, "correct")]


def links(problem: Problem, request: HttpRequest) -> dict[str, object]:
    """The addresses of the links in a page, ``""`` for a link that it does not have."""
    is_form = request.method not in ("GET", "HEAD", "OPTIONS", "TRACE")
    status = STATUSES.get(problem.status)
    login = _login(request) if problem.status == 401 else ""
    return {
        "home": get_script_prefix(),
        # The page that the form is on would be empty.
        "back": "" if problem.may_be_stored or is_form else _way_back(request),
        "again": request.get_full_path() if status and status.retry and not is_form else "",
        "login": login,
        "remedy_is_link": bool(login) and "remedy" in problem.general,
        "is_form": is_form,
    }


def form(problem: Problem) -> dict[str, object]:
    """The form that was refused, and the words to say beside it; empty if there is none."""
    if not (refused := stale_forms.form_of(problem)):
        return {}
    return {"stale_form": refused, "problem_of_form": stale_forms.beside_form(problem)}


def _way_back(request: HttpRequest) -> str:
    """The page of this site that the request came from, or ``""``.

    Only for an answer that caches may not store, as other readers come from other pages.
    """
    referer: str = request.META.get("HTTP_REFERER", "")
    host = host_of(request) if referer else ""
    return referer if host and url_has_allowed_host_and_scheme(referer, host) else ""


def _login(request: HttpRequest) -> str:
    """The address of the login page, with ``next``; ``""`` if the project has no such page."""
    try:
        address = resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""
    path = address.removeprefix(get_script_prefix().rstrip("/"))
    if settings.LOGIN_URL == global_settings.LOGIN_URL and not is_valid_path(path):
        return ""
    if request.method not in ("GET", "HEAD"):
        return address
    if not urlsplit(address).netloc:
        here = request.get_full_path()
    elif host_of(request):
        here = request.build_absolute_uri()
    else:
        return address
    return f"{address}{'&' if '?' in address else '?'}next={quote(here, safe='')}"


def surroundings(problem: Problem) -> dict[str, object]:
    """What our page has around the words, whatever the occurrence."""
    return {
        "site": problem.site,
        "frame": problem.frame,
        "drawing": drawing_for(problem.status),
    }


def frame_for(request: HttpRequest, language: str, snapshot: Snapshot | None = None) -> Frame:
    """The texts around the words on a page in a language, for the part of the site asked for."""
    return wording.frame_for(language, lambda: hostname_of(request), request.path_info, snapshot)


def rendered(template: str, language: str, context: Mapping[str, Any]) -> str:
    """Render one of our templates in a language."""
    with speaking(language):
        return _engine().get_template(f"django_http4xx/{template}").render(dict(context))


@cache  # never emptied: it does not depend on settings
def _engine() -> DjangoTemplates:
    """A template engine of our own, so that our page works whatever ``TEMPLATES`` contains."""
    return DjangoTemplates(
        {"NAME": "django_http4xx", "DIRS": [_TEMPLATES], "APP_DIRS": False, "OPTIONS": {}}
    )


conf.forget_on_change({"TEMPLATES", *conf.LANGUAGE_SETTINGS}, _find_template.cache_clear)
