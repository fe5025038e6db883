"""Errors that carry values, and one that brings its own words."""

from django.db.backends.signals import connection_created
from django.http import HttpResponse, JsonResponse
from django.urls import path

from django_http4xx.exceptions import Conflict, NotFound
from django_http4xx.models import Explanation


class SoldOut(Conflict):
    title = "Sold out"
    explanation = "We have {available} of {sku} left."
    remedy = "Choose another."

    sku: str
    available: int


def own_words(request):
    raise NotFound(title="Only today")


def sold_out(request):
    raise SoldOut(sku=request.GET.get("sku", "A1"), available=2)


def edit(request):
    Explanation.objects.update_or_create(
        problem_type="not-found", defaults={"explanation": request.GET["explanation"]}
    )
    return HttpResponse("saved")


_queries = []


def _note(execute, sql, *args):
    _queries.append(sql)
    return execute(sql, *args)


def _note_queries(connection, **kwargs):
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


connection_created.connect(_note_queries)


def queries(request):
    """What this process has asked its database since it was asked the last time."""
    asked = [sql for sql in _queries if sql.startswith("SELECT")]
    _queries.clear()
    return JsonResponse(asked, safe=False)


urlpatterns = [
    path("own-words/", own_words),
    path("sold-out/", sold_out),
    path("edit/", edit),
    path("queries/", queries),
]
