from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("doors.urls")),
    path("shop/", include("shop.urls")),
    path("account/", include("django.contrib.auth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
