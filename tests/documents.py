"""The documents: README.md and the pages in docs/, with the blocks of code that people paste."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted(page for page in DOCS.glob("**/*.md") if "_build" not in page.parts)


class Block(NamedTuple):
    """A block of code. A comment in its first line names the file that it belongs in."""

    language: str
    text: str

    @property
    def file(self) -> str:
        named = re.match(r"(?:# |\{# |<!-- )([\w./-]+\.(?:py|html|json))\b", self.text)
        return named[1] if named else ""


def page(name: str) -> str:
    """The text of a page, such as ``reference/settings``."""
    return (DOCS / f"{name}.md").read_text()


def section(text: str, heading: str) -> str:
    """What is below a heading, up to the next one of its level or above."""
    level, _, _ = heading.partition(" ")
    below = f"\n{text}".partition(f"\n{heading}\n")[2]
    assert below, heading
    # A line of Python's comments begins in the same way.
    code = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
    hidden = code.sub(lambda found: re.sub(r"^#", "_", found[0], flags=re.MULTILINE), below)
    end = re.search(rf"^#{{1,{len(level)}}} ", hidden, re.MULTILINE)
    return below[: end.start()] if end else below


def blocks(text: str) -> list[Block]:
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [Block(*block) for block in found]


def python(folder: Path, text: str, *, stdin: str = "", settings: str = "tests.settings") -> str:
    """What a Python of its own prints that runs a text: types and receivers stay its own."""
    done = subprocess.run(
        [sys.executable, "-c", text],
        env=environment(folder, DJANGO_SETTINGS_MODULE=settings),
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Environment variables with which this package and the folder's modules are imported."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, **variables}
