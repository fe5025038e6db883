"""What an API raises that is none of the 4xx."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from django_http4xx.throttling.outages import RETRY_AFTER


class ThrottleUnavailable(APIException):
    """*503*: the store of a throttle is down, and its ``on_outage`` is ``"deny"``."""

    status_code = 503
    default_detail = _("This is not available at the moment. Please try again soon.")
    default_code = "throttle_unavailable"
    wait = RETRY_AFTER  # Django REST framework sends it as Retry-After
