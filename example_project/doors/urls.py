from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("page/<int:status>/", views.page, name="page"),
    path("raise/<int:status>/", views.raise_error, name="raise"),
    path("async/raise/<int:status>/", views.raise_error_async, name="async-raise"),
    path("bare/<int:status>/", views.bare, name="bare"),
]
