"""A page for every problem type, so that a ``type`` can be opened.

``path("problems/", include("django_http4xx.urls"))``
"""

from __future__ import annotations

from django.urls import path

from .type_pages import views

app_name = "django_http4xx"
urlpatterns = [
    path("", views.problem_type_list, name="problem-types"),
    path("<str:name>/", views.problem_type, name="problem-type"),
]
