"""Where the counts are kept: one small protocol, and which store serves a ``CACHES`` alias."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.core.cache import caches
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from django_http4xx.throttling import options
from django_http4xx.throttling.outages import Breaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django_http4xx.throttling.algorithm import Demand


class Store(Protocol):
    """Keeps one number for each key, and decides a hit on several of them in one go."""

    @property
    def is_local(self) -> bool:
        """Whether asking it waits for nobody, so that a coroutine may."""

    def take(self, demands: Sequence[Demand], now: int | None = None) -> Sequence[int]:
        """Take all demands if each has room, else none.

        Returns for each the microseconds that earlier hits took up before. ``now``: microseconds
        since the epoch, in place of the store's own clock.
        """

    def forget(self, keys: Iterable[str]) -> None:
        """Let keys start anew."""

    def close(self) -> None:
        """Let go of what connections there are."""


# How many clients a process remembers where the cache does not say otherwise: about 20 MB.
MAX_KEYS = 100_000


def _memory(alias: str, timeout: float) -> Store:
    from .memory import MemoryStore

    return MemoryStore(bound_of(alias) or MAX_KEYS)


def _redis(alias: str, timeout: float) -> Store:
    from .redis import RedisStore

    return RedisStore(caches[alias], timeout)


def _memcached(alias: str, timeout: float) -> Store:
    from .memcached import MemcachedStore

    return MemcachedStore(caches[alias], timeout)


def _windows(alias: str, timeout: float) -> Store:
    from .windows import WindowStore

    return WindowStore(alias)


# By dotted name, since most projects have only one of these installed.
BACKENDS: dict[str, Callable[[str, float], Store]] = {
    "django.core.cache.backends.locmem.LocMemCache": _memory,
    "django.core.cache.backends.redis.RedisCache": _redis,
    "django_redis.cache.RedisCache": _redis,
    "django.core.cache.backends.memcached.PyMemcacheCache": _memcached,
}

_breakers: dict[str, Breaker] = {}


def store_for(alias: str | None) -> Breaker:
    """The store of a ``CACHES`` alias or of ``"database"``; ``None`` for the project's setting.

    >>> store_for("default").take([Demand("key", 600, 6000)])
    [0]
    """
    name = alias or options.current().store
    breaker = _breakers.get(name)
    return breaker or _breakers.setdefault(name, Breaker(name, partial(_make, name)))


def close_all() -> None:
    """Let go of all stores and their connections; the next question makes them anew."""
    while _breakers:
        _, breaker = _breakers.popitem()
        breaker.close()


def backend_of(cls: type) -> str:
    """Which row of ``BACKENDS`` serves a cache class; empty where none does."""
    names = (f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__)
    return next((name for name in names if name in BACKENDS), "")


def bound_of(alias: str) -> int | None:
    """``MAX_ENTRIES`` of a ``CACHES`` alias, where the project set it."""
    given: dict[str, Any] = settings.CACHES[alias]
    more = given.get("OPTIONS", {})
    bound = given.get("MAX_ENTRIES", more.get("MAX_ENTRIES", more.get("max_entries")))
    return None if bound is None else int(bound)


def _make(name: str) -> Store:
    if name == options.DATABASE:
        store: Store = import_string(f"{__name__}.database.DatabaseStore")(
            options.current().database
        )
        return store
    make = BACKENDS.get(backend_of(type(caches[name])), _windows)
    return make(name, options.current().timeout)


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting in ("CACHES", "DATABASES", "HTTP4XX"):
        close_all()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.throttling.stores")
