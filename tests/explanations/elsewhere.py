"""The settings of the tests with another database: ``DATABASES`` of the environment, as JSON."""

import json
import os

from tests.settings import *  # noqa: F403

DATABASES = json.loads(os.environ["DATABASES"])
DATABASE_ROUTERS = os.environ.get("DATABASE_ROUTERS", "").split()
