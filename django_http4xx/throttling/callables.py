"""What a project's own callable says of a request: sync, async, or sync with something to await."""

from __future__ import annotations

from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def said(function: Callable[..., Any], *arguments: object) -> Any:
    """What it returns; what is to be awaited is awaited.

    >>> said(lambda request: tenant_of(request), request)
    'acme'

    Raises ``TypeError`` where that cannot be: on the thread of an event loop that is running.
    """
    found = function(*arguments)
    if not isawaitable(found):
        return found
    try:
        return async_to_sync(_awaited)(found)
    except RuntimeError as error:
        if not _is_running():
            raise
        if iscoroutine(found):
            found.close()
        raise TypeError(
            f"{name_of(function)} returned something to await to sync code on the thread of a running "
            "event loop. Use it on an async view, or make it sync."
        ) from error


async def asaid(function: Callable[..., Any], *arguments: object) -> Any:
    """``said``, for coroutines: a sync callable may ask the database, so it is called in a thread."""
    if is_async(function):
        found = function(*arguments)
    else:
        found = await sync_to_async(function)(*arguments)
    return await _awaited(found)


async def _awaited(found: Awaitable[Any] | Any) -> Any:
    while isawaitable(found):
        found = await found
    return found


def _is_running() -> bool:
    from asyncio import get_running_loop

    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


def is_async(function: Any) -> bool:
    """Whether calling it gives a coroutine: also of an instance whose ``__call__`` is one."""
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)


def name_of(function: Any) -> str:
    """A callable's name for the developer, with its module.

    >>> name_of(functools.partial(tenant_of, strict=True))
    'shop.views.tenant_of'
    """
    function = getattr(function, "func", function)
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"
