"""Which tests run when: what is slow, and where pairs of parameters stand for the whole product."""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).parent

# Processes, browsers, a wheel that is built, a million clients, hundreds of requests in a test.
SLOW_PATHS = (
    "company",
    "decorators/test_existence_on_servers.py",
    "decorators/test_nothing_of_the_object.py",
    "decorators/test_servers.py",
    "example_project",
    "explanations/test_databases.py",
    "explanations/test_editors_at_once.py",
    "explanations/test_two_servers.py",
    "met/test_databases.py",
    "met/test_servers.py",
    "test_admin_with_any_text.py",
    "test_how_to.py",
    "test_memory.py",
    "test_page_in_a_browser.py",
    "test_page_scripts_in_a_browser.py",
    "test_problem_js.py",
    "test_problem_js_alert.py",
    "test_problem_js_files.py",
    "test_readme.py",
    "test_servers.py",
    "test_tutorial.py",
    "test_wheel.py",
    "throttling/test_database.py",
    "throttling/test_faults.py",
    "throttling/test_outages.py",
    "throttling/test_redis.py",
    "throttling/test_stores.py",
    "throttling/test_stores_at_once.py",
)

SLOW_TESTS = frozenset(
    {
        "runTest",  # what Hypothesis makes of its machines of states
        "test_a_million_clients_stay_within_the_bound",
        "test_each_block_of_python_runs",
        "test_mypy_sees_the_fields_that_a_type_declares",
        "test_no_link_leads_to_a_page_that_is_refused",
    }
)

# A test that asks for one of these waits for a server.
SERVERS = frozenset(
    {
        *("demo", "gunicorn", "runserver", "uvicorn"),
        *("django-redis", "mariadb", "memcached", "postgresql", "redis"),
    }
)

# Many parameters each. What breaks a single combination of them, and none of the pairs in it, has not
# been seen yet; the fast tests have each value once.
ONCE_PATHS = (
    "decorators/test_access.py",
    "decorators/test_who_is_there.py",
    "rest_framework/test_called_by_hand.py",
    "test_exception_groups.py",
    "test_language.py",
)
# Seconds for each test: every look and language in turn, but each once. `--whole` has all of them.
BROWSER_PATHS = (
    "example_project/test_browser.py",
    "example_project/test_editor_in_a_browser.py",
    "example_project/test_editors_lose_nothing.py",
    "example_project/test_moving_in_a_browser.py",
    "example_project/test_preview_in_a_browser.py",
    "example_project/test_several_editors_in_a_browser.py",
    "example_project/test_writing_in_a_browser.py",
    "test_page_in_a_browser.py",
    "test_page_scripts_in_a_browser.py",
    "test_problem_js.py",
    "test_problem_js_alert.py",
)
PAIRED_PATHS = (
    "decorators/test_every_kind_of_view.py",
    "decorators/test_nothing_of_the_object.py",
    *ONCE_PATHS,
)


def is_in(item, paths):
    place = item.path.relative_to(HERE)
    return any(place.is_relative_to(path) for path in paths)


def is_slow(item):
    return (
        is_in(item, SLOW_PATHS)
        or getattr(item.obj, "is_hypothesis_test", False)
        or item.originalname in SLOW_TESTS
        or not SERVERS.isdisjoint(item.fixturenames)
        or any(type(value) is str and value in SERVERS for value in _parameters(item).values())
    )


def repeated(items, paths, size):
    """The tests whose every value (``size`` 1), or every pair of values (2), another one has.

    They are the same in every process.
    """
    shuffled = [item for item in items if is_in(item, paths)]
    random.Random(0).shuffle(shuffled)
    seen, found = set(), set()
    for item in shuffled:
        # By identity: not every value can be compared.
        given = [(name, id(value)) for name, value in sorted(_parameters(item).items())]
        function = (item.path, item.cls, item.originalname)
        parts = {(function, part) for part in combinations(given, size)}
        if parts and parts <= seen:
            found.add(item)
        seen |= parts
    return found


def _parameters(item):
    return item.callspec.params if hasattr(item, "callspec") else {}
