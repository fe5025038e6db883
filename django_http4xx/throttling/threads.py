"""Threads that a process does not wait for at its end, and that nobody needs to have got."""

from __future__ import annotations

from threading import Thread, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def begin(call: Callable[[], object], purpose: str) -> bool:
    """Call it in a thread; ``False`` where there can be no more, as at the end of a process."""
    return _started(Thread(target=call, name=f"http4xx throttle: {purpose}", daemon=True))


def begin_later(seconds: float, call: Callable[[], object]) -> Timer | None:
    """Call it in so many seconds; ``None`` where there can be no more threads."""
    timer = Timer(seconds, call)
    timer.daemon = True
    return timer if _started(timer) else None


def _started(thread: Thread) -> bool:
    try:
        thread.start()
    except RuntimeError:
        return False
    return True
