"""The URLs of the tests, with a page for every problem type."""

from django.urls import include, path

from . import urls

urlpatterns = [*urls.urlpatterns, path("problems/", include("django_http4xx.urls"))]
