"""The wheel: everything that is needed is inside, and it works where nothing else of ours is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, distribution, distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .requirements import missing

ROOT = Path(__file__).parent.parent
PACKAGE = "django_http4xx"
SOURCES = (PACKAGE, "setup.cfg", "pyproject.toml", "README.md", "LICENSE")

RENDER = """
import django_http4xx
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_http4xx"],
    LANGUAGES=[("en", "English"), ("zh-hans", "Chinese")],
    LANGUAGE_CODE="en",
    ROOT_URLCONF="urls",
)
import django
django.setup()
from django.test import Client
response = Client().get("/", headers={"accept": "text/html", "accept-language": "zh-CN"})
print(django_http4xx.__file__)
print(response.status_code, response.headers["Content-Language"])
print(response.content.decode())
"""


def can_build():
    try:
        return int(version("setuptools").partition(".")[0]) >= 77
    except PackageNotFoundError:
        return False


def dependencies(installed):
    """The distributions that one needs to work, and those that they need."""
    found, pending = {}, [installed]
    while pending:
        for text in pending.pop().requires or ():
            needed = Requirement(text)
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if applies and needed.name not in found:
                found[needed.name] = distribution(needed.name)
                pending.append(found[needed.name])
    return found.values()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if not can_build():
        missing("The wheel is built with setuptools 77 or newer.")
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    # Without isolation, which would download setuptools.
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "."]
    run = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = source.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_package(names):
    files = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / PACKAGE).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert {name for name in names if name.startswith(f"{PACKAGE}/")} == files


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "templates/django_http4xx/problem.html",
        "locale/zh_Hans/LC_MESSAGES/django.mo",
    ],
)
def test_the_wheel_holds_what_is_no_code(names, name):
    assert f"{PACKAGE}/{name}" in names


def test_the_wheel_holds_nothing_else(names):
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {PACKAGE}


def test_a_page_in_chinese_from_an_environment_with_nothing_but_the_wheel(wheel, tmp_path):
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    run = subprocess.run(
        [*pip, "--no-deps", str(wheel)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    # What it says that it depends on is taken from here, without the network; nothing else is there.
    (site_packages,) = environment.glob("lib/*/site-packages")
    (installed,) = distributions(name="django-http4xx", path=[str(site_packages)])
    for dependency in dependencies(installed):
        for name in {file.parts[0] for file in dependency.files} - {"..", "__pycache__"}:
            (site_packages / name).symlink_to(dependency.locate_file(name))
    (tmp_path / "urls.py").write_text("urlpatterns = []\n")
    run = subprocess.run(
        [str(python), "-c", RENDER],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    file, answer, page = run.stdout.split("\n", 2)
    assert Path(file).is_relative_to(environment)
    assert answer == "404 zh-hans"
    assert "<title>找不到页面</title>" in page
