"""``assert_problem()``: what a test says of a 4xx, whatever format it came in.

For pytest and unittest, with the clients of Django and of Django REST framework, sync and async.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import strip_tags

from .exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_stubs_ext import StrOrPromise

__all__ = ["assert_problem"]

# unittest leaves frames of modules with this name out of its tracebacks.
__unittest = True

_SHOWN_LENGTH = 2000


def assert_problem(
    response: Any,
    problem_type: type[ClientError] | int,
    /,
    *,
    detail: StrOrPromise | None = None,
    pointer: str | None = None,
    **members: object,
) -> Mapping[str, Any]:
    """Fail unless a response is this problem; give what it tells, as RFC 9457 names it.

    ``problem_type``: the class of the problem, or a status where any problem of that status will do.
    ``detail``: what it says of this occurrence, shown on a page and in a text, too. ``pointer``:
    where one of its errors is, as ``"#/rating"``. Any other keyword is a member of the problem. ::

        response = client.post("/orders/", {"sku": "A1"})
        assert_problem(response, OutOfStock, sku="A1", available=2)

    Raises ``AssertionError``, which says what came instead, and ``TypeError`` where
    ``problem_type`` is neither.
    """
    __tracebackhide__ = True
    is_class = isinstance(problem_type, type) and issubclass(problem_type, ClientError)
    if not is_class and (isinstance(problem_type, bool) or not isinstance(problem_type, int)):
        raise TypeError(
            "assert_problem() takes a subclass of ClientError or a status, such as Conflict or 409, "
            f"not {problem_type!r}."
        )
    came = _Answer.of(response)
    differences = list(came.differences(problem_type, detail, pointer, members))
    if differences:
        raise AssertionError("\n".join([*differences, "", came.shown]))
    return came.told


@dataclass
class _Answer:
    """What a response tells of its problem."""

    status: int
    content_type: str
    text: str
    asked: str = ""
    problem_type: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    is_parsed: bool = False

    @classmethod
    def of(cls, response: Any) -> _Answer:
        content = b"" if getattr(response, "streaming", False) else response.content
        content_type = response.headers.get("Content-Type", "")
        text = content.decode("utf-8", "replace")
        answer = cls(response.status_code, content_type, text, _asked(response))
        problem = getattr(response, "problem", None)
        if content_type.partition(";")[0].endswith("json") and text:
            answer.is_parsed = True
            answer.told = _object(text)
            answer.problem_type = str(answer.told.get("code", ""))
        elif problem is not None:
            answer.told = _as_json(problem.as_dict())
        if problem is not None:
            answer.problem_type = problem.problem_type
        return answer

    def differences(
        self,
        problem_type: type[ClientError] | int,
        detail: StrOrPromise | None,
        pointer: str | None,
        members: Mapping[str, object],
    ) -> Iterator[str]:
        expected, came = str(problem_type), str(self.status)
        if not isinstance(problem_type, int):
            expected = f"{problem_type.status} {problem_type.problem_type}"
            came += f" {self.problem_type}"
        if not self.told:
            yield f"Expected {expected}; a {self.status} came that is not explained."
            return
        if expected != came:
            yield f"Expected {expected}; {came} came."
        named = {**members} if detail is None else {"detail": str(detail), **members}
        for name, value in named.items():
            told = self.told.get(name)
            if told != _as_json(value):
                yield f"Expected {name}={value!r}; " + (
                    f"{told!r} came." if name in self.told else "it is not there."
                )
        if detail is not None and not self.shows(str(detail)):
            yield f"Expected the {self.content_type} to show {str(detail)!r}; it does not."
        pointers = [error.get("pointer") for error in self.told.get("errors", ())]
        if pointer is not None and pointer not in pointers:
            yield f"Expected an error at {pointer!r}; errors at {pointers} came."

    def shows(self, words: str) -> bool:
        """Whether the reader of a page or a text sees these words; HEAD shows nothing."""
        if self.is_parsed or not self.text:
            return True
        is_plain = self.content_type.startswith("text/plain")
        seen = self.text if is_plain else unescape(strip_tags(self.text))
        return _on_one_line(words) in _on_one_line(seen)

    @property
    def shown(self) -> str:
        """The answer, for a person who wants to know what came."""
        body = json.dumps(self.told, indent=2, ensure_ascii=False) if self.told else self.text
        cut = f"{body[:_SHOWN_LENGTH]} ..." if len(body) > _SHOWN_LENGTH else body
        return f"{self.asked} answered {self.status}, {self.content_type or 'no content'}:\n{cut}"


def _asked(response: Any) -> str:
    request = getattr(response, "request", None) or {}
    method = request.get("REQUEST_METHOD") or request.get("method") or "The request"
    return f"{method} {request.get('PATH_INFO') or request.get('path') or ''}".strip()


def _object(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) and "status" in body else {}


def _as_json(value: object) -> Any:
    """A value as a client reads it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
