"""The pages that the ``type`` of a problem leads to, as HTML or as JSON.

Everybody who gets an error may read them, signed in or not.
"""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.urls import get_script_prefix, reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_http4xx import negotiation, pages
from django_http4xx.branding import site_of
from django_http4xx.exceptions import (
    CLASSES,
    ClientError,
    MethodNotAllowed,
    NotFound,
    problem_types,
)
from django_http4xx.formats import ProblemJSON
from django_http4xx.policies import POLICY, policy_beside
from django_http4xx.problems import explain
from django_http4xx.statuses import STATUSES
from django_http4xx.type_uris import type_uri
from django_http4xx.words import wording
from django_http4xx.words.activation import speaking
from django_http4xx.words.texts import literal

from . import members
from .examples import example_of
from .status_guide import COMMON_CAUSES, neighbours

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from django_http4xx.statuses import Status


@login_not_required
def problem_type_list(request: HttpRequest) -> HttpResponseBase:
    """List all problem types, ordered by status."""
    return _answer(request, "type_list.html", _list)


@login_not_required
def problem_type(request: HttpRequest, name: str) -> HttpResponseBase:
    """Describe one problem type in the reader's language. Raises ``NotFound`` if there is none."""
    by_name = {cls.problem_type: cls for cls in problem_types()}
    if name not in by_name:
        raise NotFound(gettext_lazy("There is no error with this name."))
    return _answer(request, "type_page.html", partial(_described, by_name[name]))


@login_not_required
def schema(request: HttpRequest) -> HttpResponseBase:
    """The JSON Schema of every problem's body."""
    _allow_reading(request)
    described = members.json_schema(request.build_absolute_uri(request.path))
    response = JsonResponse(described, content_type="application/schema+json")
    return _conditional(request, response)


@login_not_required
def declaration(request: HttpRequest) -> HttpResponseBase:
    """The TypeScript declaration of the same."""
    _allow_reading(request)
    content_type = "application/typescript; charset=utf-8"
    return _conditional(request, HttpResponse(members.typescript(), content_type=content_type))


def _allow_reading(request: HttpRequest) -> None:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD"])


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The response with an ``ETag``; 304 where the client has it (RFC 9110 §15.4.5)."""
    etag = quote_etag(sha256(response.content).hexdigest()[:32])
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _answer(
    request: HttpRequest, template: str, describe: Callable[[HttpRequest, str], dict[str, Any]]
) -> HttpResponseBase:
    """Send a description as HTML or JSON, as the client prefers, or 304 if it has it already."""
    _allow_reading(request)
    language, vary = negotiation.language_for(request)
    wanted, vary_format = negotiation.format_for(request)
    with speaking(language):
        description = describe(request, language)
        if wanted.media_type == "text/html":
            site = site_of(request)
            around = {"site": site, "frame": pages.frame_for(request, language)}
            response = HttpResponse(_page(template, language, {**description, **around}))
            response.headers[POLICY] = policy_beside(
                response.headers.get(POLICY, ""), response.headers.get("X-Frame-Options", ""), site
            )
        else:
            response = JsonResponse(description, json_dumps_params={"ensure_ascii": False})
    response.headers["Content-Language"] = language
    patch_vary_headers(response, (*vary_format, *vary))
    return _conditional(request, response)


def _page(template: str, language: str, description: dict[str, Any]) -> str:
    example = json.dumps(description.get("example"), ensure_ascii=False, indent=2)
    status = description.get("status")
    further = {
        "example": example,
        "problem": {"language": language},
        "drawing": pages.drawing_for(status) if status else "",
        "home": get_script_prefix(),
    }
    return pages.rendered(template, language, {**description, **further})


def _list(request: HttpRequest, language: str) -> dict[str, Any]:
    found = sorted(problem_types(), key=lambda cls: (cls.status, cls.problem_type))
    return {
        "problem_types": [_summary(cls, request, language) for cls in found],
        "home": get_script_prefix(),
        "schema": reverse("django_http4xx:schema"),
        "declaration": reverse("django_http4xx:declaration"),
    }


def _summary(cls: type[ClientError], request: HttpRequest, language: str) -> dict[str, Any]:
    words = wording.built_in_words(cls, language)
    return {
        "name": cls.problem_type,
        "type": type_uri(request, cls.problem_type),
        "page": reverse("django_http4xx:problem-type", args=[cls.problem_type]),
        "status": cls.status,
        "phrase": words.phrase.source,
        "title": literal(words.title.source, words.title.language),
    }


def _described(cls: type[ClientError], request: HttpRequest, language: str) -> dict[str, Any]:
    status = STATUSES[cls.status]
    example = example_of(cls)
    problem = explain(request, example, language)
    # A fixed reference, since nobody can ask about an example, and so that the ETag is stable.
    problem.reference = "00000000-0000-4000-8000-000000000000"
    fields = {name: value for name, value in example.headers.items() if name != "Connection"}
    return {
        **_summary(cls, request, language),
        "list": reverse("django_http4xx:problem-types"),
        "title": problem.title,
        "explanation": problem.explanation,
        "remedy": problem.remedy,
        "defined_in": status.section,
        "causes": _occurs(cls),
        "differs_from": [
            {**_summary(CLASSES[code], request, language), "difference": str(difference)}
            for code, difference in neighbours(cls.status)
        ],
        "may_be_stored": status.cacheable,
        "caching": _caching(status),
        "can_succeed_later": status.retry,
        "retrying": _retrying(status),
        "fields": fields,
        "members": [
            {"name": member.name, **member.schema, "required": member.is_required}
            for member in members.members_of(cls, example.members)
        ],
        "example": json.loads(ProblemJSON.render(problem, request)),
        "language": language,
    }


def _occurs(cls: type[ClientError]) -> str:
    """When it happens: what the type itself says, or, for a status, its common causes."""
    own = cls.__dict__.get("occurs")
    return str(
        COMMON_CAUSES[cls.status] if own is None and cls is CLASSES[cls.status] else own or ""
    )


def _caching(status: Status) -> str:
    if status.no_store:
        return _("A cache must not keep the answer.")
    if status.cacheable:
        return _("A cache may keep the answer.")
    return _("A cache may keep the answer only if it is told to.")


def _retrying(status: Status) -> str:
    if status.retry:
        return _("The same request can succeed later.")
    return _("The same request will fail again unless something else changes.")
