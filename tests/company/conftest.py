from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .packages import require

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
_IN_A_PROCESS_OF_ITS_OWN = "HTTP4XX_COMPANY"
_SECONDS = 120


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.company)


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for package in marker.args:
            require(package)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test of packages in a new process, where no Django is set up yet."""
    if _IN_A_PROCESS_OF_ITS_OWN in os.environ or not pyfuncitem.get_closest_marker("needs"):
        return None
    options = ["-p", "no:django", "-p", "no:xdist", "-p", "no:cacheprovider", "-q", "--no-header"]
    # What other people's packages warn of is theirs.
    options += ["-o", "addopts=", "-o", "filterwarnings=ignore"]
    environment = {**os.environ, _IN_A_PROCESS_OF_ITS_OWN: "1"}
    # It names the settings of all other tests.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, pyfuncitem.nodeid],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if ended.returncode:
        pytest.fail(ended.stdout + ended.stderr, pytrace=False)
    return True
