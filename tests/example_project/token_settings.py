"""The example project with its CSRF token in the session, where no script can read it."""

from example.settings import *  # noqa: F403

CSRF_USE_SESSIONS = True
CSRF_COOKIE_HTTPONLY = True
