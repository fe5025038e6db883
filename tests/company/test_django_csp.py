from __future__ import annotations

import pytest

from .packages import needs
from .site import MIDDLEWARE, site

CSP = "csp.middleware.CSPMiddleware"


@needs("django-csp")
@pytest.mark.parametrize("place", ["above ours", "below ours"])
@pytest.mark.parametrize("address", ["/nowhere/", "/bare/", "/conflict/", "/problems/not-found/"])
def test_our_page_keeps_who_may_frame_it_and_who_is_told_of_violations(address, place):
    def urlpatterns():
        from django.http import HttpResponse
        from django.urls import include, path

        from django_http4xx.exceptions import Conflict

        def conflict(request):
            raise Conflict

        return [
            path("bare/", lambda request: HttpResponse(status=409)),
            path("conflict/", conflict),
            path("problems/", include("django_http4xx.urls")),
        ]

    directives = {
        "default-src": ["'self'"],
        "frame-ancestors": ["https://partner.example"],
        "report-uri": ["/csp/"],
    }
    client = site(
        urlpatterns,
        apps=["csp"],
        MIDDLEWARE=[CSP, *MIDDLEWARE] if place == "above ours" else [*MIDDLEWARE, CSP],
        CONTENT_SECURITY_POLICY={"DIRECTIVES": directives},
    )
    policy = client.get(address, headers={"accept": "text/html"}).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors https://partner.example" in policy
    assert "report-uri /csp/" in policy
