"""What one request has used of its quotas, in middleware and views, and what its answer says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from django_http4xx.resolved_views import plain_request
from django_http4xx.server_errors import ServerError

from . import header_fields, options
from .exceptions import UNAVAILABLE, UNAVAILABLE_CODE, QuotaExceeded, name_policies
from .throttles import Outcome, atake, deadline_for, join, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_http4xx.exceptions import TooManyRequests

    from .algorithm import Decision
    from .throttles import Ask

_ATTRIBUTE = "_http4xx_quota"


@dataclass
class Quota:
    """The decisions on one request so far: the middleware's, the decorators', DRF's.

    Middleware and views enter and leave it; it ends with the outermost, so that a request sent through
    again, as tests do, counts again.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    # Of limits that refuse nobody, and tell clients nothing.
    trials: list[Outcome] = field(default_factory=list)
    limited: bool = False
    # The problem type of a refusal by Django REST framework, which raises an exception of its own.
    raises: type[TooManyRequests] = QuotaExceeded
    # What the answer decides whether to count: a limit, and what it asked.
    undecided: list[tuple[Any, Ask]] = field(default_factory=list)
    depth: int = 0

    def __enter__(self) -> Self:
        self.depth += 1
        return self

    def __exit__(self, *exception: object) -> None:
        self.depth -= 1
        if not self.depth:
            self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what a request used, which may be sent through again."""
        self.outcomes.clear()
        if self.trials or self.undecided:
            self.trials.clear()
            self.undecided.clear()
        self.limited = False
        self.raises = QuotaExceeded

    @property
    def decision(self) -> Decision:
        """All of them as one."""
        return join([outcome.decision for outcome in self.outcomes])

    def ask(self, asks: Sequence[Ask], now: int | None = None) -> Decision:
        """Decide some more. Where they refuse, what earlier ones took is given back."""
        deadline = deadline_for(asks)
        outcome = take(asks, now, deadline)
        if not outcome.decision.allowed:
            self._give_back(None, deadline)
        self.outcomes.append(outcome)
        return outcome.decision

    async def aask(self, asks: Sequence[Ask], now: int | None = None) -> Decision:
        """``ask``, for coroutines."""
        deadline = deadline_for(asks)
        outcome = await atake(asks, now, deadline)
        if not outcome.decision.allowed and self.outcomes:
            await sync_to_async(self._give_back)(None, deadline)
        self.outcomes.append(outcome)
        return outcome.decision

    def try_out(self, ask: Ask) -> Decision | None:
        """Count at a limit that refuses nobody, by itself; ``None`` for what could never pass."""
        if ask.cost > ask.throttle.burst:
            return None
        self.trials.append(take([ask]))
        return self.trials[-1].decision

    async def atry_out(self, ask: Ask) -> Decision | None:
        """``try_out``, for coroutines."""
        if ask.cost > ask.throttle.burst:
            return None
        self.trials.append(await atake([ask]))
        return self.trials[-1].decision

    def undecided_by(self, limits: Sequence[object]) -> list[tuple[Any, Ask]]:
        """What these limits took for as long as there was no answer."""
        found = [each for each in self.undecided if each[0] in limits]
        self.undecided = [each for each in self.undecided if each[0] not in limits]
        return found

    def give_back(self, asks: Sequence[Ask] | None = None) -> None:
        """Give back what these asks took, or what all took that may refuse."""
        self._give_back(asks, monotonic() + options.current().timeout)

    async def agive_back(self, asks: Sequence[Ask] | None = None) -> None:
        """``give_back``, for coroutines."""
        await sync_to_async(self.give_back)(asks)

    def _give_back(self, asks: Sequence[Ask] | None, deadline: float) -> None:
        self.outcomes = [outcome.given_back(deadline, asks) for outcome in self.outcomes]
        if asks is not None:
            self.trials = [outcome.given_back(deadline, asks) for outcome in self.trials]

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
    request = plain_request(request)
    quota: Quota | None = request.__dict__.get(_ATTRIBUTE)
    if quota is None:
        quota = Quota()
        request.__dict__[_ATTRIBUTE] = quota
    return quota


def tell_view(request: Any, quota: Quota) -> None:
    """Set ``request.limited``: whether a limit that refuses nobody would have."""
    # Django REST framework's request hands on what the one that it wraps has.
    plain_request(request).limited = quota.limited


def whole_seconds(decision: Decision) -> int:
    """For ``Retry-After``: rounded up, so that who waits as told is served."""
    return max(1, ceil(decision.retry_after))


def refusal(quota: Quota, problem_type: type[TooManyRequests] = QuotaExceeded) -> TooManyRequests:
    """The error for a request that a throttle refused."""
    decision = quota.decision
    error = problem_type(retry_after=whole_seconds(decision), headers=quota.header_fields())
    name_policies(error, [state.name for state in decision.policies if not state.allowed])
    return error


def refusal_for_ever(
    quota: Quota, problem_type: type[TooManyRequests], ask: Ask
) -> TooManyRequests:
    """The error for a hit that weighs more than could pass after any wait."""
    throttle = ask.throttle
    error = problem_type(
        format_lazy(_("At most {most} may be asked for at once."), most=throttle.burst),
        remedy=_("Ask for less at once."),
        headers=quota.header_fields(),
    )
    error.say(most_at_once=throttle.burst)
    policies = throttle.policies
    name_policies(error, [each.name for each in policies if each.rate.most_at_once < ask.cost])
    return error


def is_unavailable(decision: Decision) -> bool:
    """Whether a request was refused for want of a store alone, so that no quota is used up."""
    return not decision.allowed and all(state.allowed for state in decision.policies)


def unavailable(decision: Decision) -> ServerError:
    """The error where the store is down and ``on_outage`` is ``"deny"``: a 503 that says so."""
    return ServerError(503, UNAVAILABLE, code=UNAVAILABLE_CODE, retry_after=whole_seconds(decision))


def tell(quota: Quota, response: HttpResponseBase | Any) -> None:
    """Set the fields on an answer, from the decisions that let it be made."""
    for name, value in quota.header_fields().items():
        response.headers[name] = value
