"""One of several processes that hit one key at once; run by ``test_stores_at_once``."""

from __future__ import annotations

import json
import logging
import sys
import time
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
    from django_http4xx.throttling.stores import close_all

    on_outage = task.get("on_outage", "deny")
    throttles = [Throttle(rate, name=rate, on_outage=on_outage) for rate in task["rates"]]
    throttles[0].peek("another key")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()

    waited, counted_here = [], []

    class Counted(logging.Handler):
        def emit(self, record):
            counted_here.append(getattr(record, "counted_here", 0))

    logging.getLogger("django_http4xx.throttling").addHandler(Counted())

    def attempt(throttle):
        passed = 0
        for _ in range(task["attempts"]):
            start = time.monotonic()
            passed += throttle.hit("one key").allowed
            waited.append(time.monotonic() - start)
        return passed

    threads = task.get("threads", 8)
    with ThreadPoolExecutor(threads) as pool:
        passed = [sum(pool.map(attempt, [throttle] * threads)) for throttle in throttles]
    close_all()
    told = {"passed": passed, "counted_here": sum(counted_here), "longest": max(waited)}
    sys.stdout.write(json.dumps(told))
