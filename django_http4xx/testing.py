"""``assert_problem()``: check a 4xx in a test, in any format.

For pytest and unittest, with the clients of Django and of Django REST framework, sync and async.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import strip_tags

from .client import problem_of
from .conf import is_whole
from .exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_stubs_ext import StrOrPromise

__all__ = ["assert_problem"]

# unittest omits the frames of modules that define this name from its tracebacks.
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
    """Fail unless a response is this problem; return its members, named as in RFC 9457.

    ``problem_type``: the class of the problem, or a status for any problem with it.
    ``detail``: its exact detail, which a page or a plain text must show, too. ``pointer``: the
    pointer of one of its errors, such as ``"#/rating"``. Other keywords are members. ::

        response = client.post("/orders/", {"sku": "A1"})
        assert_problem(response, OutOfStock, sku="A1", available=2)

    Raises ``AssertionError`` with the differences and the answer, and ``TypeError`` if
    ``problem_type`` is neither a class nor a status.
    """
    __tracebackhide__ = True  # pytest omits this frame
    is_class = isinstance(problem_type, type) and issubclass(problem_type, ClientError)
    if not is_class and not is_whole(problem_type):
        raise TypeError(
            "assert_problem() needs a subclass of ClientError or a status, like Conflict or 409, "
            f"not {problem_type!r}."
        )
    came = _Answer.of(response)
    differences = list(came.differences(problem_type, detail, pointer, members))
    if differences:
        raise AssertionError("\n".join([*differences, "", came.shown]))
    return came.told


@dataclass
class _Answer:
    """A response and the members of its problem."""

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
        received = problem_of(response)
        if received is not None:
            answer.is_parsed = True
            answer.told = received.body
            answer.problem_type = received.code
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
            yield f"Expected {expected}; got an unexplained {self.status}."
            return
        if expected != came:
            yield f"Expected {expected}; got {came}."
        named = {**members} if detail is None else {"detail": str(detail), **members}
        for name, value in named.items():
            told = self.told.get(name)
            if told != _as_json(value):
                yield f"Expected {name}={value!r}; " + (
                    f"got {told!r}." if name in self.told else "it is missing."
                )
        if detail is not None and not self.shows(str(detail)):
            yield f"Expected the {self.content_type} to show {str(detail)!r}; it does not."
        pointers = [error.get("pointer") for error in self.told.get("errors", ())]
        if pointer is not None and pointer not in pointers:
            yield f"Expected an error at {pointer!r}; got errors at {pointers}."

    def shows(self, words: str) -> bool:
        """Whether a page or a plain text shows these words; always true without a body."""
        if self.is_parsed or not self.text:
            return True
        is_plain = self.content_type.startswith("text/plain")
        seen = self.text if is_plain else unescape(strip_tags(self.text))
        return _on_one_line(words) in _on_one_line(seen)

    @property
    def shown(self) -> str:
        """The answer as text, for the message of a failure."""
        body = json.dumps(self.told, indent=2, ensure_ascii=False) if self.told else self.text
        cut = f"{body[:_SHOWN_LENGTH]} ..." if len(body) > _SHOWN_LENGTH else body
        return f"{self.asked} answered {self.status}, {self.content_type or 'no content'}:\n{cut}"


def _asked(response: Any) -> str:
    request = getattr(response, "request", None) or {}
    method = request.get("REQUEST_METHOD") or request.get("method") or "The request"
    return f"{method} {request.get('PATH_INFO') or request.get('path') or ''}".strip()


def _as_json(value: object) -> Any:
    """The value after its way through JSON, as a client reads it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
