"""What README.md tells people to paste works, and it leaves nothing out."""

import json
import re

from .documents import README as PATH
from .documents import blocks, python

README = PATH.read_text()
BLOCKS = blocks(README)
PYTHON = [text for language, text in BLOCKS if language == "python"]
SETTINGS = [text for text in PYTHON if text.startswith("# settings.py")]
STEPS = README.partition("## Add it to your project")[2].partition("\n## ")[0]

URLS = """
from django.urls import path
from problems import OutOfStock
import views

def buy(request):
    raise OutOfStock(sku="POT-1", available=2)

urlpatterns = [path("buy/", buy), path("orders/<int:number>/", views.cancel)]
"""

VISIT = """
import django, json
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check", fail_level="WARNING")
get = Client(headers={"accept": "application/problem+json", "host": "localhost"}).get
print(json.dumps([get(path).json() for path in ("/buy/", "/orders/11/", "/orders/12/", "/none/")]))
"""


RAISED = """
import sys, django
django.setup()
from django_http4xx.exceptions import *
from problems import OutOfStock
for line in sys.stdin:
    try:
        exec(line)
    except ClientError as error:
        print(repr(error))
"""


def write_modules(folder, *names):
    for name in names:
        text = next(text for text in PYTHON if text.startswith(f"# {name}.py"))
        (folder / f"{name}.py").write_text(text)


def test_the_steps_make_a_new_project_explain_its_errors(tmp_path):
    start = f"from django.core import management as m; m.call_command('startproject', 'shop', {str(tmp_path)!r})"
    python(tmp_path, start)
    settings = "".join(text for text in SETTINGS if text in STEPS)
    with (tmp_path / "shop" / "settings.py").open("a") as file:
        # Without it the body has the phrase of the code for its title, as shown.
        file.write(re.sub(".*TYPE_BASE_URI.*", "", settings))
    (tmp_path / "shop" / "urls.py").write_text(URLS)
    write_modules(tmp_path, "views", "problems")

    answers = python(tmp_path, VISIT, settings="shop.settings").splitlines()[-1]

    bought, conflict, missing, nowhere = json.loads(answers)
    shown = json.loads(next(text for language, text in BLOCKS if language == "json"))
    for problem in (bought, shown):
        assert problem["instance"] == f"urn:uuid:{problem['reference']}"
        problem.update(reference="", instance="")
    assert bought == shown
    assert list(bought) == list(shown)
    assert (conflict["status"], conflict["number"]) == (409, 11)
    assert missing["detail"] == "There is no order 12."
    assert nowhere["code"] == "not-found"


def test_what_is_raised_is_raised(tmp_path):
    write_modules(tmp_path, "problems")
    raised = python(tmp_path, RAISED, stdin=PYTHON[0]).splitlines()
    assert raised == [
        "NotFound(404, 'There is no order 12.')",
        "TooManyRequests(429)",
        "OutOfStock(409)",
    ]
