"""The body of a problem: each member, where it comes from, and when it is left out."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import (
    ClientError,
    Conflict,
    Locked,
    MethodNotAllowed,
    NotFound,
    RequestHeaderFieldsTooLarge,
    TooManyRequests,
    UnprocessableContent,
    UnsupportedMediaType,
)
from django_http4xx.problems import spoken_delay
from django_http4xx.responses import problem_response

UUID = "2f1c9a52-9f3e-4c55-8a0d-6c8c1c1f8f11"


class ShelfEmpty(Conflict):
    title = _("Sold out")
    explanation = _("We have {available} of {sku} left.")
    remedy = _("Choose a smaller quantity.")
    sku: str
    available: object


class WithoutRemedy(Conflict):
    title = "Over"
    explanation = "It is over."
    remedy = ""


class WithoutWords(ClientError):
    status = 409


class Wordy(Conflict):
    title = "{status} {method} {path} {host}"
    explanation = "{detail}|{reference}|{retry_after}|{allowed}|{{path}}"
    remedy = "{detail}"


class DrawerLocked(Locked):
    explanation = "{precondition} {drawer}"
    drawer: int


class BagTooFull(RequestHeaderFieldsTooLarge):
    explanation = "{field}|"


def body(error, path="/a%20b/", **headers):
    request = RequestFactory().get(path, headers={"accept": "application/json", **headers})
    return json.loads(problem_response(request, error).content)


@pytest.fixture(autouse=True)
def _own_type_uris(settings):
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://shop.example/problems/"}


def test_all_members_of_a_problem():
    error = ShelfEmpty(sku="A1", available=2, errors=[{"pointer": "#/qty", "detail": "At most 2."}])
    assert body(error, **{"x-request-id": UUID}) == {
        "type": "https://shop.example/problems/shelf-empty",
        "title": "Sold out",
        "status": 409,
        "code": "shelf-empty",
        "detail": "We have 2 of A1 left.",
        "remedy": "Choose a smaller quantity.",
        "reference": UUID,
        "instance": f"urn:uuid:{UUID}",
        "errors": [{"pointer": "#/qty", "detail": "At most 2."}],
        "sku": "A1",
        "available": 2,
    }


def test_the_body_begins_with_what_matters_most():
    assert list(body(NotFound(rev=7)))[:5] == ["type", "title", "status", "code", "detail"]


def test_what_is_empty_is_left_out():
    said = body(NotFound(none=None, text="", many=[], pairs={}, zero=0, no=False))
    assert not {"none", "text", "many", "pairs", "errors", "help"} & said.keys()
    assert (said["zero"], said["no"]) == (0, False)


def test_the_remedy_is_left_out_where_there_is_none():
    assert "remedy" not in body(WithoutRemedy())
    assert "remedy" not in body(NotFound(remedy=""))
    assert body(WithoutRemedy(remedy="Come back."))["remedy"] == "Come back."


def test_the_detail_is_the_explanation_where_there_is_none():
    assert body(NotFound("Order 12."))["detail"] == "Order 12."
    for nothing in (None, "", _("")):
        said = body(NotFound(nothing))
        assert said["detail"] == "There is nothing at this address."


@pytest.mark.parametrize("detail", [None, "There is nothing at this address."])
def test_nothing_is_said_twice(detail):
    assert "explanation" not in body(NotFound(detail))
    said = body(NotFound("Order 12."))
    assert said["explanation"] == "There is nothing at this address."


def test_words_for_this_occurrence():
    said = body(NotFound("Order 12.", title="No order", explanation="We looked.", remedy="Ask."))
    assert [said[name] for name in ("title", "detail", "explanation", "remedy")] == [
        *("No order", "Order 12.", "We looked.", "Ask."),
    ]


def test_a_type_without_words_has_the_registered_phrase():
    said = body(WithoutWords())
    assert said["title"] == said["detail"] == "Conflict"


def test_under_about_blank_the_title_is_the_registered_phrase(settings):
    settings.HTTP4XX = {}
    assert body(NotFound())["type"] == "about:blank"
    assert body(NotFound())["title"] == "Not Found"
    assert body(ShelfEmpty(sku="A", available=1))["title"] == "Conflict"
    assert body(NotFound(title="No order"))["title"] == "No order"


def test_the_code_is_the_name_of_the_type():
    assert body(ShelfEmpty(sku="A", available=1))["code"] == "shelf-empty"
    assert body(NotFound())["code"] == "not-found"


@pytest.mark.parametrize(
    "sane", ["7", "req-7.a_b~c", "a" * 128, "Root=1-5759e988-bd862e3fe1be46a994272793", UUID]
)
def test_an_incoming_id_is_the_reference(sane):
    assert body(Conflict(), **{"x-request-id": sane})["reference"] == sane
    said = body(NotFound(), **{"x-request-id": sane, "authorization": "Bearer x"})
    assert said["reference"] == sane


@pytest.mark.parametrize(
    "insane", ["", "a b", "<script>", "a" * 129, "é", "a\nb", "a,b", "a:b", "a/b", "a@b"]
)
def test_an_incoming_id_that_is_none_is_replaced(insane):
    said = body(Conflict(), **{"x-request-id": insane})
    assert said["instance"] == f"urn:uuid:{uuid.UUID(said['reference'])}"


@pytest.mark.parametrize("form", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_the_instance_is_the_reference_as_a_urn(form):
    assert body(Conflict(), **{"x-request-id": form})["instance"] == f"urn:uuid:{UUID}"


def test_the_instance_is_made_from_a_reference_that_is_no_uuid():
    """RFC 9562 §5.5: the same reference gives the same UUID."""
    made, again, other = (
        body(Conflict(), **{"x-request-id": sent})["instance"]
        for sent in ("req-7", "req-7", "req-8")
    )
    assert made == again == f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'req-7')}"
    assert made != other


@pytest.mark.parametrize(
    ("error", "members"),
    [
        (MethodNotAllowed(["GET", "PUT"]), {"allow": ["GET", "PUT"]}),
        (TooManyRequests(retry_after=90), {"retry_after": 90}),
        (UnsupportedMediaType(accept="image/png"), {"accept": ["image/png"]}),
    ],
)
def test_what_a_field_carries_stands_in_the_body_too(error, members):
    said = body(error)
    assert {name: said[name] for name in members} == members


def test_placeholders():
    said = body(Wordy("So."), path="/a%20b/", **{"x-request-id": "r7"})
    assert said["title"] == "409 GET /a b/ testserver"
    assert said["explanation"] == "So.|r7|later||{path}"
    assert said["remedy"] == "So."


@pytest.mark.usefixtures("forgotten_types")
def test_what_is_no_placeholder_stands_as_it_is():
    odd = type("Odd", (Conflict,), {"explanation": "{nothing}|{path.x}|{0}"})
    assert body(odd())["detail"] == "{nothing}|{path.x}|{0}"


@pytest.mark.parametrize(
    ("error", "explanation", "members"),
    [
        (
            DrawerLocked(precondition="no-conflicting-lock", drawer=3),
            "no-conflicting-lock 3",
            {"precondition": "no-conflicting-lock", "drawer": 3},
        ),
        (BagTooFull(field="<Cookie>"), "<Cookie>|", {"field": "<Cookie>"}),
        (BagTooFull(), "|", {}),
    ],
)
def test_arguments_that_a_text_may_name(error, explanation, members):
    said = body(error)
    assert said["detail"] == explanation
    names = ("precondition", "drawer", "field")
    assert {name: said[name] for name in names if name in said} == members


def test_what_is_said_to_head_is_said_to_get(rf):
    error = Wordy("So.")
    asked = {"headers": {"accept": "application/json", "x-request-id": "r7"}}
    contents = {problem_response(ask("/", **asked), error).content for ask in (rf.get, rf.head)}
    assert len(contents) == 1


def test_a_host_that_is_refused_is_not_told():
    assert body(Wordy(), host="evil.example")["title"] == "409 GET /a b/ "


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (2, "2"),
        (1234567, "1.234.567"),
        (Decimal("1.50"), "1,50"),
        (True, "True"),
        (date(2026, 3, 1), "1. März 2026"),
        (datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "1. März 2026 12:30"),
        (_("Home"), "Start"),
        (None, "None"),
        ({1: "{sku}"}, "{1: '{sku}'}"),
    ],
)
def test_values_are_printed_as_the_reader_s_language_writes_them(settings, value, printed):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    settings.USE_THOUSAND_SEPARATOR = True
    said = body(ShelfEmpty(sku="A1", available=value), **{"accept-language": "de"})
    assert said["detail"] == f"We have {printed} of A1 left."


def test_members_and_errors_are_in_the_reader_s_language():
    with translation.override("en"):
        error = UnprocessableContent(
            _("Home"),
            errors=[{"detail": _("Home")}],
            label=_("Home"),
            nested={"list": [_("Home")]},
        )
        said = body(error, **{"accept-language": "zh"})
    assert said["detail"] == said["label"] == said["errors"][0]["detail"] == "首页"
    assert said["nested"] == {"list": ["首页"]}


def test_no_answer_lists_more_than_a_thousand_errors():
    said = body(UnprocessableContent(errors=[{"detail": str(n)} for n in range(1500)]))
    assert (len(said["errors"]), said["errors_left_out"]) == (1000, 500)


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (None, "later"),
        (0, "in 0 seconds"),
        (1, "in 1 second"),
        (59, "in 59 seconds"),
        (60, "in 1 minute"),
        (61, "in 2 minutes"),
        (3599, "in 1 hour"),
        (3600, "in 1 hour"),
        (3601, "in 2 hours"),
        (47 * 3600 + 1, "in 2 days"),
        (10**9, "in 11575 days"),
    ],
)
def test_a_delay_as_one_says_it_never_too_early(seconds, spoken):
    assert spoken_delay(seconds) == spoken
