"""404 and 410: objects that never existed, and objects that were deleted on purpose."""

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

# What Django, a driver or the database raises for a lookup value that no object can have.
_IMPOSSIBLE = (TypeError, ValueError, ArithmeticError, ValidationError, DataError)


def get_object_or_gone(
    source: Source[_M], *args: Any, deleted: Q, detail: StrOrPromise | None = None, **lookup: Any
) -> _M:
    """Get one object; raise 410 if it is marked as deleted, and 404 if it does not exist.

    ``source``: a model, manager or queryset that includes deleted objects. ``deleted``: matches the
    deleted ones. ``detail``: the detail of the 410. It takes one query if the object exists, and
    two if not. ::

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
    # One call, since Django's transactions work only in synchronous code.
    get: Callable[..., Any] = sync_to_async(get_object_or_gone)
    found: _M = await get(source, *args, deleted=deleted, detail=detail, **lookup)
    return found


def _savepoint(alias: str) -> AbstractContextManager[None]:
    """A savepoint inside a transaction, so that a failed query does not break the transaction.

    Outside of one it is not needed, and saves a round trip.
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
    """Make a view for an address whose content was removed for good: 410 (RFC 9110 §15.5.11).

    Takes the arguments of ``Gone``. The view answers every method, and visitors who are not signed
    in, despite ``LoginRequiredMiddleware``. ::

        path("summer-sale/", gone("The sale ended in August."))
    """
    Gone(detail, **kwargs)  # A wrong argument fails in the URLconf, not on the first request.

    @login_not_required
    @csrf_exempt
    def view(request: HttpRequest, *view_args: Any, **view_kwargs: Any) -> Never:
        raise Gone(detail, **kwargs)

    return view
