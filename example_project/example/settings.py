"""A small tea shop that says no in every way there is.

``DEBUG`` is off, so that what is shown is what a visitor of a real site would see.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).parent.parent

SECRET_KEY = "the example project keeps no secrets"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_http4xx",
    "django_http4xx.throttling",
    "django_http4xx.met",
    "doors",
    "documents",
    # Last: it fills the database once every app has its tables and permissions.
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django_http4xx.middleware.Http4xxMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

CSRF_FAILURE_VIEW = "django_http4xx.handlers.csrf_failure"
TEAPOT = (BASE_DIR / "static" / "teapot.svg").read_text()

HTTP4XX = {
    # The error pages say whose they are. The accent is that of `shop.css`.
    "SITE": {"name": _("Tea shop"), "mark": TEAPOT, "accent": "#0a6b47", "accent_dark": "#6fd3a4"},
    "DEFAULT_FORMAT": {
        "/": "html",
        "/api/": "problem+json",
        "/documents/office/": "problem+json",
    },
    # Nothing stands between the demo and its visitors.
    "TRUSTED_PROXIES": 0,
}

# Throttles count here: for one process in its memory, for several on Redis.
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
        }
        if "REDIS_URL" in os.environ
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "django_http4xx.rest_framework.exception_handler",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "django_http4xx.rest_framework.negotiation.ContentNegotiation",
    # Who uses curl signs in with a password, who is in a browser is signed in already.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
}

# The schema of the API, at /api/schema/.
if find_spec("drf_spectacular"):
    INSTALLED_APPS.append("drf_spectacular")
    REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "django_http4xx.rest_framework.openapi.AutoSchema"
SPECTACULAR_SETTINGS = {"TITLE": "A small tea shop", "VERSION": "1"}

ROOT_URLCONF = "example.urls"
WSGI_APPLICATION = "example.wsgi.application"
ASGI_APPLICATION = "example.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EXAMPLE_DATABASE", BASE_DIR / "db.sqlite3"),
        # Several servers may use the file at once: they wait for one another.
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Static files are served from where they are: nothing has to be collected first.
WHITENOISE_USE_FINDERS = True

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "shop:products"
LOGOUT_REDIRECT_URL = "home"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        # One line for each 4xx that left the site, with its reference.
        "django_http4xx": {"handlers": ["console"], "level": "INFO"},
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}

# It says that processes do not count together, which is as it should be without Redis.
SILENCED_SYSTEM_CHECKS = ["http4xx_throttling.W001"]
