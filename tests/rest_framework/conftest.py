from __future__ import annotations

import pytest
from rest_framework.test import APIClient

HANDLERS = {
    "problem": "django_http4xx.rest_framework.exception_handler",
    "compatible": "django_http4xx.rest_framework.compatible_exception_handler",
    "drf": "rest_framework.views.exception_handler",
}


@pytest.fixture
def client():
    """Django REST framework's own test client; a 500 is an answer, as it is to a user."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def use_handler(settings):
    """Choose the project's exception handler by its short name."""

    def use(name: str) -> None:
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": HANDLERS[name]}

    return use
