"""The admin, the pages of the problem types, and the views of ``tests.urls``."""

from django.urls import include, path

from . import admin_urls

urlpatterns = [path("problems/", include("django_http4xx.urls")), *admin_urls.urlpatterns]
