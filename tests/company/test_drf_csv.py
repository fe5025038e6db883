from __future__ import annotations

from .packages import needs
from .site import site

WORDS = "There is no picture."
HANDLER = "django_http4xx.rest_framework.exception_handler"


@needs("djangorestframework-csv")
def test_a_table_that_has_no_place_for_a_problem_gives_way_to_problem_json():
    def urlpatterns():
        from django.urls import path
        from rest_framework.exceptions import NotFound
        from rest_framework.views import APIView
        from rest_framework_csv import renderers

        class Missing(APIView):
            authentication_classes = ()

            def get(self, request):
                raise NotFound(WORDS)

        def view(name, header=None):
            renderer = type("Table", (getattr(renderers, name),), {"header": header})
            return Missing.as_view(renderer_classes=[renderer])

        return [
            path("any/", view("CSVRenderer")),
            path("columns/", view("CSVRenderer", ["id", "name"])),
            path("results/", view("PaginatedCSVRenderer")),
            path("results-columns/", view("PaginatedCSVRenderer", ["id", "name"])),
            path("stream/", view("CSVStreamingRenderer")),
        ]

    client = site(
        urlpatterns, apps=["rest_framework"], REST_FRAMEWORK={"EXCEPTION_HANDLER": HANDLER}
    )
    answers = {
        (address, accept): client.get(f"/{address}/", headers={"accept": accept})
        for address in ("any", "columns", "results", "results-columns", "stream")
        for accept in ("*/*", "text/csv")
    }

    assert {answer.status_code for answer in answers.values()} == {404}
    assert all(WORDS.encode() in answer.content for answer in answers.values())
    kinds = {key: answer["Content-Type"].partition(";")[0] for key, answer in answers.items()}
    assert kinds == {
        (address, accept): "text/csv" if address == "any" else "application/problem+json"
        for address, accept in answers
    }
