from __future__ import annotations

from .packages import needs
from .site import site


@needs("django-ninja")
def test_two_handlers_explain_errors_of_a_django_ninja_api():
    def urlpatterns():
        from django.http import Http404
        from django.urls import path
        from ninja import NinjaAPI

        from django_http4xx.exceptions import ClientError, Conflict, NotFound
        from django_http4xx.responses import problem_response

        api = NinjaAPI()
        api.exception_handler(ClientError)(problem_response)
        api.exception_handler(Http404)(lambda request, error: problem_response(request, NotFound()))

        @api.get("/conflict")
        def conflict(request):
            raise Conflict("Edited meanwhile.")

        return [path("api/", api.urls)]

    response = site(urlpatterns, DEBUG=True).get(
        "/api/conflict", headers={"accept": "application/json"}
    )

    assert (response.status_code, response.json()["detail"]) == (409, "Edited meanwhile.")
