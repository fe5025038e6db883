"""What a test needs of the machine: it skips where that is missing, and fails in CI."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
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
    """A file of the packages in ``package.json``: of ``NPM_PACKAGES``, else installed into ``.venv``."""
    folder = os.environ.get("NPM_PACKAGES") or _installed() / "node_modules"
    path = Path(folder, name)
    return path if path.exists() else missing(f"npm has not installed {name}.")


_WANTED = Path(__file__).with_name("package.json")


def _installed() -> Path:
    """The folder with the packages; several processes of tests may ask for it at once."""
    folder = _WANTED.parent.parent / ".venv" / "npm"
    command = shutil.which("npm")
    if command is None:
        missing("There is no npm.")
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name("npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(command, folder)
    return folder


def _install(command: str, folder: Path) -> None:
    wanted, installed = _WANTED.read_text(), folder / "installed.json"
    if installed.exists() and installed.read_text() == wanted:
        return
    (folder / "package.json").write_text(wanted)
    # The versions are exact, so there is no lock file. No script of a package is run.
    options = ("--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
    done = subprocess.run(
        [command, "install", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        missing(f"npm cannot install the packages: {done.stderr[-500:]}")
    installed.write_text(wanted)


@contextmanager
def chromium(**options):
    """A headless Chromium, by Playwright; the one that the system has, so that none is downloaded."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        missing("Playwright is not installed.")
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing("There is no Chromium.")
    expect.set_options(timeout=30_000)  # milliseconds, as Playwright waits for everything else
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], **options)
        yield browser
        browser.close()
