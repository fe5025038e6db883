"""System checks of a project's set-up, for ``manage.py check``. Each message says what to do."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import global_settings, settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.urls import get_resolver

from . import conf, handlers
from .exceptions import TEXTS, problem_types
from .formats import FORMATS
from .middleware import Http4xxMiddleware
from .negotiation import DEFAULT_FORMAT
from .requirements import loses_order
from .type_uris import TYPE_BASE_URI
from .words import wording
from .words.texts import misspelt_placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .exceptions import ClientError

MIDDLEWARE = f"{Http4xxMiddleware.__module__}.{Http4xxMiddleware.__qualname__}"
CSRF_FAILURE_VIEW = "django_http4xx.handlers.csrf_failure"

# These change the bytes of a response, or answer before Django does, so they belong outside ours.
_ABOVE_OURS = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
)
# These can refuse a request or choose its language, so they belong inside ours.
_BELOW_OURS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
)
_IDS = {"unknown": "E001", "value": "E002", "import": "E003"}


def check_settings(**kwargs: object) -> list[CheckMessage]:
    """E001 an unknown key of ``HTTP4XX``, E002 a wrong value, E003 a path that does not import."""
    messages: list[CheckMessage] = [
        Error(
            f"HTTP4XX{'' if fault.key is None else f'[{fault.key!r}]'} {fault.message.rstrip('.')}.",
            hint="Correct it in your settings. Until then, its default applies.",
            id=f"django_http4xx.{_IDS[fault.kind]}",
        )
        for fault in conf.faults()
    ]
    names = {cls.name for cls in FORMATS.value}
    messages += [
        Error(
            f"HTTP4XX['DEFAULT_FORMAT'] names the format {name!r}, which does not exist.",
            hint=f"Use one of these formats: {', '.join(sorted(names))}.",
            id="django_http4xx.E002",
        )
        for name in {*DEFAULT_FORMAT.value.values()} - {None}
        if name not in names
    ]
    return messages


def check_problem_types(**kwargs: object) -> list[CheckMessage]:
    """E004 two problem types with one name."""
    by_name = defaultdict(list)
    for problem_type in problem_types():
        by_name[problem_type.problem_type].append(problem_type)
    return [
        Error(
            f"{len(classes)} problem types have the name {name!r}: "
            f"{', '.join(f'{cls.__module__}.{cls.__qualname__}' for cls in classes)}.",
            hint="Rename one of the classes, or set its `problem_type` to another name.",
            id="django_http4xx.E004",
        )
        for name, classes in by_name.items()
        if len(classes) > 1
    ]


def check_texts(**kwargs: object) -> list[CheckMessage]:
    """W005 a text of a problem type has a placeholder without a value."""
    return [
        checks.Warning(
            f"The {name} of {problem_type.__module__}.{problem_type.__qualname__} has the "
            f"placeholder {found}, which has no value: visitors would see the placeholder.",
            hint=(
                "Correct its name, or annotate it as a field of the class. These have values: "
                f"{', '.join(problem_type.placeholders)}. For a brace, write {{{{ or }}}}."
            ),
            id="django_http4xx.W005",
        )
        for problem_type in problem_types()
        for name in TEXTS
        for found in _misspelt_placeholders(problem_type, name)
    ]


def _misspelt_placeholders(problem_type: type[ClientError], name: str) -> list[str]:
    """The placeholders without a value in a text of a class, and in its translations."""
    # A project that does not set LANGUAGES uses only its LANGUAGE_CODE.
    speaks_one = settings.LANGUAGES is global_settings.LANGUAGES
    languages = {settings.LANGUAGE_CODE, *([] if speaks_one else dict(settings.LANGUAGES))}
    texts = {wording.in_language(getattr(problem_type, name), code)[0] for code in languages}
    found = (misspelt_placeholders(text, problem_type.placeholders) for text in texts)
    return sorted({placeholder for listed in found for placeholder in listed})


def check_middleware(**kwargs: object) -> list[CheckMessage]:
    """W001 the middleware is on the wrong side of another one."""
    if MIDDLEWARE not in settings.MIDDLEWARE:
        return []
    ours = settings.MIDDLEWARE.index(MIDDLEWARE)
    below = [name for name in _ABOVE_OURS if name in settings.MIDDLEWARE[ours + 1 :]]
    above = [name for name in _BELOW_OURS if name in settings.MIDDLEWARE[:ours]]
    return [*_misplaced(below, "below"), *_misplaced(above, "above")]


def _misplaced(names: Sequence[str], place: str) -> Iterator[CheckMessage]:
    for name in names:
        yield checks.Warning(
            f"{MIDDLEWARE} should be {place} {name} in MIDDLEWARE.",
            hint=(
                "Put it below SecurityMiddleware, WhiteNoise, GZipMiddleware and CORS, and above "
                "sessions and LocaleMiddleware."
            ),
            id="django_http4xx.W001",
        )


def check_doors(**kwargs: object) -> list[CheckMessage]:
    """W002 CSRF failures are not explained. W003 the project's handler400 replaces every status."""
    messages: list[CheckMessage] = []
    if settings.CSRF_FAILURE_VIEW == "django.views.csrf.csrf_failure":
        messages.append(
            checks.Warning(
                "Django's own page answers a form that fails the CSRF check.",
                hint=f"Set CSRF_FAILURE_VIEW = {CSRF_FAILURE_VIEW!r}.",
                id="django_http4xx.W002",
            )
        )
    if MIDDLEWARE not in settings.MIDDLEWARE and _has_own_handler400():
        messages.append(
            checks.Warning(
                "The handler400 in your URLconf replaces the status of every ClientError.",
                hint=f"Add {MIDDLEWARE!r} to MIDDLEWARE, or remove the handler.",
                id="django_http4xx.W003",
            )
        )
    return messages


def _has_own_handler400() -> bool:
    if not getattr(settings, "ROOT_URLCONF", None):
        return False
    try:
        return handlers.is_replaced(400)
    except (ImportError, AttributeError):
        # Django's own check of the handlers reports this (urls.E008).
        return False


def check_decorators(**kwargs: object) -> list[CheckMessage]:
    """W006 a decorator between ours hides those inside it."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    views = {view for view in _views(get_resolver().url_patterns) if loses_order(view)}
    return [
        checks.Warning(
            f"A decorator of {view.__module__}.{view.__qualname__} does not use functools.wraps: "
            "the requirements inside it are checked after those outside.",
            hint="Use functools.wraps in that decorator, or put it above the others.",
            id="django_http4xx.W006",
        )
        for view in sorted(views, key=lambda view: (view.__module__, view.__qualname__))
    ]


def _views(patterns: Iterable[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback


def check_parts(**kwargs: object) -> list[CheckMessage]:
    """Run the checks of the optional parts of this package that the project uses."""
    return _said_by_parts("CHECKS")


def check_parts_deployed(**kwargs: object) -> list[CheckMessage]:
    """Run their checks for a deployment."""
    return _said_by_parts("DEPLOYMENT_CHECKS")


def _said_by_parts(name: str) -> list[CheckMessage]:
    if getattr(settings, "ROOT_URLCONF", None):
        # The views import the parts that they use, and these add themselves to `CHECK_MODULES`.
        _ = get_resolver().url_patterns
    modules = map(import_module, conf.CHECK_MODULES)
    return [message for module in modules for check in getattr(module, name) for message in check()]


def check_type_uris(**kwargs: object) -> list[CheckMessage]:
    """W004 a problem type has a different URI for each host."""
    hosts = set(settings.ALLOWED_HOSTS)
    serves_several = len(hosts) > 1 or any(host.startswith((".", "*")) for host in hosts)
    if TYPE_BASE_URI.value or not serves_several:
        return []
    return [
        checks.Warning(
            "The site has several hosts, and each problem type has another URI on each of them.",
            hint="Set HTTP4XX['TYPE_BASE_URI'] to a URI such as 'https://example.com/problems/'.",
            id="django_http4xx.W004",
        )
    ]
