"""Where the counts are kept: one small protocol, and which store serves a ``CACHES`` alias."""

from __future__ import annotations

import atexit
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import caches
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from django_http4xx.throttling import options

from .watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from .protocol import Store


# How many clients a process remembers where the cache does not say otherwise: about 20 MB.
MAX_KEYS = 100_000


def _memory(alias: str) -> Store:
    from .memory import MemoryStore

    return MemoryStore(bound_of(alias) or MAX_KEYS)


def _redis(alias: str) -> Store:
    from .redis import RedisStore

    limits = options.current()
    return RedisStore(caches[alias], limits.timeout, limits.connections)


def _memcached(alias: str) -> Store:
    from .memcached import MemcachedStore

    limits = options.current()
    return MemcachedStore(caches[alias], limits.timeout, limits.connections)


def _windows(alias: str) -> Store:
    from .windows import WindowStore

    return WindowStore(alias)


# By dotted name, since most projects have only one of these installed.
BACKENDS: dict[str, Callable[[str], Store]] = {
    "django.core.cache.backends.locmem.LocMemCache": _memory,
    "django.core.cache.backends.redis.RedisCache": _redis,
    "django_redis.cache.RedisCache": _redis,
    "django.core.cache.backends.memcached.PyMemcacheCache": _memcached,
}

_stores: dict[str, Watched] = {}
# After a fork: what nobody refers to is closed, and its locks may be held for ever.
_of_the_parent: list[Watched] = []


def store_for(alias: str | None) -> Watched:
    """The store of a ``CACHES`` alias or of ``"database"``; ``None`` for the project's setting.

    >>> store_for("default").take([Demand("key", 600, 6000)])
    [0]
    """
    name = alias or options.current().store
    store = _stores.get(name)
    if store is None:
        made = Watched(name, partial(_make, name), options.current().timeout)
        store = _stores.setdefault(name, made)
    return store


def close_all() -> None:
    """Let go of all stores and their connections; the next question makes them anew."""
    while _stores:
        _, store = _stores.popitem()
        store.close()


def _begin_anew() -> None:
    _of_the_parent.extend(_stores.values())
    _stores.clear()
    for store in _of_the_parent:
        store.abandon()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


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
        database = import_string(f"{__name__}.database.DatabaseStore")
        limits = options.current()
        store: Store = database(limits.database, limits.connections, limits.timeout)
        return store
    return BACKENDS.get(backend_of(type(caches[name])), _windows)(name)


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting in ("CACHES", "DATABASES", "HTTP4XX"):
        close_all()


setting_changed.connect(_forget, dispatch_uid="django_http4xx.throttling.stores")
