"""The page of a problem: in the project's own template, else in ours."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import contextmanager, nullcontext
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from django.conf import global_settings, settings
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import connection
from django.http import Http404
from django.shortcuts import resolve_url
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.template.loader import get_template, select_template
from django.urls import NoReverseMatch, get_script_prefix, is_valid_path
from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from . import conf
from .exceptions import ClientError
from .log import logger
from .words.activation import speaking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from django.http import HttpRequest

    from .problems import Problem


@cache
def style_hash() -> str:
    """The hash of our page's style."""
    page = _engine().get_template(PROBLEM_TEMPLATE).render({"problem": {}})
    return hash_of(page.partition("<style>")[2].partition("</style>")[0])


def hash_of(style: str) -> str:
    """The hash of a style, as a policy names it (CSP3 §8.3)."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


_TEMPLATES = Path(__file__).parent / "templates"
PROBLEM_TEMPLATE = "django_http4xx/problem.html"

# Django renders this one for a failed CSRF check.
_TEMPLATE_OF_DJANGO = {"csrf-failed": "403_csrf.html"}


def project_template(problem_type: type[ClientError]) -> str:
    """The project's own template that shows a problem type; empty where it is our page."""
    return _project_template(*_template_names(problem_type, ())) or ""


def own_page(
    problem: Problem,
    request: HttpRequest,
    names: Sequence[str] = (),
    context: Mapping[str, object] | None = None,
) -> str:
    """The problem in the project's own template; the empty text where it has none that works.

    ``names``, ``context``: further templates to look for, and what they expect to be given.
    """
    name = _project_template(*_template_names(problem, names))
    if name is None:
        return ""
    try:
        page = _project_page(name, problem, request, context or {})
    except Exception:
        logger.exception("The template %s cannot be rendered.", name)
        return ""
    problem.template = name
    return page


def _template_names(
    problem: Problem | type[ClientError], further: Sequence[str]
) -> tuple[str, ...]:
    """The templates that may show a problem, the most particular first."""
    names = (
        f"django_http4xx/{problem.problem_type}.html",
        f"django_http4xx/{problem.status}.html",
        _TEMPLATE_OF_DJANGO.get(problem.problem_type),
        f"{problem.status}.html",
        *further,
        PROBLEM_TEMPLATE,
    )
    return tuple(name for name in names if name)


def _project_template(*names: str) -> str | None:
    """The first of these templates that the project has; ``None`` where ours is the one to show."""
    find = _find_template.__wrapped__ if settings.DEBUG else _find_template
    try:
        # Each tenant may have templates of its own, as with django-tenants.
        return find(getattr(connection, "schema_name", None), *names)
    except Exception:
        # Not remembered: what loads templates may work again at the next request.
        logger.exception("One of the templates %s cannot be loaded.", ", ".join(names))
        return None


@lru_cache(maxsize=8192)
def _find_template(schema: object, *names: str) -> str | None:
    try:
        template: Any = select_template(names)
    except TemplateDoesNotExist:
        return None
    path = Path(str(getattr(template.origin, "name", "")))
    return None if path == _TEMPLATES / PROBLEM_TEMPLATE else str(template.origin.template_name)


def _project_page(
    name: str, problem: Problem, request: HttpRequest, further: Mapping[str, object]
) -> str:
    """A project's own template, with all the context that Django's handlers give it."""
    context = {
        **further,
        **_links(problem, request),
        "problem": problem,
        "request_path": quote(problem.path),
    }
    if problem.status in (403, 404) or isinstance(problem.exception, ClientError):
        context["exception"] = _told_of(problem.exception)
    with speaking(problem.language), shown_as_to_get(request):
        return get_template(name).render(context, request)


_AS_IT_IS = nullcontext()


def shown_as_to_get(request: HttpRequest) -> AbstractContextManager[None]:
    """Let what shows the method of a request be as long for HEAD as for GET (RFC 9110 §9.3.2)."""
    return _as_get(request) if request.method == "HEAD" else _AS_IT_IS


@contextmanager
def _as_get(request: HttpRequest) -> Iterator[None]:
    request.method = "GET"
    try:
        yield
    finally:
        request.method = "HEAD"


def _told_of(exception: BaseException) -> str:
    """The text of an exception, as ``django.views.defaults`` gives it to a template.

    Of one that a project mapped it is the name: its text was not written for the reader.
    """
    if isinstance(exception, PermissionDenied):
        return str(exception)
    text = (
        exception.args[0]
        if exception.args and isinstance(exception, (ClientError, Http404))
        else None
    )
    return str(text) if isinstance(text, (str, Promise)) else type(exception).__name__


def _links(problem: Problem, request: HttpRequest) -> dict[str, object]:
    """Where a reader can go from here; the empty text where there is no such place."""
    return {
        "home": get_script_prefix(),
        "back": "" if problem.may_be_stored else _way_back(request),
        "login": _login(request) if problem.status == 401 else "",
    }


def _way_back(request: HttpRequest) -> str:
    """The page of this site that the request came from.

    Looked at only where no cache keeps the answer: another reader came from elsewhere.
    """
    referer = request.META.get("HTTP_REFERER", "")
    try:
        is_ours = url_has_allowed_host_and_scheme(referer, request.get_host())
    except DisallowedHost:
        return ""
    return referer if is_ours else ""


def _login(request: HttpRequest) -> str:
    """The address of the login page, which leads back here."""
    try:
        address = resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""
    path = address.removeprefix(get_script_prefix().rstrip("/"))
    if settings.LOGIN_URL == global_settings.LOGIN_URL and not is_valid_path(path):
        return ""
    if request.method not in ("GET", "HEAD"):
        return address
    here = _address(request) if urlsplit(address).netloc else request.get_full_path()
    return (
        f"{address}{'&' if '?' in address else '?'}next={quote(here, safe='')}" if here else address
    )


def _address(request: HttpRequest) -> str:
    """The address of the request with its host; the empty text where that is refused."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""


# The built-in page is rendered once for each language and shape, with marks where the words of an
# occurrence belong; an answer is then a matter of joining texts.
_MARK = re.compile("\ue000([a-z_]+)\\.?([a-z]*)\ue001")
_WORDS = ("title", "explanation", "remedy", "detail", "help_label")
_OPTIONAL = ("detail", "explanation", "remedy", "help")
_PARTS = ("html", "block", "plain")


def built_in(template: str, problem: Problem, request: HttpRequest) -> str:
    """The problem in one of our own templates, which need nothing of the project."""
    links = _links(problem, request)
    shape = (
        problem.language,
        tuple(getattr(problem, name).language for name in _WORDS),
        problem.detail == problem.explanation,
        tuple(name for name, value in (links | _optional(problem)).items() if value),
    )
    if problem.errors or problem.added:
        return rendered(template, problem.language, {**links, "problem": problem})
    filled: list[str] = []
    for text, name, part in _skeleton(template, *shape):
        filled.append(text)
        if part:
            filled.append(conditional_escape(getattr(getattr(problem, name), part)))
        elif name:
            value = links[name] if name in links else getattr(problem, name)
            filled.append(escape(str(value)))
    return "".join(filled)


def _optional(problem: Problem) -> dict[str, object]:
    """What a problem may have or not."""
    return {name: getattr(problem, name) for name in _OPTIONAL}


@cache
def _skeleton(
    template: str,
    language: str,
    languages: Sequence[str],
    is_general: bool,  # noqa: FBT001 - a part of the shape
    present: Sequence[str],
) -> list[tuple[str, str, str]]:
    """The page of a shape, cut at its marks: a text, and the name and part of what follows it."""

    def mark(name: str) -> SafeString:
        return SafeString(f"\ue000{name}\ue001")

    problem: dict[str, object] = {
        name: {"language": own_language, **{part: mark(f"{name}.{part}") for part in _PARTS}}
        for name, own_language in zip(_WORDS, languages, strict=True)
    }
    if is_general:
        problem["detail"] = problem["explanation"]
    problem.update({name: "" for name in _OPTIONAL if name not in present})
    problem.update(
        help=mark("help") if "help" in present else "",
        status=mark("status"),
        reference=mark("reference"),
        language=language,
    )
    context = {"problem": problem, **{name: mark(name) for name in present}}
    pieces = [*_MARK.split(rendered(template, language, context)), "", ""]
    return list(zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True))


def rendered(template: str, language: str, context: Mapping[str, Any]) -> str:
    """One of our own templates, in a language."""
    with speaking(language):
        return _engine().get_template(f"django_http4xx/{template}").render(dict(context))


@cache
def _engine() -> DjangoTemplates:
    """An engine of our own: our page is there whatever ``TEMPLATES`` says."""
    return DjangoTemplates(
        {"NAME": "django_http4xx", "DIRS": [_TEMPLATES], "APP_DIRS": False, "OPTIONS": {}}
    )


conf.forget_on_change({"TEMPLATES", *conf.LANGUAGE_SETTINGS}, _find_template.cache_clear)
conf.forget_on_change({"TEMPLATES", *conf.LANGUAGE_SETTINGS}, _skeleton.cache_clear)
