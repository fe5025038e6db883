"""404 and 410: what never was, and what was removed on purpose."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, transaction
from django.db.models import Manager, Model, Q, QuerySet
from django.views.decorators.csrf import csrf_exempt

from django_http4xx.exceptions import Gone, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Never, TypeAlias

    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

_M = TypeVar("_M", bound=Model)

if TYPE_CHECKING:
    Source: TypeAlias = type[_M] | Manager[_M] | QuerySet[_M]

# What Django, a driver or the database raises for a value of a request that no object can have.
_IMPOSSIBLE = (TypeError, ValueError, ArithmeticError, ValidationError, DataError)


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
        with _savepoint(queryset.db):
            found = queryset.filter(*args, **lookup)
            try:
                return found.exclude(deleted).get()
            except ObjectDoesNotExist:
                was_deleted = found.filter(deleted).exists()
    except _IMPOSSIBLE:
        was_deleted = False
    raise Gone(detail) if was_deleted else NotFound()


async def aget_object_or_gone(
    source: Source[_M], *args: Any, deleted: Q, detail: StrOrPromise | None = None, **lookup: Any
) -> _M:
    """The asynchronous ``get_object_or_gone``."""
    # In one piece, since only synchronous code knows of transactions.
    get: Callable[..., Any] = sync_to_async(get_object_or_gone)
    found: _M = await get(source, *args, deleted=deleted, detail=detail, **lookup)
    return found


def _savepoint(alias: str) -> AbstractContextManager[None]:
    """What keeps a transaction usable after a query that the database refuses.

    Outside of a transaction nothing has to be kept, and the query costs no trip more.
    """
    if transaction.get_connection(alias).in_atomic_block:
        return transaction.atomic(using=alias)
    return nullcontext()


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
