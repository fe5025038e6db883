"""For ASGI servers that end by a signal, such as uvicorn: Python's ``atexit`` is not called then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    _Application = Callable[[Any, Any, Any], Awaitable[None]]

__all__ = ["flush_at_shutdown"]


def flush_at_shutdown(application: _Application) -> _Application:
    """Write the last counts of errors when the server stops, by ASGI's lifespan protocol.

    ``application``: one that does not handle the lifespan itself, as Django's does not. In
    ``asgi.py``::

        application = flush_at_shutdown(get_asgi_application())
    """

    async def with_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Not at the top: `asgi.py` imports this before Django is set up.
        from .flushing import flusher

        await sync_to_async(flusher.flush_at_end, thread_sensitive=False)()
        await send({"type": "lifespan.shutdown.complete"})

    return with_lifespan
