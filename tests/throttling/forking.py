"""A process that hits before it forks; it tells how many of all hits passed, and were outages."""

from __future__ import annotations

import json
import os
import sys
import warnings

import django
from django.conf import settings

CHILDREN = 3
HITS = 20

if __name__ == "__main__":
    # Whoever has a connection has threads, too; they are not used after the fork.
    warnings.simplefilter("ignore", DeprecationWarning)
    settings.configure(
        SECRET_KEY="only for tests",
        USE_TZ=True,
        INSTALLED_APPS=["django_http4xx", "django_http4xx.throttling"],
        **json.loads(sys.argv[1]),
    )
    django.setup()
    from django_http4xx.throttling import Throttle

    throttle = Throttle("30/day", name="forked")
    before = throttle.hit("a")
    reading, writing = os.pipe()
    children = []
    for _ in range(CHILDREN):
        child = os.fork()
        if not child:
            break
        children.append(child)
    decisions = [throttle.hit("a") for _ in range(HITS)]
    passed = sum(decision.allowed for decision in decisions)
    outages = sum(decision.outage for decision in decisions)
    os.write(writing, f"{passed} {outages}\n".encode())
    if not child:
        sys.exit(0)
    for child in children:
        os.waitpid(child, 0)
    os.write(writing, f"0 {int(throttle.hit('b').outage)}\n".encode())
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = [tuple(map(int, line.split())) for line in lines]
    totals = [sum(numbers) for numbers in zip(*told, strict=True)]
    sys.stdout.write(json.dumps([totals[0] + before.allowed, totals[1] + before.outage]))
