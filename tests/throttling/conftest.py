from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.test import override_settings

from django_http4xx.throttling import stores

from .servers import memcached_server, redis_server, running

BACKENDS = {
    "memory": "django.core.cache.backends.locmem.LocMemCache",
    "redis": "django.core.cache.backends.redis.RedisCache",
    "django-redis": "django_redis.cache.RedisCache",
    "memcached": "django.core.cache.backends.memcached.PyMemcacheCache",
}


@pytest.fixture(scope="session")
def redis():
    with running(redis_server()) as server:
        yield server


@pytest.fixture(scope="session")
def memcached():
    with running(memcached_server()) as server:
        yield server


@dataclass
class Kind:
    """A kind of store: the settings that choose it, and whether processes share it."""

    name: str
    settings: dict
    is_shared: bool = True


def cache_settings(name, location, **more):
    backend = {"BACKEND": BACKENDS[name], "LOCATION": location, "KEY_PREFIX": uuid.uuid4().hex}
    return {"CACHES": {"default": {**backend, **more}}}


def kind_of(name, request):
    if name == "memory":
        return Kind(name, cache_settings(name, uuid.uuid4().hex), is_shared=False)
    if name in ("redis", "django-redis"):
        pytest.importorskip("redis")
        port = request.getfixturevalue("redis").port
        return Kind(name, cache_settings(name, f"redis://127.0.0.1:{port}/0"))
    port = request.getfixturevalue("memcached").port
    return Kind(name, cache_settings(name, f"127.0.0.1:{port}"))


@pytest.fixture(params=["memory", "redis", "django-redis", "memcached"])
def kind(request):
    """Every store in turn, in force for the test."""
    kind = kind_of(request.param, request)
    with override_settings(**kind.settings):
        yield kind
        close()


@pytest.fixture(params=["redis", "memcached"])
def shared_kind(request):
    """Every store that several processes share."""
    kind = kind_of(request.param, request)
    with override_settings(**kind.settings):
        yield kind
        close()


def close():
    stores.close_all()
    caches.close_all()
