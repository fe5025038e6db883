"""What was counted in the last two weeks, for the overview of the editors."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.db import connections, router, transaction
from django.db.models import Q, Sum
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.encoding import escape_uri_path

from django_http4xx.editors.frequency import BrokenLink, Frequency
from django_http4xx.path_prefixes import as_prefix

from .descriptions import LEFT_OUT
from .flushing import flusher
from .models import SCANNED_PARTS, ErrorCount

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

# The overview lists so many addresses; the list of the counts has all.
_MOST_LISTED = 20
# The longest path that `django.contrib.redirects` stores.
_LONGEST_REDIRECT = 200


def measure(request: HttpRequest) -> dict[str, Frequency] | None:
    """The frequencies by problem type, in two queries; ``None`` if the user may not see them."""
    if not request.user.has_perm("http4xx_met.view_errorcount"):
        return None
    alias = router.db_for_read(ErrorCount)
    # A query that fails, as before `migrate`, must not break the transaction of the request.
    in_transaction = connections[alias].in_atomic_block
    with transaction.atomic(using=alias) if in_transaction else nullcontext():
        return _frequencies(ErrorCount.objects.using(alias).order_by(), request)


def _frequencies(rows: QuerySet[ErrorCount], request: HttpRequest) -> dict[str, Frequency]:
    today = flusher.days.today()
    week_ago, two_weeks_ago = (today - timedelta(days=days) for days in (7, 14))
    of_this_week = Q(day__gt=week_ago)
    found = (
        rows.filter(day__gt=two_weeks_ago, day__lte=today)
        .values("problem_type")
        .annotate(
            this_week=Sum("count", filter=of_this_week, default=0),
            both=Sum("count"),
            scanned=Sum("count", filter=of_this_week & Q(part=SCANNED_PARTS), default=0),
        )
    )
    links = _broken_links(rows.filter(of_this_week, day__lte=today), request)
    return {
        row["problem_type"]: Frequency(
            row["this_week"],
            row["both"] - row["this_week"],
            row["scanned"],
            links.get(row["problem_type"], ()),
        )
        for row in found
    }


def _broken_links(rows: QuerySet[ErrorCount], request: HttpRequest) -> dict[str, list[BrokenLink]]:
    add_redirect = _address_of_redirects(request)
    by_type: defaultdict[str, list[BrokenLink]] = defaultdict(list)
    found = (
        rows.exclude(address="")
        .values_list("problem_type", "address")
        .annotate(times=Sum("count"))
        .order_by("-times", "address")[:_MOST_LISTED]
    )
    for name, address, times in found:
        by_type[name].append(
            BrokenLink(
                get_script_prefix()[:-1] + address,
                times,
                as_prefix(address.partition(LEFT_OUT)[0]),
                _redirect_from(address, add_redirect),
            )
        )
    return by_type


def _address_of_redirects(request: HttpRequest) -> str:
    """The address of the form for a redirect; empty if there is none, or the user may not add one."""
    if not apps.is_installed("django.contrib.redirects"):
        return ""
    if not request.user.has_perm("redirects.add_redirect"):
        return ""
    match = request.resolver_match
    try:
        current_app = match.namespace if match else None
        return reverse("admin:redirects_redirect_add", current_app=current_app)
    except NoReverseMatch:
        return ""


def _redirect_from(address: str, add_redirect: str) -> str:
    # `django.contrib.redirects` compares the address as the client sent it.
    path = escape_uri_path(get_script_prefix()[:-1] + address)
    if not add_redirect or LEFT_OUT in address or len(path) > _LONGEST_REDIRECT:
        return ""
    site = getattr(settings, "SITE_ID", None)
    query = {"old_path": path, **({"site": site} if site else {})}
    return f"{add_redirect}?{urlencode(query)}"
