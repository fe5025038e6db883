"""429: a throttle that counts right, says so, and costs next to nothing.

``@throttle("10/min")`` on a view, ``ThrottleMiddleware`` by path, ``Throttle`` for programs; in Django
REST framework ``django_http4xx.rest_framework.throttling``.
"""

from .algorithm import Decision, PolicyState
from .clients import address_of
from .decorators import throttle
from .exceptions import QuotaExceeded, StoreUnavailable
from .middleware import ThrottleMiddleware
from .signals import request_refused
from .throttles import Throttle

__all__ = [
    "Decision",
    "PolicyState",
    "QuotaExceeded",
    "StoreUnavailable",
    "Throttle",
    "ThrottleMiddleware",
    "address_of",
    "request_refused",
    "throttle",
]
