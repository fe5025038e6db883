"""One error of each problem type, as an example for previews and for the pages of the types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .conversion import without_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .exceptions import ClientError

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

    A field that the type declares holds its default, else its own name in brackets.

    >>> example_of(RangeNotSatisfiable).headers
    {'Content-Range': 'bytes */1000'}
    """
    fields: dict[str, Any] = {
        name: getattr(problem_type, name, f"[{name}]") for name in problem_type.fields
    }
    try:
        return problem_type(**{**fields, **_ARGUMENTS.get(problem_type.status, {})})
    except Exception:
        # A type with an ``__init__`` of its own takes what only its author knows.
        return without_fields(problem_type.status)
