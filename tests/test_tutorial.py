"""Who does what the tutorial says sees what it says, with ``DEBUG`` on and off."""

import re

import pytest

from .documents import page
from .followed import Project
from .test_readme import PRODUCTION

TUTORIAL = page("tutorial")
(TEXTS,) = re.findall(r"^```json\n(\[.*?\]\n)```", TUTORIAL, re.MULTILINE)


@pytest.mark.parametrize("is_debug", [True, False])
def test_the_tutorial_does_what_it_says(is_debug, tmp_path):
    (tmp_path / "texts.json").write_text(TEXTS)
    project = Project(tmp_path, "booking")
    start, first, rest = TUTORIAL.partition("```python\n# booking/settings.py\n")
    project.follow(start)
    if not is_debug:
        with (tmp_path / "booking" / "settings.py").open("a") as settings:
            settings.write(PRODUCTION)
    shown = project.follow(first + rest, is_whole=lambda file: not file.endswith("settings.py"))
    assert shown == 11
    answers = [project.ask("http://127.0.0.1:8000/rooms/1/")["status"] for _ in range(21)]
    assert answers == [200] * 20 + [429]
    project.restart()
