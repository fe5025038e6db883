"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest
from django.core.signals import setting_changed
from hypothesis import settings

from django_http4xx import exceptions

from .selection import BROWSER_PATHS, ONCE_PATHS, PAIRED_PATHS, is_slow, repeated

# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", settings(deadline=None))
settings.load_profile("untimed")


def pytest_addoption(parser):
    parser.addoption(
        "--whole", action="store_true", help="whole products of parameters, in place of pairs"
    )


def pytest_configure(config):
    # Processes of tests take the files in the order of the tests, and not those with most tests first.
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config, items):
    for item in {*filter(is_slow, items), *repeated(items, ONCE_PATHS, 1)}:
        item.add_marker("slow")
    if not config.getoption("whole"):
        left_out = repeated(items, PAIRED_PATHS, 2) | repeated(items, BROWSER_PATHS, 1)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    # A long file that starts late would be waited for by all other processes.
    long_files = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long_files)


def pytest_collection_finish():
    # What collects garbage need not look at thousands of tests each time.
    gc.collect()
    gc.freeze()


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
    # Empties all that is kept by type.
    for setting in ("HTTP4XX", "LANGUAGE_CODE"):
        setting_changed.send(sender=None, setting=setting, value=None, enter=False)
    gc.collect()
