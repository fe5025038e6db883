"""What a view says of its own errors: ``@raises``, and the decorators of this package on it."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.urls import get_resolver

from django_http4xx.exceptions import (
    CLASSES,
    ClientError,
    PreconditionFailed,
    TooManyRequests,
)
from django_http4xx.requirements import SAFE_METHODS, marks_of
from django_http4xx.resolved_views import hidden_in, layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django_http4xx.requirements import Requirement

_V = TypeVar("_V", bound="Callable[..., Any]")

_RAISES = "_http4xx_raises"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def raises(*problem_types: type[ClientError]) -> Callable[[_V], _V]:
    """Declare what a view raises of its own, for the OpenAPI schema.

    Decorates a class, whose operations all raise it, a method, an action or a function, above or
    below ``api_view``. Nothing else changes. ::

        @raises(OutOfStock, Gone)
        def create(self, request): ...

    Raises ``TypeError`` for what is no problem type.
    """
    for problem_type in problem_types:
        is_class = isinstance(problem_type, type) and issubclass(problem_type, ClientError)
        if not is_class or not hasattr(problem_type, "status"):
            raise TypeError(
                "raises() takes subclasses of ClientError that have a status, as Gone, not "
                f"{problem_type!r}."
            )

    def decorator(view: _V) -> _V:
        declared = (*problem_types, *getattr(view, _RAISES, ()))
        setattr(view, _RAISES, declared)
        cls = getattr(view, "cls", None)
        # What `api_view` makes is for this function alone, and known wherever it is routed.
        if getattr(cls, "__qualname__", "") == "WrappedAPIView":
            setattr(cls, _RAISES, declared)
        return view

    return decorator


class Declarations:
    """What stands on the view that an operation is handled by, on its class and on its method.

    ``callback``: what the URLconf leads to, where that is known.
    """

    def __init__(self, view: Any, method: str, callback: Any = None) -> None:
        handler = getattr(view, getattr(view, "action", None) or method.lower(), None)
        found = [callback, type(view), getattr(view, "dispatch", None), handler]
        self.method = method
        self._holders = [_plain(holder) for holder in found if holder is not None]
        # `api_view` keeps the function to itself.
        self._holders += hidden_in(self._holders[-1]) if handler is not None else ()

    def raised(self) -> Iterator[type[ClientError]]:
        """What ``@raises`` names."""
        for holder in self._holders:
            yield from getattr(holder, _RAISES, ())

    def required(self) -> Iterator[type[ClientError]]:
        """What the decorators of this package refuse a request with this method for."""
        marks = {mark: None for holder in self._holders for mark in marks_of(holder)}
        for mark in marks:
            if _can_refuse(mark, self.method):
                yield CLASSES[mark.status]
            if mark.asks_for_object:
                yield PreconditionFailed

    def limited(self) -> Iterator[type[TooManyRequests]]:
        """What ``@throttle`` raises for this method."""
        yield from refusals_of(self._limits(), self.method)

    def _limits(self) -> Iterator[Any]:
        for holder in self._holders:
            if isinstance(holder, type):
                yield from _limits_of_class(holder)
                continue
            for layer in layers(holder):
                marked = getattr(layer, "_http4xx_limited", None)
                yield from marked[2] if marked else ()


def refusals_of(limits: Iterable[Any], method: str) -> Iterator[type[TooManyRequests]]:
    """What limits raise for a method."""
    for limit in limits:
        if limit.enforce and (limit.methods is None or method in limit.methods):
            yield limit.raises or _quota_exceeded()


def _plain(holder: Any) -> Any:
    """The function of a bound method, which has its marks."""
    return getattr(holder, "__func__", holder)


# Requirements that say no to a body, or to a method that changes something, and to nothing else.
_NEEDS_BODY = frozenset({411, 413, 415})
_NEEDS_CHANGE = frozenset({425, 428})


def _can_refuse(mark: Requirement, method: str) -> bool:
    if mark.status in _NEEDS_BODY:
        return method in _WITH_BODY
    if mark.status in _NEEDS_CHANGE:
        return method not in SAFE_METHODS
    # `offer` refuses nobody unless it is strict.
    return bool(inspect.getclosurevars(mark.check).nonlocals.get("strict", True))


@lru_cache(maxsize=4096)
def _limits_of_class(cls: type) -> Iterable[Any]:
    names = ("dispatch", *getattr(cls, "http_method_names", ()))
    marks = [mark for name in names for mark in getattr(getattr(cls, name, None), "__dict__", {})]
    if not any(mark.startswith("_http4xx_limit") for mark in marks):
        return ()
    from django_http4xx.throttling.decorators import limits_of_class

    return [limit for limits in limits_of_class(cls) for limit in limits]


def _quota_exceeded() -> type[TooManyRequests]:
    from django_http4xx.throttling.exceptions import QuotaExceeded

    return QuotaExceeded


def callback_of(view: Any, path_regex: str) -> Any:
    """What the URLconf leads to for a view; ``None`` where the view is not routed there."""
    urlconf = getattr(view.request, "urlconf", None) or settings.ROOT_URLCONF
    for callback in _callbacks(urlconf).get(path_regex, ()):
        if getattr(callback, "cls", None) is type(view):
            return callback
    return None


def _callbacks(urlconf: Any) -> dict[str, list[Any]]:
    resolver = get_resolver(urlconf)
    found: dict[str, list[Any]] | None = getattr(resolver, "_http4xx_callbacks", None)
    if found is None:
        found = {}
        for regex, callback in _routes(resolver.url_patterns, ""):
            found.setdefault(regex, []).append(callback)
        # It lives as long as the URLconf does.
        resolver._http4xx_callbacks = found  # type: ignore[attr-defined]
    return found


def _routes(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Each route as the generator writes it, and where it leads."""
    for pattern in patterns:
        regex = prefix + str(pattern.pattern)
        if hasattr(pattern, "callback"):
            yield regex, pattern.callback
        else:
            yield from _routes(pattern.url_patterns, regex)
