"""``problem_of()``: the problem in a response that a service or a test received, typed.

It needs no settings, so that any program may import it::

    response = httpx.post("https://shop.example/orders/", json={"sku": "A1"})
    if problem := problem_of(response):
        print(problem.code, problem.detail, problem.retry_after)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from .header_fields import readable_delay

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FieldError", "ReceivedProblem", "problem_of"]

_T = TypeVar("_T")

# What a body has at least one of to be a problem.
_TELLING = frozenset({"type", "title", "status", "code", "detail"})


@dataclass(frozen=True)
class FieldError:
    """One entry of ``errors``: what is wrong with one field of the request.

    ``pointer``: where it is in the body that was sent (RFC 6901). ``parameter``: which query parameter
    it is about. Where both are empty it is about the request as a whole.
    """

    code: str
    detail: str
    pointer: str = ""
    parameter: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ReceivedProblem:
    """A problem as it came (RFC 9457 §3). A member that is missing or of another type is empty.

    ``status``: of the response. ``retry_after``: how long to wait, by the ``Retry-After`` field, else by
    the member. ``body``: all members, also those that a problem type adds.
    """

    status: int
    body: Mapping[str, Any]
    type: str = "about:blank"
    title: str = ""
    code: str = ""
    detail: str = ""
    explanation: str = ""
    remedy: str = ""
    help: str = ""
    reference: str = ""
    instance: str = ""
    errors: tuple[FieldError, ...] = ()
    retry_after: timedelta | None = None


def problem_of(
    response: Any, fields: Mapping[str, str] | None = None, content: bytes = b""
) -> ReceivedProblem | None:
    """The problem that a response holds; ``None`` where it is no error, or says nothing in JSON.

    ``response``: of ``requests``, of ``httpx``, or of the test clients of Django and Django REST
    framework; or a status, with the header ``fields`` and the ``content`` of a response.

    >>> problem_of(404, {"Content-Type": "application/problem+json"}, b'{"title": "Not Found"}').title
    'Not Found'
    """
    if isinstance(response, int):
        return _read(response, fields or {}, content)
    has_content = not getattr(response, "streaming", False)
    sent = response.content if has_content else b""
    return _read(response.status_code, response.headers, sent)


def _read(status: int, fields: Mapping[str, str], content: bytes) -> ReceivedProblem | None:
    by_name = {name.lower(): value for name, value in fields.items()}
    media_type = by_name.get("content-type", "").partition(";")[0].strip().lower()
    if status < 400 or not media_type.endswith(("/json", "+json")):
        return None
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not _TELLING & body.keys():
        return None
    return ReceivedProblem(
        status=status,
        body=body,
        type=_of(str, body.get("type")) or "about:blank",
        code=_code(body),
        errors=tuple(_errors(body.get("errors"))),
        retry_after=_delay(by_name.get("retry-after", body.get("retry_after"))),
        **{name: _of(str, body.get(name)) or "" for name in _TEXTS},
    )


_TEXTS = ("title", "detail", "explanation", "remedy", "help", "reference", "instance")


def _of(cls: type[_T], value: object) -> _T | None:
    """A value of its type; ``None`` for another, which is to be ignored (RFC 9457 §3.1)."""
    return value if isinstance(value, cls) else None


def _code(found: Mapping[str, object]) -> str:
    code = found.get("code")
    return str(code) if isinstance(code, (str, int)) else ""


def _errors(listed: object) -> list[FieldError]:
    return [
        FieldError(
            code=_code(found),
            detail=_of(str, found.get("detail")) or "",
            pointer=_of(str, found.get("pointer")) or "",
            parameter=_of(str, found.get("parameter")) or "",
            params=_of(dict, found.get("params")) or {},
        )
        for found in _of(list, listed) or []
        if isinstance(found, dict)
    ]


def _delay(value: object) -> timedelta | None:
    seconds = None if value is None else readable_delay(value)
    return None if seconds is None else timedelta(seconds=seconds)
