"""Mark a view with its requirements of a request, and enforce them once, in HTTP's order.

The middleware reads the marks and enforces them before Django reads the body. If there is no
middleware, or a decorator in between has lost the marks, the wrapper around the view enforces them.
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

# If a request has several faults, the answer is about the first of these.
_ORDER = (414, 431, 426, 417, 425, 405, 428, 401, 411, 413, 415, 400, 403, 451, 406)
_RANK = {status: rank for rank, status in enumerate(_ORDER)}
_RANK_OF_METHODS = _RANK[405]

_MET = "_http4xx_met"
_GUARDED = "_http4xx_guarded"


class ViewDecorator(Protocol):
    """A decorator that keeps the signature of a view."""

    def __call__(self, view: Callable[P, R], /) -> Callable[P, R]: ...


@dataclass(frozen=True, eq=False, slots=True)
class Requirement:
    """One thing that a view requires, and the status for a request without it.

    ``check`` raises a ``ClientError``. ``acheck`` replaces it for an async view, if the check may
    block. ``finish`` adds to the view's response what helps the next request to succeed.
    ``asks_for_object``: the decorator then loads the object of the request, so all requirements on
    the handler of the method have to be met before.
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
    """All requirements of a view, in the order of checking.

    ``methods``: the methods of the view; empty if they are not known. ``by_method``: the
    requirements for each of them. ``otherwise``: the requirements for any other method.
    """

    in_order: tuple[Requirement, ...]
    methods: tuple[str, ...]
    by_method: Mapping[str | None, tuple[Requirement, ...]]
    otherwise: tuple[Requirement, ...]

    def for_method(self, method: str | None) -> tuple[Requirement, ...]:
        """The requirements to check for a request with this method."""
        return self.by_method.get(method, self.otherwise)

    def lacks(self, method: str | None) -> bool:
        """Whether the view is known not to have this method."""
        return bool(self.methods) and method not in self.methods


def marks_of(view: object) -> list[Requirement]:
    """The requirements that mark a function."""
    return [mark for mark in getattr(view, "__dict__", {}).values() if type(mark) is Requirement]


# Never emptied: views live as long as the process.
@lru_cache(maxsize=4096)
def requirements_of(view: Callable[..., Any]) -> ViewRequirements | None:
    """The requirements of a resolved view, or ``None``."""
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
    """The requirements for a method that the view lacks: those that come before 405, then a 405.

    The 405 is raised only if a later requirement fails. Otherwise, the view itself has to answer
    405: it may support a method that we do not know of.
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


def enforce(request: HttpRequest, required: ViewRequirements) -> None:
    """Enforce the requirements of a resolved view; raises ``ClientError`` for the first to fail."""
    # The methods of most views are not known, which saves the lookup.
    requirements = required.in_order
    if required.methods:
        requirements = required.for_method(request.method)
    for requirement in requirements:
        requirement.check(request)
    setattr(request, _MET, requirements)


async def aenforce_on_view(request: HttpRequest, view: Callable[..., Any]) -> None:
    """Look up the requirements of a view, and enforce them like ``enforce``."""
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
    """Await ``acheck`` for an async view, else run ``check``, as each loads what its view reads."""
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
    """Mark a view with requirements, and wrap it so that it is called only if they are met."""
    guarded = _GuardedView(view, requirements)
    # If one is met, all are: they are always enforced together.
    first = requirements[0]
    # `Any`: when it is called, the first argument is known to be a request.
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
                # `dispatch` of an async class-based view is a function, called in the event loop.
                if any(r.acheck is not None for r in unchecked) and is_in_event_loop():
                    return guarded.acall(unchecked, args, kwargs)
                _enforce(request, unchecked)
            response: Any = view(*args, **kwargs)
            if finish is not None:
                # The same `dispatch` returns a coroutine.
                if is_pending(response):
                    return guarded.finished_later(args, response)
                finish(args[0], response)
            return response

    for requirement in requirements:
        inner.__dict__[f"_http4xx_requirement_{id(requirement)}"] = requirement
    return cast("Callable[P, R]", inner)


class _GuardedView:
    """A view with the requirements of its decorator."""

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
        """The requirements to check if the middleware has not done it."""
        return required_by(request, self.view, self.requirements).for_method(request.method)


def required_by(
    request: HttpRequest, view: Callable[..., Any], own: tuple[Requirement, ...]
) -> ViewRequirements:
    """The requirements to enforce around a view whose decorator has its ``own``.

    They are those of the resolved view, unless a decorator in between has lost the marks or another
    view calls this one.
    """
    match = request.resolver_match
    known = requirements_of(match.func) if match else None
    if known is not None and own[0] in known.in_order:
        return known
    bound = bound_method_of(view)
    if bound is None:
        _note(request, _GUARDED, view)
        return _arranged_once(view, own)
    # Not cached: `method_decorator` creates a new view for each request.
    _note(request, _GUARDED, bound.__self__)
    marks = (*own, *marks_of(view))
    if bound.__name__ == "dispatch":
        return _arranged(view, marks)
    # A handler is called only for its own method, so no other methods need to be refused.
    in_order = _in_order(marks)
    return ViewRequirements(in_order, (), {}, in_order)


@lru_cache(maxsize=4096)  # never emptied: views live as long as the process
def _arranged_once(view: Callable[..., Any], own: tuple[Requirement, ...]) -> ViewRequirements:
    return _arranged(view, (*own, *marks_of(view)))


def hidden_requirements(view: Callable[..., Any]) -> list[Requirement]:
    """The requirements inside a decorator that does not use ``functools.wraps``."""
    return [mark for held in hidden_in(view) for mark in marks_of(held)]


def loses_order(view: Callable[..., Any]) -> bool:
    """Whether such a decorator is between requirements, so that the inner ones come last."""
    return bool(marks_of(view)) and any(
        marks_of(held) or listed_methods(held) for held in hidden_in(view)
    )


def guarded_view_of(request: HttpRequest) -> Any:
    """The view whose requirements are checked, or its instance; by default the resolved view."""
    match = request.resolver_match
    return getattr(request, _GUARDED, match.func if match else None)


def decorator_for(*requirements: Requirement) -> ViewDecorator:
    """Create a decorator that marks a view with requirements."""

    def decorator(view: Callable[P, R]) -> Callable[P, R]:
        return require(view, *requirements)

    return decorator


def request_of(args: tuple[Any, ...]) -> HttpRequest:
    """The request in the arguments of a view."""
    if args and hasattr(args[0], "META"):
        return cast("HttpRequest", args[0])
    raise TypeError(
        "The first argument of a decorated view must be the request. Decorate methods of classes "
        "with @method_decorator(...)."
    )


def is_pending(value: object) -> bool:
    """A faster ``inspect.isawaitable`` that suffices for the results of views."""
    return hasattr(value, "__await__")


def is_in_event_loop() -> bool:
    """Whether a coroutine is the caller, as for ``dispatch`` of an async class-based view.

    That ``dispatch`` is a plain function whose result is awaited.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
