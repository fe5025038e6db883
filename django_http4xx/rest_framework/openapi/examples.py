"""An error of each type as a client reads it, written by the code that writes the answers.

The words are the built-in ones in ``LANGUAGE_CODE``; no row is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest

from django_http4xx.formats import ProblemJSON
from django_http4xx.problems import explain
from django_http4xx.type_pages.examples import example_of
from django_http4xx.type_pages.members import sample_of
from django_http4xx.words.snapshots import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_http4xx.exceptions import ClientError
    from django_http4xx.formats import Format
    from django_http4xx.problems import Problem

# The reference of an example is nobody's.
_REFERENCE = "00000000-0000-4000-8000-000000000000"
_HOST = "api.example"


class _Request(HttpRequest):
    """A request to nowhere, so that the same is written wherever a schema is made."""

    def __init__(self) -> None:
        super().__init__()
        self.method = "GET"
        self.path = self.path_info = "/"
        self.META = {"HTTP_X_REQUEST_ID": _REFERENCE, "SERVER_NAME": _HOST, "SERVER_PORT": "443"}

    def get_host(self) -> str:
        return _HOST

    def _get_scheme(self) -> str:
        return "https"


def error_of(
    problem_type: type[ClientError], members: Mapping[str, Mapping[str, Any]]
) -> ClientError:
    """An error of a type, whose declared members hold values of their JSON types."""
    error = example_of(problem_type)
    for name in problem_type.fields:
        if name in members and not hasattr(problem_type, name):
            error.say(**{name: sample_of(members[name], name)})
    return error


def explained(error: ClientError) -> Problem:
    """The problem that a reader of ``LANGUAGE_CODE`` is told, in the built-in words."""
    return explain(_Request(), error, settings.LANGUAGE_CODE, Snapshot())


def written(problem: Problem, form: type[Format] = ProblemJSON) -> Any:
    """The body of a problem: of JSON as the object, of any other format as the text."""
    body = form.render(problem, _Request())
    return json.loads(body) if issubclass(form, ProblemJSON) else body
