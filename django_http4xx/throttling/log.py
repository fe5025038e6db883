"""The log of the throttles: a handler that raises must not make a 500 of a request."""

from django_http4xx.log import SafeLogger

logger = SafeLogger("django_http4xx.throttling")
