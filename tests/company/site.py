"""A small site for one test, in the test's own process."""

from __future__ import annotations

import os
import sys
import types
import uuid

OURS = "django_http4xx.middleware.Http4xxMiddleware"
MIDDLEWARE = (
    OURS,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
APPS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
)


def site(urlpatterns=(), *, apps=(), templates=None, urlconf=None, migrate=True, **settings):
    """Set up Django with these URLs and settings; returns a client that turns exceptions into 500.

    ``urlpatterns`` may be a function, for what can be imported only once Django is set up.
    ``apps`` are installed beside Django's and ours. ``templates`` are texts by name. ``urlconf``
    holds what the URLconf has beside the patterns, such as ``{"handler404": ...}``.
    """
    import django
    from django.conf import settings as django_settings

    module = sys.modules["company_urls"] = types.ModuleType("company_urls")
    module.urlpatterns = []
    module.__dict__.update(urlconf or {})
    defaults = {
        "SECRET_KEY": "only for tests",
        "ALLOWED_HOSTS": ["testserver", "127.0.0.1"],
        "ROOT_URLCONF": "company_urls",
        "INSTALLED_APPS": [*APPS, *apps, "django_http4xx"],
        "MIDDLEWARE": list(MIDDLEWARE),
        "DATABASES": {"default": _in_memory()},
        "TEMPLATES": [_templates(templates or {})],
        "USE_TZ": True,
        "STATIC_URL": "/static/",
        "LOGGING_CONFIG": None,
        "CSRF_FAILURE_VIEW": "django_http4xx.handlers.csrf_failure",
    }
    django_settings.configure(**(defaults | settings))
    django.setup()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, run_syncdb=True)
    module.urlpatterns = list(urlpatterns() if callable(urlpatterns) else urlpatterns)
    from django.test import Client

    return Client(raise_request_exception=False)


def _in_memory():
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{uuid.uuid4().hex}?mode=memory&cache=shared",
    }


def _templates(texts):
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [
                ("django.template.loaders.locmem.Loader", texts),
                "django.template.loaders.app_directories.Loader",
            ],
        },
    }


def postgresql(request, engine="django.db.backends.postgresql"):
    """Settings of a new database on PostgreSQL, which is dropped after the test."""
    import psycopg

    from tests.requirements import missing

    server = {
        "host": os.environ.get("POSTGRES_HOST", "127.0.0.1"),
        "port": os.environ.get("POSTGRES_PORT", "5432"),
        "user": os.environ.get("POSTGRES_USER", "postgres"),
        "password": os.environ.get("POSTGRES_PASSWORD", ""),
    }
    try:
        connection = psycopg.connect(dbname="postgres", autocommit=True, **server)
    except psycopg.OperationalError as error:
        missing(f"There is no PostgreSQL at {server['host']}:{server['port']}: {error}.")
    name = f"http4xx_company_{uuid.uuid4().hex[:8]}"
    connection.execute(f"CREATE DATABASE {name}")

    def drop():
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()

    request.addfinalizer(drop)
    given = {key.upper(): value for key, value in server.items()}
    return {"ENGINE": engine, "NAME": name, **given}
