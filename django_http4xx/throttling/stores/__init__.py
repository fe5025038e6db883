"""Where the counts are kept: one small protocol, and which store serves a ``CACHES`` alias.

The files; each imports only from those above it:

    protocol, connections       the interface of a store; a store's bounded connections to its server
    memory, redis, memcached    one store each
    terms, lanes, sql           databases: time-outs, threads of their own, SQL for each vendor
    database                    the store in a database
    watched                     any store, with probes while it is down
"""

from __future__ import annotations

import atexit
import os
from functools import partial, wraps
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import default_key_func
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from django_http4xx import conf
from django_http4xx.throttling import options
from django_http4xx.throttling.log import logger

from .connections import in_time
from .watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.cache.backends.base import BaseCache

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


# By dotted name, since most projects have only one of these installed.
BACKENDS: dict[str, Callable[[str], Store]] = {
    "django.core.cache.backends.locmem.LocMemCache": _memory,
    # It is for development and tests as well, and may not open the throttles.
    "django.core.cache.backends.dummy.DummyCache": _memory,
    "django.core.cache.backends.redis.RedisCache": _redis,
    "django_redis.cache.RedisCache": _redis,
    "django.core.cache.backends.memcached.PyMemcacheCache": _memcached,
}

_stores: dict[str, Watched] = {}
_namespaces: dict[str, Callable[[str], object] | None] = {}
# After a fork: what nobody refers to is closed, and its locks may be held for ever.
_of_the_parent: list[Watched] = []


def store_for(alias: str | None) -> Watched:
    """The store of a ``CACHES`` alias or of ``"database"``; ``None`` for the project's setting.

    >>> store_for("default").take([Demand("key", 1, 5, 60_000_000)])[0][0]
    0
    """
    name = alias or options.current().store
    store = _stores.get(name)
    if store is None:
        made = Watched(name, partial(_make, name), options.current().timeout)
        store = _stores.setdefault(name, made)
    return store


def _notice_clear(name: str) -> None:
    """Let counts start anew with the cache that has them: this process keeps them beside the cache.

    Only the call tells: whatever key would be looked for, the cache may drop it by itself.
    """
    cls: Any = type(caches[name])
    clear = cls.clear
    if getattr(clear, "is_noticed", False):
        return

    @wraps(clear)
    def noticed(cache: BaseCache) -> None:
        clear(cache)
        for alias, store in list(_stores.items()):
            if alias in settings.CACHES and _is_same(cache, caches[alias]):
                store.begin_anew()

    noticed.is_noticed = True  # type: ignore[attr-defined]
    cls.clear = noticed


def _is_same(cache: BaseCache, other: BaseCache) -> bool:
    """Whether two objects are one cache, of which each thread has its own."""
    if cache is other:
        return True
    # Django's memory cache keeps its data in a dictionary by location; others say where their data are.
    if type(cache) is not type(other):
        return False
    first, second = vars(cache), vars(other)
    if isinstance(first.get("_cache"), dict):
        return first["_cache"] is second["_cache"]
    return "_servers" in first and first["_servers"] == second.get("_servers")


def namespace_of(alias: str | None) -> str:
    """What keeps a cache's keys apart from those of others at this moment, by ``KEY_FUNCTION`` and ``VERSION``.

    A function of the project's may tell tenants apart, so that it is asked each time. Empty where Django's
    own would add nothing to ``KEY_PREFIX``.
    """
    name = alias or options.current().store
    try:
        make = _namespaces[name]
    except KeyError:
        make = _namespaces[name] = _maker_of_keys(name)
    return "" if make is None else str(make(""))


def _maker_of_keys(name: str) -> Callable[[str], object] | None:
    if name not in settings.CACHES:
        return None
    cache = caches[name]
    has_own = cache.key_func is not default_key_func or cache.version != 1
    return cache.make_key if has_own else None


def close_all() -> None:
    """Let go of all stores and their connections; the next question makes them anew."""
    _namespaces.clear()
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


def fault_of(alias: str) -> str:
    """Why a ``CACHES`` alias cannot count at all; empty where it can, or where only a question would tell."""
    try:
        cache = caches[alias]
        if backend_of(type(cache)):
            make = import_string(f"{__name__}.redis._client_of") if _is_redis(cache) else None
            if make:
                in_time(partial(make, cache), monotonic() + options.current().timeout)
        else:
            return f"{_path(type(cache))} can neither run a script nor compare and set"
    except _CANNOT as error:
        return f"{type(error).__name__}: {error}".strip(": ").rstrip(".")
    except Exception:
        return ""  # it cannot be reached now
    return ""


# What a cache raises that is not made for it, or for want of a library.
_CANNOT = (
    NotImplementedError,
    TypeError,
    AttributeError,
    ValueError,
    ImportError,
    ImproperlyConfigured,
)


def _is_redis(cache: BaseCache) -> bool:
    return BACKENDS[backend_of(type(cache))] is _redis


def backend_of(cls: type) -> str:
    """Which row of ``BACKENDS`` serves a cache class; empty where none does."""
    return next((name for name in map(_path, cls.__mro__) if name in BACKENDS), "")


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def bound_of(alias: str) -> int | None:
    """``MAX_ENTRIES`` of a ``CACHES`` alias, where the project set it."""
    given: dict[str, Any] = settings.CACHES[alias]
    more = given.get("OPTIONS", {})
    bound = given.get("MAX_ENTRIES", more.get("MAX_ENTRIES", more.get("max_entries")))
    return None if bound is None else int(bound)


def _make(name: str) -> Store:
    if name in settings.CACHES:
        _notice_clear(name)
    if name == options.DATABASE:
        database = import_string(f"{__name__}.database.DatabaseStore")
        limits = options.current()
        store: Store = database(limits.database, limits.connections, limits.timeout)
        return store
    cls = type(caches[name])
    if backend := backend_of(cls):
        return BACKENDS[backend](name)
    logger.error(
        "Throttles cannot count in the cache %r, which is a %s: each process counts by itself. Set "
        "HTTP4XX['THROTTLE']['STORE'] to a cache on Redis or memcached, or to 'database'.",
        name,
        _path(cls),
    )
    return _memory(name)


conf.forget_on_change({"CACHES", "DATABASES", "HTTP4XX"}, close_all)
