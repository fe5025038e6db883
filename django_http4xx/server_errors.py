"""``ServerError``: a 5xx that was meant, and is told as a problem."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from . import header_fields
from .exceptions import ClientError
from .statuses import SERVER_PHRASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from .header_fields import Delay

__all__ = ["ServerError"]


class ServerError(Exception):
    """A 5xx that an API, or a throttle whose store is down, answers on purpose (RFC 9110 §15.6).

    It has no words of ours and none of the editors': its title is the registered phrase (an
    unregistered code has that of 500, RFC 9110 §15), and its reader did nothing wrong.
    ``retry_after``: when to come back, as a ``TooManyRequests`` takes it. No cache keeps it. ::

        problem_response(request, ServerError(503, _("Please try again soon."), retry_after=1))

    Raises ``ValueError`` for a status that is no 5xx.
    """

    def __init__(
        self,
        status: int,
        detail: StrOrPromise | None = None,
        *,
        code: str = "",
        retry_after: Delay | None = None,
    ) -> None:
        if not 500 <= status <= 599:
            raise ValueError(f"ServerError(status=...) must be a 5xx, such as 503, not {status!r}.")
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        known = status if status in SERVER_PHRASES else 500
        self.phrase = SERVER_PHRASES[known]
        self.problem_type = HTTPStatus(known).phrase.lower().replace(" ", "-")
        self.code = code or self.problem_type
        self.headers = {"Cache-Control": "no-store"}
        self.members: dict[str, object] = {}
        self.errors: Sequence[Mapping[str, object]] = []
        self.cache_for: int | None = None
        # What it was converted from, where it was not raised itself.
        self.origin: BaseException | None = None
        if retry_after is not None:
            delay = header_fields.seconds(retry_after, "ServerError(retry_after=...)")
            self.send_field("Retry-After", str(delay), retry_after=delay)

    def send_field(self, field: str, value: str, **members: object) -> None:
        """Send a header field, and say the same in the body, where no gateway strips it."""
        self.headers[field] = value
        self.members.update(members)


HttpError: TypeAlias = ClientError | ServerError
