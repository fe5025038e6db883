"""Exceptions of an API that are not 4xx."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from django_http4xx.throttling.outages import RETRY_AFTER


class ThrottleUnavailable(APIException):
    """503: a throttle's store is down, and the throttle has ``on_outage = "deny"``."""

    status_code = 503
    default_detail = _("This is not available at the moment. Please try again soon.")
    default_code = "throttle_unavailable"
    wait = RETRY_AFTER  # seconds; Django REST framework sends it as Retry-After
