"""The packages of ``tests/package.json``, installed once into ``.venv``, which ``make clean`` removes."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

from .requirements import missing

_WANTED = Path(__file__).with_name("package.json")
_FOLDER = _WANTED.parent.parent / ".venv" / "npm"
# Nothing that a package wants to run is run. The versions are exact, so there is no lock file.
_INSTALL = ("install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")


def package(name: str) -> Path:
    """The folder of an installed package; the test skips where npm is missing, and fails in CI."""
    npm = shutil.which("npm")
    if npm is None:
        missing("There is no npm.")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with _FOLDER.with_name("npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(npm)
    return _FOLDER / "node_modules" / name


def _install(npm: str) -> None:
    wanted, installed = _WANTED.read_text(), _FOLDER / "installed.json"
    if installed.exists() and installed.read_text() == wanted:
        return
    (_FOLDER / "package.json").write_text(wanted)
    done = subprocess.run(
        [npm, *_INSTALL], cwd=_FOLDER, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        missing(f"npm cannot install its packages: {done.stderr[-500:]}")
    installed.write_text(wanted)
