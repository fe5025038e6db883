"""What is public is listed, exists, and is all that the documents use."""

import ast
import re
from importlib import import_module

import pytest

from tests import documents
from tests.test_map import MODULES

LISTED = {
    module: re.findall(r"`(\w+)`", names)
    for module, names in re.findall(
        r"^\| `django_http4xx\.([\w.]+)` \| (.*?) \|",
        documents.page("reference/public-names"),
        re.MULTILINE,
    )
}


def declared(path):
    """What ``__all__`` of a module says, without importing what may not be installed."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def test_the_list_is_what_the_modules_declare():
    assert {name: all_ for name, path in MODULES.items() if (all_ := declared(path))} == LISTED


@pytest.mark.parametrize("module", sorted(LISTED.keys() - {"contrib.ninja"}))
def test_every_listed_name_is_there(module):
    imported = import_module(f"django_http4xx.{module}")
    assert [name for name in LISTED[module] if not hasattr(imported, name)] == []


def test_every_listed_name_is_described_in_the_reference():
    described = set()
    for path in documents.PAGES:
        module = ""
        for line in path.read_text().splitlines():
            directive = re.match(r"\.\. (\w+|py:data):: ([\w.]+)$", line)
            if directive and directive[1] == "currentmodule":
                module = f"{directive[2]}."
            elif directive:
                name = directive[2]
                described.add(name if name.startswith("django_http4xx.") else module + name)
    # The older names of two classes.
    aliases = {"PayloadTooLarge", "UnprocessableEntity"}
    public = {
        f"django_http4xx.{module}.{name}"
        for module, names in LISTED.items()
        for name in names
        if name not in aliases
    }
    assert public - described == set()


def test_the_documents_import_public_names_only():
    text = "\n".join(path.read_text() for path in (documents.README, *documents.PAGES))
    imports = re.findall(
        r"^ *from django_http4xx\.([\w.]+) import (\([^)]*\)|.+)$", text, re.MULTILINE
    )
    used = {(module, name) for module, names in imports for name in re.findall(r"\w+", names)}
    assert used
    assert {(m, name) for m, name in used if name not in LISTED.get(m, ())} == set()
