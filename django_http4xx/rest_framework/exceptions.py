"""What an API raises that is none of the 4xx."""

from __future__ import annotations

from rest_framework.exceptions import APIException

from django_http4xx.throttling.exceptions import UNAVAILABLE, UNAVAILABLE_CODE
from django_http4xx.throttling.outages import RETRY_AFTER


class ThrottleUnavailable(APIException):
    """*503*: the store of a throttle is down, and its ``on_outage`` is ``"deny"``."""

    status_code = 503
    default_detail = UNAVAILABLE
    default_code = UNAVAILABLE_CODE
    wait = RETRY_AFTER  # Django REST framework sends it as Retry-After
