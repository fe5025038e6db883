"""The map in the docstring of each package: all modules are in it, and none imports what is below."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import django_http4xx

ROOT = Path(django_http4xx.__file__).parent
# Django reads these for itself, and each is for one command or one change of tables.
APART = {"migrations", "management"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
    if path != ROOT / "__init__.py" and not APART & {*path.parts}
}


def entries(package):
    """What the docstring of a package lists, in order; a folder ends with a slash."""
    doc = import_module(f"django_http4xx.{package}".rstrip(".")).__doc__ or ""
    lines = re.findall(r"^    ([\w/]+(?:, [\w/]+)*)  +\S", doc, re.MULTILINE)
    return [f"{package}{name}" for line in lines for name in line.split(", ")]


def in_order(package=""):
    for entry in entries(package):
        name = entry.replace("/", ".")
        if not entry.endswith("/"):
            yield name
        elif entry.rstrip("/").split("/")[-1] not in APART:
            yield from in_order(name)
            # What a folder gives to others it has from its files.
            yield name.rstrip(".")


ORDER = list(dict.fromkeys(in_order()))


def imported_by(name):
    """The modules of the package that a module imports, also in functions and for types only."""
    path = MODULES[name]
    package = f"django_http4xx.{name}".split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            outer = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*outer, *([node.module] if node.module else [])])
            names = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        for imported in names:
            name = imported.removeprefix("django_http4xx.")
            if name != imported:
                yield name if name in MODULES else name.rpartition(".")[0]


def test_every_module_is_in_the_map_and_nothing_else():
    assert sorted(ORDER) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_is_above_it(name):
    allowed = {*ORDER[: ORDER.index(name)]}
    wrong = {other for other in imported_by(name) if other in MODULES} - allowed
    assert not wrong, f"{name} is above {sorted(wrong)} in the map"


@pytest.mark.parametrize("guest", ["rest_framework", "throttling", "met", "contrib"])
def test_what_is_optional_is_imported_by_its_users_alone(guest):
    users = {"rest_framework", guest}
    importers = {
        name
        for name in MODULES
        if name.split(".")[0] not in users
        for other in imported_by(name)
        if other.split(".")[0] == guest
    }
    assert not importers


def test_an_api_imports_no_throttling():
    code = """
import sys
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_http4xx"])
import django
django.setup()
import django_http4xx.middleware
import django_http4xx.rest_framework
print([name for name in sys.modules if name.startswith(("django_http4xx.throttling", "django_http4xx.decorators"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
