"""Which package exists for which Python and Django, and what a test needs of them."""

from __future__ import annotations

import importlib.metadata
import os
import sys

import django
import pytest

# Every pair that the project supports.
PAIRS = frozenset(
    {
        ("3.11", "5.2"),
        *((python, version) for python in ("3.12", "3.13") for version in ("5.2", "6.0", "6.1")),
    }
)
# `wagtail-cache` imports a name that Django 6.1 no longer has.
BEFORE_DJANGO_6_1 = frozenset(pair for pair in PAIRS if pair[1] != "6.1")

EXISTS_FOR = {
    "django-allauth": PAIRS,
    "django-cors-headers": PAIRS,
    "django-csp": PAIRS,
    "django-debug-toolbar": PAIRS,
    "django-filter": PAIRS,
    "django-guid": PAIRS,
    "django-htmx": PAIRS,
    "django-ninja": PAIRS,
    "django-structlog": PAIRS,
    "django-tenants": PAIRS,
    "djangorestframework-camel-case": PAIRS,
    "djangorestframework-csv": PAIRS,
    "djangorestframework-simplejwt": PAIRS,
    "sentry-sdk": PAIRS,
    "wagtail-cache": BEFORE_DJANGO_6_1,
    "waitress": PAIRS,
    "whitenoise": PAIRS,
}


def needs(*packages):
    """Mark a test with the packages that it is about, by the names that pip knows."""
    return pytest.mark.needs(*packages)


def pair():
    """The Python and the Django that run."""
    return (
        f"{sys.version_info.major}.{sys.version_info.minor}",
        f"{django.VERSION[0]}.{django.VERSION[1]}",
    )


def require(package):
    """Skip where a package does not exist for this pair; fail where it does and is not installed."""
    if pair() not in EXISTS_FOR[package]:
        pytest.skip(f"{package} does not exist for Python {pair()[0]} and Django {pair()[1]}.")
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        pytest.fail(f"{package} is not installed: run `make company`.")


def old_sentry():
    """The folder that holds sentry-sdk 2.64.0, beside the newest that is installed."""
    folder = os.environ.get("OLD_SENTRY")
    return folder or pytest.fail("OLD_SENTRY names no folder: run `make company`.")
