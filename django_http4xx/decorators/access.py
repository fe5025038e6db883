"""401 and 403: who has to be there, and what they have to be allowed.

On views of Django REST framework it is the view's own authentication that tells who is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from django_http4xx import conversion, header_fields
from django_http4xx.exceptions import CHALLENGE, ClientError, Forbidden, Unauthorized
from django_http4xx.requirements import Requirement, ViewDecorator, decorator_for

from .api_views import api_view_for, challenges_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def require_authentication(*, challenge: str | None = None) -> ViewDecorator:
    """Let a view be called only where somebody is signed in; else 401 (RFC 9110 §15.5.2).

    ``challenge``: how to sign in, for ``WWW-Authenticate``; by default those of the view's
    authenticators in Django REST framework, else ``HTTP4XX["CHALLENGE"]``. ::

        @require_authentication(challenge='Bearer realm="api"')
        def orders(request): ...

    Whatever goes wrong while it is found out who is there, the view is not called: refused
    credentials are 401, another refusal of the authenticator keeps its status, and any other
    exception goes on as the error that it is. Raises ``ValueError`` for what is no challenge.
    """
    return decorator_for(_signed_in(challenge, "require_authentication(challenge=...)"))


def _signed_in(challenge: str | None, where: str) -> Requirement:
    if challenge is not None:
        header_fields.challenge(challenge, where)

    def check(request: HttpRequest) -> None:
        try:
            user = _asked(request).user
            is_signed_in = user and user.is_authenticated
        except Exception as error:
            _refuse(error, request, challenge)
            raise
        if not is_signed_in:
            raise _with_challenge(Unauthorized(), request, challenge)

    async def acheck(request: HttpRequest) -> None:
        if _is_asked_synchronously(request):
            await sync_to_async(check)(request)
            return
        try:
            user = await request.auser()
            is_signed_in = user and user.is_authenticated
        except Exception as error:
            _refuse(error, request, challenge)
            raise
        if not is_signed_in:
            raise _with_challenge(Unauthorized(), request, challenge)

    return Requirement(401, check, acheck)


def require_permission(*permissions: str, challenge: str | None = None) -> ViewDecorator:
    """Let a view be called only by users with all of these permissions; else 403 (RFC 9110 §15.5.4).

    Where nobody is signed in it is 401, with the ``challenge`` of ``require_authentication``. ::

        @require_permission("shop.view_order")
        def orders(request): ...
    """
    for permission in permissions:
        app, _, codename = permission.partition(".")
        if not (app and codename):
            raise ValueError(
                "require_permission() takes permissions, as 'shop.view_order'; "
                f"{permission!r} is none."
            )

    def check(request: HttpRequest) -> None:
        try:
            is_allowed = _asked(request).user.has_perms(permissions)
        except Exception as error:
            _refuse(error, request, challenge)
            raise
        if not is_allowed:
            raise Forbidden

    async def acheck(request: HttpRequest) -> None:
        if _is_asked_synchronously(request):
            await sync_to_async(check)(request)
            return
        try:
            user = await request.auser()
            is_allowed = await user.ahas_perms(permissions)
        except Exception as error:
            _refuse(error, request, challenge)
            raise
        if not is_allowed:
            raise Forbidden

    signed_in = _signed_in(challenge, "require_permission(challenge=...)")
    return decorator_for(signed_in, Requirement(403, check, acheck))


def _asked(request: HttpRequest) -> Any:
    """The request that knows who is there: that of Django REST framework, for its views."""
    view = api_view_for(request)
    return request if view is None else view.request


def _is_asked_synchronously(request: HttpRequest) -> bool:
    # A project's own middleware may know of no other way.
    return api_view_for(request) is not None or not hasattr(request, "auser")


def _refuse(error: Exception, request: HttpRequest, challenge: str | None) -> None:
    """Raise what an error on finding out who is there tells the client, if anything.

    What an API says is an exception that Django does not know; a 401 gets its challenge.
    """
    is_said_by_api = isinstance(error, Unauthorized) or hasattr(error, "status_code")
    refusal = conversion.convert(error, request) if is_said_by_api else None
    if isinstance(refusal, ClientError):
        if refusal.status == 401:
            _with_challenge(refusal, request, challenge)
        if refusal is not error:
            raise refusal from error


def _with_challenge(
    refusal: ClientError, request: HttpRequest, challenge: str | None
) -> ClientError:
    """A 401 with the challenge of the exception, else the one that was asked for, or the view's."""
    if refusal.headers.get("WWW-Authenticate") in (None, CHALLENGE.value):
        view = api_view_for(request) if challenge is None else None
        if challenge := challenge if view is None else challenges_of(view):
            refusal.send_field("WWW-Authenticate", challenge, challenge=challenge)
    return refusal
