"""429: limits that count exactly, tell clients what they have left, and cost little.

``@throttle("10/min")`` on a view, ``ThrottleMiddleware`` by path, ``Throttle`` for programs; in Django
REST framework ``django_http4xx.rest_framework.throttling``.

The files; each imports only from those above it:

    log, models, apps               log records without client data; the table of the database store
    rates, algorithm, window        the text of a rate, such as "5/min"; GCRA for bursts; the strict window
    exceptions, signals             the exception and the signal of a refusal
    header_fields, callables        the ``RateLimit`` fields; calling a project's functions
    view_names, threads             a name for each view; work that stops at a deadline
    stores/protocol, stores/memory  the interface of a store; counts in this process
    outages                         counting in this process while a store is down
    options, clients                the settings; the client that a request is counted for
    stores/, counting               Redis, memcached and databases; asking a store, or counting here
    throttles, families, quota      deciding a hit; throttles of a framework; all limits of one request
    limits, by_path, decorators     one limit and its options; limits by path; the decorator
    middleware, checks              the middleware for limits by path; system checks
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
