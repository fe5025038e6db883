"""CSRF secrets that tell who was signed in when a form was made.

Django makes a new secret whenever somebody signs in, and each token in a form is that secret under a
mask. So that an old token tells whose form it was in, we replace the new secret with one that holds
a message authentication code of the user, and is otherwise just as random. Nothing else changes: no
cookie, no field and no row is added, and only this site can read what a secret tells.
"""

from __future__ import annotations

import string
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

# What Django allows in a secret, and how long a secret is. A token is twice as long.
_CHARACTERS = string.ascii_letters + string.digits
_LENGTH = 32

# A secret is a random text, a code that says that it was made by a sign-in, and a code of the user:
# 83, 35 and 71 bits, of which who has not our key can guess none.
_RANDOM, _MARK = 14, 6


def note_sign_in(*, request: Any, user: Any, **kwargs: object) -> None:
    """Replace the secret that Django has just made for somebody who signs in.

    A receiver of ``user_logged_in``.
    """
    meta = getattr(request, "META", {})
    if meta.get("CSRF_COOKIE_NEEDS_UPDATE") and "CSRF_COOKIE" in meta:
        meta["CSRF_COOKIE"] = secret_for(user)


def secret_for(user: Any) -> str:
    """Create a secret for the forms of a user."""
    nonce = get_random_string(_RANDOM, _CHARACTERS)
    return nonce + _codes(nonce, user, settings.SECRET_KEY)


def is_for(secret: str, user: Any) -> bool:
    """Whether a secret was made when this user signed in."""
    nonce, codes = secret[:_RANDOM], secret[_RANDOM:]
    return any(constant_time_compare(codes, _codes(nonce, user, key)) for key in _keys())


def is_for_somebody(secret: str) -> bool:
    """Whether a secret was made when somebody signed in, whoever that was."""
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


def _codes(nonce: str, user: Any, key: str | bytes) -> str:
    who = f"{user._meta.label} {user.pk}"
    return _code(nonce, key, _MARK) + _code(f"{nonce} {who}", key, _LENGTH - _RANDOM - _MARK)


def _code(text: str, key: str | bytes, length: int) -> str:
    digest = salted_hmac("django_http4xx.csrf_secrets", text, key, algorithm="sha256").digest()
    number, written = int.from_bytes(digest), ""
    for _ in range(length):
        number, digit = divmod(number, len(_CHARACTERS))
        written += _CHARACTERS[digit]
    return written


def _keys() -> tuple[str | bytes, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
