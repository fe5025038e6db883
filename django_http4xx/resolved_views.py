"""What a view tells of itself: the layers that decorators put around it, its class, its methods."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Decorators stand on each other, but not without end.
_MAX_DEPTH = 100

# On a view whose bare responses stay as they are.
LEFT_ALONE = "http4xx_left_alone"


def layers(view: Any) -> Iterator[Any]:
    """A view, and what stands inside of it as far as ``functools.wraps`` tells, from outside in."""
    for _ in range(_MAX_DEPTH):
        if view is None:
            return
        yield view
        view = getattr(view, "__wrapped__", None)


def class_of(view: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """The class of a class-based view, the arguments of its instances, and its methods' actions.

    The last are what Django REST framework's viewsets are routed by.
    """
    for layer in layers(view):
        found = _class_of_layer(layer)
        if found[0] is not None:
            return found
    return None, {}, {}


def _class_of_layer(layer: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    cls = getattr(layer, "view_class", None) or getattr(layer, "cls", None)
    initkwargs = getattr(layer, "view_initkwargs", None) or getattr(layer, "initkwargs", None)
    return cls, initkwargs or {}, getattr(layer, "actions", None) or {}


def bound_method_of(view: Any) -> MethodType | None:
    """The method of an instance that a view is, as ``method_decorator`` hands it to a decorator."""
    for layer in layers(view):
        if isinstance(layer, partial) and isinstance(layer.func, MethodType):
            return layer.func
    return None


def methods_of(view: Any) -> list[str]:
    """The methods that a view lets through to its code; none where it does not tell.

    A class-based view has those that it has handlers for, a function those that
    ``require_http_methods`` names; where there are several, what all of them have.
    """
    found: list[str] | None = None
    for layer in layers(view):
        own = _methods_of_layer(layer)
        if own:
            found = own if found is None else [name for name in found if name in own]
    return found or []


def _methods_of_layer(layer: Any) -> list[str]:
    if listed := listed_methods(layer):
        return listed
    if bound := bound_method_of(layer):
        instance = bound.__self__
        return _handled_methods(instance, getattr(instance, "action_map", None), {})
    cls, initkwargs, actions = _class_of_layer(layer)
    return _handled_methods(cls, actions, initkwargs)


def listed_methods(layer: Any) -> list[str]:
    """What ``require_http_methods`` was given, where a layer of a view is its."""
    # Django's decorator keeps its list in this variable and nowhere else.
    code = getattr(layer, "__code__", None)
    if code is None or "request_method_list" not in code.co_freevars:
        return []
    cell = layer.__closure__[code.co_freevars.index("request_method_list")]
    return list(cell.cell_contents)


def _handled_methods(owner: Any, actions: Any, initkwargs: Any) -> list[str]:
    """The methods that a class-based view, or its class, has handlers for.

    ``actions``: what Django REST framework's viewsets bind methods to when they are routed.
    """
    # Where there is nothing but Django's own `options`, the view tells by other means what it takes.
    names = initkwargs.get("http_method_names") or getattr(owner, "http_method_names", ())
    handled = (
        [name for name in names if name in actions]
        if actions
        else [name for name in names if name != "options" and hasattr(owner, name)]
    )
    if not handled:
        return []
    present = {*handled, "options"} | ({"head"} if "get" in handled else set())
    return [name.upper() for name in names if name in present]


def handler_of(view: Any, method: str) -> Any:
    """What a class-based view handles a method with; ``None`` where it has nothing."""
    bound = bound_method_of(view)
    if bound is not None:
        return getattr(bound.__self__, method.lower(), None)
    cls, _initkwargs, actions = class_of(view)
    for name in ("head", "get") if method == "HEAD" else (method.lower(),):
        handler = getattr(cls, actions.get(name, "") if actions else name, None)
        if handler is not None:
            return handler
    return None


def hidden_in(view: Any) -> Iterator[Any]:
    """The callables that a wrapper without ``functools.wraps`` holds, and those inside of them.

    It holds them in its closure, its attributes or its ``partial``.
    """
    *_, innermost = layers(view)
    seen: list[Any] = [innermost]
    for wrapper in seen:
        for candidate in _held_by(wrapper):
            # By identity: a stand-in of a test may be equal to anything.
            if callable(candidate) and not any(candidate is one for one in seen):
                seen.append(candidate)
                yield candidate
        if len(seen) > _MAX_DEPTH:
            return


def _held_by(wrapper: Any) -> Iterable[Any]:
    if isinstance(wrapper, partial):
        return (wrapper.func, *wrapper.args, *wrapper.keywords.values())
    if isinstance(wrapper, MethodType):
        return (wrapper.__func__, *_attributes_of(wrapper.__self__))
    if isinstance(wrapper, FunctionType):
        return (*_closure_of(wrapper), *_attributes_of(wrapper))
    return () if isinstance(wrapper, type) else _attributes_of(wrapper)


def _closure_of(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        # A function that is not defined yet leaves its cell empty.
        with suppress(ValueError):
            yield cell.cell_contents


def _attributes_of(holder: object) -> tuple[Any, ...]:
    return tuple(getattr(holder, "__dict__", {}).values())


def plain_request(request: Any) -> Any:
    """Django's request: Django REST framework wraps it in one of its own."""
    return getattr(request, "_request", request)
