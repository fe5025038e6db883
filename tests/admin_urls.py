"""The admin, beside the doors."""

from django.contrib import admin
from django.urls import path

from . import urls

urlpatterns = [path("admin/", admin.site.urls), *urls.urlpatterns]
