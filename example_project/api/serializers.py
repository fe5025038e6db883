from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from shop.models import Customer, Review

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ReviewSerializer(serializers.ModelSerializer):
    """The limits of a rating are those of the model: the field itself declares them."""

    class Meta:
        model = Review
        fields = ["id", "product", "author", "rating", "text"]
        extra_kwargs = {"author": {"default": "guest"}}


class RatingSerializer(serializers.ModelSerializer):
    """The same limits, in a method that says so in words of its own."""

    rating = serializers.IntegerField()

    class Meta:
        model = Review
        fields = ["id", "product", "rating"]

    def validate_rating(self, rating: int) -> int:
        if not 1 <= rating <= 5:
            raise serializers.ValidationError(_("A rating is from 1 to 5."))
        return rating


class UserSerializer(serializers.ModelSerializer):
    """Somebody new, who has no password yet and no money."""

    class Meta:
        model = get_user_model()
        fields = ["id", "username", "email"]

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> User:
        user = get_user_model().objects.create_user(**validated_data)
        Customer.objects.create(user=user)
        return user


class BalanceSerializer(serializers.Serializer):
    username = serializers.CharField(read_only=True)
    balance = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)


class ReadSerializer(serializers.Serializer):
    """What kind of thing was read."""

    read = serializers.CharField(read_only=True)
