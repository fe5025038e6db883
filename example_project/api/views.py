"""The shop for programs: what cannot be done is raised, or found by a serializer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from doors.arguments import client_error
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from shop.models import Customer, Review

from django_http4xx.exceptions import Forbidden

from .declared import raises
from .serializers import (
    BalanceSerializer,
    RatingSerializer,
    ReadSerializer,
    ReviewSerializer,
    UserSerializer,
)

if TYPE_CHECKING:
    from rest_framework.request import Request


class Reviews(generics.ListCreateAPIView):
    """Reviews; the limits of a rating stand on the field."""

    queryset = Review.objects.select_related("product")
    serializer_class = ReviewSerializer


class Ratings(generics.CreateAPIView):
    """Reviews without a word; the limits of a rating are checked by a method."""

    queryset = Review.objects.all()
    serializer_class = RatingSerializer


class Users(generics.CreateAPIView):
    """Who is new here. A name can be taken once."""

    queryset = get_user_model().objects.all()
    serializer_class = UserSerializer


class Balance(APIView):
    """What somebody has paid in beforehand: theirs to see, and the staff's."""

    permission_classes = (IsAuthenticated,)
    serializer_class = BalanceSerializer

    @raises(Forbidden)
    def get(self, request: Request, username: str) -> Response:
        customer = get_object_or_404(
            Customer.objects.select_related("user"), user__username=username
        )
        if customer.user != request.user and not request.user.is_staff:
            raise Forbidden
        return Response({"username": username, "balance": customer.balance})


class Raise(APIView):
    """Every code, with the arguments of ``/raise/N/``: a door to look at, and no part of the API."""

    schema = None

    def get(self, request: Request, status: int) -> Response:
        raise client_error(status, request.query_params)

    post = put = patch = delete = get


class Parse(APIView):
    """Reads what was sent, and says what kind of thing it is."""

    serializer_class = ReadSerializer

    def post(self, request: Request) -> Response:
        return Response({"read": type(request.data).__name__})
