"""What ``manage.py check`` says of the throttles that a project has; each message tells what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.cache import caches
from django.core.checks import CheckMessage, Error

from . import options, stores
from .by_path import LIMITS_BY_PATH
from .decorators import limits_in_force, stacks_of_classes
from .families import FAMILIES
from .limits import LIMITS, is_alone
from .throttles import THROTTLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.cache import BaseCache


MIDDLEWARE = "django_http4xx.throttling.ThrottleMiddleware"
APP = "django_http4xx.throttling"

# With fewer, a client that is told to wait is forgotten as soon as others come by.
_FEW_ENTRIES = 10_000

_MEMORY = (
    "django.core.cache.backends.locmem.LocMemCache",
    "django.core.cache.backends.dummy.DummyCache",
)


def check_stores(**kwargs: object) -> list[CheckMessage]:
    """E001 a store that does not exist, E002 no table for it, E004 one that cannot count.

    W001 and W003: what one cannot promise.
    """
    default = options.current().store
    names = {throttle.store or default for throttle in THROTTLES}
    names |= {store or default for family in FAMILIES for store in family.stores()}
    return [message for name in sorted(names) for message in _of_store(name)]


def _of_store(name: str) -> Iterator[CheckMessage]:
    if name == options.DATABASE:
        yield from _of_database()
    elif name not in settings.CACHES:
        yield Error(
            f"The throttle store {name!r} is not in CACHES.",
            hint=f"Add it, or take one of: {', '.join(sorted(settings.CACHES))}, 'database'.",
            id="http4xx_throttling.E001",
        )
    elif reason := stores.fault_of(name):
        yield Error(
            f"The throttle store {name!r} cannot count: {reason}.",
            hint="Set HTTP4XX['THROTTLE']['STORE'] to a cache on Redis or memcached, or to 'database'.",
            id="http4xx_throttling.E004",
        )
    else:
        yield from _of_cache(name, caches[name])


def _of_database() -> Iterator[CheckMessage]:
    alias = options.current().database
    if alias not in settings.DATABASES:
        yield Error(
            f"HTTP4XX['THROTTLE']['DATABASE'] is {alias!r}, which is not in DATABASES.",
            hint=f"Take one of: {', '.join(sorted(settings.DATABASES))}.",
            id="http4xx_throttling.E001",
        )
    if not apps.is_installed(APP):
        yield Error(
            "Throttles count in the database, which has no table for it.",
            hint=f"Add {APP!r} to INSTALLED_APPS and run `manage.py migrate`.",
            id="http4xx_throttling.E002",
        )


def _of_cache(name: str, cache: BaseCache) -> Iterator[CheckMessage]:
    if stores.backend_of(type(cache)) not in _MEMORY:
        return
    if not settings.DEBUG:
        yield checks.Warning(
            f"The throttle store {name!r} is this process's memory: each process counts by itself.",
            hint="Set HTTP4XX['THROTTLE']['STORE'] to a cache on Redis or memcached, or to 'database'.",
            id="http4xx_throttling.W001",
        )
    entries = stores.bound_of(name)
    if entries is not None and entries < _FEW_ENTRIES:
        yield checks.Warning(
            f"The throttle store {name!r} keeps {entries} entries: it forgets who is to wait as soon "
            "as that many others come by.",
            hint=f"Set MAX_ENTRIES in the OPTIONS of CACHES[{name!r}] to {_FEW_ENTRIES} or more.",
            id="http4xx_throttling.W003",
        )


def check_middleware(**kwargs: object) -> list[CheckMessage]:
    """W004 throttles by path, and nothing that applies them."""
    if not LIMITS_BY_PATH.value or MIDDLEWARE in settings.MIDDLEWARE:
        return []
    return [
        checks.Warning(
            "HTTP4XX['THROTTLES'] is set, and nothing applies it.",
            hint=f"Add {MIDDLEWARE!r} to MIDDLEWARE, below sessions and authentication.",
            id="http4xx_throttling.W004",
        )
    ]


def check_addresses(**kwargs: object) -> list[CheckMessage]:
    """W005 clients are told apart by an address that may be a proxy's (``--deploy``)."""
    if options.TRUSTED_PROXIES.value is not None:
        return []
    limits = limits_in_force()
    names = {limit.name for limit in limits if limit.client.uses_address or limit.networks}
    names |= {name for family in FAMILIES for name in family.by_address()}
    if not names:
        return []
    return [
        checks.Warning(
            f"The throttles {', '.join(sorted(names))} count by address, and HTTP4XX['TRUSTED_PROXIES'] is "
            "not set: behind a proxy all visitors are one.",
            hint="Set it to the number of proxies in front of Django, or to 0 if there are none.",
            id="http4xx_throttling.W005",
        )
    ]


def check_switch(**kwargs: object) -> list[CheckMessage]:
    """W008 nobody is limited (``--deploy``)."""
    if options.current().enabled:
        return []
    return [
        checks.Warning(
            "HTTP4XX['THROTTLE']['ENABLED'] is False: no throttle limits anybody.",
            hint="Remove it once tests or an incident no longer need it.",
            id="http4xx_throttling.W008",
        )
    ]


def check_keys(**kwargs: object) -> list[CheckMessage]:
    """W006 a limit by what each client may make up."""
    by_stack = (*LIMITS_BY_PATH.value.values(), *stacks_of_classes())
    alone = {limit.name for limit in LIMITS if limit.is_alone}
    alone |= {limit.name for limits in by_stack if is_alone(limits) for limit in limits}
    names = sorted(alone)
    if not names:
        return []
    return [
        checks.Warning(
            f"The throttles {', '.join(names)} count by a header field alone: whoever sends another value "
            "each time is never limited.",
            hint="Check the key before the throttle, or add a limit by address to the same view.",
            id="http4xx_throttling.W006",
        )
    ]


CHECKS = (check_stores, check_middleware, check_keys)
DEPLOYMENT_CHECKS = (check_addresses, check_switch)
