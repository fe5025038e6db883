"""What a throttle raises: the client was too fast, or the store cannot be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

# What a client is told where a store is down and that refuses the request.
UNAVAILABLE = _("This is not available at the moment. Please try again soon.")
UNAVAILABLE_CODE = "throttle_unavailable"


class QuotaExceeded(TooManyRequests, init=False):
    """*429* of a throttle: ``violated_policies`` names what the client used up.

    The body lists them as ``violated-policies``, as draft-ietf-httpapi-ratelimit-headers-11 does. A
    subclass, for ``raises`` of a throttle, has words of its own.

    >>> QuotaExceeded(violated_policies=["login"], retry_after=60).headers
    {'Retry-After': '60'}
    """

    occurs = _("A client has used up what a throttle allows in a span of time.")
    title: StrOrPromise = _("You have used up what is allowed")

    # What the page of the type shows: its `__init__` is not run there.
    _example_members: ClassVar[Mapping[str, object]] = {"violated-policies": ["login"]}

    def __init__(self, *args: Any, violated_policies: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.violated_policies: list[str] = []
        name_policies(self, violated_policies)


def name_policies(error: TooManyRequests, names: Sequence[str]) -> None:
    """Say in an error which policies a client used up."""
    error.__dict__["violated_policies"] = list(names)
    if names:
        error.members["violated-policies"] = list(names)


class StoreUnavailable(Exception):
    """The store did not answer in time; its cause is what the store's library raised."""


class Undecided(Exception):
    """One hit was not decided in time, though the store answers: others had its key, or a lock on it."""


class NoneFree(Undecided):
    """All connections were in use until the time was up, which says nothing of the store."""
