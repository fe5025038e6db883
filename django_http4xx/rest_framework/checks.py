"""What ``manage.py check`` says of the throttles of Django REST framework; each message tells what to do."""

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
    """E003 a rate of Django REST framework's settings that makes no sense."""
    return [
        Error(
            f"REST_FRAMEWORK['DEFAULT_THROTTLE_RATES'][{scope!r}]: {error}",
            hint="Correct it in your settings; its views answer 500 until then.",
            id="http4xx_throttling.E003",
        )
        for scope, error in _wrong_rates()
    ]


def _wrong_rates() -> Iterator[tuple[str, Exception]]:
    """The scopes of ``DEFAULT_THROTTLE_RATES`` whose rates make no sense."""
    for scope, rate in api_settings.DEFAULT_THROTTLE_RATES.items():
        # The class that reads it may read it in a way of its own.
        classes = [cls for cls in throttle_classes(SimpleRateThrottle) if cls.scope == scope]
        if rate is None or any(has_own_parse_rate(cls) for cls in classes):
            continue
        try:
            parse(rate)
        except ValueError as error:
            yield scope, error


def check_histories() -> list[CheckMessage]:
    """W007 a throttle of Django REST framework that writes what is only read here."""
    return [
        checks.Warning(
            f"{cls.__module__}.{cls.__qualname__}.{method}() writes the history of its throttle, which the "
            "store does not read.",
            hint="Call super().throttle_success() for what counts: what does not call it is given back.",
            id="http4xx_throttling.W007",
        )
        for cls, method in _writers_of_history()
    ]


def _writers_of_history() -> Iterator[tuple[type[SimpleRateThrottle], str]]:
    """The classes of the project that write a history, and in which method."""
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
