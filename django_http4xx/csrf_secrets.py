"""CSRF secrets that tell who was signed in when a form was made.

Django makes a new secret whenever somebody signs in, and each token in a form is that secret under a
mask. So that an old token tells whose form it was in, we replace the new secret with one that holds
a message authentication code of the user, and is otherwise just as random; and where a session has
lost its secret, with one that holds a code of the session. Nothing else changes: no cookie, no field
and no row is added, and only this site can read what a secret tells.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from .log import logger

if TYPE_CHECKING:
    from django.http import HttpRequest

# What Django allows in a secret, and how long a secret is. A token is twice as long.
_CHARACTERS = string.ascii_letters + string.digits
_LENGTH = 32

# A secret is a random text, a code that says that it is for somebody, and a code of whom that is:
# 83, 35 and 71 bits, of which who has not our key can guess none.
_RANDOM, _MARK = 14, 6


def note_sign_in(*, request: Any, user: Any, **kwargs: object) -> None:
    """Replace the secret that Django has just made for somebody who signs in.

    A receiver of ``user_logged_in``. If it fails, Django's own secret stays.
    """
    try:
        meta = getattr(request, "META", {})
        if meta.get("CSRF_COOKIE_NEEDS_UPDATE") and "CSRF_COOKIE" in meta:
            meta["CSRF_COOKIE"] = secret_for(_user(user))
    except Exception:
        logger.exception("A CSRF secret could not be made for a user who signs in.")


def note_session(request: HttpRequest) -> None:
    """Have a secret ready where a session has lost its own; it is sent only if a form needs one."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    is_in_cookie = not settings.CSRF_USE_SESSIONS
    if session_key and is_in_cookie and settings.CSRF_COOKIE_NAME not in request.COOKIES:
        request.META["CSRF_COOKIE"] = secret_for(_session(session_key))


def is_for_sender(secret: str, request: HttpRequest) -> bool:
    """Whether a secret was made for whoever sends this request; looks at session and user.

    For somebody it was made when they signed in, or for their session. For nobody, any other will
    do.
    """
    user: Any = getattr(request, "user", None)
    is_known = user is not None and bool(user.is_authenticated)
    # Asked for after the user: a session that is over has no key once it is loaded.
    session_key = getattr(getattr(request, "session", None), "session_key", None)
    senders = [_user(user)] if is_known else []
    senders += [_session(session_key)] if session_key else []
    is_theirs = any(_is_for(secret, sender) for sender in senders)
    return is_theirs or not (is_known or _is_for_somebody(secret))


def _user(user: Any) -> str:
    return f"user {user._meta.label} {user.pk}"


def _session(session_key: str) -> str:
    return f"session {session_key}"


def secret_for(sender: str) -> str:
    """Create a secret for the forms of a sender."""
    nonce = get_random_string(_RANDOM, _CHARACTERS)
    return nonce + _codes(nonce, sender, settings.SECRET_KEY)


def _is_for(secret: str, sender: str) -> bool:
    nonce, codes = secret[:_RANDOM], secret[_RANDOM:]
    return any(constant_time_compare(codes, _codes(nonce, sender, key)) for key in _keys())


def _is_for_somebody(secret: str) -> bool:
    """Whether a secret was made for a user or a session, whichever that was."""
    nonce, mark = secret[:_RANDOM], secret[_RANDOM : _RANDOM + _MARK]
    return any(constant_time_compare(mark, _code(nonce, key, _MARK)) for key in _keys())


def secret_in(token: object) -> str:
    """The secret in the token of a form; ``""`` if it is no token."""
    if not isinstance(token, str) or not set(token) <= set(_CHARACTERS):
        return ""
    if len(token) != 2 * _LENGTH:
        return token if len(token) == _LENGTH else ""
    numbers = map(_CHARACTERS.index, token)
    mask = [next(numbers) for _ in range(_LENGTH)]
    return "".join(_CHARACTERS[x - y] for x, y in zip(numbers, mask, strict=True))


def _codes(nonce: str, sender: str, key: str | bytes) -> str:
    rest = _LENGTH - _RANDOM - _MARK
    return _code(nonce, key, _MARK) + _code(f"{nonce} {sender}", key, rest)


def _code(text: str, key: str | bytes, length: int) -> str:
    digest = salted_hmac("django_http4xx.csrf_secrets", text, key, algorithm="sha256").digest()
    number, written = int.from_bytes(digest), ""
    for _ in range(length):
        number, digit = divmod(number, len(_CHARACTERS))
        written += _CHARACTERS[digit]
    return written


def _keys() -> tuple[str | bytes, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
