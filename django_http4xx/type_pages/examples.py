"""One error of each problem type, as an example for previews and for the pages of the types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_http4xx.conversion import without_fields
from django_http4xx.exceptions import CLASSES, ClientError
from django_http4xx.log import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

# What HTTP demands of a code has to be said by whoever raises it.
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
    """An error of a type, with arguments as a view might give them.

    A field that the type declares holds its default, else its own name in brackets. An ``__init__``
    of the type's own is not run: it takes what only its author knows.

    >>> example_of(RangeNotSatisfiable).headers
    {'Content-Range': 'bytes */1000'}
    """
    fields: dict[str, Any] = {
        name: getattr(problem_type, name, f"[{name}]") for name in problem_type.fields
    }
    of_status = CLASSES[problem_type.status]
    try:
        error = problem_type.__new__(problem_type)
        if isinstance(error, of_status):
            of_status.__init__(error, **{**fields, **_ARGUMENTS.get(problem_type.status, {})})
        else:
            ClientError.__init__(error, **fields)
    except Exception:
        logger.exception("There is no example of %s.", problem_type.problem_type)
        return without_fields(problem_type.status)
    return error
