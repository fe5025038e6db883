"""A project in which somebody does what a document says, from top to bottom."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from .documents import Block, blocks, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Answers requests, each a line of JSON, until its input ends.
CLIENT = """
import json, sys
from urllib.parse import urlsplit
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, enforce_csrf_checks=True)
for line in sys.stdin:
    method, url, headers, content = json.loads(line)
    parts = urlsplit(url)
    response = client.generic(
        method,
        parts.path + ("?" + parts.query if parts.query else ""),
        content or "",
        content_type=headers.get("Content-Type", "application/x-www-form-urlencoded"),
        headers={"Host": parts.netloc, **headers},
    )
    answer = {
        "status": response.status_code,
        "reason": response.reason_phrase,
        "fields": dict(response.headers),
        "content": response.content.decode(),
    }
    print(json.dumps(answer), flush=True)
"""

PLACE = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Project:
    """A project in a folder, its settings in ``{name}.settings``; ``name`` is that of its package."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.environment = environment(
            folder, DJANGO_SETTINGS_MODULE=f"{name}.settings", PYTHONDONTWRITEBYTECODE="1"
        )
        self._client: subprocess.Popen[str] | None = None

    def follow(self, text: str, *, is_whole: Callable[[str], bool] = lambda file: False) -> int:
        """Do what a text says, check what it says of the answers, and return how many it shows.

        ``is_whole`` tells of a file whether the text shows all of it.
        """
        answer = ""
        checked = 0
        for block in blocks(text):
            if block.language == "console":
                answer = self._run_each(block.text)
            elif block.file:
                self.paste(block, is_whole=is_whole(block.file))
            elif answer and block.language in {"json", "text", "http"}:
                _compare(block, answer)
                answer = ""
                checked += 1
        return checked

    def paste(self, block: Block, *, is_whole: bool = False) -> None:
        """Add a block to the end of its file, or replace all of it."""
        file = self.folder / block.file
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w" if is_whole else "a") as opened:
            opened.write(f"\n{block.text}")
        self.restart()

    def run(self, *command: str) -> str:
        """What a command prints; ``python`` is the one that runs the tests."""
        programs = {"python": [sys.executable], "django-admin": [sys.executable, "-m", "django"]}
        arguments = [*programs.get(command[0], command[:1]), *command[1:]]
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, url: str, method: str = "GET", content: str = "", **headers: str) -> dict:
        """The answer to a request; ``Accept_Language="en"`` is the field ``Accept-Language``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._client is None:
            self._client = subprocess.Popen(
                [sys.executable, "-c", CLIENT],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(json.dumps([method, url, named, content]) + "\n")
        self._client.stdin.flush()
        line = self._client.stdout.readline()
        assert line, self._client.communicate()[1]
        return json.loads(line)

    def restart(self) -> None:
        """Let the server read the files again."""
        if self._client:
            self._client.communicate()
            self._client = None

    def _run_each(self, commands: str) -> str:
        answer = ""
        for line in commands.replace("\\\n", " ").splitlines():
            # A comment may follow.
            name, *arguments = shlex.split(line, comments=True) or [""]
            if name == "curl":
                answer = self._curl(arguments)
            elif name == "django-admin" or (
                "manage.py" in arguments and "runserver" not in arguments
            ):
                answer = self.run(name, *arguments)
                self.restart()
        return answer

    def _curl(self, arguments: list[str]) -> str:
        headers, method, content, url, shows_fields = {}, "", "", "", False
        left = iter(arguments)
        for argument in left:
            if argument in {"-i", "--include"}:
                shows_fields = True
            elif argument in {"-H", "--header"}:
                field, _, value = next(left).partition(":")
                headers[field] = value.strip()
            elif argument in {"-X", "--request"}:
                method = next(left)
            elif argument in {"-d", "--data", "--json"}:
                content = next(left)
                if argument == "--json":
                    headers |= {"Content-Type": "application/json", "Accept": "application/json"}
            else:
                assert not argument.startswith("-"), argument
                url = argument
        answer = self.ask(url, method or ("POST" if content else "GET"), content, **headers)
        if not shows_fields:
            return answer["content"]
        fields = [f"{name}: {value}" for name, value in answer["fields"].items()]
        first = f"HTTP/1.1 {answer['status']} {answer['reason']}"
        return "\n".join([first, *fields, "", answer["content"]])


def _compare(block: Block, answer: str) -> None:
    """Check that a block shows an answer, but for the references, which are always new."""
    shown, came = (PLACE.sub("REFERENCE", text).strip() for text in (block.text, answer))
    if block.language == "json":
        assert json.loads(came) == json.loads(shown)
        assert [*json.loads(came)] == [*json.loads(shown)]
    elif block.language == "http":
        # Documents show the fields that they speak of.
        missing = [line for line in shown.splitlines() if line and line not in came]
        assert missing == [], came
    else:
        assert shown in came
