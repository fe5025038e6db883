"""``manage.py throttle``: where a client stands with a throttle, and how to let it start anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from django_http4xx.throttling.decorators import limits_in_force
from django_http4xx.throttling.exceptions import StoreUnavailable
from django_http4xx.throttling.families import FAMILIES
from django_http4xx.throttling.throttles import THROTTLES, Throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.management.base import CommandParser

    from django_http4xx.throttling.algorithm import PolicyState
    from django_http4xx.throttling.limits import Limit


class Command(BaseCommand):
    help = "Show where a client stands with a throttle, or let it start anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["show", "reset"])
        parser.add_argument(
            "name", help="what clients hear in RateLimit; for an API its scope or its class"
        )
        parser.add_argument(
            "key", help="an address, a user's primary key, or what the throttle's key returns"
        )
        parser.add_argument("--rate", help="where a callable says it, such as '100/h'")

    def handle(self, *args: Any, **kwargs: Any) -> None:
        name, is_show = kwargs["name"], kwargs["action"] == "show"
        counts = dict.fromkeys(_counts(name, kwargs["key"], kwargs["rate"]))
        if not counts:
            raise CommandError(f"There is no throttle {name!r}. There are: {', '.join(_names())}.")
        for throttle, key in counts:
            try:
                self._show(throttle, key) if is_show else self._reset(throttle, key)
            except StoreUnavailable as error:
                raise CommandError(f"The store of {name!r} does not answer.") from error

    def _show(self, throttle: Throttle, key: str) -> None:
        decision = throttle.peek(key)
        if decision.outage:
            raise StoreUnavailable
        if not decision.policies:
            raise CommandError("HTTP4XX['THROTTLE']['ENABLED'] is False: nothing is counted.")
        for state in decision.policies:
            self.stdout.write(f"{state.name} {key}: {_told(state)}")

    def _reset(self, throttle: Throttle, key: str) -> None:
        throttle.reset(key)
        self.stdout.write(f"{throttle.name} {key}: starts anew.")


def _told(state: PolicyState) -> str:
    left = f"{state.remaining} of {state.rate.limit} in {state.rate.period} s left"
    return left if not state.next_after else f"{left}, one more in {state.next_after:.0f} s"


def _counts(name: str, key: str, rate: str | None) -> Iterator[tuple[Throttle, str]]:
    for limit in limits_in_force():
        if limit.name == name:
            yield _at(limit, rate), limit.client.named(key)
    for throttle in THROTTLES:
        if throttle.name == name and not throttle.is_of_requests:
            yield throttle, key
    for family in FAMILIES:
        yield from family.counts_of(name, key)


def _at(limit: Limit, rate: str | None) -> Throttle:
    if rate is not None:
        try:
            return limit.throttle_at(rate)
        except ValueError as error:
            raise CommandError(str(error)) from error
    if callable(limit.rate):
        raise CommandError(f"The rate of {limit.name!r} depends on the request: give it by --rate.")
    return limit.throttle


def _names() -> list[str]:
    programs = {throttle.name for throttle in THROTTLES if not throttle.is_of_requests}
    return sorted({limit.name for limit in limits_in_force()} | programs)
