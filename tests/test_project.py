"""What contributors, the package index and the forge read leads where it says."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from .documents import PAGES

ROOT = Path(__file__).parent.parent
CONFIG = configparser.ConfigParser(interpolation=None)
CONFIG.read(ROOT / "setup.cfg")
TOX = configparser.ConfigParser(interpolation=None)
TOX.read(ROOT / "tox.ini")
DOCUMENTS = [*ROOT.glob("*.md"), *PAGES, *ROOT.glob(".github/*.md")]
WORKFLOWS = [*ROOT.glob(".github/workflows/*.yml")]


def listed(section, key):
    return [line for line in CONFIG[section][key].splitlines() if line]


URLS = dict(re.split(r"\s*=\s*", line) for line in listed("metadata", "project_urls"))
SOURCE = URLS["Source"]
PUBLISHED = f"{URLS['Documentation']}en/latest/"
FILES = f"{SOURCE}/blob/main/"
PICTURES = f"{SOURCE.replace('github.com', 'raw.githubusercontent.com')}/main/"


def links(document):
    """Where a document leads to, but for what is code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text(), flags=re.DOTALL)
    return re.findall(r'(?:src(?:set)?="|\]\()([^\s")]+)["|)]', text)


def anchors(document):
    """The anchors that a forge makes of headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_the_repository_leads_somewhere(document):
    for link in links(document):
        address, _, anchor = link.partition("#")
        if address.startswith(PUBLISHED):
            name = address.removeprefix(PUBLISHED)
            address = re.sub(r"\.html$", ".md", f"{FILES}docs/{name or 'index.html'}")
        # A pull request is two levels below the files.
        place = address.removeprefix(FILES).removeprefix(PICTURES).removeprefix("../blob/main/")
        if ":" in place:
            continue
        base = document.parent if place == address else ROOT
        target = base / place if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_documents_are_built_with_what_they_need():
    settings = yaml.safe_load((ROOT / ".readthedocs.yaml").read_text())
    (install,) = settings["python"]["install"]
    assert [*install["extra_requirements"]] == ["docs"]
    assert "sphinx" in listed("options.extras_require", "docs")
    assert (ROOT / settings["sphinx"]["configuration"]).exists()


def test_the_readme_leads_on_from_the_package_index_too():
    relative = [link for link in links(ROOT / "README.md") if not re.match("https?://|#", link)]
    assert relative == []


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, *WORKFLOWS, ROOT / ".pre-commit-config.yaml", ROOT / ".ci/run"]
)
def test_every_target_of_make_is_there(document):
    text = document.read_text()
    commands = re.findall(r"(?:^|run: |entry: |`)make ((?:[a-z][a-z-]* ?)+)", text, re.MULTILINE)
    commands += re.findall(r"\.ci/run ([a-z-]+)", text)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {name for command in commands for name in command.split()} <= {*targets}


def test_the_forge_runs_each_pair():
    (workflow,) = WORKFLOWS
    pairs = yaml.safe_load(workflow.read_text())["jobs"]["pairs"]["strategy"]["matrix"]["include"]
    run = {pair["environment"] for pair in pairs}
    assert run == {name for name in environments() if "company" not in name}
    for pair in pairs:
        version = pair["python"].replace(".", "")
        assert pair["environment"].startswith((f"py{version}-", "lowest"))


def test_each_version_that_is_promised_is_tested():
    promised = re.findall(r"(Python|Django) :: (\d\.\d+)", CONFIG["metadata"]["classifiers"])
    names = [f"{'py' if what == 'Python' else 'django'}{number}" for what, number in promised]
    tested = " ".join(environments())
    assert len(names) > 6
    assert [name for name in names if name.replace(".", "") not in tested] == []


def test_the_lowest_versions_are_those_that_are_promised():
    needed = [
        *listed("options", "install_requires"),
        *(
            line
            for name in ("rest-framework", "redis", "memcached")
            for line in listed("options.extras_require", name)
        ),
    ]
    promised = [re.match(r"([\w-]+) *>=([\d.]+)", line).groups() for line in needed]
    pinned = [line.split("==") for line in TOX["testenv:lowest"]["deps"].split()]
    assert _versions(pinned) == _versions(promised)


def _versions(pairs):
    return {name.lower(): Version(version) for name, version in pairs}


def environments():
    """The names of all environments that tox has, with each factor in braces spelt out."""
    for line in TOX["tox"]["envlist"].split():
        before, braces, after = line.partition("{")
        choices, _, end = after.partition("}")
        yield from (f"{before}{choice}{end}" for choice in choices.split(",") if braces)
        if not braces:
            yield line
