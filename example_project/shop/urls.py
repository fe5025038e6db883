from __future__ import annotations

from django.urls import path

from . import case_orders, views

app_name = "shop"

urlpatterns = [
    path("", views.products, name="products"),
    path("orders/", views.orders, name="orders"),
    path("orders/new/", case_orders.new, name="case-order"),
    path("orders/<int:pk>/", views.order, name="order"),
    path("<slug:slug>/", views.product, name="product"),
    path("<slug:slug>/buy/", views.buy, name="buy"),
    path("<slug:slug>/reviews/", views.review, name="review"),
]
