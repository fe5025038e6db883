"""System checks for the throttles of Django REST framework."""

from __future__ import annotations

import dis
from itertools import pairwise
from typing import TYPE_CHECKING

from django.core import checks
from django.core.checks import CheckMessage, Error
from rest_framework.settings import api_settings

from django_http4xx.throttling.rates import parse

from . import throttling
from .throttling import SimpleRateThrottle, has_own_parse_rate, throttle_classes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType


def check_rates() -> list[CheckMessage]:
    """E003: an invalid rate in Django REST framework's settings."""
    return [
        Error(
            f"REST_FRAMEWORK['DEFAULT_THROTTLE_RATES'][{scope!r}]: {error}",
            hint="Correct this setting; until then, the views with this scope respond with 500.",
            id="http4xx_throttling.E003",
        )
        for scope, error in _wrong_rates()
    ]


def _wrong_rates() -> Iterator[tuple[str, Exception]]:
    """The scopes in ``DEFAULT_THROTTLE_RATES`` whose rates are invalid."""
    for scope, rate in api_settings.DEFAULT_THROTTLE_RATES.items():
        # A project's class may override `parse_rate()` for rates of its own form.
        classes = [cls for cls in throttle_classes(SimpleRateThrottle) if cls.scope == scope]
        if rate is None or any(has_own_parse_rate(cls) for cls in classes):
            continue
        try:
            parse(rate)
        except ValueError as error:
            yield scope, error


def check_histories() -> list[CheckMessage]:
    """W007: a project's throttle that changes its history, which has no effect here."""
    return [
        checks.Warning(
            f"{cls.__module__}.{cls.__qualname__}.{method}() changes the throttle's history. This "
            "has no effect: the store keeps the counts.",
            hint="Call super().throttle_success() for requests that count; others are refunded.",
            id="http4xx_throttling.W007",
        )
        for cls, method in _writers_of_history()
    ]


def _writers_of_history() -> Iterator[tuple[type[SimpleRateThrottle], str]]:
    """The project's throttles that change their history, each with the method that does so."""
    for cls in throttle_classes(SimpleRateThrottle):
        for name, value in cls.__dict__.items():
            code = getattr(value, "__code__", None)
            if cls.__module__ != throttling.__name__ and code is not None and _writes_history(code):
                yield cls, name


_WRITING = {
    "history": {"insert", "append", "extend", "pop", "remove", "clear", "sort", "reverse"},
    "cache": {"set", "add", "incr", "decr", "delete", "touch", "get_or_set"},
}


def _writes_history(code: CodeType) -> bool:
    steps = list(dis.get_instructions(code))
    if any(step.opname == "STORE_ATTR" and step.argval == "history" for step in steps):
        return True
    return any(
        following.argval in _WRITING[step.argval]
        for step, following in pairwise(steps)
        if step.opname == "LOAD_ATTR" and step.argval in _WRITING
    )


CHECKS = (check_rates, check_histories)
DEPLOYMENT_CHECKS = ()
