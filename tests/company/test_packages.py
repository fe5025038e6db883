from __future__ import annotations

import pytest

from .packages import EXISTS_FOR, PAIRS, pair, require


def test_the_pair_that_runs_is_one_that_the_project_supports():
    assert pair() in PAIRS


@pytest.mark.parametrize("package", sorted(EXISTS_FOR))
def test_every_package_that_exists_for_this_pair_is_installed(package):
    require(package)
