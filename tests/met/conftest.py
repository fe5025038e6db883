"""What holds for all tests of the counts."""

import pytest

from django_http4xx.met.flushing import flusher


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    """The errors of other tests are not counted in this one."""
    flusher.forget()
    yield
    flusher.forget()
