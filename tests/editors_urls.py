"""A site for editors, instead of the default admin."""

from django.contrib import admin
from django.urls import path

from django_http4xx.admin import ExplanationAdmin
from django_http4xx.models import Explanation

from . import urls

editors = admin.AdminSite(name="editors")
editors.register(Explanation, ExplanationAdmin)

urlpatterns = [path("editors/", editors.urls), *urls.urlpatterns]
