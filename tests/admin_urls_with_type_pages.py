"""The admin, beside the doors and the pages of the problem types."""

from django.urls import include, path

from . import admin_urls

urlpatterns = [path("problems/", include("django_http4xx.urls")), *admin_urls.urlpatterns]
