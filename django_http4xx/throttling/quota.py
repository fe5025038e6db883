"""What one request has used of its quotas, at whichever doors, and what its answer says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.utils.translation import gettext

from . import header_fields, options
from .exceptions import QuotaExceeded
from .throttles import Outcome, atake, deadline_for, join, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from .algorithm import Decision
    from .throttles import Ask

_ATTRIBUTE = "_http4xx_quota"


@dataclass
class Quota:
    """The decisions on one request so far: the middleware's, the decorators', DRF's.

    Each door is entered and left; at the outermost one it ends, so that a request that is sent through
    again, as tests do, counts again.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    doors: int = 0

    def __enter__(self) -> Self:
        self.doors += 1
        return self

    def __exit__(self, *exception: object) -> None:
        self.doors -= 1
        if not self.doors:
            self.outcomes.clear()

    @property
    def decision(self) -> Decision:
        """All of them as one."""
        return join([outcome.decision for outcome in self.outcomes])

    def ask(self, asks: Sequence[Ask], now: int | None = None) -> Decision:
        """Decide some more. Where they refuse, what earlier ones took is given back."""
        deadline = deadline_for(asks)
        outcome = take(asks, now, deadline)
        if not outcome.decision.allowed:
            self._give_back(deadline)
        self.outcomes.append(outcome)
        return outcome.decision

    async def aask(self, asks: Sequence[Ask], now: int | None = None) -> Decision:
        """``ask``, for coroutines."""
        deadline = deadline_for(asks)
        outcome = await atake(asks, now, deadline)
        if not outcome.decision.allowed and self.outcomes:
            await sync_to_async(self._give_back)(deadline)
        self.outcomes.append(outcome)
        return outcome.decision

    def _give_back(self, deadline: float) -> None:
        self.outcomes = [outcome.given_back(deadline) for outcome in self.outcomes]

    def header_fields(self) -> dict[str, str]:
        """What the answer says, whether served or refused; nothing where nothing is known."""
        vocabularies = options.current().fields
        if not self.outcomes or not vocabularies:
            return {}
        decision = self.decision
        if not decision.policies:
            return {}
        refused = None if decision.allowed else whole_seconds(decision)
        return header_fields.fields(
            decision.policies, vocabularies, refused, is_known=not decision.outage
        )


def quota_of(request: HttpRequest) -> Quota:
    """The quota of a request; Django REST framework's request has that of the one it wraps."""
    request = getattr(request, "_request", request)
    quota: Quota | None = request.__dict__.get(_ATTRIBUTE)
    if quota is None:
        quota = Quota()
        request.__dict__[_ATTRIBUTE] = quota
    return quota


def whole_seconds(decision: Decision) -> int:
    """For ``Retry-After``: rounded up, so that who waits as told is served."""
    return max(1, ceil(decision.retry_after))


def refusal(quota: Quota) -> QuotaExceeded:
    """The error for a request that a throttle refused."""
    decision = quota.decision
    return QuotaExceeded(
        retry_after=whole_seconds(decision),
        violated_policies=[state.name for state in decision.policies if not state.allowed],
        headers=quota.header_fields(),
    )


def is_unavailable(decision: Decision) -> bool:
    """Whether a request was refused for want of a store alone, so that no quota is used up."""
    return not decision.allowed and all(state.allowed for state in decision.policies)


def unavailable(decision: Decision) -> HttpResponse:
    """The answer where the store is down and ``on_outage`` is ``"deny"``: a 503 that says so."""
    return HttpResponse(
        gettext("This is not available at the moment. Please try again soon."),
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(whole_seconds(decision)), "Cache-Control": "no-store"},
    )


def tell(quota: Quota, response: HttpResponseBase | Any) -> None:
    """Set the fields on an answer, from the decisions that let it be made."""
    for name, value in quota.header_fields().items():
        response.headers[name] = value
