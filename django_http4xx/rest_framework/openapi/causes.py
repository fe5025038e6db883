"""Which 4xx an operation can answer with: one row for each cause, with the problem type that it ends in.

What nobody can know beforehand, as what a view's own code raises, is declared with ``@raises``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import uritemplate
from django.conf import settings
from rest_framework import (
    authentication,
    negotiation,
    pagination,
    parsers,
    permissions,
    throttling,
    versioning,
)
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from django_http4xx.exceptions import (
    BadRequest,
    CsrfFailed,
    Forbidden,
    NotAcceptable,
    NotFound,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)
from django_http4xx.requirements import SAFE_METHODS
from django_http4xx.rest_framework.negotiation import ContentNegotiation

from .declarations import Declarations, refusals_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django_http4xx.exceptions import ClientError


def _owner(obj: Any, name: str) -> Any:
    """The class that an object has a method from."""
    return next((cls for cls in type(obj).__mro__ if name in vars(cls)), None)


class _Denied(NamedTuple):
    """Whom a permission may deny: who is not signed in, who is."""

    anonymous: bool
    user: bool


@dataclass(frozen=True)
class Operation:
    """One method of one path, as its view handles it. ``schema``: drf-spectacular's inspector of it."""

    schema: Any
    view: Any
    method: str
    path: str
    has_body: bool
    declared: Declarations

    @cached_property
    def authenticators(self) -> list[Any]:
        return list(self.view.get_authenticators() or ())

    @cached_property
    def denied(self) -> _Denied:
        """Whom the view's permissions may deny; nobody where there are none."""
        each = [self._denied_by(permission) for permission in self.view.get_permissions()]
        return _Denied(any(one.anonymous for one in each), any(one.user for one in each))

    @cached_property
    def is_list(self) -> bool:
        return bool(self.schema._is_list_view())

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE_METHODS

    def _denied_by(self, permission: Any) -> _Denied:
        combined = _COMBINED_BY.get(type(permission))
        if combined is not None:
            both = self._denied_by(permission.op1), self._denied_by(permission.op2)
            return _Denied(
                anonymous=combined(each.anonymous for each in both),
                user=combined(each.user for each in both),
            )
        rule = _DENIED_BY.get(_owner(permission, "has_permission"))
        of_object = _owner(permission, "has_object_permission")
        asks_for_object = of_object not in _ASK_LIKE_THE_WHOLE and self._asks_for_object()
        # Among what is not known is what denies whomever another one lets pass.
        return _ANYBODY if rule is None or asks_for_object else rule(permission, self)

    def _asks_for_object(self) -> bool:
        name = getattr(self.view, "lookup_url_kwarg", None) or getattr(
            self.view, "lookup_field", None
        )
        coerced = {name, "id"} if name == "pk" else {name}
        return bool(coerced & {*uritemplate.variables(self.path)})


# Who passes these for the whole passes them for each object, or is told that it is not there.
_ASK_LIKE_THE_WHOLE = (permissions.BasePermission, permissions.DjangoObjectPermissions)
_COMBINED_BY: Mapping[Any, Callable[[Iterable[bool]], bool]] = {
    permissions.AND: any,
    permissions.OR: all,
}
_NOBODY = _Denied(anonymous=False, user=False)
_STRANGERS = _Denied(anonymous=True, user=False)
_ANYBODY = _Denied(anonymous=True, user=True)


def _by_method(permission: Any, operation: Operation) -> _Denied:
    return _NOBODY if operation.is_safe else _STRANGERS


def _by_model(permission: Any, operation: Operation) -> _Denied:
    needs = bool(permission.perms_map.get(operation.method))
    return _Denied(anonymous=permission.authenticated_users_only or needs, user=needs)


# Of the framework's own permissions it is known whom they deny; a project's may deny anybody.
_DENIED_BY: Mapping[Any, Callable[[Any, Operation], _Denied]] = {
    permissions.BasePermission: lambda permission, operation: _NOBODY,
    permissions.AllowAny: lambda permission, operation: _NOBODY,
    permissions.IsAuthenticated: lambda permission, operation: _STRANGERS,
    permissions.IsAdminUser: lambda permission, operation: _ANYBODY,
    permissions.IsAuthenticatedOrReadOnly: _by_method,
    permissions.DjangoModelPermissions: _by_model,
}


def _credentials(operation: Operation) -> bool:
    """Somebody is not signed in, or what they signed in with is refused."""
    refusing = (
        _owner(each, "authenticate") not in _REFUSE_NOBODY for each in operation.authenticators
    )
    if any(refusing) or (operation.authenticators and operation.denied.anonymous):
        return True
    # A view that signs in, as those of simplejwt, has a challenge of its own.
    return _owner(operation.view, "get_authenticate_header") is not APIView


_REFUSE_NOBODY = (
    authentication.BaseAuthentication,
    authentication.SessionAuthentication,
    authentication.RemoteUserAuthentication,
)


def _permission(operation: Operation) -> bool:
    """Somebody is signed in, and may not; or there is no way to sign in."""
    denied = operation.denied
    return denied.user or (denied.anonymous and not operation.authenticators)


def _csrf(operation: Operation) -> bool:
    """A cookie signs in, so that a form of another site would be signed in, too."""
    checking = (
        _owner(each, "enforce_csrf") is authentication.SessionAuthentication
        for each in operation.authenticators
    )
    return not operation.is_safe and any(checking)


def _unreadable(operation: Operation) -> bool:
    """The body is not what its type says."""
    return operation.has_body and any(map(_may_fail, operation.view.get_parsers()))


def _may_fail(parser: Any) -> bool:
    owner = _owner(parser, "parse")
    names = getattr(owner.parse, "__code__", None)
    return owner.__module__ == parsers.__name__ or "ParseError" in getattr(names, "co_names", ())


def _wrong_type(operation: Operation) -> bool:
    """The body is of a type that no parser takes."""
    types = [parser.media_type for parser in operation.view.get_parsers()]
    return operation.has_body and "*/*" not in types


def _not_offered(operation: Operation) -> bool:
    """The client takes nothing that a renderer writes."""
    owner = _owner(operation.view.get_content_negotiator(), "select_renderer")
    return owner in (negotiation.DefaultContentNegotiation, ContentNegotiation)


def _unknown_format(operation: Operation) -> bool:
    """The query names a format that there is not."""
    formats = operation.schema.map_renderers("format")
    return bool(api_settings.URL_FORMAT_OVERRIDE) and len(formats) > 1 and _not_offered(operation)


def _nothing_there(operation: Operation) -> bool:
    """The path has variables, and nothing is at some of their values."""
    return "{" in operation.path


def _no_such_page(operation: Operation) -> bool:
    """The query names a page, or a cursor, that there is not."""
    paginator = operation.schema._get_paginator()
    paged = (pagination.PageNumberPagination, pagination.CursorPagination)
    if not isinstance(paginator, paged):
        return False
    has_pages = paginator.page_size or paginator.page_size_query_param
    return bool(has_pages) and operation.is_list


def _version_in_query(operation: Operation) -> bool:
    return _has_versions(
        operation, (versioning.QueryParameterVersioning, versioning.HostNameVersioning)
    )


def _version_in_accept(operation: Operation) -> bool:
    return _has_versions(operation, (versioning.AcceptHeaderVersioning,))


def _has_versions(operation: Operation, schemes: tuple[type, ...]) -> bool:
    scheme = operation.view.versioning_class
    return bool(scheme and issubclass(scheme, schemes) and scheme.allowed_versions)


def _throttles(operation: Operation) -> Iterable[type[ClientError]]:
    """What the view's throttles raise, as far as anybody reaches them."""
    for throttle in operation.view.get_throttles():
        if _may_refuse(throttle, operation):
            yield getattr(throttle, "raises", TooManyRequests)


_THROTTLE_MIDDLEWARE = {
    "django_http4xx.throttling.ThrottleMiddleware",
    "django_http4xx.throttling.middleware.ThrottleMiddleware",
}


def _throttles_by_path(operation: Operation) -> Iterable[type[ClientError]]:
    """What ``ThrottleMiddleware`` raises for the path."""
    if _THROTTLE_MIDDLEWARE.isdisjoint(settings.MIDDLEWARE):
        return ()
    from django_http4xx.throttling.by_path import LIMITS_BY_PATH

    limits = LIMITS_BY_PATH.value.nearest(operation.path) or ()
    return refusals_of(limits, operation.method)


def _may_refuse(throttle: Any, operation: Operation) -> bool:
    if not getattr(throttle, "enforce", True):
        return False
    if isinstance(throttle, throttling.ScopedRateThrottle):
        return bool(getattr(operation.view, throttle.scope_attr, None))
    if isinstance(throttle, throttling.AnonRateThrottle) and operation.denied.anonymous:
        # Who is not signed in is turned away before anybody counts.
        return False
    is_simple = isinstance(throttle, throttling.SimpleRateThrottle)
    return not is_simple or throttle.rate is not None


Row = tuple["type[ClientError] | None", "Callable[[Operation], Any]"]

# The problem type, and when it comes; a row without a type names its types itself.
TABLE: tuple[Row, ...] = (
    (Unauthorized, _credentials),
    (Forbidden, _permission),
    (CsrfFailed, _csrf),
    (BadRequest, _unreadable),
    (UnsupportedMediaType, _wrong_type),
    (NotAcceptable, _not_offered),
    (NotAcceptable, _version_in_accept),
    (NotFound, _unknown_format),
    (NotFound, _nothing_there),
    (NotFound, _no_such_page),
    (NotFound, _version_in_query),
    (None, _throttles),
    (None, _throttles_by_path),
    (None, lambda operation: operation.declared.limited()),
    (None, lambda operation: operation.declared.required()),
    (None, lambda operation: operation.declared.raised()),
)
