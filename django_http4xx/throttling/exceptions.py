"""What a throttle raises: the client was too fast, or the store cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_http4xx.exceptions import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Sequence


class QuotaExceeded(TooManyRequests, init=False):
    """*429* of a throttle: ``violated_policies`` names what the client used up.

    The body lists them as ``violated-policies``, as draft-ietf-httpapi-ratelimit-headers-11 does.

    >>> QuotaExceeded(violated_policies=["login"], retry_after=60).headers
    {'Retry-After': '60'}
    """

    def __init__(self, *args: Any, violated_policies: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.violated_policies = list(violated_policies)
        if self.violated_policies:
            self.members["violated-policies"] = self.violated_policies


class StoreUnavailable(Exception):
    """The store did not answer in time; its cause is what the store's library raised."""


class Undecided(Exception):
    """One hit was not decided in time, though the store answers: others had its key, or a lock on it."""


class NoneFree(Undecided):
    """All connections were in use until the time was up, which says nothing of the store."""
