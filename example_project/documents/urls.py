from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from django_http4xx.decorators import gone

from . import views

app_name = "documents"

urlpatterns = [
    path("texts/<slug:slug>/", views.document, name="document"),
    path("texts/<slug:slug>/versions/", views.versions, name="versions"),
    path("authors/<str:username>/", views.author, name="author"),
    path("notes/", views.upload, name="upload"),
    path("photos/", views.photos, name="photos"),
    path("search/", views.search, name="search"),
    path("report/", views.report, name="report"),
    path("leaflet/", views.leaflet, name="leaflet"),
    path("expecting/", views.expecting, name="expecting"),
    path("live/", views.live, name="live"),
    path("pay/", views.pay, name="pay"),
    path("prices/", views.prices, name="prices"),
    path("banned/", views.banned, name="banned"),
    path("office/", views.Office.as_view(), name="office"),
    path("summer-sale/", gone(_("The sale ended in August.")), name="summer-sale"),
]
