"""``@throttle``: a limit on a view."""

from __future__ import annotations

from functools import partial, wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from asgiref.sync import sync_to_async
from django.conf import settings
from django.urls import get_resolver

from django_http4xx.responses import problem_response
from django_http4xx.server_errors import ServerError

from .by_path import LIMITS_BY_PATH
from .callables import is_async
from .limits import LIMITS, Limit, aadmit, admit, asettle, is_alone, settle
from .quota import quota_of, tell
from .view_names import is_placeholder, named, view_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.http import HttpRequest

    from django_http4xx.exceptions import TooManyRequests

    from .clients import Key
    from .limits import Cost, CountWhen, Exempt, RateFor, Rates

_View = TypeVar("_View", bound="Callable[..., Any]")


def throttle(
    rate: Rates | RateFor,
    *,
    key: Key = "ip",
    name: str | None = None,
    methods: Iterable[str] | None = None,
    cost: Cost = 1,
    store: str | None = None,
    on_outage: str | None = None,
    exempt: Exempt | None = None,
    count_when: CountWhen | None = None,
    enforce: bool = True,
    raises: type[TooManyRequests] | None = None,
) -> Callable[[_View], _View]:
    """Limit how often a client may call a view, sync or async; beyond it, 429.

    ``rate``: ``"10/min"``, or several that hold together; or a callable that takes the request and returns
    these, or ``None`` for no limit. ``key``: who is asking, see ``Client``. ``name``: what clients hear, by
    default the view's; views that are given one name share their counts. ``methods``: those that count, by
    default all; ``GET`` counts ``HEAD``. ``cost``: what a request weighs, or a callable that takes it.
    ``exempt``: networks, or a callable that takes the request, for who is not limited. ``count_when``:
    takes the request and the response, and says whether it counts; otherwise it is given back.
    ``enforce``: ``False`` counts and logs, and refuses nobody; ``request.limited`` tells the view.
    ``raises``: the problem type of a refusal. ``store`` and ``on_outage``: as of ``Throttle``.
    A callable may be sync or async. ::

        @throttle("5/min", key="ip", name="login", methods=("POST",))
        @throttle("100/day", key="ip", name="login-day", methods=("POST",))
        def login(request): ...

    Limits that stand on top of each other are decided together: a refused request uses up nothing.

    Raises ``ValueError`` or ``TypeError`` where it stands for what makes no sense.
    """
    limit_called = partial(
        Limit,
        rate,
        key=key,
        methods=methods,
        cost=cost,
        store=store,
        on_outage=on_outage,
        exempt=exempt,
        count_when=count_when,
        enforce=enforce,
        raises=raises,
    )
    first = limit_called(name=name or "view")
    if name is None:
        # It only tells what makes no sense: the limits in force are those of the views.
        LIMITS.discard(first)
    by_scope: dict[str, Limit] = {}

    def limit_of(view: Callable[..., Any], inner: list[Limit]) -> Limit:
        if name is not None or is_placeholder(view):
            return first
        found = named(view)
        # Two limits of one view are two.
        same = sum(limit.scope.partition("#")[0] == found.scope for limit in inner)
        scope, shown = (
            found if not same else (f"{found.scope}#{same + 1}", f"{found.shown}-{same + 1}")
        )
        # `method_decorator` decorates anew at each call.
        if scope not in by_scope:
            by_scope[scope] = limit_called(name=shown, scope=scope)
        return by_scope[scope]

    def decorator(view: _View) -> _View:
        _refuse_class(view)
        innermost, inner = _stacked(view)
        limit = limit_of(innermost, inner)
        _refuse_twin(limit, inner)
        limited: _View = _limited(innermost, [limit, *inner])
        if is_placeholder(view):
            # `method_decorator` copies it to the method, beside those of other throttles.
            setattr(limited, f"{_LIMIT_OF}{id(limit_of)}", limit_of)
            limit.is_alone = None
        return limited

    return decorator


_LIMIT_OF = "_http4xx_limit_of_"


def limits_of_class(cls: type[Any]) -> Iterator[list[Limit]]:
    """The limits that ``method_decorator`` put on each method of a class-based view."""
    for name in ("dispatch", *getattr(cls, "http_method_names", ())):
        method: Any = getattr(cls, name, None)
        marks = getattr(method, "__dict__", {})
        makers = [make for mark, make in marks.items() if mark.startswith(_LIMIT_OF)]
        if makers:
            view = MethodType(method, object.__new__(cls))
            yield [make(view, []) for make in makers]


def stacks_of_classes() -> Iterator[list[Limit]]:
    """The limits of the class-based views that URLs lead to."""
    if getattr(settings, "ROOT_URLCONF", None):
        for cls in view_classes(get_resolver().url_patterns):
            yield from limits_of_class(cls)


def limits_in_force() -> list[Limit]:
    """The limits that there are, once the views are imported: by the decorator, and by path."""
    stacks = (*stacks_of_classes(), *LIMITS_BY_PATH.value.values(), LIMITS)
    return list(dict.fromkeys(limit for limits in stacks for limit in limits))


def _refuse_class(view: object) -> None:
    if isinstance(view, type):
        raise TypeError(
            f"throttle() limits views, and {view.__name__} is a class: write "
            "@method_decorator(throttle('5/min'), name='dispatch') above it, or throttle the view that "
            f"{view.__name__}.as_view() returns."
        )
    if not callable(view):
        raise TypeError(f"throttle() limits views, not {view!r}: write @throttle('5/min').")


def _refuse_twin(limit: Limit, inner: list[Limit]) -> None:
    for other in inner:
        if other.scope == limit.scope and other.client.key == limit.client.key:
            raise ValueError(
                f"Two limits of one view are called {limit.name!r}, so that each request would count "
                "twice. Give one of them another name."
            )


def _stacked(view: Any) -> tuple[Any, list[Limit]]:
    """The view that throttles on top of each other stand on, and their limits from the outside."""
    marked = getattr(view, "_http4xx_limited", None)
    # `wraps` of another decorator would copy it: it counts only on the wrapper that it names.
    if marked is None or marked[0]() is not view:
        return view, []
    return marked[1], marked[2]


def _limited(view: Any, limits: list[Limit]) -> Any:
    for limit in limits:
        limit.is_alone = is_alone(limits)
    wrapper = (_limited_async if _is_async(view) else _limited_sync)(view, limits)
    wrapper._http4xx_limited = (ref(wrapper), view, limits)
    return wrapper


def _limited_sync(view: Any, limits: list[Limit]) -> Any:
    is_conditional = any(limit.count_when for limit in limits)

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with quota_of(request) as quota:
            try:
                admit(request, quota, limits)
            except ServerError as error:
                return problem_response(request, error)
            try:
                response = view(request, *args, **kwargs)
            except Exception as error:
                if is_conditional:
                    settle(request, quota, limits, error)
                raise
            if is_conditional:
                settle(request, quota, limits, response)
            tell(quota, response)
            return response

    return wrapper


def _limited_async(view: Any, limits: list[Limit]) -> Any:
    is_conditional = any(limit.count_when for limit in limits)

    @wraps(view)
    async def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with quota_of(request) as quota:
            try:
                await aadmit(request, quota, limits)
            except ServerError as error:
                # A project's own template may ask the database.
                return await sync_to_async(problem_response)(request, error)
            try:
                response = await view(request, *args, **kwargs)
            except Exception as error:
                if is_conditional:
                    await asettle(request, quota, limits, error)
                raise
            if is_conditional:
                await asettle(request, quota, limits, response)
            tell(quota, response)
            return response

    return wrapper


def _is_async(view: Any) -> bool:
    if is_async(view):
        return True
    # `dispatch` of an async class-based view is no coroutine function, and returns a coroutine.
    bound = getattr(view, "func", view)
    instance = getattr(bound, "__self__", None)
    return bool(getattr(instance, "view_is_async", False)) and bound.__name__ == "dispatch"
