"""Inspect a view: the layers that decorators put around it, its class and its methods."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Guards against a `__wrapped__` that leads back to itself.
_MAX_DEPTH = 100

# The attribute of a view whose bare responses stay unexplained.
LEFT_ALONE = "http4xx_left_alone"


def layers(view: Any) -> Iterator[Any]:
    """Yield a view and the functions that it wraps with ``functools.wraps``, from outside in."""
    for _ in range(_MAX_DEPTH):
        if view is None:
            return
        yield view
        view = getattr(view, "__wrapped__", None)


def class_of(view: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """The class of a class-based view, its ``initkwargs``, and its actions by method.

    Only viewsets of Django REST framework have actions.
    """
    for layer in layers(view):
        found = _class_of_layer(layer)
        if found[0] is not None:
            return found
    return None, {}, {}


def _class_of_layer(layer: Any) -> tuple[Any, dict[str, Any], dict[str, str]]:
    # Set by `as_view()`: the first name of each pair by Django, the second by the framework.
    cls = getattr(layer, "view_class", None) or getattr(layer, "cls", None)
    initkwargs = getattr(layer, "view_initkwargs", None) or getattr(layer, "initkwargs", None)
    return cls, initkwargs or {}, getattr(layer, "actions", None) or {}


def bound_method_of(view: Any) -> MethodType | None:
    """The bound method in a view; ``method_decorator`` passes one to decorators as a partial."""
    for layer in layers(view):
        if isinstance(layer, partial) and isinstance(layer.func, MethodType):
            return layer.func
    return None


def methods_of(view: Any) -> list[str]:
    """The HTTP methods that a view accepts; empty if they cannot be found out.

    A class-based view accepts the methods it has handlers for, a function those that
    ``require_http_methods`` names. If several layers restrict them, only those common to all count.
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
    """The arguments of ``require_http_methods``, if it made this layer of a view."""
    # Django's decorator keeps its list only in this variable of its closure.
    code = getattr(layer, "__code__", None)
    if code is None or "request_method_list" not in code.co_freevars:
        return []
    cell = layer.__closure__[code.co_freevars.index("request_method_list")]
    return list(cell.cell_contents)


def _handled_methods(owner: Any, actions: Any, initkwargs: Any) -> list[str]:
    """The HTTP methods for which a class-based view, or its class, has handlers.

    ``actions``: the actions by method, which a route gives to a viewset of Django REST framework.
    """
    # A view with no handler but Django's own `options` dispatches in a way that we cannot know.
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
    """The handler of a class-based view for an HTTP method, or ``None``."""
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
    """Yield the callables inside a wrapper that does not use ``functools.wraps``, at any depth.

    They are in its closure, its attributes or its ``partial``.
    """
    *_, innermost = layers(view)
    seen: list[Any] = [innermost]
    for wrapper in seen:
        for candidate in _held_by(wrapper):
            # By identity: a mock in a test may be equal to anything.
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
        # The cell of a variable that is not assigned yet is empty.
        with suppress(ValueError):
            yield cell.cell_contents


def _attributes_of(holder: object) -> tuple[Any, ...]:
    return tuple(getattr(holder, "__dict__", {}).values())


def plain_request(request: Any) -> Any:
    """Unwrap Django's request, which Django REST framework wraps in one of its own."""
    return getattr(request, "_request", request)
