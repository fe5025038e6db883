"""401 and 403: who has to be there, and what they have to be allowed.

On views of Django REST framework it is the view's own authentication that tells who is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_http4xx import header_fields
from django_http4xx.exceptions import Forbidden, Unauthorized

from .requirements import Requirement, ViewDecorator, decorator_for

if TYPE_CHECKING:
    from django.http import HttpRequest


def require_authentication(*, challenge: str | None = None) -> ViewDecorator:
    """Let a view be called only where somebody is signed in; else 401 (RFC 9110 §15.5.2).

    ``challenge``: how to sign in, for ``WWW-Authenticate``; by default that of the view's first
    authenticator in Django REST framework, else ``HTTP4XX["CHALLENGE"]``. ::

        @require_authentication(challenge='Bearer realm="api"')
        def orders(request): ...

    Raises ``ValueError`` for what is no challenge.
    """
    return decorator_for(_signed_in(challenge, "require_authentication(challenge=...)"))


def _signed_in(challenge: str | None, where: str) -> Requirement:
    if challenge is not None:
        header_fields.challenge(challenge, where)

    def check(request: HttpRequest) -> None:
        user, own_challenge = _user_of(request)
        if user is not None and not user.is_authenticated:
            raise Unauthorized(challenge=challenge or own_challenge)

    async def acheck(request: HttpRequest) -> None:
        if not (await request.auser()).is_authenticated:
            raise Unauthorized(challenge=challenge)

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
        user, _own_challenge = _user_of(request)
        if user is not None and not user.has_perms(permissions):
            raise Forbidden

    async def acheck(request: HttpRequest) -> None:
        user = await request.auser()
        if not await user.ahas_perms(permissions):
            raise Forbidden

    signed_in = _signed_in(challenge, "require_permission(challenge=...)")
    return decorator_for(signed_in, Requirement(403, check, acheck))


def _user_of(request: HttpRequest) -> tuple[Any, str | None]:
    """Who sent a request, and how its view asks who that is.

    The user is ``None`` where the credentials are refused: the view meets the same and says so.
    """
    # The request that Django REST framework gives to its handlers knows its user.
    if hasattr(request, "_request"):
        handled: Any = request
        return request.user, _challenge_of(handled.parser_context["view"], request)
    match = request.resolver_match
    resolved: Any = match.func if match else None
    cls = getattr(resolved, "cls", None)
    if match is None or cls is None or not hasattr(cls, "perform_authentication"):
        return request.user, None
    view = cls(**resolved.initkwargs)
    view.action_map = getattr(resolved, "actions", None) or {}
    view.setup(request, *match.args, **match.kwargs)
    view.request = view.initialize_request(request)
    try:
        return view.request.user, _challenge_of(view, view.request)
    except Exception:
        return None, None


def _challenge_of(view: Any, request: Any) -> str | None:
    challenge: str | None = view.get_authenticate_header(request)
    return challenge
