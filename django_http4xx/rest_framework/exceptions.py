"""Exceptions of an API that are not 4xx."""

from __future__ import annotations

from rest_framework.exceptions import APIException

from django_http4xx.throttling.exceptions import UNAVAILABLE, UNAVAILABLE_CODE
from django_http4xx.throttling.outages import RETRY_AFTER


class ThrottleUnavailable(APIException):
    """503: a throttle's store is down, and the throttle has ``on_outage = "deny"``."""

    status_code = 503
    default_detail = UNAVAILABLE
    default_code = UNAVAILABLE_CODE
    wait = RETRY_AFTER  # seconds; Django REST framework sends it as Retry-After
