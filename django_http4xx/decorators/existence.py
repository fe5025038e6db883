"""404 and 410: what never was, and what was removed on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Manager, Model, Q, QuerySet
from django.views.decorators.csrf import csrf_exempt

from django_http4xx.exceptions import Gone, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never, TypeAlias

    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

_M = TypeVar("_M", bound=Model)

if TYPE_CHECKING:
    Source: TypeAlias = type[_M] | Manager[_M] | QuerySet[_M]

# What the database layer raises for a value of a request that no object can have.
_IMPOSSIBLE = (TypeError, ValueError, OverflowError, ValidationError)


def get_object_or_gone(
    source: Source[_M], *args: Any, deleted: Q, detail: StrOrPromise | None = None, **lookup: Any
) -> _M:
    """The one object of a lookup; else 410 where ``deleted`` holds for it, 404 where there is none.

    ``source``: a model, manager or queryset that has the deleted ones, too. ``deleted``: how to
    recognise them. ``detail``: what to tell of a deleted one. It takes one query where the object
    is there. ::

        product = get_object_or_gone(Product, deleted=Q(removed_at__isnull=False), slug=slug)

    Raises ``Gone``, ``NotFound``, and ``MultipleObjectsReturned`` as ``get()`` does.
    """
    queryset = _queryset(source)
    try:
        found = queryset.filter(*args, **lookup)
        return found.exclude(deleted).get()
    except ObjectDoesNotExist:
        raise (Gone(detail) if found.filter(deleted).exists() else NotFound()) from None
    except _IMPOSSIBLE:
        raise NotFound from None


async def aget_object_or_gone(
    source: Source[_M], *args: Any, deleted: Q, detail: StrOrPromise | None = None, **lookup: Any
) -> _M:
    """The asynchronous ``get_object_or_gone``."""
    queryset = _queryset(source)
    try:
        found = queryset.filter(*args, **lookup)
        return await found.exclude(deleted).aget()
    except ObjectDoesNotExist:
        raise (Gone(detail) if await found.filter(deleted).aexists() else NotFound()) from None
    except _IMPOSSIBLE:
        raise NotFound from None


def _queryset(source: Source[_M]) -> QuerySet[_M]:
    if isinstance(source, QuerySet):
        return source
    if isinstance(source, type):
        return source._default_manager.all()
    return source.all()


def gone(detail: StrOrPromise | None = None, **kwargs: Any) -> Callable[..., Never]:
    """A view for an address whose content was removed for good: 410 (RFC 9110 §15.5.11).

    Takes what ``Gone`` takes, and answers every method, also where ``LoginRequiredMiddleware`` asks
    for a sign-in. ::

        path("summer-sale/", gone("The sale ended in August."))
    """
    Gone(detail, **kwargs)  # A wrong argument fails where it is written.

    @login_not_required
    @csrf_exempt
    def view(request: HttpRequest, *view_args: Any, **view_kwargs: Any) -> Never:
        raise Gone(detail, **kwargs)

    return view
