"""Views that raise or return each code, sync and async."""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpResponse
from django.urls import path

from django_http4xx.exceptions import ClientError, Conflict

# What HTTP demands of a code has to be said by whoever raises it.
ARGUMENTS = {
    401: {"challenge": 'Bearer realm="api"'},
    405: {"allow": ["PUT", "DELETE"]},
    407: {"challenge": 'Basic realm="proxy"'},
    413: {"retry_after": 60},
    415: {"accept": ["application/json", "text/csv"]},
    416: {"complete_length": 1000},
    426: {"upgrade": ["TLS/1.2", "websocket"]},
    429: {"retry_after": 90},
    451: {"blocked_by": "https://isp.example/"},
}


def error(status: int) -> ClientError:
    return ClientError.from_status(status, **ARGUMENTS.get(status, {}))


def raised(request, status):
    raise error(status)


async def raised_async(request, status):
    raise error(status)


def interrupted(request):
    raise SessionInterrupted("The session was deleted.")


def bare(request, status):
    """An empty answer that says in its fields what HTTP demands of it."""
    return HttpResponse(status=status, headers=error(status).headers)


def odd(request):
    """A text that no header field may hold."""
    raise Conflict(headers={"X-Odd": "a\r\nX-Injected: 1\0 \u4e2d\x7fb "}, title="\u4e2d\r\nX: 1")


def raised_in_middleware(get_response):
    """A middleware that refuses what lies below ``/middleware/``, before any view is looked for."""

    def middleware(request):
        if request.path_info.startswith("/middleware/"):
            raise error(int(request.path_info.strip("/").rpartition("/")[2]))
        return get_response(request)

    return middleware


urlpatterns = [
    path("raise/<int:status>/", raised),
    path("async/raise/<int:status>/", raised_async),
    path("bare/<int:status>/", bare),
    path("odd/", odd),
    path("interrupted/", interrupted),
]
