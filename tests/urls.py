"""The doors through which a 4xx leaves: each code at each of them."""

from django.http import HttpResponse
from django.urls import path

from django_http4xx.exceptions import ClientError

# What HTTP demands of a code has to be said by whoever raises it.
ARGUMENTS = {
    401: {"challenge": 'Bearer realm="api"'},
    405: {"allow": ["PUT", "DELETE"]},
    407: {"challenge": 'Basic realm="proxy"'},
    416: {"complete_length": 1000},
    426: {"upgrade": "TLS/1.2"},
    429: {"retry_after": 90},
    451: {"blocked_by": "https://isp.example/"},
}


def error(status: int) -> ClientError:
    return ClientError.from_status(status, **ARGUMENTS.get(status, {}))


def raised(request, status):
    raise error(status)


async def raised_async(request, status):
    raise error(status)


def bare(request, status):
    return HttpResponse(status=status)


urlpatterns = [
    path("raise/<int:status>/", raised),
    path("async/raise/<int:status>/", raised_async),
    path("bare/<int:status>/", bare),
]
