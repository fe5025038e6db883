"""Make an example error of each problem type, for previews and for the types' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_http4xx.conversion import without_fields
from django_http4xx.exceptions import CLASSES, ClientError
from django_http4xx.log import logger

from .members import declared_members, sample_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# Arguments that a status requires, or that make its example more useful.
_ARGUMENTS: Mapping[int, Mapping[str, Any]] = {
    401: {"challenge": 'Bearer realm="example"'},
    405: {"allow": ["GET", "HEAD"]},
    407: {"challenge": 'Basic realm="proxy"'},
    413: {"retry_after": 120},
    415: {"accept": ["application/json"]},
    416: {"complete_length": 1000},
    423: {"precondition": "lock-token-submitted"},
    426: {"upgrade": ["TLS/1.2"]},
    429: {"retry_after": 120},
    431: {"field": "Cookie"},
    451: {"blocked_by": "https://isp.example/"},
}


def example_of(problem_type: type[ClientError]) -> ClientError:
    """Make an error of a type, with the arguments that a view might pass.

    A declared field has its default, else a value of its type; a text is its own name in brackets. The
    ``__init__`` of a project's own type is not called, since its arguments are unknown.

    >>> example_of(RangeNotSatisfiable).headers
    {'Content-Range': 'bytes */1000'}
    """
    fields: dict[str, Any] = {
        member.name: getattr(problem_type, member.name, sample_of(member.schema, member.name))
        for member in declared_members(problem_type)
    }
    of_status = CLASSES[problem_type.status]
    try:
        error = problem_type.__new__(problem_type)
        if isinstance(error, of_status):
            of_status.__init__(error, **{**fields, **_ARGUMENTS.get(problem_type.status, {})})
        else:
            ClientError.__init__(error, **fields)
    except Exception:
        logger.exception("Could not make an example of %s.", problem_type.problem_type)
        return without_fields(problem_type.status)
    error.members |= getattr(problem_type, "_example_members", {})
    return error
