"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

from django_http4xx import exceptions
from django_http4xx.words import wording

# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", settings(deadline=None))
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """What a test logged may hold half a character, which cannot be sent to another process."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture
def forgotten_types(monkeypatch):
    """The problem types that a test defines are gone after it: checks would complain of them."""
    with monkeypatch.context() as patched:
        patched.setattr(exceptions, "_MISSPELT", [])
        yield
    wording._translated.cache_clear()
    gc.collect()
