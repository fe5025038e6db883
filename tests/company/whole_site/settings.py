"""What ``django-admin startproject`` makes, with the packages that sites have, and with or without ours."""

import os
from pathlib import Path

import sentry_sdk
from csp.constants import NONCE, SELF

FOLDER = Path(os.environ["WHOLE_SITE_FOLDER"])
WITH_OURS = os.environ["WHOLE_SITE"] == "with ours"

SECRET_KEY = "only for tests"
DEBUG = "WHOLE_SITE_DEBUG" in os.environ
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
INTERNAL_IPS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "corsheaders",
    "csp",
    "debug_toolbar",
    "django_filters",
    "django_htmx",
    "rest_framework",
    *(["django_http4xx"] if WITH_OURS else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    *(["django_http4xx.middleware.Http4xxMiddleware"] if WITH_OURS else []),
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "tests.company.whole_site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "db.sqlite3"}}
USE_TZ = True
LANGUAGE_CODE = "en-us"
STATIC_URL = "static/"
STATIC_ROOT = FOLDER.parent / "static"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
ACCOUNT_EMAIL_VERIFICATION = "none"
CORS_ALLOWED_ORIGINS = ["https://app.example"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [SELF], "style-src": [SELF, NONCE], "frame-ancestors": [SELF]},
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
if WITH_OURS:
    CSRF_FAILURE_VIEW = "django_http4xx.handlers.csrf_failure"
    REST_FRAMEWORK["EXCEPTION_HANDLER"] = "django_http4xx.rest_framework.exception_handler"


def _note(envelope):
    for item in envelope.items:
        if item.type == "event":
            with (FOLDER / "events.txt").open("a") as events:
                events.write(item.payload.json["exception"]["values"][-1]["type"] + "\n")


class _Transport(sentry_sdk.Transport):
    def capture_envelope(self, envelope):
        _note(envelope)


# LoggingIntegration would report what Django logs by itself.
sentry_sdk.init("https://public@127.0.0.1/1", transport=_Transport)
