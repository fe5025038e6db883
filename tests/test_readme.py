"""What README.md tells a new user to paste works, from top to bottom, and does what it says."""

from __future__ import annotations

import json
import re

import pytest

from .documents import README as PATH
from .documents import blocks, python
from .followed import Project

README = PATH.read_text()
STEPS = README.partition("## Add it to your project")[2].partition("\n## ")[0]

SITE = "http://127.0.0.1:8000"

PRODUCTION = """
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
"""

API = """
```python
# orders/api.py
from rest_framework import serializers
from rest_framework.generics import CreateAPIView

class Order(serializers.Serializer):
    size = serializers.ChoiceField(["small", "large"])

class Create(CreateAPIView):
    serializer_class = Order
```

```python
# mysite/urls.py
from orders import api

urlpatterns += [path("api/orders/", api.Create.as_view())]
```
"""

RAISED = """
import sys, django
django.setup()
from django_http4xx.exceptions import *
from orders.problems import OutOfStock
for line in sys.stdin:
    try:
        exec(line)
    except ClientError as error:
        print(repr(error))
"""


@pytest.fixture(scope="module", params=[True, False], ids=["DEBUG on", "DEBUG off"])
def is_debug(request):
    return request.param


@pytest.fixture(scope="module")
def project(is_debug, tmp_path_factory):
    """A new project, in which somebody has pasted each step."""
    folder = tmp_path_factory.mktemp("project")
    start = f"from django.core import management as m; m.call_command('startproject', 'mysite', {str(folder)!r})"
    python(folder, start)
    if not is_debug:
        with (folder / "mysite" / "settings.py").open("a") as settings:
            settings.write(PRODUCTION)
    project = Project(folder, "mysite")
    assert project.follow(STEPS) == 2  # answers that it shows
    yield project
    project.restart()


def test_it_is_two_screens_long():
    assert len(README.splitlines()) <= 250


def test_every_problem_type_has_a_page(project):
    index = project.ask(f"{SITE}/problems/")
    assert index["status"] == 200
    assert "/problems/out-of-stock/" in index["content"]


def test_browsers_get_djangos_page_of_an_unknown_address_while_debug_is_on(project, is_debug):
    page = project.ask(f"{SITE}/nowhere/", Accept="text/html")
    assert page["status"] == 404
    assert ("DEBUG = True" in page["content"]) == is_debug
    assert ("There is nothing at this address." in page["content"]) == (not is_debug)


@pytest.mark.parametrize(
    "path, status, text",
    [
        ("/orders/12/", 404, "There is no order 12."),
        ("/orders/11/", 409, "This order is paid for already."),
        ("/buy/", 409, "We have 2 of POT-1 left."),
    ],
)
def test_what_is_raised_is_shown_as_visitors_see_it(project, path, status, text):
    page = project.ask(f"{SITE}{path}", Accept="text/html")
    assert page["status"] == status
    assert text in re.sub("<.*?>", "", page["content"])
    assert "DEBUG" not in page["content"]


def test_the_sixth_request_is_too_many(project):
    answers = [project.ask(f"{SITE}/search/") for _ in range(6)]
    assert [answer["status"] for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1]["fields"]["Retry-After"]) <= 60


def test_a_form_that_fails_the_csrf_check_is_explained(project):
    answer = project.ask(f"{SITE}/admin/login/", "POST", "username=a", Accept="application/json")
    assert answer["status"] == 403
    assert json.loads(answer["content"])["code"] == "csrf-failed"


def test_the_test_passes(project):
    project.run("python", "manage.py", "test")


def test_the_project_has_no_fault(project, is_debug):
    # In production it is told that each process counts by itself.
    level = "WARNING" if is_debug else "ERROR"
    project.run("python", "manage.py", "check", "--fail-level", level)


def test_the_errors_of_an_api_are_problems(project):
    project.follow(API)
    answer = project.ask(
        f"{SITE}/api/orders/", "POST", '{"size": "tiny"}', Content_Type="application/json"
    )
    body = json.loads(answer["content"])
    assert (answer["status"], body["status"]) == (422, 422)
    assert body["errors"][0]["pointer"] == "#/size"
    missing = project.ask(f"{SITE}/api/none/", Accept="*/*")
    assert json.loads(missing["content"])["code"] == "not-found"


def test_what_is_raised_is_raised(tmp_path):
    problems = next(block for block in blocks(README) if block.file == "orders/problems.py")
    (tmp_path / "orders").mkdir()
    (tmp_path / problems.file).write_text(problems.text)
    raised = python(tmp_path, RAISED, stdin=blocks(README)[0].text).splitlines()
    assert raised == [
        "NotFound(404, 'There is no order 12.')",
        "TooManyRequests(429)",
        "OutOfStock(409)",
    ]


def test_no_line_takes_anything_away_from_a_project():
    settings = "".join(block.text for block in blocks(README) if block.file.endswith("settings.py"))
    assignments = re.findall(r"^(\w+) = ", settings, re.MULTILINE)
    assert assignments == ["CSRF_FAILURE_VIEW", "HTTP4XX", "REST_FRAMEWORK"]
    assert "example" not in settings
