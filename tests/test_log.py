"""What a client sends reaches the log as what it is: no line and no colour of its making."""

from __future__ import annotations

import io
import logging

import pytest
from django import template
from django.core.exceptions import SuspiciousOperation
from django.test import Client
from django.urls import re_path
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict
from django_http4xx.log import logger

register = template.Library()
FORGED = "/x%0AERROR root: forged%0D%1B[31m%E2%80%A8ERROR root: forged%E2%80%AE/"


@register.simple_tag
def fails_over(text):
    raise ValueError(f"This is not a path: {text}")


class Suspicious(APIView):
    authentication_classes = ()

    def get(self, request, text):
        raise SuspiciousOperation(f"This is not a name: {text}")


class Odd:
    """A value that is printed as what the client sent."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


def conflict(request, text):
    class Edited(Conflict):
        explanation = "{odd}"
        odd: object

    raise Edited(odd=Unprintable(text))


class Unprintable(Odd):
    def __str__(self):
        raise ValueError(f"Not to be printed: {self.text}")


urlpatterns = [
    re_path(r"^api/(?P<text>[\s\S]+)", Suspicious.as_view()),
    re_path(r"^conflict/(?P<text>[\s\S]+)", conflict),
]
pytestmark = [
    pytest.mark.urls(__name__),
    pytest.mark.filterwarnings("ignore:.*REST framework"),
]


@pytest.fixture
def log():
    """All that is logged, as a file has it."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger("django_http4xx"), logging.getLogger("django.security")
    for each in ours:
        each.addHandler(handler)
        each.setLevel(logging.INFO)
    yield handler.stream
    for each in ours:
        each.removeHandler(handler)
        each.setLevel(logging.NOTSET)


def is_forged(text):
    """Whether a line begins with what the client sent, or does more than print."""
    lines = text.splitlines()
    return any(line.startswith("ERROR root") or not line.isprintable() for line in lines)


@pytest.fixture
def page_that_fails(settings, tmp_path):
    page = "{% load failing %}{% fails_over request.path %}"
    (tmp_path / "404.html").write_text(page)
    options = {**settings.TEMPLATES[0]["OPTIONS"], "libraries": {"failing": __name__}}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path], "OPTIONS": options}]


def test_an_exception_that_tells_the_path_forges_no_line(log, page_that_fails):
    response = Client().get(FORGED, headers={"accept": "text/html"})
    assert response.status_code == 404
    text = log.getvalue()
    assert "This is not a path: /x" in text
    assert "Traceback" in text
    assert not is_forged(text)


def test_a_value_that_cannot_be_printed_forges_no_line(log):
    assert Client().get(f"/conflict{FORGED}").status_code == 409
    assert "Not to be printed: x" in log.getvalue()
    assert not is_forged(log.getvalue())


def test_what_an_api_found_suspicious_forges_no_line(log):
    assert Client().get(f"/api{FORGED}").status_code == 400
    first = log.getvalue().splitlines()[0]
    assert first.startswith("ERROR django.security.SuspiciousOperation: This is not a name: x\\nE")
    assert first.isprintable()


@pytest.mark.parametrize(
    "value", ["a\nb", Odd("a\nb"), ValueError("a\rb"), "a\x1b[31mb", "a\u2028b", Odd("a\u202eb")]
)
def test_whatever_is_put_into_a_message_is_one_line_that_prints(log, value):
    logger.warning("It is %s.", value)
    assert log.getvalue().rstrip("\n").isprintable()


def test_a_line_break_is_told_from_a_backslash(log):
    logger.warning("%s", "a\nb")
    logger.warning("%s", r"a\nb")
    logger.warning("%s", "a" + "b" * 3)
    broken, with_backslash, plain = log.getvalue().splitlines()
    assert broken.endswith(r": a\nb")
    assert with_backslash.endswith(r": a\\nb")
    assert plain.endswith(": abbb")


@pytest.mark.parametrize(("value", "shown"), [(7, "7"), (None, "None"), (1.5, "1.5")])
def test_what_is_no_text_is_logged_as_it_is(log, value, shown):
    logger.warning("%s", value)
    assert log.getvalue().endswith(f": {shown}\n")
