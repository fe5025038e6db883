from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("throttled/", views.throttled, name="throttled"),
    path("async/throttled/", views.throttled_async, name="async-throttled"),
    path("api/throttled/", views.ThrottledAPI.as_view(), name="api-throttled"),
    path("account/login/", views.SignIn.as_view(), name="login"),
]
