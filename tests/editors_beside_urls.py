"""A site for editors, beside the default admin."""

from django.contrib import admin
from django.urls import path

from .editors_urls import urlpatterns as editors

urlpatterns = [path("admin/", admin.site.urls), *editors]
