"""When a store is down: it is left alone, asked again once a second, and the log says it once."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from .exceptions import StoreUnavailable
from .log import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .algorithm import Demand
    from .stores import Store

RETRY_AFTER = 1.0  # seconds between two questions to a store that is down


class Breaker:
    """A store that is asked at most once a second while it is down.

    It makes the store at the first question, so that one that cannot even be made is down, too.
    """

    def __init__(self, name: str, make: Callable[[], Store]) -> None:
        self.name = name
        self._make = make
        self._store: Store | None = None
        self._lock = Lock()
        self._is_down = False
        self._ask_again = 0.0

    @property
    def is_local(self) -> bool:
        """Whether asking waits for nobody."""
        return self._store is not None and self._store.is_local

    def take(self, demands: Sequence[Demand], now: int | None = None) -> Sequence[int]:
        """The store's ``take``. Raises ``StoreUnavailable``, at once where that is known already."""
        if self._is_down and not self._may_ask():
            raise StoreUnavailable(self.name)
        try:
            store = self._store
            if store is None:
                store = self._made()
            levels = store.take(demands, now)
        except Exception as error:
            self._goes_down(error)
            raise StoreUnavailable(self.name) from error
        if self._is_down:
            self._comes_back()
        return levels

    def forget(self, keys: Iterable[str]) -> None:
        """The store's ``forget``. Raises ``StoreUnavailable``."""
        try:
            self._made().forget(keys)
        except Exception as error:
            self._goes_down(error)
            raise StoreUnavailable(self.name) from error

    def close(self) -> None:
        """Let go of the store's connections."""
        if self._store is not None:
            self._store.close()

    def _made(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = self._make()
            return self._store

    def _may_ask(self) -> bool:
        with self._lock:
            if monotonic() < self._ask_again:
                return False
            self._ask_again = monotonic() + RETRY_AFTER
            return True

    def _goes_down(self, error: Exception) -> None:
        with self._lock:
            was_down, self._is_down = self._is_down, True
            self._ask_again = monotonic() + RETRY_AFTER
        if not was_down:
            logger.error(
                "The throttle store %r cannot be asked: %s. ON_OUTAGE decides until it answers.",
                self.name,
                str(error) or type(error).__name__,
                exc_info=error,
            )

    def _comes_back(self) -> None:
        with self._lock:
            was_down, self._is_down = self._is_down, False
        if was_down:
            logger.warning("The throttle store %r answers again.", self.name)
