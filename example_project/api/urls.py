from __future__ import annotations

from django.apps import apps
from django.urls import path

from . import views

urlpatterns = [
    path("reviews/", views.Reviews.as_view()),
    path("ratings/", views.Ratings.as_view()),
    path("users/", views.Users.as_view()),
    path("users/<str:username>/balance/", views.Balance.as_view()),
    path("raise/<int:status>/", views.Raise.as_view(), name="api-raise"),
    path("parse/", views.Parse.as_view()),
]

if apps.is_installed("drf_spectacular"):
    from drf_spectacular.views import SpectacularAPIView

    urlpatterns.append(path("schema/", SpectacularAPIView.as_view(), name="api-schema"))
