"""What each foreign exception becomes, asked for as a client would."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core import exceptions as django_exceptions
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.test import AsyncClient, Client
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework.views import APIView

from django_http4xx import conversion, handlers
from django_http4xx.conversion import converts
from django_http4xx.exceptions import (
    ClientError,
    Conflict,
    Forbidden,
    Gone,
    Locked,
    NotFound,
    PaymentRequired,
)

SECRET = "not for the client"


class CardError(Exception):
    """What a payment library raises."""


class CardExpired(CardError):
    pass


class StolenCard(CardError):
    pass


class OutOfOrder(Exception):
    pass


class Retired(Http404):
    pass


class Broken(Exception):
    pass


class BrokenNotFound(Http404):
    pass


class ThirdParty(Exception):
    pass


class Throwing:
    def __str__(self):
        raise RuntimeError("This cannot be printed.")


class NeedsArguments(ClientError):
    status = 409

    def __init__(self, one, two):
        super().__init__()


class Ratelimited(django_exceptions.PermissionDenied):
    """As that of django-ratelimit, which is known by its name."""


Ratelimited.__module__ = "django_ratelimit.exceptions"


def api_exception(status, text=None, **attributes):
    exception = drf.APIException(text)
    exception.status_code = status
    for name, value in attributes.items():
        setattr(exception, name, value)
    return exception


def invalid(**codes):
    return ValidationError(
        {name: ValidationError(f"{name} is {code}.", code) for name, code in codes.items()}
    )


RAISED = {
    "http404": lambda: Http404(SECRET),
    "denied": lambda: django_exceptions.PermissionDenied("Staff only."),
    "denied-plainly": django_exceptions.PermissionDenied,
    "bad-request": lambda: django_exceptions.BadRequest(SECRET),
    "suspicious": lambda: django_exceptions.SuspiciousOperation(SECRET),
    "multipart": lambda: MultiPartParserError(SECRET),
    "rate-limited": Ratelimited,
    "unreadable": lambda: UnreadablePostError(SECRET),
    "too-big": lambda: django_exceptions.RequestDataTooBig(SECRET),
    "too-many-files": lambda: django_exceptions.TooManyFilesSent(SECRET),
    "host": lambda: django_exceptions.DisallowedHost(SECRET),
    "form": lambda: invalid(rating="required"),
    "clash": lambda: invalid(email="unique"),
    "meaning": lambda: invalid(rating="max_value", email="unique"),
    "message": lambda: ValidationError("The dates overlap.", "overlap"),
    "unprintable": lambda: ValidationError("%(limit)d at most", params={"limit": "many"}),
    "card": CardError,
    "expired": CardExpired,
    "stolen": StolenCard,
    "out-of-order": OutOfOrder,
    "retired": Retired,
    "broken": Broken,
    "broken-404": BrokenNotFound,
    "third-party": ThirdParty,
    "protected": lambda: ProtectedError(SECRET, set()),
    "unknown": lambda: RuntimeError(SECRET),
    "drf-404": drf.NotFound,
    "drf-detail": lambda: drf.NotFound("There is no order 12.", "no_order"),
    "drf-429": lambda: drf.Throttled(wait=1.2),
    "drf-429-never": lambda: api_exception(429, wait=float("inf")),
    "drf-405": lambda: drf.MethodNotAllowed("PATCH"),
    "drf-401": drf.NotAuthenticated,
    "drf-401-challenge": lambda: api_exception(401, auth_header='Token realm="shop"'),
    "drf-errors": lambda: drf.ValidationError({"items": [{}, {"qty": ["At least 1."]}]}),
    "drf-499": lambda: api_exception(499, "Odd."),
    # Some packages set a detail by themselves: a plain text, which has no code.
    "drf-text": lambda: api_exception(409, detail="Already shipped."),
    "drf-unprintable": lambda: api_exception(409, detail=Throwing()),
    "drf-unprintable-errors": lambda: api_exception(400, detail={"a": [Throwing()]}),
}


def error(name):
    return RAISED[name]()


def raising(request, name):
    raise error(name)


async def raising_async(request, name):
    raise error(name)


def reading(request):
    return JsonResponse({"fields": len(request.GET) + len(request.POST) + len(request.FILES)})


def reading_body(request):
    return HttpResponse(request.body)


def saying_host(request):
    return HttpResponse(request.get_host())


def session(request):
    request.session["a"] = 1
    return HttpResponse()


def session_ends(request):
    request.session["a"] = 2
    # As `logout()` in another window does.
    Session.objects.all().delete()
    return HttpResponse()


urlpatterns = [
    path("session/", session),
    path("session/ends/", session_ends),
    path("raise/<name>/", raising),
    path("async/raise/<name>/", raising_async),
    path("read/", reading),
    path("body/", reading_body),
    path("host/", saying_host),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client():
    return Client(raise_request_exception=False, headers={"Accept": "application/problem+json"})


@pytest.fixture(autouse=True)
def converters(monkeypatch):
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(conversion, "_CONVERTERS", dict(conversion._CONVERTERS))


STATUS = {
    "http404": (404, "not-found"),
    "denied": (403, "forbidden"),
    "denied-plainly": (403, "forbidden"),
    "bad-request": (400, "bad-request"),
    "suspicious": (400, "bad-request"),
    "multipart": (400, "bad-request"),
    "rate-limited": (429, "too-many-requests"),
    "unreadable": (400, "bad-request"),
    "too-big": (413, "content-too-large"),
    "too-many-files": (413, "content-too-large"),
    "form": (400, "bad-request"),
    "clash": (409, "conflict"),
    "meaning": (422, "unprocessable-content"),
    "message": (422, "unprocessable-content"),
    "drf-404": (404, "not-found"),
    "drf-detail": (404, "no_order"),
    "drf-429": (429, "too-many-requests"),
    "drf-405": (405, "method-not-allowed"),
    "drf-401": (401, "unauthorized"),
    "drf-401-challenge": (401, "unauthorized"),
    "drf-errors": (422, "unprocessable-content"),
    "drf-499": (499, "bad-request"),
    "drf-text": (409, "conflict"),
    "drf-unprintable": (409, "conflict"),
    "drf-unprintable-errors": (400, "bad-request"),
    "drf-429-never": (429, "too-many-requests"),
    "unprintable": (422, "unprocessable-content"),
}


@pytest.mark.parametrize("door", ["/raise/", "/async/raise/"])
@pytest.mark.parametrize("name", STATUS)
def test_an_exception_that_is_not_ours(client, name, door):
    response = client.get(f"{door}{name}/")
    body = response.json()
    assert (response.status_code, body["code"]) == STATUS[name]
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert SECRET not in response.content.decode()


def allauth(request):
    return handlers.handler429(request)


def of_an_exception(request):
    return handlers.handler429(request, Conflict("Edited meanwhile."))


urlpatterns += [path("allauth/", allauth), path("exception/", of_an_exception)]


@pytest.mark.parametrize(
    ("address", "status"), [("/allauth/", 429), ("/exception/", 409)], ids=["request", "exception"]
)
def test_the_handler_that_packages_ask_for_where_requests_are_too_many(client, address, status):
    assert client.get(address).json()["status"] == status
    assert client.post(address).status_code == status


def test_the_text_of_permission_denied_is_for_the_reader(client):
    assert client.get("/raise/denied/").json()["detail"] == "Staff only."
    plain = client.get("/raise/denied-plainly/").json()
    assert plain["detail"] == str(Forbidden.explanation)


def test_what_is_not_the_clients_fault_stays_a_500(client):
    response = client.get("/raise/unknown/")
    assert response.status_code == 500
    assert not hasattr(response, "problem")


# What Django refuses by itself, in the words of the request that it refuses.


def test_too_many_fields_in_a_body(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    assert client.post("/read/", {"a": 1, "b": 2, "c": 3}).status_code == 413


def test_too_many_fields_in_a_query_string(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    assert client.get("/read/?a=1&b=2&c=3").status_code == 414
    assert client.get("/read/?a=1&b=2").status_code == 200


def test_a_query_that_is_just_long_enough_is_not_at_fault_for_the_body(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    assert client.post("/read/?a=1&b=2", {"a": 1, "b": 2}).status_code == 200
    assert client.post("/read/?a=1&b=2", {"a": 1, "b": 2, "c": 3}).status_code == 413
    assert client.post("/read/?a=1&b=2&c=3", {"a": 1}).status_code == 414


def test_any_number_of_fields_where_there_is_no_limit(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None
    assert client.get("/read/?a=1&b=2&c=3").status_code == 200


def test_too_many_files(client, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    body = (
        "--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n1\r\n"
        "--x\r\nContent-Disposition: form-data; name=b; filename=b\r\n\r\n2\r\n--x--\r\n"
    )
    response = client.post("/read/", body, content_type="multipart/form-data; boundary=x")
    assert response.status_code == 413


def test_too_large_a_body(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    response = client.post("/body/", b"x" * 11, content_type="text/plain")
    assert response.status_code == 413
    assert response.json()["code"] == "content-too-large"


def test_a_broken_multipart_body(client):
    response = client.post(
        "/read/", b"--x", content_type="multipart/form-data; boundary=" + "x" * 300
    )
    assert response.status_code == 400


class TornBody:
    """A connection that ends in the middle of the body."""

    def read(self, *args):
        raise OSError("The client is gone.")

    readline = read


def test_a_body_that_cannot_be_read(client):
    environ = {"wsgi.input": TornBody(), "CONTENT_LENGTH": "10"}
    response = client.post("/body/", **environ)
    assert response.status_code == 400
    # It broke off on its way, so that what does not help otherwise helps here.
    assert response.json()["remedy"] == "Check your connection, then send it again."


@pytest.mark.django_db
@pytest.mark.parametrize("client_class", [Client, AsyncClient])
def test_a_session_that_ended_meanwhile(client_class, settings):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "Csrf" not in m]
    client = client_class(raise_request_exception=False)
    post = async_to_sync(client.post) if client_class is AsyncClient else client.post
    post("/session/")

    response = post("/session/ends/", headers={"Accept": "application/json"})

    body = response.json()
    assert (response.status_code, body["code"]) == (400, "session-interrupted")
    assert body["remedy"].startswith("Sign in again.")


@pytest.mark.parametrize(
    "host, status",
    [
        ("testserver", 200),
        ("testserver:8000", 200),
        ("other.example", 421),
        ("other.example:8000", 421),
        ("[::1]", 421),
        ("192.0.2.1", 421),
        ("a b", 400),
        ("<script>", 400),
        ("exa_mple/..", 400),
        ("", 400),
        ("other.example:port", 400),
        ("\u00e4", 400),
    ],
)
def test_a_host_that_is_not_ours(client, host, status):
    response = client.get("/host/", headers={"Host": host})
    assert response.status_code == status
    if status == 421:
        assert response.json()["code"] == "misdirected-request"


def test_an_unknown_host_can_be_mapped_back(client, settings):
    settings.HTTP4XX = {
        "EXCEPTIONS": {
            "django.core.exceptions.DisallowedHost": "django_http4xx.exceptions.BadRequest"
        }
    }
    assert client.get("/host/", headers={"Host": "other.example"}).status_code == 400


# ValidationError.


def test_the_errors_of_a_validation_error(client):
    assert client.post("/raise/meaning/").json()["errors"] == [
        {"pointer": "#/rating", "code": "max_value", "detail": "rating is max_value."},
        {"pointer": "#/email", "code": "unique", "detail": "email is unique."},
    ]
    assert client.post("/raise/message/").json()["errors"] == [
        {"pointer": "#", "code": "overlap", "detail": "The dates overlap."}
    ]


def test_the_errors_of_a_request_without_a_body_name_its_parameters(client):
    assert client.get("/raise/meaning/").json()["errors"][0] == {
        "parameter": "rating",
        "code": "max_value",
        "detail": "rating is max_value.",
    }


def test_what_is_said_of_fields_to_head_is_what_is_said_to_get(client):
    get, head = client.get("/raise/meaning/"), client.head("/raise/meaning/")
    assert head.problem.errors == get.problem.errors
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_a_message_that_cannot_be_printed_is_logged(client, caplog):
    assert client.get("/raise/unprintable/").status_code == 422
    (failure,) = [record for record in caplog.records if record.name == "django_http4xx"]
    assert "ValidationError" in failure.getMessage()


# Django REST framework's, in a plain view.


def test_a_detail_of_its_own_is_told(client):
    assert client.get("/raise/drf-detail/").json()["detail"] == "There is no order 12."
    assert client.get("/raise/drf-499/").json()["detail"] == "Odd."
    assert client.get("/raise/drf-text/").json()["detail"] == "Already shipped."


def test_its_general_detail_gives_way_to_our_words(client):
    body = client.get("/raise/drf-404/").json()
    assert body["detail"] == "There is nothing at this address."
    assert "explanation" not in body


def test_its_errors_are_one_flat_list(client):
    assert client.post("/raise/drf-errors/").json()["errors"] == [
        {"pointer": "#/items/1/qty", "code": "invalid", "detail": "At least 1."}
    ]


def test_its_fields_are_sent(client):
    throttled = client.get("/raise/drf-429/")
    assert throttled["Retry-After"] == "2"
    assert throttled.json()["retry_after"] == 2
    assert client.get("/raise/drf-401/")["WWW-Authenticate"] == 'Session realm="site"'
    challenged = client.get("/raise/drf-401-challenge/")
    assert challenged["WWW-Authenticate"] == 'Token realm="shop"'
    assert client.get("/raise/drf-405/")["Allow"] == ""


# A project's own.


def test_a_project_says_what_an_exception_becomes(client):
    @converts(CardError)
    def refused(error, request):
        return PaymentRequired("The card was refused.", path=request.path)

    body = client.get("/raise/card/").json()
    assert (body["status"], body["detail"]) == (402, "The card was refused.")
    assert body["path"] == "/raise/card/"


def test_the_most_derived_class_wins(client):
    @converts(CardExpired)
    def expired(error, request):
        return Gone("The card has expired.")

    @converts(CardError)
    def refused(error, request):
        return PaymentRequired()

    assert client.get("/raise/expired/").status_code == 410
    assert client.get("/raise/stolen/").status_code == 402


def test_an_exception_named_by_its_path_needs_no_import(client):
    @converts(f"{__name__}.CardError")
    def refused(error, request):
        return PaymentRequired()

    assert client.get("/raise/stolen/").status_code == 402


def test_a_setting_maps_an_exception(client, settings):
    settings.HTTP4XX = {
        "EXCEPTIONS": {"django.db.models.ProtectedError": "django_http4xx.exceptions.Conflict"}
    }
    response = client.get("/raise/protected/")
    assert response.status_code == 409
    assert SECRET not in response.content.decode()


def test_the_setting_wins_over_the_decorator_but_not_over_a_more_derived_class(client, settings):
    settings.HTTP4XX = {"EXCEPTIONS": {CardError: Locked}}

    @converts(CardError)
    def refused(error, request):
        return PaymentRequired()

    @converts(StolenCard)
    def stolen(error, request):
        return Gone()

    assert client.get("/raise/card/").status_code == 423
    assert client.get("/raise/stolen/").status_code == 410


def test_what_the_project_says_wins_over_our_table(client, settings):
    settings.HTTP4XX = {"EXCEPTIONS": {Http404: Gone}}
    assert client.get("/raise/http404/").status_code == 410
    assert client.get("/nowhere/").status_code == 410


def test_a_parent_of_ours_does_not_take_our_own_away(client, settings):
    settings.HTTP4XX = {"EXCEPTIONS": {Exception: Conflict}}
    assert client.get("/raise/unknown/").status_code == 409
    assert client.get("/raise/http404/").status_code == 404


def test_none_leaves_an_exception_to_django(client):
    @converts(OutOfOrder)
    def declined(error, request):
        return None

    assert client.get("/raise/out-of-order/").status_code == 500


def test_a_converter_that_fails_counts_as_one_that_declines(client, caplog):
    @converts(Broken, BrokenNotFound)
    def failing(error, request):
        raise ZeroDivisionError

    assert client.get("/raise/broken/").status_code == 500
    assert client.get("/raise/broken-404/").status_code == 404
    failures = [record for record in caplog.records if record.name == "django_http4xx"]
    assert "converter for Broken failed" in failures[0].getMessage()
    assert failures[0].exc_info


def test_a_type_that_needs_arguments_does_without(client, settings):
    settings.HTTP4XX = {
        "EXCEPTIONS": {
            ThirdParty: "django_http4xx.exceptions.MethodNotAllowed",
            OutOfOrder: NeedsArguments,
        }
    }
    response = client.get("/raise/third-party/")
    assert (response.status_code, response["Allow"]) == (405, "")
    assert client.get("/raise/out-of-order/").status_code == 409


def test_errors_are_listed_on_the_page(client):
    page = client.get("/raise/message/", headers={"Accept": "text/html"}).content.decode()
    assert '<li dir="auto">The dates overlap.</li>' in page


# A setting that makes another problem of one of ours, or of a library's.


class RunOut(Conflict):
    """What a library of shops raises, which knows this app."""

    title = "Run out"


class RunOutForGood(RunOut):
    title = "Run out for good"


class NeverHeardOf(ClientError):
    status = 404
    title = "Never heard of"


OURS = {
    "not-found": NotFound,
    "gone": Gone,
    "run-out": RunOut,
    "run-out-for-good": RunOutForGood,
    "http404": Http404,
    "card": CardError,
    "conflict": Conflict,
}


def raising_ours(request, name):
    raise OURS[name]


class RaisingOurs(APIView):
    def get(self, request, name):
        raise OURS[name]


def raises_in_middleware(get_response):
    def middleware(request):
        raise OURS[request.path_info.strip("/").partition("/")[2]]

    return middleware


urlpatterns += [
    path("ours/<name>/", raising_ours),
    path("framework/<name>/", RaisingOurs.as_view()),
    path("middleware/<name>/", raising_ours),
]


@pytest.mark.parametrize("door", ["ours", "framework"])
@pytest.mark.parametrize(
    ("mapped", "raised", "becomes"),
    [
        ({RunOut: Gone}, "run-out", "gone"),
        ({RunOut: Gone}, "run-out-for-good", "gone"),
        ({RunOut: Gone, RunOutForGood: NotFound}, "run-out-for-good", "not-found"),
        ({Gone: NotFound}, "gone", "not-found"),
        ({NotFound: NeverHeardOf}, "not-found", "never-heard-of"),
        ({Conflict: RunOut}, "conflict", "run-out"),
        ({Conflict: RunOut}, "run-out-for-good", "run-out"),
        # What it becomes may itself become another.
        ({RunOut: Gone, Gone: NotFound}, "run-out", "not-found"),
        ({CardError: RunOut, RunOut: Gone, Gone: NeverHeardOf}, "card", "never-heard-of"),
        ({CardError: RunOutForGood, RunOut: Gone}, "card", "gone"),
        # A ring is left before it comes round.
        ({Gone: NotFound, NotFound: Gone}, "gone", "not-found"),
        ({Gone: NotFound, NotFound: Gone}, "not-found", "gone"),
        ({CardError: Gone, Gone: NotFound, NotFound: Gone}, "card", "not-found"),
        ({Gone: Gone}, "gone", "gone"),
    ],
)
def test_a_setting_makes_another_problem_of_it(client, settings, mapped, raised, becomes, door):
    settings.HTTP4XX = {"EXCEPTIONS": mapped}

    response = client.get(f"/{door}/{raised}/", headers={"Accept": "application/json"})

    assert response.json()["code"] == becomes


def test_a_setting_makes_another_problem_of_what_a_middleware_raises(client, settings):
    settings.HTTP4XX = {"EXCEPTIONS": {RunOut: Gone, Gone: NotFound}}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.raises_in_middleware"]

    assert client.get("/middleware/run-out/").json()["code"] == "not-found"


def test_a_problem_that_becomes_another_is_none_for_the_handler_of_the_old_one(
    client, settings, monkeypatch
):
    monkeypatch.setitem(globals(), "handler404", lambda request, exception: HttpResponse("Ours."))
    settings.HTTP4XX = {"EXCEPTIONS": {NotFound: Gone}}

    assert client.get("/ours/not-found/").status_code == 410
