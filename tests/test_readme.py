"""What README.md tells people to paste works, and it leaves nothing out."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from django_http4xx import conf, exceptions, formats

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
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


def python(folder, text, *, stdin="", settings="tests.settings"):
    """What a Python of its own prints that runs a text: types and receivers stay its own."""
    path = os.pathsep.join([str(ROOT), str(folder)])
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": settings},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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


@pytest.mark.parametrize("text", [text for text in PYTHON[1:] if text not in SETTINGS])
def test_each_block_of_python_runs(text, tmp_path):
    python(tmp_path, f"import django; django.setup()\n{text}")


@pytest.mark.parametrize("text", SETTINGS)
def test_the_settings_are_without_a_fault(text, tmp_path, monkeypatch):
    write_modules(tmp_path, "formats")
    monkeypatch.syspath_prepend(tmp_path)
    namespace = {
        "INSTALLED_APPS": [],
        "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware"],
    }
    exec(text, namespace)
    with override_settings(HTTP4XX=namespace.get("HTTP4XX", {})):
        assert list(conf.faults()) == []


def test_every_exception_is_in_the_table():
    table = README.partition("## What a view can raise")[2].partition("\n## ")[0]
    for status, cls in exceptions.CLASSES.items():
        row = re.search(rf"^\| {status} \| `{cls.__name__}`.*$", table, re.MULTILINE).group()
        for name in inspect.signature(cls.__init__).parameters.keys() - {
            "self",
            "detail",
            "kwargs",
        }:
            assert name in row or cls.__init__ is exceptions.ClientError.__init__
    for name in exceptions.ARGUMENTS:
        assert f"`{name}`" in table


def test_every_placeholder_is_named():
    for name in (*exceptions.FIXED_PLACEHOLDERS, *exceptions.DERIVED_PLACEHOLDERS):
        assert f"`{{{name}}}`" in README


def test_every_setting_is_in_the_table_with_its_default():
    table = README.partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (.*?) \|", table, re.MULTILINE)
    shown = {key: default for keys, default in rows for key in re.findall("[A-Z_]+", keys)}
    assert shown.keys() == conf.KEYS.keys()
    for key, default in shown.items():
        value = conf.KEYS[key].default
        if isinstance(value, (bool, float, str)):
            assert ast.literal_eval(default.strip("`")) == value


def test_every_format_is_in_the_table():
    for path in conf.DEFAULT_FORMATS:
        cls = getattr(formats, path.rpartition(".")[2])
        assert re.search(
            rf"^\| `{re.escape(cls.name)}` \| `{re.escape(cls.media_type)}`.*`{cls.__name__}`",
            README,
            re.MULTILINE,
        )


def test_every_check_is_in_the_table():
    table = README.partition("\n## Checks\n")[2].partition("\n## ")[0]
    ids = set()
    for path in (ROOT / "django_http4xx").glob("**/checks.py"):
        source = path.read_text()
        label = re.search(r'id=f?"(\w+)\.', source).group(1)
        numbers = re.findall(r"(?<!urls\.)\b[EW]\d{3}\b", source)
        ids |= {f"{label}.{number}" for number in numbers}
    assert set(re.findall(r"^\| `(\w+\.[EW]\d{3})`", table, re.MULTILINE)) == ids


def test_every_block_of_the_page_is_named():
    page = (ROOT / "django_http4xx/templates/django_http4xx/problem.html").read_text()
    named = re.search(r"Its blocks are (.*?)\.", README).group(1)
    assert set(re.findall(r"{% block (\w+) %}", page)) == set(re.findall(r"`(\w+)`", named))


def test_every_target_of_make_is_there():
    console = "".join(text for language, text in BLOCKS if language == "console")
    targets = {
        name
        for line in re.findall(r"^make ([a-z ]+)", console, re.MULTILINE)
        for name in line.split()
    }
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    assert [name for name in targets if f"\n{name}:" not in makefile] == []


@pytest.mark.parametrize("path", re.findall(r'(?:src(?:set)?="|\]\()([\w./-]+)["|)]', README))
def test_what_it_links_to_is_there(path):
    assert (ROOT / path).exists()
