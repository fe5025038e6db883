"""The example project with languages that are written from right to left."""

from example.settings import *  # noqa: F403

LANGUAGES = [("en", "English"), ("ar", "Arabic"), ("he", "Hebrew")]
