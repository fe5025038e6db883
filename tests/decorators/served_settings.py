"""The settings of the tests, with limits for the whole site."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.decorators.served_urls"
HTTP4XX = {"MAX_URI_LENGTH": 300, "MAX_HEADER_FIELD_SIZE": 500}
