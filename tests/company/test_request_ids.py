"""The reference of a problem is the id that the logs of a project already have."""

from __future__ import annotations

import pytest

from .packages import needs
from .site import MIDDLEWARE, site

# What the packages said of the request.
SAID = []


def by_guid(request):
    from django_guid import get_guid

    SAID.append(get_guid())
    return SAID[-1]


def by_structlog(request):
    import structlog

    SAID.append(structlog.contextvars.get_contextvars().get("request_id"))
    return SAID[-1]


@pytest.mark.parametrize(
    ("package", "middleware"),
    [
        pytest.param("guid", "django_guid.middleware.guid_middleware", marks=needs("django-guid")),
        pytest.param(
            "structlog",
            "django_structlog.middlewares.RequestMiddleware",
            marks=needs("django-structlog"),
        ),
    ],
)
def test_it_is_theirs(package, middleware):
    client = site(
        apps=["django_guid"] if package == "guid" else [],
        MIDDLEWARE=[middleware, *MIDDLEWARE],
        DJANGO_GUID={},
        HTTP4XX={"REFERENCE": f"{__name__}.by_{package}"},
    )
    answer = client.post("/nowhere/", headers={"accept": "application/json"})
    reference = answer.json()["reference"]
    assert reference == answer.headers["X-Request-ID"] == SAID[-1]
    assert SAID[-1]
