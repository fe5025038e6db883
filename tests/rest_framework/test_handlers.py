"""Whatever a view of the API raises, its client is told in the right way."""

from __future__ import annotations

import pytest
from django.core import exceptions as django_exceptions
from django.db.models import ProtectedError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import path
from django.utils.translation import override
from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, MethodNotAllowed
from tests.urls import ARGUMENTS, error

pytestmark = pytest.mark.urls(__name__)


class PotBroken(Conflict):
    title = "Out of stock"
    explanation = "We have {available} of {sku} left."
    sku: str
    available: int


class TeapotError(exceptions.APIException):
    status_code = 418
    default_detail = "I only make tea."
    default_code = "teapot"


class Lettered(exceptions.APIException):
    status_code = "410"


class Unfinished(exceptions.APIException):
    """Does not call the ``__init__`` of the framework, which makes the detail."""

    status_code = 409

    def __init__(self, order=None):
        self.order = order


class UnfinishedSignIn(exceptions.NotAuthenticated):
    __init__ = Unfinished.__init__


class UnfinishedForm(exceptions.ValidationError):
    __init__ = Unfinished.__init__


class UnfinishedMethod(exceptions.MethodNotAllowed):
    __init__ = Unfinished.__init__


class Unprintable:
    def __str__(self):
        raise RuntimeError("secret")


RAISED = {
    # Django's own (status as a problem, status with the compatible handler)
    "Http404": (lambda: Http404("No Order matches the given query."), 404, 404),
    "PermissionDenied": (lambda: django_exceptions.PermissionDenied("Staff only."), 403, 403),
    "SuspiciousOperation": (lambda: django_exceptions.SuspiciousOperation("secret"), 400, 400),
    "SuspiciousFileOperation": (
        lambda: django_exceptions.SuspiciousFileOperation("secret"),
        400,
        400,
    ),
    "DisallowedHost": (lambda: django_exceptions.DisallowedHost("secret"), 421, 421),
    "RequestDataTooBig": (lambda: django_exceptions.RequestDataTooBig("secret"), 413, 413),
    "TooManyFieldsSent": (lambda: django_exceptions.TooManyFieldsSent("secret"), 413, 413),
    "TooManyFilesSent": (lambda: django_exceptions.TooManyFilesSent("secret"), 413, 413),
    "BadRequest": (lambda: django_exceptions.BadRequest("secret"), 400, 400),
    "MultiPartParserError": (lambda: MultiPartParserError("secret"), 400, 400),
    "UnreadablePostError": (lambda: UnreadablePostError("secret"), 400, 400),
    "ValidationError": (lambda: django_exceptions.ValidationError("Too odd."), 422, 400),
    # Texts that cannot be printed
    "Http404 of no text": (lambda: Http404(Unprintable()), 404, 404),
    "PermissionDenied of no text": (
        lambda: django_exceptions.PermissionDenied(Unprintable()),
        403,
        403,
    ),
    "ValidationError of no text": (
        lambda: django_exceptions.ValidationError("%(most)s", params={"least": 1}),
        422,
        422,
    ),
    # Django REST framework's
    "APIException": (lambda: exceptions.APIException("Broken."), 500, 500),
    "ParseError": (exceptions.ParseError, 400, 400),
    "drf.ValidationError": (lambda: exceptions.ValidationError("Too odd."), 422, 400),
    "AuthenticationFailed": (exceptions.AuthenticationFailed, 401, 403),
    "NotAuthenticated": (exceptions.NotAuthenticated, 401, 403),
    "drf.PermissionDenied": (exceptions.PermissionDenied, 403, 403),
    "drf.NotFound": (exceptions.NotFound, 404, 404),
    "drf.MethodNotAllowed": (lambda: exceptions.MethodNotAllowed("GET"), 405, 405),
    "drf.NotAcceptable": (exceptions.NotAcceptable, 406, 406),
    "drf.UnsupportedMediaType": (lambda: exceptions.UnsupportedMediaType("a/b"), 415, 415),
    "Throttled": (lambda: exceptions.Throttled(3.2), 429, 429),
    "of the project": (TeapotError, 418, 418),
    "a status as text": (Lettered, 410, 410),
    "unfinished": (Unfinished, 409, 409),
    "unfinished 401": (UnfinishedSignIn, 401, 403),
    "unfinished 422": (UnfinishedForm, 422, 400),
    "unfinished 405": (UnfinishedMethod, 405, 405),
    # ours
    "PotBroken": (lambda: PotBroken(sku="A1", available=2), 409, 409),
    **{
        f"our {status}": (lambda status=status: error(status), status, status)
        for status in ARGUMENTS
    },
    # not for the client to know
    "a bug": (lambda: ZeroDivisionError("secret"), 500, 500),
    "ProtectedError": (lambda: ProtectedError("secret", set()), 500, 500),
}


class Raising(APIView):
    authentication_classes = ()

    def get(self, request, name):
        exception = RAISED[name][0]()
        raise exception

    post = get


class PutOnly(APIView):
    def get(self, request):
        raise MethodNotAllowed(["PUT"])


class NoOrder(exceptions.NotFound):
    default_detail = "There is no such order."
    default_code = "no_order"


class NoOrderOfThatNumber(NoOrder):
    pass


class NotThere(exceptions.NotFound):
    """Has no words of its own."""


class TokenRefused(exceptions.AuthenticationFailed):
    """As packages for tokens have them: a text with a code beside it."""

    default_detail = "The token is not valid."
    default_code = "token_not_valid"

    def __init__(self):
        super().__init__(
            {"detail": self.default_detail, "code": self.default_code, "messages": [{"a": "b"}]}
        )


class Clash(exceptions.APIException):
    status_code = 409


class Late(exceptions.Throttled):
    default_detail = "You are too fast for us."


# What is raised, and the text and the code in the answer; `None` stands for our own words.
WORDS = {
    "default": (exceptions.NotFound, None, "not-found"),
    "default by a subclass": (NotThere, None, "not-found"),
    "default with arguments": (
        lambda: exceptions.MethodNotAllowed("GET"),
        None,
        "method-not-allowed",
    ),
    "default with a type": (
        lambda: exceptions.UnsupportedMediaType("a/b"),
        None,
        "unsupported-media-type",
    ),
    "default with a delay": (lambda: exceptions.Throttled(1), None, "too-many-requests"),
    "default without a delay": (exceptions.Throttled, None, "too-many-requests"),
    "default with a status": (Clash, None, "conflict"),
    "text": (lambda: exceptions.NotFound("No order 12."), "No order 12.", "not-found"),
    "code": (lambda: exceptions.NotFound(code="no_order"), "Not found.", "no_order"),
    "text and code": (lambda: exceptions.NotFound("None.", "no_order"), "None.", "no_order"),
    "of the project": (NoOrder, "There is no such order.", "no_order"),
    "of a subclass": (NoOrderOfThatNumber, "There is no such order.", "no_order"),
    "of the project, with a text": (lambda: NoOrder("None."), "None.", "no_order"),
    "of the project, with a delay": (
        lambda: Late(1),
        "You are too fast for us. Expected available in 1 second.",
        "too-many-requests",
    ),
    "in a dictionary": (TokenRefused, "The token is not valid.", "token_not_valid"),
    "in a dictionary of the framework's": (
        lambda: exceptions.NotFound({"detail": "No order 12.", "code": "no_order"}),
        "No order 12.",
        "no_order",
    ),
    "in a dictionary without a code": (
        lambda: exceptions.PermissionDenied({"detail": "Pay first.", "plan": "free"}, "unpaid"),
        "Pay first.",
        "unpaid",
    ),
    "of a 401 in a dictionary without a code": (
        lambda: exceptions.AuthenticationFailed({"detail": "It has expired."}),
        "It has expired.",
        "unauthorized",
    ),
    "unfinished": (Unfinished, None, "conflict"),
    "unfinished, of the framework's": (UnfinishedMethod, None, "method-not-allowed"),
    "of the project, without a parent": (TeapotError, "I only make tea.", "teapot"),
}


class Saying(APIView):
    def get(self, request, name):
        exception = WORDS[name][0]()
        raise exception


class Nameless(exceptions.APIException):
    status_code = "teapot"


class Done(exceptions.APIException):
    status_code = 200
    default_detail = "It was done before."


class Unnumbered(APIView):
    def get(self, request):
        raise Nameless


class DoneBefore(APIView):
    def get(self, request):
        raise Done


class OddParser(BaseParser):
    media_type = "of its own"


class TakingNoneKnown(APIView):
    authentication_classes = ()
    parser_classes = (OddParser,)

    def post(self, request):
        return Response(request.data)


urlpatterns = [
    path("none-known/", TakingNoneKnown.as_view()),
    path("raise/<str:name>/", Raising.as_view()),
    path("put-only/", PutOnly.as_view()),
    path("words/<str:name>/", Saying.as_view()),
    path("done/", DoneBefore.as_view()),
    path("unnumbered/", Unnumbered.as_view()),
]


@pytest.mark.parametrize("name", RAISED)
def test_each_exception_is_the_status_that_http_means(client, name):
    response = client.get(f"/raise/{name}/")

    status = RAISED[name][1]
    assert response.status_code == status
    assert b"secret" not in response.content
    if status < 500:
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == status
        assert response.json()["detail"]


@pytest.mark.parametrize("name", RAISED)
def test_with_the_compatible_handler_each_has_a_body_of_the_framework(client, use_handler, name):
    use_handler("compatible")

    response = client.get(f"/raise/{name}/")

    status = RAISED[name][2]
    assert response.status_code == status
    if status < 500:
        assert response["Content-Type"] == "application/json"
        body = response.json()
        assert isinstance(body, list) or "detail" in body or "non_field_errors" in body
        assert b"secret" not in response.content


@pytest.mark.parametrize("handler", ["problem", "compatible"])
@pytest.mark.parametrize(
    "case",
    [
        ("Throttled", "Retry-After", "4"),
        ("our 401", "WWW-Authenticate", 'Bearer realm="api"'),
        ("our 405", "Allow", "PUT, DELETE"),
        ("our 416", "Content-Range", "bytes */1000"),
        ("our 429", "Retry-After", "90"),
        ("our 451", "Link", '<https://isp.example/>; rel="blocked-by"'),
    ],
)
def test_the_fields_of_an_error_are_sent(client, use_handler, handler, case):
    name, field, value = case
    use_handler(handler)

    assert client.get(f"/raise/{name}/")[field] == value


@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_raised_405_keeps_its_own_allow(client, use_handler, handler):
    use_handler(handler)

    assert client.get("/put-only/")["Allow"] == "PUT"


def test_a_405_does_not_allow_what_it_refuses(client):
    assert client.get("/raise/drf.MethodNotAllowed/")["Allow"] == "POST, OPTIONS"
    assert client.delete("/raise/drf.NotFound/").json()["allow"] == [
        "GET",
        "POST",
        "HEAD",
        "OPTIONS",
    ]


def test_a_415_says_what_is_taken(client):
    response = client.post("/raise/drf.UnsupportedMediaType/")

    assert response["Accept"].startswith("application/json, ")
    assert response.json()["accept"][0] == "application/json"


@pytest.mark.parametrize("handler", ["problem", "compatible"])
def test_a_415_whose_types_are_none_is_one_all_the_same(client, use_handler, caplog, handler):
    use_handler(handler)

    response = client.post("/none-known/", b"tea", content_type="text/plain")

    assert response.status_code == 415
    assert "Accept" not in response.headers
    # The other's body has no place for what is taken, so nobody asks.
    logged = [record.message for record in caplog.records if record.name == "django_http4xx"]
    assert logged == (
        ["Could not add what the view knows to a 415."] if handler == "problem" else []
    )


@pytest.mark.parametrize("handler", ["problem", "compatible", "drf"])
def test_what_is_no_error_is_answered_by_the_framework(client, use_handler, handler):
    use_handler(handler)

    response = client.get("/done/")

    assert (response.status_code, response.json()) == (200, {"detail": "It was done before."})


def test_a_status_that_is_no_number_is_a_bug_of_its_own(client, use_handler):
    use_handler("problem")
    client.raise_request_exception = True

    # What error trackers are to see is the exception itself.
    with pytest.raises(Nameless):
        client.get("/unnumbered/")


def test_the_text_of_django_is_not_shown(client):
    body = client.get("/raise/Http404/").json()

    assert "Order" not in str(body)
    assert client.get("/raise/PermissionDenied/").json()["detail"] == "Staff only."


@pytest.mark.parametrize("name", WORDS)
def test_general_words_of_the_framework_give_way_to_ours(client, name):
    _, detail, code = WORDS[name]

    body = client.get(f"/words/{name}/").json()

    assert body["detail"] == detail or ("explanation" not in body and detail is None)
    assert body["code"] == code


@pytest.mark.parametrize("name", [name for name in WORDS if name.startswith("default")])
def test_general_words_of_the_framework_are_known_in_every_language(client, name):
    with override("zh-hans"):
        body = client.get(f"/words/{name}/").json()

    assert body["detail"]
    assert "explanation" not in body


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("in a dictionary", {"messages": [{"a": "b"}]}),
        ("in a dictionary without a code", {"plan": "free"}),
    ],
)
def test_what_stands_beside_a_text_is_a_member(client, name, members):
    body = client.get(f"/words/{name}/").json()

    assert body.items() >= members.items()
    assert "errors" not in body


def test_members_of_a_type_are_in_the_body(client):
    body = client.get("/raise/PotBroken/").json()

    assert (body["sku"], body["available"], body["code"]) == ("A1", 2, "pot-broken")
    assert body["detail"] == "We have 2 of A1 left."


def test_the_data_is_a_plain_dict_with_an_error_detail(client):
    response = client.get("/raise/drf.NotFound/")

    assert type(response.data) is dict
    assert response.data["detail"] == ErrorDetail(response.json()["detail"], "not_found")


def test_head_has_the_fields_of_get_and_no_content(client):
    get, head = (
        client.get("/raise/drf.MethodNotAllowed/"),
        client.head("/raise/drf.MethodNotAllowed/"),
    )

    assert head.content == b""
    assert head["Content-Length"] == get["Content-Length"]
    assert head["Content-Type"] == get["Content-Type"]
