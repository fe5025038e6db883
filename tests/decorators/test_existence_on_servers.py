"""Objects that are looked up on the databases that sites have: the tests of `test_existence`, there."""

import os

import pytest

from tests.explanations.test_databases import SERVERS, in_process, running


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_not_there_is_not_found(name):
    database = {**running(name), "TEST": {"NAME": f"test_http4xx_existence_{os.getpid()}"}}
    failed, said = in_process(
        [
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n0",
            "--create-db",
            "tests/decorators/test_existence.py",
        ],
        {"default": database},
        DJANGO_SETTINGS_MODULE="tests.explanations.elsewhere",
    )
    assert not failed, said
