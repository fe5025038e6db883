"""What the pages in docs/ tell people to paste works, and their tables leave nothing out."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import re

import pytest
from django.test import override_settings
from django.utils import translation
from django.utils.translation import to_language

from django_http4xx import conf, exceptions, formats
from django_http4xx.throttling import options  # noqa: F401 - it declares the keys of throttling

from . import settings as default_settings
from .documents import DOCS, PAGES, README, ROOT, blocks, page, python, section

# Runs each text that it is given by itself, as a module of its own.
RUN = """
import json, sys, types
import django
django.setup()
for number, text in enumerate(json.load(sys.stdin)):
    module = types.ModuleType(f"block{number}")
    sys.modules[module.__name__] = module
    code = compile(text, module.__name__, "exec")
    try:
        exec(code, module.__dict__)
    except ModuleNotFoundError as error:
        # Packages of others, which `make company` installs.
        if error.name not in {"ninja", "sentry_sdk"}:
            raise
    except BaseException:
        print(text, file=sys.stderr)
        raise
"""


def named(path):
    return path.relative_to(DOCS).with_suffix("").as_posix()


WITH_PYTHON = {
    named(path): found
    for path in PAGES
    # The blocks of the tutorial belong together: see test_tutorial.py.
    if path.stem != "tutorial"
    and (found := [block for block in blocks(path.read_text()) if block.language == "python"])
}
WITH_SETTINGS = {
    name: found
    for name, all_ in WITH_PYTHON.items()
    if (found := [block.text for block in all_ if block.file == "settings.py"])
}


def write_modules(folder, found):
    """Write the modules that other blocks of the page import."""
    for block in found:
        if block.file and block.file != "settings.py":
            file = folder / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)


@pytest.mark.parametrize("name", WITH_PYTHON)
def test_each_block_of_python_runs(name, tmp_path):
    found = WITH_PYTHON[name]
    write_modules(tmp_path, found)
    texts = [block.text for block in found if block.file != "settings.py"]
    python(tmp_path, RUN, stdin=json.dumps(texts))


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_the_settings_are_without_a_fault(name, tmp_path, monkeypatch):
    write_modules(tmp_path, WITH_PYTHON[name])
    monkeypatch.syspath_prepend(tmp_path)
    for text in WITH_SETTINGS[name]:
        namespace = {
            "BASE_DIR": tmp_path,
            "HTTP4XX": {},
            "INSTALLED_APPS": [],
            "MIDDLEWARE": [*default_settings.MIDDLEWARE],
            "REST_FRAMEWORK": {},
            "SPECTACULAR_SETTINGS": {},
            "TEMPLATES": [{"DIRS": [], "OPTIONS": {"context_processors": []}}],
        }
        exec(text, namespace)
        with override_settings(HTTP4XX=namespace["HTTP4XX"]):
            assert list(conf.faults()) == []


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_an_example_of_a_setting_overwrites_no_other(name):
    whole = re.compile("^(?:HTTP4XX|REST_FRAMEWORK) = .*", re.MULTILINE)
    assignments = [line for text in WITH_SETTINGS[name] for line in whole.findall(text)]
    assert name == "reference/settings" or assignments == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_each_block_of_json_can_be_read(path):
    for block in blocks(path.read_text()):
        if block.language == "json":
            json.loads(block.text)


def test_the_picture_of_rates_is_what_the_code_draws():
    spec = importlib.util.spec_from_file_location("pictures", DOCS / "pictures.py")
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    assert pictures.IMAGE.read_text() == pictures.picture()


def test_every_exception_is_in_the_table():
    table = page("reference/exceptions")
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
        assert f"`{{{name}}}`" in page("reference/exceptions")


def test_every_setting_is_in_the_table_with_its_default():
    rows = re.findall(
        r"^\| (`[A-Z0-9_]+`(?:, `[A-Z0-9_]+`)*) \| (.*?) \|",
        page("reference/settings"),
        re.MULTILINE,
    )
    shown = {key: default for keys, default in rows for key in re.findall("[A-Z0-9_]+", keys)}
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
            page("reference/formats"),
            re.MULTILINE,
        )


def test_every_check_is_in_the_table():
    ids = set()
    for path in (ROOT / "django_http4xx").glob("**/checks.py"):
        source = path.read_text()
        label = re.search(r'id=f?"(\w+)\.', source).group(1)
        numbers = re.findall(r"(?<!urls\.)\b[EW]\d{3}\b", source)
        ids |= {f"{label}.{number}" for number in numbers}
    table = page("reference/checks")
    assert set(re.findall(r"^\| `(\w+\.[EW]\d{3})`", table, re.MULTILINE)) == ids


def test_every_language_is_named():
    listed = section(
        page("how-to/add-a-language"), "# How do I get the built-in words in another language?"
    )
    named = (
        re.search(r"English, .*?\.", listed, re.DOTALL)[0].replace("\n", " ").strip(".").split(", ")
    )
    locales = [path.name for path in (ROOT / "django_http4xx" / "locale").iterdir()]
    names = {translation.get_language_info(to_language(name))["name"] for name in locales}
    assert {*named} == {*names, "English"}
    assert f"**In {len(named)} languages**" in README.read_text()


def test_every_block_of_the_page_is_named():
    template = (ROOT / "django_http4xx/templates/django_http4xx/problem.html").read_text()
    told = re.search(r"Its blocks are (.*?)\.", page("reference/templates")).group(1)
    assert set(re.findall(r"{% block (\w+) %}", template)) == set(re.findall(r"`(\w+)`", told))
