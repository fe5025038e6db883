"""What each decorator costs a request that passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test.utils import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition

from django_http4xx import decorators

from ._comparison import Comparison, always
from ._site import sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

SITE = f"{__name__}.SiteMiddleware"


class SiteMiddleware:
    """A site of one view, so that none is found sooner, with somebody who is signed in."""

    user = User(username="root", is_superuser=True)

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = self.user
        request.urlconf = URLCONFS[request.path_info]  # type: ignore[attr-defined]
        return self.get_response(request)


@csrf_exempt
def at_once(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Here it is.")


def version(request: HttpRequest) -> str:
    return '"1"'


GUARDED = {
    "require_authentication": decorators.require_authentication(),
    "require_permission": decorators.require_permission("shop.view_order"),
    "offer": decorators.offer("application/json", "text/csv"),
    "require_content_length": decorators.require_content_length,
    "limit_content_length": decorators.limit_content_length(1000),
    "limit_uri_length": decorators.limit_uri_length(1000),
    "accept_content_types": decorators.accept_content_types("application/json"),
    "meet_expectations": decorators.meet_expectations(),
    "refuse_early_data": decorators.refuse_early_data,
    "require_protocol": decorators.require_protocol("HTTP/1.1"),
    "require_precondition": decorators.require_precondition(etag_func=version),
    "limit_header_size": decorators.limit_header_size(total=16_000, each=8_000),
}


@csrf_exempt
def at_once_with_fields(request: HttpRequest) -> HttpResponse:
    """The same answer as ``offer`` or ``accept_content_types`` makes of it, which has a field more."""
    response = HttpResponse("Here it is.")
    response.headers["Accept-Post"] = "application/json"
    return response


@csrf_exempt
def at_once_to_the_permitted(request: HttpRequest) -> HttpResponse:
    """Asks Django what ``require_permission`` asks."""
    if not request.user.has_perms(("shop.view_order",)):
        raise PermissionDenied
    return HttpResponse("Here it is.")


# Whose work a view would have to do itself.
BY_HAND = {
    "offer": "at-once-with-fields",
    "accept_content_types": "at-once-with-fields",
    "require_permission": "at-once-to-the-permitted",
    "require_precondition": "at-once-if-django's-condition-holds",
}
VIEWS = {
    "at-once": at_once,
    "at-once-with-fields": at_once_with_fields,
    "at-once-to-the-permitted": at_once_to_the_permitted,
    "at-once-if-django's-condition-holds": condition(etag_func=version)(at_once),
} | {name: guard(at_once) for name, guard in GUARDED.items()}
URLCONFS = {f"/{name}/": (path(f"{name}/", view),) for name, view in VIEWS.items()}


def asked(name: str) -> Callable[[], HttpResponseBase]:
    """A call that posts a little JSON to a view."""
    headers = {"accept": "text/csv, */*;q=0.1", "accept-language": "en", "if-match": '"1"'}
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, SITE]):
        return sent(f"/{name}/", headers=headers, method="POST", content=b"{}")


def comparisons() -> Iterator[Comparison]:
    for name in GUARDED:
        other = BY_HAND.get(name, "at-once")
        yield Comparison(
            f"A request that passes {name}, against a view that answers {other.replace('-', ' ')}",
            ours=always(asked(name)),
            theirs=always(asked(other)),
            limit=1.03,
            or_more=1e-6,
        )
