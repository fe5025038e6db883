"""Whatever goes wrong while it is found out who is there, the view is not reached."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication, BasicAuthentication
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    ParseError,
    Throttled,
)
from rest_framework.exceptions import PermissionDenied as APIPermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_http4xx.decorators import require_authentication, require_permission
from django_http4xx.exceptions import Conflict, Unauthorized

from .conftest import KINDS, MIDDLEWARE

pytestmark = pytest.mark.django_db

DECORATORS = {
    "require_authentication": require_authentication,
    "require_permission": lambda: require_permission("auth.view_user"),
}
PLAIN_KINDS = [
    "function",
    "async_function",
    "class_based",
    "async_class_based",
    "method",
    "async_method",
]


@pytest.fixture(params=DECORATORS)
def decorator(request):
    return DECORATORS[request.param]()


@pytest.fixture(params=["with middleware", "without middleware"])
def middleware(request, settings):
    if request.param == "without middleware":
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]


class Raises(BaseAuthentication):
    """Raises what it is given, as often as it is given something; then it finds nobody."""

    errors = ()

    def authenticate(self, request):
        if type(self).errors:
            error, *type(self).errors = type(self).errors
            raise error

    def authenticate_header(self, request):
        return 'Key realm="api"'


def late(self, request):
    """What the framework's documentation shows: nobody is asked who is there before the view does."""


def api(kind, decorator, **attributes):
    """The URLs of an API with one secret, decorated in one of the ways that there are."""
    attributes = {"get": lambda self, request: Response("secret"), **attributes}
    view = type("Secret", (APIView,), attributes)
    if kind == "around":
        return decorator(view.as_view())
    if kind == "dispatch":
        return method_decorator(decorator, name="dispatch")(
            type("Dispatched", (view,), {})
        ).as_view()
    if kind == "handler":
        method_decorator(decorator, name="get")(view)
        return view.as_view()
    if kind == "calling":
        secret = decorator(view.as_view())

        def calling(request):
            return secret(request)

        return calling
    actions = type("Secrets", (ViewSet,), {**attributes, "list": attributes["get"]})
    return decorator(actions.as_view({"get": "list"}))


API_KINDS = ["around", "dispatch", "handler", "viewset", "calling"]

# What an authenticator raises, and what the client hears.
REFUSALS = {
    "AuthenticationFailed": (AuthenticationFailed("No such key."), 401),
    "NotAuthenticated": (NotAuthenticated(), 401),
    "Throttled": (Throttled(30), 429),
    "a CSRF failure": (APIPermissionDenied("CSRF Failed: CSRF cookie not set."), 403),
    "ParseError": (ParseError(), 400),
    "one of ours": (Conflict(), 409),
    "our 401": (Unauthorized(), 401),
    "Django's 403": (PermissionDenied(), 403),
    "Django's 404": (Http404(), 404),
}


@pytest.fixture
def raising(monkeypatch):
    def raising(*errors):
        monkeypatch.setattr(Raises, "errors", list(errors))
        return [Raises]

    return raising


@pytest.mark.parametrize("kind", API_KINDS)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_an_authenticator_refuses_is_refused(
    refusal, kind, decorator, middleware, serve, ask, raising
):
    error, status = REFUSALS[refusal]
    attributes = {"perform_authentication": late}
    serve(api(kind, decorator, authentication_classes=raising(error), **attributes))
    response = ask("GET")
    assert (response.status_code, b"secret" in response.content) == (status, False)
    challenge = response.headers.get("WWW-Authenticate")
    assert challenge == ('Key realm="api"' if status == 401 else None)


def test_a_refusal_keeps_its_words_and_fields(serve, ask, raising):
    serve(api("around", require_authentication(), authentication_classes=raising(Throttled(30))))
    assert ask("GET").headers["Retry-After"] == "30"
    wrong = AuthenticationFailed("No such key.", "no-such-key")
    serve(api("around", require_authentication(), authentication_classes=raising(wrong)))
    body = ask("GET").json()
    assert (body["detail"], body["code"]) == ("No such key.", "no-such-key")


@pytest.mark.parametrize(
    "error", [TimeoutError("directory"), AttributeError("bug"), APIException()]
)
@pytest.mark.parametrize("lazily", [False, True], ids=["early", "late"])
@pytest.mark.parametrize("kind", API_KINDS)
def test_what_is_broken_is_an_error(
    kind, lazily, error, decorator, middleware, serve, ask, raising
):
    """And it is raised once: when it is asked again, it finds nobody."""
    attributes = {"perform_authentication": late} if lazily else {}
    serve(api(kind, decorator, authentication_classes=raising(error), **attributes))
    response = ask("GET")
    assert (response.status_code, b"secret" in response.content) == (500, False)


@pytest.mark.parametrize("kind", API_KINDS)
def test_a_wrong_password_opens_no_view_that_authenticates_late(
    kind, decorator, middleware, serve, ask
):
    attributes = {"authentication_classes": [BasicAuthentication], "perform_authentication": late}
    serve(api(kind, decorator, **attributes))
    response = ask("GET", headers={"Authorization": "Basic bm9ib2R5Ong="})
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (
        401,
        'Basic realm="api"',
    )


@pytest.mark.parametrize("kind", API_KINDS)
def test_nobody_may_be_nothing_at_all(kind, decorator, middleware, serve, ask, monkeypatch):
    """With ``UNAUTHENTICATED_USER = None`` a request has no user, and is nobody's."""
    monkeypatch.setattr("rest_framework.settings.api_settings.UNAUTHENTICATED_USER", None)
    serve(api(kind, decorator, authentication_classes=[BasicAuthentication]))
    assert ask("GET").status_code == 401


class FindsAKey(BaseAuthentication):
    def authenticate(self, request):
        return None, "a key"


def test_a_key_is_nobody(decorator, serve, ask):
    serve(api("around", decorator, authentication_classes=[FindsAKey]))
    assert ask("GET").status_code == 401


class Signs(BaseAuthentication):
    asked = 0

    def authenticate(self, request):
        type(self).asked += 1
        return SignedIn(), None


class SignedIn(AnonymousUser):
    is_authenticated = True

    def has_perms(self, permissions):
        return True


@pytest.mark.parametrize("kind", API_KINDS)
def test_who_is_there_is_asked_for_all_requirements_at_once(
    kind, middleware, serve, ask, monkeypatch
):
    monkeypatch.setattr(Signs, "asked", 0)
    serve(api(kind, require_permission("auth.view_user"), authentication_classes=[Signs]))
    assert ask("GET").status_code == 200
    # Once before the view, and once by it.
    assert Signs.asked <= 2


class Second(Raises):
    def authenticate_header(self, request):
        return 'Bearer realm="é\r\nSet-Cookie: a=b"'


class Broken(Raises):
    def authenticate_header(self, request):
        raise RuntimeError


@pytest.mark.parametrize(
    "classes, challenge",
    [
        ([Raises, Second], 'Key realm="api", Bearer realm="? Set-Cookie: a=b"'),
        ([Raises, Raises], 'Key realm="api"'),
        ([FindsAKey, Raises], 'Key realm="api"'),
        ([], 'Session realm="http4xx"'),
        ([Broken], 'Session realm="http4xx"'),
    ],
)
def test_the_challenges_of_a_view_are_those_of_all_its_authenticators(
    classes, challenge, serve, ask, settings
):
    settings.HTTP4XX = {"CHALLENGE": 'Session realm="http4xx"'}
    serve(api("around", require_authentication(), authentication_classes=classes))
    response = ask("GET")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, challenge)


def test_a_challenge_that_is_asked_for_is_sent(serve, ask, raising):
    decorator = require_authentication(challenge='Bearer realm="shop"')
    serve(api("around", decorator, authentication_classes=raising(AuthenticationFailed())))
    assert ask("GET").headers["WWW-Authenticate"] == 'Bearer realm="shop"'


def test_a_challenge_that_is_raised_is_sent(serve, ask, raising):
    told = Unauthorized(challenge='Bearer error="invalid_token"')
    decorator = require_authentication(challenge='Bearer realm="shop"')
    serve(api("around", decorator, authentication_classes=raising(told)))
    assert ask("GET").headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_to_ask_who_is_there_does_not_set_the_view_up(serve, ask):
    """What a view looks for in its own ``setup`` is looked for on behalf of who passed."""
    looked_for = []

    def setup(self, request, *args, **kwargs):
        super(self.__class__, self).setup(request, *args, **kwargs)
        looked_for.append(request)

    attributes = {"setup": setup, "authentication_classes": [BasicAuthentication]}
    serve(api("around", require_authentication(), **attributes))
    assert (ask("GET").status_code, looked_for) == (401, [])


def test_nobody_s_session_opens_an_api_that_another_view_calls(serve, ask, django_user_model):
    """The API takes passwords, and the session of Django's own login is none."""
    ask.client.force_login(django_user_model.objects.create_superuser("ada"))
    serve(api("calling", require_authentication(), authentication_classes=[BasicAuthentication]))
    assert ask("GET").status_code == 401


# Plain views, whose user somebody's middleware finds when it is asked for.


class FindsLate:
    """A middleware that tells who is there when it is asked, and fails at it."""

    sync_capable = async_capable = True
    error = None

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        def find():
            raise self.error

        async def afind():
            raise self.error

        request.user, request.auser = SimpleLazyObject(find), afind
        return self.get_response(request)


@pytest.fixture
def found_late(settings, monkeypatch):
    def found_late(error):
        monkeypatch.setattr(FindsLate, "error", error)

    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.late_finder"]
    return found_late


def late_finder(get_response):
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction

    finder = FindsLate(get_response)
    if iscoroutinefunction(get_response):
        markcoroutinefunction(finder)
    return finder


late_finder.sync_capable = late_finder.async_capable = True


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@pytest.mark.parametrize(
    "refusal", ["AuthenticationFailed", "Throttled", "one of ours", "our 401", "Django's 403"]
)
def test_what_a_middleware_refuses_on_asking_is_refused(
    refusal, kind, decorator, middleware, serve, ask, found_late
):
    error, status = REFUSALS[refusal]
    found_late(error)
    serve(KINDS[kind](decorator))
    response = ask("GET")
    assert (response.status_code, b"passed" in response.content) == (status, False)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize("kind", PLAIN_KINDS)
def test_what_is_broken_on_asking_is_an_error(kind, decorator, middleware, serve, ask, found_late):
    found_late(TimeoutError("directory"))
    serve(KINDS[kind](decorator))
    response = ask("GET")
    assert (response.status_code, b"passed" in response.content) == (500, False)


class KnowsOneWay(FindsLate):
    """A middleware that has nothing for coroutines to await."""

    def __call__(self, request):
        request.user = self.user
        if hasattr(request, "auser"):
            del request.auser
        return self.get_response(request)


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@pytest.mark.parametrize("user, status", [(SignedIn(), 200), (AnonymousUser(), 401)])
def test_a_middleware_that_knows_one_way_of_asking_is_asked(
    user, status, kind, decorator, serve, ask, found_late, monkeypatch
):
    monkeypatch.setattr(KnowsOneWay, "user", user, raising=False)
    monkeypatch.setattr(f"{__name__}.FindsLate", KnowsOneWay)
    serve(KINDS[kind](decorator))
    assert ask("GET").status_code == status


def test_each_of_two_apis_asks_for_its_own_users(serve, ask):
    """What one knows somebody by is nothing to the other one, which it calls."""
    inner = api("around", require_authentication(), authentication_classes=[BasicAuthentication])
    calling = {"get": lambda self, request: inner(request._request)}
    serve(api("around", require_authentication(), authentication_classes=[Signs], **calling))
    assert ask("GET").status_code == 401
