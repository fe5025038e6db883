"""What a cache may keep of an answer, and what such an answer tells of whoever asked first."""

from __future__ import annotations

import os
import random
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseNotFound
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import BaseRenderer
from rest_framework.views import APIView

from django_http4xx.exceptions import Conflict, NotFound
from django_http4xx.formats import PlainText
from django_http4xx.responses import problem_response

JSON = {"accept": "application/json"}
SENT = "req-7"


def nothing_for(seconds):
    def view(request):
        raise NotFound("No.", cache_for=seconds)

    return view


def asks_for_user(get_response):
    def middleware(request):
        assert request.user.is_anonymous
        return get_response(request)

    return middleware


def asks_the_session(get_response):
    def middleware(request):
        request.session.get("colour")
        return get_response(request)

    return middleware


def changes_the_session(get_response):
    def middleware(request):
        request.session["colour"] = "red"
        return get_response(request)

    return middleware


def fresh(request, door, name):
    fields = {name: FRESH[name]}
    if door == "bare":
        return HttpResponse(status=409, headers=fields)
    raise Conflict("Edited meanwhile.", headers=fields)


class Greeting(PlainText):
    """A format of the project's own that greets its reader."""

    name = "greeting"
    media_type = content_type = "text/x-greeting"

    @staticmethod
    def render(problem, request):
        return f"Hello {request.user.username}"


class GreetingRenderer(BaseRenderer):
    media_type = "text/x-greeting"
    format = "greeting"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        user = renderer_context["request"].user
        return f"{data['title']} {data['detail']} Hello {user.username}"


class Greeted:
    """A user who is found by something else than a cookie, and only once somebody asks."""

    is_authenticated = True
    username = "ana"


class ByField(BaseAuthentication):
    def authenticate(self, request):
        return Greeted(), None


class API(APIView):
    authentication_classes = (ByField,)
    renderer_classes = (GreetingRenderer,)

    def perform_authentication(self, request):
        """Nobody is asked for before somebody wants to know."""

    def get(self, request):
        raise NotFound("No.", cache_for=60)


def sets_a_cookie(request):
    response = HttpResponseNotFound()
    response.set_cookie("basket", "b-17")
    return response


urlpatterns = [
    path("basket/", sets_a_cookie),
    path("nothing/", nothing_for(None)),
    path("kept/", nothing_for(60)),
    path("fresh/<door>/<name>/", fresh),
    path("api/", API.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def told(address="/nowhere/", method="get", **headers):
    return getattr(Client(), method)(address, headers={**JSON, "x-request-id": SENT, **headers})


def is_kept(response):
    """Whether a cache may keep an answer; its reference is its own just where it may."""
    may_be_kept = "no-store" not in response.headers.get("Cache-Control", "")
    assert (response.problem.reference != SENT) is may_be_kept
    return may_be_kept


@pytest.mark.parametrize("name", ["asks_for_user", "asks_the_session"])
@pytest.mark.parametrize("address", ["/nowhere/", "/nothing/", "/kept/"])
def test_the_404_of_a_visitor_without_cookies_is_kept_whatever_asked_for_the_user(
    settings, name, address
):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.{name}"]
    assert is_kept(told(address))


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Basic eA=="},
        {"cookie": "sessionid=abc"},
        {"cookie": "seen_banner=1"},
        {"cookie": "="},
    ],
)
@pytest.mark.parametrize("address", ["/nowhere/", "/nothing/", "/kept/"])
def test_what_tells_one_visitor_from_another_keeps_it_out_of_caches(address, headers):
    assert not is_kept(told(address, **headers))


@pytest.mark.parametrize("address", ["/nowhere/", "/kept/"])
def test_somebody_whom_the_server_has_signed_in_gets_an_answer_of_their_own(address):
    # A server that signs people in may keep `Authorization` to itself, as Apache does.
    response = Client().get(address, headers={**JSON, "x-request-id": SENT}, REMOTE_USER="joe")
    assert not is_kept(response)


def test_an_answer_that_gives_its_reader_a_cookie_is_not_given_to_others():
    answer = told("/basket/")

    assert answer.cookies["basket"].value == "b-17"
    assert answer["Cache-Control"] == "no-store"


def test_a_session_that_begins_with_the_error_keeps_it_out_of_caches(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.changes_the_session"]
    assert not is_kept(told())


class Known:
    is_authenticated = True


class Key:
    """Whoever an authenticator of the project's own found: no user as Django has them."""


class Broken:
    @property
    def is_authenticated(self):
        raise RuntimeError


def loaded(user):
    lazy = SimpleLazyObject(lambda: user)
    assert lazy.is_authenticated is user.is_authenticated
    return lazy


@pytest.mark.parametrize(
    ("attributes", "may_be_kept"),
    [
        ({}, True),
        ({"user": AnonymousUser()}, True),
        ({"user": loaded(AnonymousUser())}, True),
        ({"user": SimpleLazyObject(Known)}, True),
        ({"user": None}, True),
        ({"auth": None}, True),
        ({"user": Known()}, False),
        ({"user": loaded(Known())}, False),
        ({"_cached_user": Known()}, False),
        ({"_acached_user": Known()}, False),
        ({"auth": "a key of a field"}, False),
        ({"user": Key()}, False),
        ({"_cached_user": Key()}, False),
        ({"user": Broken()}, False),
    ],
)
def test_who_is_known_in_whatever_way_gets_an_answer_of_their_own(rf, attributes, may_be_kept):
    request = rf.get("/", headers={**JSON, "x-request-id": SENT})
    request.__dict__.update(attributes)
    assert is_kept(problem_response(request, NotFound())) is may_be_kept


def test_a_user_whom_the_server_signed_in_gets_an_answer_of_their_own(rf):
    # A server that keeps `Authorization` to itself, as mod_wsgi does, tells no more than this.
    request = rf.get("/", headers={**JSON, "x-request-id": SENT}, REMOTE_USER="ana")
    assert not is_kept(problem_response(request, NotFound(cache_for=60)))


FRESH = {
    "Expires": "Fri, 01 Jan 2100 00:00:00 GMT",
    "Cache-Control": "Public, max-age=60",
}


@pytest.mark.parametrize("name", FRESH)
@pytest.mark.parametrize("door", ["raised", "bare"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_an_answer_that_is_said_to_be_fresh_tells_nothing_of_who_asked(client, name, door, accept):
    came_from = "http://testserver/secret/"
    fields = {"accept": accept, "x-request-id": SENT, "referer": came_from}
    response = client.get(f"/fresh/{door}/{name}/", headers=fields)
    assert response.status_code == 409
    assert response.headers[name] == FRESH[name]
    assert SENT not in response.content.decode()
    assert came_from not in response.content.decode()


@pytest.fixture
def own_page(settings, tmp_path):
    """The project's own ``404.html``, with this content."""

    def write(content):
        (tmp_path / "404.html").write_text(content)
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    return write


@pytest.mark.parametrize(
    "content", ["Hello {{ user.username }}", "{% csrf_token %}", "{{ messages }}"]
)
def test_a_page_that_greets_its_reader_is_not_kept_whatever_the_view_says(
    own_page, django_user_model, content
):
    own_page(content)
    client = Client()
    client.force_login(django_user_model.objects.create_user("ana"))
    response = client.get("/kept/", headers={"accept": "text/html"})
    assert response.headers["Cache-Control"] == "no-store"


def test_a_page_with_a_token_for_a_form_is_not_kept(own_page):
    own_page("<form>{% csrf_token %}</form>")
    response = Client().get("/kept/", headers={"accept": "text/html"})
    assert b"csrfmiddlewaretoken" in response.content
    assert response.headers["Cache-Control"] == "no-store"


def signs_in_by_field(get_response):
    def middleware(request):
        request.user = SimpleLazyObject(Greeted)
        return get_response(request)

    return middleware


def test_a_user_whom_the_page_itself_loads_is_not_shown_to_others(settings, own_page):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.signs_in_by_field"]
    own_page("Hello {{ request.user.username }}")
    response = Client().get("/kept/", headers={"accept": "text/html"})
    assert response.content == b"Hello ana"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/kept/", "/api/"])
def test_what_a_format_of_the_projects_own_loads_is_not_shown_to_others(settings, address):
    settings.HTTP4XX = {"FORMATS": [f"{__name__}.Greeting"]}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.signs_in_by_field"]
    response = Client().get(address, headers={"accept": "text/x-greeting"})
    assert response.content.decode().endswith("Hello ana")
    assert response.headers["Cache-Control"] == "no-store"


# References ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_kept_answer_has_a_reference_of_its_own_and_the_log_has_both(caplog, method):
    caplog.set_level("INFO", "django_http4xx")
    response = told(method=method)
    (record,) = (record for record in caplog.records if record.name == "django_http4xx")
    assert UUID(response.problem.reference).version == 4
    assert (record.reference, record.request_id) == (response.problem.reference, SENT)
    assert SENT in record.getMessage()
    assert SENT not in response.content.decode()


def test_an_answer_that_no_cache_keeps_has_the_reference_that_was_sent(caplog):
    caplog.set_level("INFO", "django_http4xx")
    response = told(method="post")
    assert response.json()["reference"] == SENT
    (record,) = (record for record in caplog.records if record.name == "django_http4xx")
    assert (record.reference, record.request_id) == (SENT, SENT)
    assert record.getMessage().count(SENT) == 1


@pytest.mark.parametrize(
    "sent",
    ["https://evil.example/help", "call-now@evil.example", "a:b", "a/b", "x" * 129, "a b", "<b>"],
)
def test_an_id_that_reads_as_an_address_is_not_shown(rf, sent):
    request = rf.post("/", headers={**JSON, "x-request-id": sent})
    problem = problem_response(request, Conflict()).problem
    assert UUID(problem.reference)


def new_reference():
    return problem_response(RequestFactory().get("/"), NotFound()).problem.reference


def test_a_reference_takes_nothing_from_the_numbers_that_the_process_shares():
    before = random.getstate()
    new_reference()
    assert random.getstate() == before


def test_a_seed_does_not_give_two_visitors_one_reference():
    references = set()
    for _visitor in range(3):
        random.seed(7)
        references.add(new_reference())
    assert len(references) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Only where processes fork.")
def test_processes_that_were_forked_give_different_references():
    new_reference()
    references = []
    for _child in range(2):
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writing, new_reference().encode())
            os._exit(0)
        os.waitpid(child, 0)
        references.append(os.read(reading, 100).decode())
    assert len({*references, new_reference()}) == 3
