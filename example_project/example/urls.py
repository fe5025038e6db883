from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

urlpatterns = [
    path("", include("doors.urls")),
    path("", include("throttled.urls")),
    path("shop/", include("shop.urls")),
    path("api/", include("api.urls")),
    path("documents/", include("documents.urls")),
    path("account/logout/", LogoutView.as_view(), name="logout"),
    path("problems/", include("django_http4xx.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
