"""The header fields of a response: what HTTP asks of its status, and what a throttle tells."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from wsgiref.util import is_hop_by_hop

from django_http4xx.api_exceptions import challenge_of
from django_http4xx.exceptions import CHALLENGE, PreconditionFailed, TooManyRequests
from django_http4xx.problems import REFERENCE_HEADER
from django_http4xx.statuses import STATUSES
from django_http4xx.type_pages.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_http4xx.exceptions import ClientError

    from .causes import Operation
    from .members import Schema

_MEANINGS: Mapping[str, str] = {
    "Accept": "The media types that are taken.",
    "Allow": "The methods that there are.",
    "Content-Range": "The length of the whole.",
    "ETag": "The version that there is.",
    "Last-Modified": "When it was changed.",
    "Link": "Who blocks it.",
    "Proxy-Authenticate": "How to sign in to the proxy.",
    "RateLimit": "What remains (draft-ietf-httpapi-ratelimit-headers).",
    "RateLimit-Policy": "What is allowed (draft-ietf-httpapi-ratelimit-headers).",
    "Retry-After": "The seconds after which to come back.",
    "Upgrade": "The protocols that work.",
    "WWW-Authenticate": "How to sign in.",
    "X-RateLimit-Limit": "How many requests are allowed.",
    "X-RateLimit-Remaining": "How many of them remain.",
    "X-RateLimit-Reset": "The seconds until that is more.",
}


def fields_of(types: Iterable[type[ClientError]], challenge: str) -> Schema:
    """The member ``headers`` of a response with problems of these types; nothing where it has none."""
    found: Schema = {}
    for cls in types:
        for name in _names(cls):
            # What is about one connection, WSGI leaves to the server.
            is_required = STATUSES[cls.status].required_field == name and not is_hop_by_hop(name)
            found[name] = _field(name, is_required=is_required)
    if "WWW-Authenticate" in found:
        found["WWW-Authenticate"]["example"] = challenge
    return {"headers": {name: found[name] for name in sorted(found)}} if found else {}


def with_reference(fields: Schema) -> Schema:
    """The fields of a problem, which an answer that no cache keeps repeats its reference in."""
    reference = {"schema": {"type": "string"}, "description": "The reference of the problem."}
    return {"headers": {**fields.get("headers", {}), REFERENCE_HEADER.value: reference}}


def _field(name: str, *, is_required: bool) -> Schema:
    kind = "integer" if name in ("Retry-After", "X-RateLimit-Limit") else "string"
    field: Schema = {"schema": {"type": kind}}
    if name in _MEANINGS:
        field["description"] = _MEANINGS[name]
    return {**field, "required": True} if is_required else field


def _names(cls: type[ClientError]) -> Iterable[str]:
    names = list(_fields_of_example(cls))
    if issubclass(cls, PreconditionFailed):
        names += ["ETag", "Last-Modified"]
    if issubclass(cls, TooManyRequests):
        names += _fields_of_quota(cls)
    return names


@lru_cache(maxsize=256)
def _fields_of_example(cls: type[ClientError]) -> tuple[str, ...]:
    # What is about the connection is for those who keep it, not for programs.
    return tuple(name for name in example_of(cls).headers if name != "Connection")


def _fields_of_quota(cls: type[ClientError]) -> Iterable[str]:
    """The fields that throttles of ours send, and no others."""
    if not any(parent.__name__ == "QuotaExceeded" for parent in cls.__mro__):
        return ()
    from django_http4xx.throttling import options
    from django_http4xx.throttling.header_fields import VOCABULARIES

    return [name for each in options.current().fields for name in VOCABULARIES[each].texts]


def challenge_to(operation: Operation) -> str:
    """How to sign in to the view of an operation."""
    return challenge_of(operation.view, operation.view.request) or CHALLENGE.value
