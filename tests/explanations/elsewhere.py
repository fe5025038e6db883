"""The settings of the tests with another database: ``DATABASES`` of the environment, as JSON."""

import json
import os

from tests.settings import *  # noqa: F403

DATABASES = json.loads(os.environ["DATABASES"])
DATABASE_ROUTERS = os.environ.get("DATABASE_ROUTERS", "").split()
ROOT_URLCONF = os.environ.get("ROOT_URLCONF", ROOT_URLCONF)  # noqa: F405
HTTP4XX = {"EXPLANATIONS_MAX_AGE": float(os.environ.get("EXPLANATIONS_MAX_AGE", "5"))}
