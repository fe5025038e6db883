"""What a view is called that was given no name: its counts are its own.

A function is called by its module and qualified name, a class-based view by those of its class, a partial
by what it calls and with what, an instance by its class and what it holds. Where two views cannot be told
apart by that, the second is an error.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from types import CodeType, FunctionType, MethodType, NoneType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_DEPTH = 4  # of what holds what
_UNKNOWN = "?"
_FEW = 10_000  # a larger number may be a time or a process's, so that each process had another name

# By name the view that has it, where another one may come to have the same.
_CLAIMS: WeakValueDictionary[str, Any] = WeakValueDictionary()


class ViewName(NamedTuple):
    """``scope`` keeps its counts apart, and ``shown`` is what clients hear, in ASCII."""

    scope: str
    shown: str


def named(view: Any) -> ViewName:
    """The name of a view, the same in each process.

    >>> named(ByTenant.as_view())
    ViewName(scope='shop.views.ByTenant', shown='ByTenant')

    Raises ``ValueError``, naming the line, for a view that another one is called as.
    """
    inner = _undecorated(view)
    scope, shown = _described(inner)
    if _UNKNOWN in scope:
        _claim(scope, inner)
    return ViewName(scope, shown.encode("ascii", "replace").decode("ascii"))


def view_classes(patterns: Iterable[Any]) -> Iterator[type]:
    """The classes of the views that URL patterns lead to."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from view_classes(pattern.url_patterns)
        elif cls := class_of(pattern.callback):
            yield cls


def class_of(view: Any) -> type | None:
    """The class of a class-based view: Django's, or one of Django REST framework."""
    cls: type | None = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return cls


def is_placeholder(view: Any) -> bool:
    """Whether ``method_decorator`` only looks at what a decorator sets on a function."""
    return (
        getattr(view, "__module__", "") == "django.utils.decorators"
        and getattr(view, "__name__", "") == "dummy"
    )


def _undecorated(view: Any) -> Any:
    """What other decorators have wrapped, as far in as a name is to be had."""
    while not (class_of(view) or _bound(view)):
        inner = getattr(view, "__wrapped__", None)
        if inner is None or isinstance(view, MethodType):
            break
        view = inner
    return view


def _bound(view: Any) -> MethodType | None:
    """The method that ``method_decorator`` hands on at each call, of an instance made for a request."""
    if isinstance(view, partial):
        is_handed_on = not view.args and not view.keywords and hasattr(view, "__wrapped__")
        return view.func if is_handed_on and isinstance(view.func, MethodType) else None
    is_of_a_view = isinstance(view, MethodType) and hasattr(type(view.__self__), "as_view")
    return view if is_of_a_view else None


def _described(view: Any) -> tuple[str, str]:
    if method := _bound(view):
        of = type(method.__self__)
        if method.__name__ == "dispatch":
            return _class(of), of.__name__
        return f"{_class(of)}.{method.__name__}", f"{of.__name__}-{method.__name__}"
    cls = class_of(view)
    if cls is not None:
        given = getattr(view, "initkwargs", None) or getattr(view, "view_initkwargs", None)
        more = [_mapping(each, 0) for each in (getattr(view, "actions", None), given) if each]
        return " ".join([_class(cls), *more]), cls.__name__
    if isinstance(view, partial):
        scope, shown = _described(_undecorated(view.func))
        return f"{scope} {_arguments(view, 0)}", shown
    shown = getattr(view, "__name__", type(view).__name__)
    return _text(view, 0), "lambda" if shown == "<lambda>" else shown


def _class(cls: type) -> str:
    # Django REST framework renames the class that it makes of a function.
    renamed = "" if cls.__qualname__.endswith(cls.__name__) else f".{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}{renamed}"


def _text(value: Any, depth: int) -> str:
    """A value as text that is the same in each process; ``?`` where it has none."""
    for kind, text in _TEXTS:
        if isinstance(value, kind):
            return text(value, depth + 1) if depth < _DEPTH else _UNKNOWN
    if type(value).__module__ == "builtins" or not hasattr(value, "__dict__"):
        # What may change, such as a list, names nothing.
        return _UNKNOWN
    return (
        f"{_class(type(value))} {_mapping(vars(value), depth + 1)}" if depth < _DEPTH else _UNKNOWN
    )


def _number(value: int, depth: int) -> str:
    return repr(value) if abs(value) < _FEW else _UNKNOWN


def _arguments(value: partial[Any], depth: int) -> str:
    return f"{_text(value.args, depth)} {_mapping(value.keywords, depth)}"


def _mapping(items: dict[Any, Any], depth: int) -> str:
    return ", ".join(f"{name}={_text(item, depth)}" for name, item in items.items())


def _function(function: FunctionType, depth: int) -> str:
    name = f"{function.__module__}.{function.__qualname__}"
    if "<" not in function.__qualname__:
        return name
    # One of several of that name: where it stands and what it holds tell it from the others.
    held = [cell.cell_contents for cell in function.__closure__ or () if not _is_empty(cell)]
    given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return f"{name} {_position(function.__code__)} {_text((*held, *given), depth)}"


def _is_empty(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return True
    return False


_TEXTS: tuple[tuple[Any, Callable[[Any, int], str]], ...] = (
    ((str, bytes, NoneType), lambda value, depth: repr(value)),
    (int, _number),
    (type, lambda cls, depth: _class(cls)),
    (tuple, lambda parts, depth: f"({', '.join(_text(part, depth) for part in parts)})"),
    (FunctionType, _function),
    (MethodType, lambda method, depth: f"{_text(method.__self__, depth)}.{method.__name__}"),
    (partial, lambda call, depth: f"{_text(call.func, depth)} {_arguments(call, depth)}"),
)


def _position(code: CodeType) -> str:
    columns = [column for _line, _end, column, _end_column in code.co_positions() if column]
    return f"{code.co_firstlineno}:{min(columns, default=0)}"


def _claim(scope: str, view: Any) -> None:
    owner = _owner(view)
    other = _CLAIMS.get(scope)
    if other is not None and other is not owner:
        raise ValueError(
            f"Two views would share one count: {_line(other)} and {_line(owner)}. Give each throttle a name, "
            "such as throttle('5/min', name='login')."
        )
    with suppress(TypeError):  # an object with slots, that cannot be watched
        _CLAIMS[scope] = owner


def _owner(view: Any) -> Any:
    """What lives as long as the view: a bound method is made anew each time."""
    return view.__self__ if isinstance(view, MethodType) else view


def _line(view: Any) -> str:
    function = getattr(view, "func", view)
    function = function if isinstance(function, FunctionType) else type(view)
    code = getattr(function, "__code__", None)
    where = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"{function.__module__}.{function.__qualname__}{where}"
