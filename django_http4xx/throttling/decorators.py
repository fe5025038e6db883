"""``@throttle``: a limit on a view."""

from __future__ import annotations

from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from .clients import Client
from .quota import is_unavailable, quota_of, refusal, tell, unavailable
from .throttles import Ask, Throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from django.http import HttpRequest, HttpResponse

    from .clients import Key
    from .quota import Quota
    from .rates import Rate

    Cost: TypeAlias = int | Callable[[HttpRequest], int]

_View = TypeVar("_View", bound="Callable[..., Any]")

# What is in force, for the system checks.
LIMITS: WeakSet[Limit] = WeakSet()


class Limit:
    """A throttle on requests: who is counted, on which methods, at what cost.

    The arguments are those of ``throttle``.
    """

    def __init__(
        self,
        rate: str | Rate | Sequence[str | Rate],
        *,
        name: str,
        key: Key = "ip",
        methods: Iterable[str] | None = None,
        cost: Cost = 1,
        store: str | None = None,
        on_outage: str | None = None,
        scope: str | None = None,
    ) -> None:
        self.throttle = Throttle(rate, name=name, store=store, on_outage=on_outage, scope=scope)
        self.client = Client(key)
        if isinstance(methods, str):
            raise TypeError(f"methods takes several, as ('POST',), not {methods!r}.")
        self.methods = None if methods is None else frozenset(map(str.upper, methods))
        self.cost = cost
        if not callable(cost):
            self.throttle.demands("", cost)
        LIMITS.add(self)

    def __repr__(self) -> str:
        return f"<Limit {self.throttle.name} by {self.client}>"

    def ask(self, request: HttpRequest) -> Ask | None:
        """What to ask for a request; ``None`` where it is not limited."""
        if self.methods is not None and request.method not in self.methods:
            return None
        client = self.client.of(request)
        if client is None:
            return None
        return Ask(self.throttle, client, self.cost(request) if callable(self.cost) else self.cost)

    async def aask(self, request: HttpRequest) -> Ask | None:
        """``ask``, for coroutines; here ``cost`` may be one, too."""
        if self.methods is not None and request.method not in self.methods:
            return None
        client = await self.client.aof(request)
        if client is None:
            return None
        cost: Any = self.cost(request) if callable(self.cost) else self.cost
        return Ask(self.throttle, client, await cost if isawaitable(cost) else cost)


def admit(request: HttpRequest, quota: Quota, limits: Sequence[Limit]) -> HttpResponse | None:
    """Count a request at all limits, or at none.

    Returns a 503 where a store is down and that is to be refused. Raises ``QuotaExceeded``.
    """
    asks = [ask for limit in limits if (ask := limit.ask(request)) is not None]
    if not asks:
        return None
    decision = quota.ask(asks)
    if decision.allowed:
        return None
    if is_unavailable(decision):
        return unavailable(decision)
    raise refusal(quota)


async def aadmit(
    request: HttpRequest, quota: Quota, limits: Sequence[Limit]
) -> HttpResponse | None:
    """``admit``, for coroutines."""
    asks = [ask for limit in limits if (ask := await limit.aask(request)) is not None]
    if not asks:
        return None
    decision = await quota.aask(asks)
    if decision.allowed:
        return None
    if is_unavailable(decision):
        return unavailable(decision)
    raise refusal(quota)


def throttle(
    rate: str | Rate | Sequence[str | Rate],
    *,
    key: Key = "ip",
    name: str | None = None,
    methods: Iterable[str] | None = None,
    cost: Cost = 1,
    store: str | None = None,
    on_outage: str | None = None,
) -> Callable[[_View], _View]:
    """Limit how often a client may call a view, sync or async; beyond it, 429.

    ``rate``: ``"10/min"``, or several that hold together. ``key``: who is asking, see ``Client``.
    ``name``: what clients hear, by default the view's; views with one name share their counts.
    ``methods``: those that count, by default all. ``cost``: what a request weighs, or a callable that
    takes it. ``store`` and ``on_outage``: as of ``Throttle``. ::

        @throttle("5/min", key="ip", name="login", methods=("POST",))
        @throttle("100/day", key="ip", name="login-day", methods=("POST",))
        def login(request): ...

    Limits that stand on top of each other are decided together: a refused request uses up nothing.

    Raises ``ValueError`` or ``TypeError`` where it stands for what makes no sense.
    """
    arguments = {"key": key, "methods": methods, "cost": cost, "store": store}
    arguments["on_outage"] = on_outage
    first = Limit(rate, name=name or "view", **arguments)  # type: ignore[arg-type]
    by_scope: dict[str, Limit] = {}

    def limit_of(view: Callable[..., Any]) -> Limit:
        if name is not None:
            return first
        # `method_decorator` decorates anew at each call.
        scope = f"{view.__module__}.{view.__qualname__}"
        if scope not in by_scope:
            shown = view.__name__.encode("ascii", "replace").decode("ascii")
            by_scope[scope] = Limit(rate, name=shown, scope=scope, **arguments)  # type: ignore[arg-type]
        return by_scope[scope]

    def decorator(view: _View) -> _View:
        limited: _View = _limited(view, [limit_of(view)])
        return limited

    return decorator


def _limited(view: Any, limits: list[Limit]) -> Any:
    wrapper: Any
    limited = getattr(view, "_http4xx_limited", None)
    if limited is not None and limited[0] is view:
        _, view, inner = limited
        limits = [*limits, *inner]

    if _is_async(view):

        @wraps(view)
        async def awrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with quota_of(request) as quota:
                refused = await aadmit(request, quota, limits)
                if refused is not None:
                    return refused
                response = await view(request, *args, **kwargs)
                tell(quota, response)
                return response

        wrapper = awrapper
    else:

        @wraps(view)
        def swrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with quota_of(request) as quota:
                refused = admit(request, quota, limits)
                if refused is not None:
                    return refused
                response = view(request, *args, **kwargs)
                tell(quota, response)
                return response

        wrapper = swrapper
    # `wraps` of another decorator would copy it: it counts only on the wrapper that it names.
    wrapper._http4xx_limited = (wrapper, view, limits)
    return wrapper


def _is_async(view: Any) -> bool:
    if iscoroutinefunction(view):
        return True
    # `dispatch` of an async class-based view is no coroutine function, and returns a coroutine.
    bound = getattr(view, "func", view)
    instance = getattr(bound, "__self__", None)
    return bool(getattr(instance, "view_is_async", False)) and bound.__name__ == "dispatch"
