"""What a view requires of a request: marked on the view, and enforced once, in HTTP's order.

The mark lets the middleware enforce everything before Django looks at the body. Where there is no
middleware, or a decorator in between has lost the marks, the wrapper around the view does it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async

from .exceptions import ClientError, MethodNotAllowed
from .resolved_views import (
    bound_method_of,
    handler_of,
    hidden_in,
    listed_methods,
    methods_of,
    plain_request,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

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
_GUARDED = "_http4xx_guarded"


class ViewDecorator(Protocol):
    """Takes a view and gives one of the same signature."""

    def __call__(self, view: Callable[P, R], /) -> Callable[P, R]: ...


@dataclass(frozen=True, eq=False, slots=True)
class Requirement:
    """One thing that a view needs, and the status for a request that lacks it.

    ``check`` raises a ``ClientError``. ``acheck`` is what an async view awaits in its place, where
    the check may have to wait. ``finish`` adds to the view's response what helps the next request
    to succeed. ``asks_for_object``: the decorator goes on to ask for the object that the request is
    about, so that all that the handler of the method requires has to hold before.
    """

    status: int
    check: Callable[[HttpRequest], None]
    acheck: Callable[[HttpRequest], Awaitable[None]] | None = None
    finish: Callable[[HttpRequest, HttpResponseBase], None] | None = None
    asks_for_object: bool = False

    @property
    def rank(self) -> int:
        return _RANK[self.status]


@dataclass(frozen=True, slots=True)
class ViewRequirements:
    """All that one view requires, in the order in which it is checked.

    ``methods``: those that the view has; none where it does not tell. ``by_method``: what is checked
    for each of them. ``otherwise``: what is checked for any other.
    """

    in_order: tuple[Requirement, ...]
    methods: tuple[str, ...]
    by_method: Mapping[str | None, tuple[Requirement, ...]]
    otherwise: tuple[Requirement, ...]

    def for_method(self, method: str | None) -> tuple[Requirement, ...]:
        """What to check for a request with this method."""
        return self.by_method.get(method, self.otherwise)

    def lacks(self, method: str | None) -> bool:
        """Whether the view is known to have no such method."""
        return bool(self.methods) and method not in self.methods


def marks_of(view: object) -> list[Requirement]:
    """The requirements that are marked on a function."""
    return [mark for mark in getattr(view, "__dict__", {}).values() if type(mark) is Requirement]


# Views live as long as the process does.
@lru_cache(maxsize=4096)
def requirements_of(view: Callable[..., Any]) -> ViewRequirements | None:
    """What a resolved view requires; ``None`` where that is nothing."""
    if marks := marks_of(view):
        return _arranged(view, marks)
    return None


def _arranged(view: Callable[..., Any], marks: Iterable[Requirement]) -> ViewRequirements:
    in_order, methods = _in_order(marks), tuple(methods_of(view))
    if not methods:
        return ViewRequirements(in_order, (), {}, in_order)
    by_method: dict[str | None, tuple[Requirement, ...]] = dict.fromkeys(methods, in_order)
    if any(requirement.asks_for_object for requirement in in_order):
        for method in methods:
            by_method[method] = _in_order({*in_order, *marks_of(handler_of(view, method))})
    return ViewRequirements(in_order, methods, by_method, _for_other_methods(in_order, methods))


def _for_other_methods(
    in_order: tuple[Requirement, ...], methods: tuple[str, ...]
) -> tuple[Requirement, ...]:
    """What is checked for a method that the view lacks: what comes before its 405, and the rest in its name.

    The view answers 405 itself to whoever lacks nothing. Whoever does hears of the method, too, but
    from here: a view may after all take what it does not tell of.
    """
    earlier = tuple(r for r in in_order if r.rank < _RANK_OF_METHODS)
    later = tuple(r for r in in_order if r.rank > _RANK_OF_METHODS)

    def check(request: HttpRequest) -> None:
        try:
            for requirement in later:
                requirement.check(request)
        except ClientError:
            raise MethodNotAllowed(methods) from None

    async def acheck(request: HttpRequest) -> None:
        try:
            for requirement in later:
                await _acheck(requirement, request)
        except ClientError:
            raise MethodNotAllowed(methods) from None

    return (*earlier, Requirement(405, check, acheck)) if later else earlier


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
        is_async = iscoroutinefunction(view)
        await _aenforce(request, required.for_method(request.method), view_is_async=is_async)


def _enforce(request: HttpRequest, requirements: tuple[Requirement, ...]) -> None:
    met = getattr(request, _MET, ())
    for requirement in requirements:
        if requirement not in met:
            requirement.check(request)
    _note(request, _MET, met + requirements)


async def _aenforce(
    request: HttpRequest, requirements: tuple[Requirement, ...], *, view_is_async: bool
) -> None:
    """What may wait does so in the way that the view will find done."""
    met = getattr(request, _MET, ())
    for requirement in requirements:
        if requirement in met:
            continue
        if requirement.acheck is None or view_is_async:
            await _acheck(requirement, request)
        else:
            await sync_to_async(requirement.check)(request)
    _note(request, _MET, met + requirements)


async def _acheck(requirement: Requirement, request: HttpRequest) -> None:
    if requirement.acheck is None:
        requirement.check(request)
    else:
        await requirement.acheck(request)


def _note(request: HttpRequest, name: str, value: object) -> None:
    setattr(plain_request(request), name, value)


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
                unchecked = guarded.unchecked(request)
                # As the `dispatch` of an async class-based view is called.
                if any(r.acheck is not None for r in unchecked) and is_in_event_loop():
                    return guarded.acall(unchecked, args, kwargs)
                _enforce(request, unchecked)
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

    async def acall(
        self, unchecked: tuple[Requirement, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        await _aenforce(request_of(args), unchecked, view_is_async=True)
        response: Any = self.view(*args, **kwargs)
        return self.finished(args, await response if is_pending(response) else response)

    def unchecked(self, request: HttpRequest) -> tuple[Requirement, ...]:
        """What is to be checked where the middleware did not do it."""
        return required_by(request, self.view, self.requirements).for_method(request.method)


def required_by(
    request: HttpRequest, view: Callable[..., Any], own: tuple[Requirement, ...]
) -> ViewRequirements:
    """What is required where a decorator with requirements of its ``own`` stands around a view.

    It is what the resolved view requires, unless a decorator in between has lost the marks, or
    another view calls this one.
    """
    match = request.resolver_match
    known = requirements_of(match.func) if match else None
    if known is not None and own[0] in known.in_order:
        return known
    bound = bound_method_of(view)
    if bound is None:
        _note(request, _GUARDED, view)
        return _arranged_once(view, own)
    # `method_decorator` makes another one for each request.
    _note(request, _GUARDED, bound.__self__)
    marks = (*own, *marks_of(view))
    if bound.__name__ == "dispatch":
        return _arranged(view, marks)
    # A handler is called for its own method.
    in_order = _in_order(marks)
    return ViewRequirements(in_order, (), {}, in_order)


@lru_cache(maxsize=4096)
def _arranged_once(view: Callable[..., Any], own: tuple[Requirement, ...]) -> ViewRequirements:
    return _arranged(view, (*own, *marks_of(view)))


def hidden_requirements(view: Callable[..., Any]) -> list[Requirement]:
    """What is required inside of a decorator that does not use ``functools.wraps``."""
    return [mark for held in hidden_in(view) for mark in marks_of(held)]


def loses_order(view: Callable[..., Any]) -> bool:
    """Whether such a decorator stands between requirements, so that the inner ones come last."""
    return bool(marks_of(view)) and any(
        marks_of(held) or listed_methods(held) for held in hidden_in(view)
    )


def guarded_view_of(request: HttpRequest) -> Any:
    """The view that is checked for: the resolved one, or the one, or its instance, that it calls."""
    match = request.resolver_match
    return getattr(request, _GUARDED, match.func if match else None)


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
