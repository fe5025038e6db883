"""What a test needs of the machine: it skips where that is missing, and fails in CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skip the test that runs, and say why; where ``CI`` is set nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason} CI has to provide it.")
    pytest.skip(reason)
