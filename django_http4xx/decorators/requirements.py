"""What a view requires of a request: marked on the view, and enforced once, in HTTP's order.

The mark lets the middleware enforce everything before Django looks at the body. Where there is no
middleware, or a decorator in between has lost the marks, the wrapper around the view does it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache, wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from asgiref.sync import iscoroutinefunction as is_marked_coroutine_function
from asgiref.sync import sync_to_async

from django_http4xx import conversion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# Which fault is told of when there are several.
_ORDER = (414, 431, 426, 417, 425, 405, 428, 401, 411, 413, 415, 400, 403, 451, 406)
_RANK = {status: rank for rank, status in enumerate(_ORDER)}
_RANK_OF_METHODS = _RANK[405]

_MET = "_http4xx_met"


class ViewDecorator(Protocol):
    """Takes a view and gives one of the same signature."""

    def __call__(self, view: Callable[P, R], /) -> Callable[P, R]: ...


@dataclass(frozen=True, eq=False, slots=True)
class Requirement:
    """One thing that a view needs, and the status for a request that lacks it.

    ``check`` raises a ``ClientError``. ``acheck`` is what an async view awaits in its place, where
    the check may have to wait. ``finish`` adds to the view's response what helps the next request
    to succeed.
    """

    status: int
    check: Callable[[HttpRequest], None]
    acheck: Callable[[HttpRequest], Awaitable[None]] | None = None
    finish: Callable[[HttpRequest, HttpResponseBase], None] | None = None

    @property
    def rank(self) -> int:
        return _RANK[self.status]


@dataclass(frozen=True, slots=True)
class ViewRequirements:
    """All that one view requires, in the order in which it is checked.

    ``methods``: those that the view has; none where it does not tell.
    """

    in_order: tuple[Requirement, ...]
    methods: tuple[str, ...]

    def for_method(self, method: str | None) -> tuple[Requirement, ...]:
        """What to check; a view without the method answers 405 itself, before the later ones."""
        if not self.methods or method in self.methods:
            return self.in_order
        return tuple(r for r in self.in_order if r.rank < _RANK_OF_METHODS)


def marks_of(view: object) -> list[Requirement]:
    """The requirements that are marked on a function."""
    return [mark for mark in getattr(view, "__dict__", {}).values() if type(mark) is Requirement]


# Views live as long as the process does.
@lru_cache(maxsize=4096)
def requirements_of(view: Callable[..., Any]) -> ViewRequirements | None:
    """What a resolved view requires; ``None`` where that is nothing."""
    if marks := marks_of(view):
        return ViewRequirements(_in_order(marks), tuple(conversion.methods_of(view)))
    return None


def _in_order(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple(sorted(requirements, key=lambda requirement: requirement.rank))


def enforce_on_view(request: HttpRequest, view: Callable[..., Any]) -> None:
    """Enforce what a resolved view requires; raises the ``ClientError`` of what comes first."""
    required = requirements_of(view)
    if required is not None:
        # Most views do not tell their methods.
        requirements = required.in_order
        if required.methods:
            requirements = required.for_method(request.method)
        for requirement in requirements:
            requirement.check(request)
        setattr(request, _MET, requirements)


async def aenforce_on_view(request: HttpRequest, view: Callable[..., Any]) -> None:
    """The asynchronous ``enforce_on_view``."""
    if required := requirements_of(view):
        is_async = is_marked_coroutine_function(view)
        await _aenforce(request, required.for_method(request.method), view_is_async=is_async)


def _enforce(request: HttpRequest, requirements: tuple[Requirement, ...]) -> None:
    met = getattr(request, _MET, ())
    for requirement in requirements:
        if requirement not in met:
            requirement.check(request)
    _note_as_met(request, met + requirements)


async def _aenforce(
    request: HttpRequest, requirements: tuple[Requirement, ...], *, view_is_async: bool
) -> None:
    """What may wait does so in the way that the view will find done."""
    met = getattr(request, _MET, ())
    for requirement in requirements:
        if requirement in met:
            continue
        if requirement.acheck is None:
            requirement.check(request)
        elif view_is_async:
            await requirement.acheck(request)
        else:
            await sync_to_async(requirement.check)(request)
    _note_as_met(request, met + requirements)


def _note_as_met(request: HttpRequest, met: tuple[Requirement, ...]) -> None:
    # Django REST framework's request is one of two for the same.
    setattr(getattr(request, "_request", request), _MET, met)


def require(view: Callable[P, R], *requirements: Requirement) -> Callable[P, R]:
    """Mark requirements on a view, and see to it that the view is called only where they are met."""
    guarded = _GuardedView(view, requirements)
    # They are enforced together, with all that the view requires.
    first = requirements[0]
    # What the view was called with was seen to be a request.
    finish: Callable[[Any, Any], None] | None = first.finish

    if iscoroutinefunction(view):

        @wraps(view)
        async def inner(*args: P.args, **kwargs: P.kwargs) -> Any:
            if first not in getattr(args[0] if args else None, _MET, ()):
                request = request_of(args)
                await _aenforce(request, guarded.unchecked(request), view_is_async=True)
            response = await view(*args, **kwargs)
            return guarded.finished(args, response)

    else:

        @wraps(view)
        def inner(*args: P.args, **kwargs: P.kwargs) -> Any:
            if first not in getattr(args[0] if args else None, _MET, ()):
                request = request_of(args)
                # As the `dispatch` of an async class-based view is called.
                if first.acheck is not None and is_in_event_loop():
                    return guarded.acall(*args, **kwargs)
                _enforce(request, guarded.unchecked(request))
            response: Any = view(*args, **kwargs)
            if finish is not None:
                # The `dispatch` of an async class-based view is a function that gives a coroutine.
                if is_pending(response):
                    return guarded.finished_later(args, response)
                finish(args[0], response)
            return response

    for requirement in requirements:
        inner.__dict__[f"_http4xx_requirement_{id(requirement)}"] = requirement
    return cast("Callable[P, R]", inner)


class _GuardedView:
    """A view together with what has to hold before it is called."""

    def __init__(self, view: Callable[..., Any], requirements: tuple[Requirement, ...]) -> None:
        self.view = view
        self.requirements = requirements
        self.finish = requirements[0].finish

    def finished(self, args: tuple[Any, ...], response: Any) -> Any:
        if self.finish is not None:
            self.finish(args[0], response)
        return response

    async def finished_later(self, args: tuple[Any, ...], pending: Awaitable[Any]) -> Any:
        return self.finished(args, await pending)

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        request = request_of(args)
        await _aenforce(request, self.unchecked(request), view_is_async=True)
        return self.finished(args, await self.view(*args, **kwargs))

    def unchecked(self, request: HttpRequest) -> tuple[Requirement, ...]:
        """What is to be checked where the middleware did not do it."""
        match = request.resolver_match
        known = requirements_of(match.func) if match else None
        if known is not None and self.requirements[0] in known.in_order:
            return known.for_method(request.method)
        return _in_order((*self.requirements, *marks_of(self.view)))


def decorator_for(*requirements: Requirement) -> ViewDecorator:
    """The decorator that marks requirements on a view."""

    def decorator(view: Callable[P, R]) -> Callable[P, R]:
        return require(view, *requirements)

    return decorator


def request_of(args: tuple[Any, ...]) -> HttpRequest:
    """The request that a view was called with."""
    if args and hasattr(args[0], "META"):
        return cast("HttpRequest", args[0])
    raise TypeError(
        "The decorated function was called without a request first. Decorate methods of classes "
        "with @method_decorator(...)."
    )


def is_pending(value: object) -> bool:
    """``inspect.isawaitable``, as far as views need it, and as fast as they do."""
    return hasattr(value, "__await__")


def is_in_event_loop() -> bool:
    """Whether a coroutine called this, as it does the ``dispatch`` of an async class-based view.

    That is a plain function, and what it gives is awaited.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
