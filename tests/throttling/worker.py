"""One of several processes that hit one key at once; run by ``test_stores``."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django
from django.conf import settings

if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    settings.configure(
        SECRET_KEY="only for tests",
        USE_TZ=True,
        INSTALLED_APPS=["django_http4xx", "django_http4xx.throttling"],
        **task["settings"],
    )
    django.setup()
    from django_http4xx.throttling import Throttle

    throttles = [Throttle(rate, name=rate, on_outage="deny") for rate in task["rates"]]
    throttles[0].peek("another key")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()

    def attempt(throttle):
        return sum(throttle.hit("one key").allowed for _ in range(task["attempts"]))

    with ThreadPoolExecutor(8) as pool:
        passed = [sum(pool.map(attempt, [throttle] * 8)) for throttle in throttles]
    sys.stdout.write(json.dumps(passed))
