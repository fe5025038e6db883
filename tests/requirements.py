"""What a test needs of the machine: it skips where that is missing, and fails in CI."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test that runs, and say why; where ``CI`` is set nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} CI has to provide it.")
    pytest.skip(reason)


def npm(name: str) -> Path:
    """A file of the npm packages: in ``NPM_PACKAGES``, else in ``node_modules`` of the repository."""
    folder = os.environ.get("NPM_PACKAGES") or Path(__file__).parent.parent / "node_modules"
    path = Path(folder, name)
    return path if path.exists() else missing(f"npm has not installed {name}.")


@contextmanager
def chromium(**options):
    """A headless Chromium, by Playwright; the one that the system has, so that none is downloaded."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed.")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing("There is no Chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], **options)
        yield browser
        browser.close()
