"""429: a throttle that counts right, says so, and costs next to nothing.

``@throttle("10/min")`` on a view, ``ThrottleMiddleware`` by path, ``Throttle`` for programs; in Django
REST framework ``django_http4xx.rest_framework.throttling``.

The files; each imports only from those above it:

    log, models, apps               records without clients; the table of the database store
    rates, algorithm, window        what a text like "5/min" means; GCRA; the strict window
    exceptions, signals             what is raised and told where somebody is refused
    header_fields, callables        ``RateLimit``; what a project's functions give
    view_names, threads             names of views; work that ends at a deadline
    stores/protocol, stores/memory  what a store can do; the one in this process
    outages                         what is counted here while a store does not answer
    options, clients                the settings; who is counted
    stores/, counting               where the counts are; counting there or here
    throttles, families, quota      deciding; the throttles of a framework; all of one request
    limits, by_path, decorators     a limit on requests; those of paths, those of views
    middleware, checks              what applies those of paths; system checks
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
