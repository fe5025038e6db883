"""A project pays only for what it uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

SETTINGS = "from django.conf import settings; settings.configure(SECRET_KEY='only for tests')"


@pytest.mark.parametrize(
    "module, not_imported",
    [
        ("django_http4xx.throttling", ["redis", "pymemcache", "rest_framework", "django.contrib"]),
        ("django_http4xx.exceptions", ["django_http4xx.throttling"]),
        ("django_http4xx.middleware", ["django_http4xx.throttling", "redis"]),
    ],
)
def test_imports_nothing_that_it_does_not_need(module, not_imported):
    program = f"import sys; {SETTINGS}; import {module}; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    for name in not_imported:
        assert f"'{name}'" not in done.stdout
