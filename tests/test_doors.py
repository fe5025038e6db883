"""Handlers and middleware, each without the other, and in projects with handlers of their own."""

import logging
from importlib.util import find_spec

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.models import Group
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpResponse
from django.middleware.csrf import _get_new_csrf_string
from django.template.autoreload import reset_loaders
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from django_http4xx import exceptions, signals
from django_http4xx.middleware import Http4xxMiddleware

MIDDLEWARE = "django_http4xx.middleware.Http4xxMiddleware"
JSON = {"Accept": "application/problem+json"}
HTML = {"Accept": "text/html"}
POLICY = "Content-Security-Policy"

RAISED = {
    "conflict": lambda: exceptions.Conflict("Edited meanwhile.", rev=7),
    "not-found": lambda: exceptions.NotFound("No order 12."),
    "forbidden": lambda: exceptions.Forbidden("Staff only."),
    "bad": lambda: exceptions.BadRequest("No number."),
    "http404": lambda: Http404("no Order matches"),
    "denied": lambda: PermissionDenied("Staff only."),
    "denied-plainly": PermissionDenied,
    "django-bad": lambda: BadRequest("secret"),
    "suspicious": lambda: SuspiciousOperation("secret"),
    "value-error": lambda: ValueError("a bug"),
}


def error(name):
    return RAISED[name]()


def raising(request, name):
    raise error(name)


async def raising_async(request, name):
    raise error(name)


def raising_middleware(get_response):
    def middleware(request):
        if request.path_info.startswith("/middleware/"):
            raise error(request.path_info.strip("/").rpartition("/")[2])
        return get_response(request)

    return middleware


def writing(request):
    Group.objects.create(name="written before the error")
    raise exceptions.Conflict


def knowing_the_user(request):
    request.session["seen"] = True
    raise exceptions.NotFound


urls_of_both = [
    path("raise/<name>/", raising),
    path("async/raise/<name>/", raising_async),
    path("write/", writing),
    path("user/", knowing_the_user),
]
urlpatterns = [*urls_of_both]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def async_client():
    return AsyncClient(raise_request_exception=False)


def without(settings, *names):
    return [name for name in settings.MIDDLEWARE if name not in names]


@pytest.fixture
def templates(settings, tmp_path):
    """The project's own templates: a function that writes one."""
    folder = tmp_path / "templates"
    folder.mkdir()
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [folder]}]

    def write(name, text):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")

    return write


def announced(caplog):
    return [record for record in caplog.records if getattr(record, "reference", None)]


# Each line of the set-up left out.


@pytest.mark.parametrize("door", ["raise", "async/raise", "middleware"])
@pytest.mark.parametrize(
    "name, status",
    [
        ("conflict", 409),
        ("not-found", 404),
        ("forbidden", 403),
        ("bad", 400),
        ("http404", 404),
        ("denied", 403),
        ("django-bad", 400),
        ("suspicious", 400),
    ],
)
def test_without_our_middleware_the_handlers_explain(client, settings, door, name, status):
    settings.MIDDLEWARE = [*without(settings, MIDDLEWARE), f"{__name__}.raising_middleware"]
    response = client.get(f"/{door}/{name}/", headers=JSON)
    assert (response.status_code, response["Content-Type"]) == (status, JSON["Accept"])
    assert "secret" not in response.content.decode()
    assert "Order" not in response.content.decode()


def test_without_our_middleware_members_and_fields_are_there(client, settings):
    settings.MIDDLEWARE = without(settings, MIDDLEWARE)
    body = client.get("/raise/conflict/", headers=JSON).json()
    assert (body["detail"], body["rev"]) == ("Edited meanwhile.", 7)


def test_without_any_middleware_the_handlers_explain(client, settings):
    settings.MIDDLEWARE = []
    assert client.get("/raise/conflict/", headers=JSON).json()["status"] == 409
    assert client.get("/nowhere/", headers=JSON).json()["status"] == 404


def test_a_foreign_exception_needs_the_middleware(client, settings):
    settings.MIDDLEWARE = without(settings, MIDDLEWARE)
    assert client.get("/raise/value-error/").status_code == 500


class OwnHandlers:
    """A URLconf whose project answers 400, 403 and 404 by itself."""

    urlpatterns = urls_of_both

    @staticmethod
    def handler400(request, exception):
        return HttpResponse("mine 400", status=400)

    @staticmethod
    def handler403(request, exception):
        return HttpResponse("mine 403", status=403)

    @staticmethod
    def handler404(request, exception):
        return HttpResponse(f"mine 404: {type(exception).__name__}", status=404)


@pytest.fixture
def own_handlers(settings):
    settings.ROOT_URLCONF = OwnHandlers


@pytest.mark.parametrize("door", ["raise", "async/raise"])
@pytest.mark.parametrize(
    "name, text",
    [
        ("not-found", "mine 404: NotFound"),
        ("http404", "mine 404: Http404"),
        ("forbidden", "mine 403"),
        ("denied", "mine 403"),
        ("bad", "mine 400"),
        ("django-bad", "mine 400"),
        ("suspicious", "mine 400"),
    ],
)
def test_a_projects_own_handlers_win(client, own_handlers, door, name, text):
    assert client.get(f"/{door}/{name}/").content.decode() == text


def test_its_handler400_does_not_take_the_other_statuses(client, own_handlers):
    response = client.get("/raise/conflict/", headers=JSON)
    assert (response.status_code, response.json()["rev"]) == (409, 7)


def test_while_debugging_its_handler403_is_called_as_django_does(client, own_handlers, settings):
    settings.DEBUG = True
    for name in ("denied", "forbidden"):
        assert client.get(f"/raise/{name}/").content == b"mine 403"


def test_a_handler_that_cannot_be_imported_is_left_to_django(client, settings):
    settings.ROOT_URLCONF = type(
        "Broken", (), {"urlpatterns": urls_of_both, "handler404": "no.such"}
    )
    assert client.get("/raise/not-found/", headers=JSON).json()["detail"] == "No order 12."


class EnforcingClient(Client):
    """A browser: it has a CSRF cookie, and no exemption from the check."""

    def __init__(self, **defaults):
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False, **defaults)
        self.cookies["csrftoken"] = _get_new_csrf_string()


def test_a_failed_csrf_check_is_explained():
    response = EnforcingClient().post("/raise/conflict/", headers=JSON)
    body = response.json()
    assert (response.status_code, body["code"], body["title"]) == (403, "csrf-failed", "Forbidden")
    page = EnforcingClient().post("/raise/conflict/", headers=HTML).content.decode()
    assert "<h1>This form has expired</h1>" in page


def test_without_csrf_failure_view_django_answers_as_ever(settings):
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
    response = EnforcingClient().post("/raise/conflict/", headers=HTML)
    assert response.status_code == 403
    assert b"CSRF verification failed" in response.content


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]
)
def test_the_handlers_answer_every_method(settings, method):
    settings.MIDDLEWARE = without(settings, MIDDLEWARE)
    assert EnforcingClient().generic(method, "/nowhere/", headers=JSON).status_code == 404


@pytest.mark.parametrize(
    "content_type, body",
    [
        ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
        ("application/x-www-form-urlencoded", b"a=" + b"1" * 100),
        ("application/x-www-form-urlencoded", b"a&b&c&d&e&f&g"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ],
)
def test_a_404_does_not_read_the_body(settings, content_type, body):
    """Django's own handlers look for a CSRF token in it, which makes a 500 of what is unreadable."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    client = EnforcingClient()
    response = client.generic("POST", "/nowhere/", body, content_type, headers=JSON)
    assert response.status_code == 404


@pytest.mark.parametrize("left_out", [None, "django.middleware.csrf.CsrfViewMiddleware"])
def test_a_projects_page_can_have_a_form(settings, templates, left_out):
    settings.MIDDLEWARE = without(settings, left_out)
    templates("404.html", "<form>{% csrf_token %}</form>")
    response = EnforcingClient().get("/nowhere/", headers=HTML)
    assert "csrfmiddlewaretoken" in response.content.decode()


# A project's own templates.


CONTEXT = (
    "{{ request_path }}|{{ exception }}|{{ request.method }}|{{ user.is_authenticated }}|"
    "{{ problem.status }}|{{ problem.title }}"
)


@pytest.mark.parametrize(
    "url, shown",
    [
        ("/raise/http404/", "/raise/http404/|no Order matches|GET|False|404|Page not found"),
        ("/no%20where/", "/no%20where/|Resolver404|GET|False|404|Page not found"),
        ("/raise/not-found/", "/raise/not-found/|No order 12.|GET|False|404|Page not found"),
    ],
)
def test_a_projects_404_gets_all_that_django_gives_it(client, templates, url, shown):
    templates("404.html", CONTEXT)
    assert client.get(url).content.decode() == shown


@pytest.mark.parametrize(
    "url, exception",
    [
        ("/raise/denied/", "Staff only."),
        ("/raise/denied-plainly/", ""),
        ("/raise/forbidden/", "Staff only."),
    ],
)
def test_a_projects_403_gets_all_that_django_gives_it(client, templates, url, exception):
    templates("403.html", "[{{ exception }}]{{ request.path }}")
    assert client.get(url).content.decode() == f"[{exception}]{url}"


def test_a_projects_404_is_not_told_the_text_of_other_exceptions(client, settings, templates):
    settings.HTTP4XX = {"EXCEPTIONS": {ValueError: exceptions.NotFound}}
    templates("404.html", "[{{ exception }}]")
    assert client.get("/raise/value-error/").content.decode() == "[ValueError]"


def test_a_projects_400_is_not_told_what_was_wrong(client, templates):
    """``django.views.defaults.bad_request`` gives it nothing, since the text may be sensitive."""
    templates("400.html", "[{{ exception }}]{{ problem.status }}")
    assert client.get("/raise/suspicious/").content.decode() == "[]400"


def test_a_projects_409_is_told_all(client, templates):
    templates("409.html", CONTEXT + "|{{ problem.detail }}")
    assert client.get("/raise/conflict/").content.decode() == (
        "/raise/conflict/|Edited meanwhile.|GET|False|409|This clashes with something that is "
        "already there|Edited meanwhile."
    )


def test_the_most_particular_template_is_shown(client, templates):
    order = [
        "django_http4xx/problem.html",
        "409.html",
        "django_http4xx/409.html",
        "django_http4xx/conflict.html",
    ]
    for name in order:
        templates(name, name)
    for name in reversed(order):
        assert client.get("/raise/conflict/").content.decode() == name
        templates(name, "{% broken")
        break


def test_a_program_gets_no_template(client, templates):
    templates("409.html", "a page")
    assert client.get("/raise/conflict/", headers=JSON).json()["status"] == 409


def test_a_projects_page_keeps_the_projects_policy(client, templates):
    templates("409.html", "<style>b {}</style>")
    response = client.get("/raise/conflict/")
    assert POLICY not in response.headers
    assert response["X-Robots-Tag"] == "noindex"


def test_values_in_a_projects_page_are_escaped(client, templates):
    templates("404.html", "{{ request_path }}{{ exception }}{{ problem.detail }}")
    response = client.get("/<script>/", headers=HTML)
    assert b"<script>" not in response.content


@pytest.mark.django_db
def test_a_projects_page_that_shows_the_user_is_not_kept_by_a_cache(
    client, templates, django_user_model
):
    templates("404.html", "Hello {{ user }}!")
    client.force_login(django_user_model.objects.create_user("ana"))
    assert client.get("/nowhere/")["Cache-Control"] == "no-store"


def test_a_projects_page_that_shows_nobody_may_be_kept(client, templates):
    templates("404.html", "Hello!")
    assert "Cache-Control" not in client.get("/nowhere/").headers


# Caches.


@pytest.mark.django_db
def test_an_answer_to_somebody_we_know_is_not_kept(client):
    assert client.get("/user/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("door", ["raise", "async/raise"])
def test_an_answer_to_credentials_is_not_kept(client, door):
    headers = {**JSON, "Authorization": "Bearer x"}
    assert client.get(f"/{door}/not-found/", headers=headers)["Cache-Control"] == "no-store"


CACHED = {
    "cache-for": (lambda: exceptions.NotFound(cache_for=60), "max-age=60"),
    "own-field": (
        lambda: exceptions.NotFound(headers={"Cache-Control": "private"}, cache_for=60),
        "private",
    ),
    "429-own-field": (
        lambda: exceptions.TooManyRequests(headers={"Cache-Control": "max-age=60"}),
        "no-store",
    ),
}


@pytest.mark.parametrize("name", CACHED)
def test_a_view_can_say_how_long_an_answer_is_kept(client, monkeypatch, name):
    make, expected = CACHED[name]
    monkeypatch.setitem(RAISED, name, make)
    assert client.get(f"/raise/{name}/", headers=JSON)["Cache-Control"] == expected


def test_what_a_project_says_of_security_stands(client, settings, monkeypatch):
    settings.SECURE_REFERRER_POLICY = ["no-referrer", "same-origin"]
    own = exceptions.NotFound(headers={"X-Robots-Tag": "noarchive"})
    monkeypatch.setitem(RAISED, "own", lambda: own)
    response = client.get("/raise/own/")
    assert response["X-Robots-Tag"] == "noarchive"
    assert response["Referrer-Policy"] == "no-referrer,same-origin"


# Transactions, slashes, compression, policies.


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_middleware", [True, False])
def test_atomic_requests_roll_back(client, settings, has_middleware):
    if not has_middleware:
        settings.MIDDLEWARE = without(settings, MIDDLEWARE)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        assert client.post("/write/", headers=JSON).status_code == 409
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert not Group.objects.exists()


def test_append_slash_redirects_and_nothing_is_announced(client, caplog):
    caplog.set_level(logging.INFO, "django_http4xx")
    response = client.get("/raise/conflict")
    assert (response.status_code, response["Location"]) == (301, "/raise/conflict/")
    assert announced(caplog) == []


@pytest.mark.parametrize("accept", [HTML, JSON])
def test_gzip_compresses_the_answer(client, settings, accept):
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *settings.MIDDLEWARE]
    response = client.get("/raise/conflict/", headers={**accept, "Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Length"] == str(len(response.content))
    assert "Accept-Encoding" in response["Vary"]


CSP_MIDDLEWARE = "django.middleware.csp.ContentSecurityPolicyMiddleware"


@pytest.mark.skipif(not find_spec("django.middleware.csp"), reason="Django has it from 6.0 on.")
@pytest.mark.parametrize("place", [0, 99])
def test_djangos_policy_gives_way_to_one_that_shows_our_page(client, settings, place):
    settings.SECURE_CSP = {"default-src": ["'self'"]}
    settings.MIDDLEWARE = list(settings.MIDDLEWARE)
    settings.MIDDLEWARE.insert(place, CSP_MIDDLEWARE)
    assert "'sha256-" in client.get("/raise/conflict/", headers=HTML)[POLICY]


@pytest.mark.skipif(not find_spec("django.middleware.csp"), reason="Django has it from 6.0 on.")
def test_djangos_policy_stays_on_a_projects_page(client, settings, templates):
    settings.SECURE_CSP = {"default-src": ["'self'"]}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, CSP_MIDDLEWARE]
    templates("409.html", "a page")
    assert client.get("/raise/conflict/", headers=HTML)[POLICY] == "default-src 'self'"


def has_policy(policy):
    def middleware(get_response):
        def answer(request):
            response = get_response(request)
            response[POLICY] = policy
            return response

        return answer

    return middleware


@pytest.mark.parametrize(
    "policy, is_kept",
    [
        ("default-src 'self'", False),
        ("style-src 'self' 'unsafe-inline'", True),
        ("default-src 'self' 'unsafe-inline'", True),
        ("default-src 'self' 'unsafe-inline'; style-src 'self'", False),
        ("style-src 'unsafe-inline' 'nonce-abc'", False),
        ("script-src 'self'", True),
        ("style-src-elem 'none'; style-src 'unsafe-inline'", False),
        ("script-src 'self', style-src 'self'", False),
        ("style-src 'unsafe-inline', script-src 'self'", True),
    ],
)
def test_a_policy_is_replaced_only_where_it_blocks_our_style(
    client, settings, policy, is_kept, monkeypatch
):
    monkeypatch.setitem(globals(), "policy_middleware", has_policy(policy))
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.policy_middleware"]
    response = client.get("/raise/conflict/", headers=HTML)
    assert (response[POLICY] == policy) is is_kept


# DEBUG.


@pytest.fixture
def debug(settings):
    settings.DEBUG = True
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.raising_middleware"]


TECHNICAL = [
    ("/nowhere/", 404),
    ("/raise/http404/", 404),
    ("/async/raise/http404/", 404),
    ("/raise/django-bad/", 400),
    ("/raise/suspicious/", 400),
    ("/middleware/http404/", 404),
    ("/middleware/suspicious/", 400),
]


@pytest.mark.parametrize("url, status", TECHNICAL)
def test_while_debugging_a_browser_gets_djangos_page(client, debug, url, status):
    response = client.get(url, headers=HTML)
    assert response.status_code == status
    assert b"DEBUG = True" in response.content


@pytest.mark.parametrize("url, status", TECHNICAL)
def test_while_debugging_a_program_gets_the_problem(client, debug, url, status):
    response = client.get(url, headers=JSON)
    body = response.json()
    assert (response.status_code, body["status"]) == (status, status)
    assert response["Content-Type"] == JSON["Accept"]
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize("door", ["raise", "async/raise", "middleware"])
@pytest.mark.parametrize("name", ["conflict", "forbidden", "bad"])
def test_while_debugging_ours_are_explained(client, debug, door, name):
    for accept in (HTML, JSON):
        response = client.get(f"/{door}/{name}/", headers=accept)
        assert response.status_code == error(name).status
        assert response.problem.detail == error(name).detail
        assert b"DEBUG = True" not in response.content


@pytest.mark.parametrize("door", ["raise", "async/raise"])
def test_while_debugging_our_404_is_explained(client, debug, door):
    response = client.get(f"/{door}/not-found/", headers=HTML)
    assert (response.status_code, response.problem.detail) == (404, "No order 12.")


def test_while_debugging_a_failed_csrf_check_tells_the_developer_why(debug):
    assert b"Reason given" in EnforcingClient().post("/raise/bad/", headers=HTML).content
    assert EnforcingClient().post("/raise/bad/", headers=JSON).json()["code"] == "csrf-failed"


def test_while_debugging_a_new_template_is_seen(client, debug, templates):
    assert client.get("/raise/conflict/").content.startswith(b"<!doctype html>")
    templates("409.html", "new")
    # What runserver does when a template changes.
    reset_loaders()
    assert client.get("/raise/conflict/").content == b"new"


# Logging and the signal.


@pytest.fixture
def received():
    """What the signal told."""
    told = []

    def receiver(**kwargs):
        told.append(kwargs)

    signals.client_error_explained.connect(receiver)
    yield told
    signals.client_error_explained.disconnect(receiver)


@pytest.fixture
def observed(caplog, received):
    return caplog, received


DOORS = ["/raise/conflict/", "/async/raise/conflict/", "/middleware/conflict/"]


@pytest.mark.parametrize("url", DOORS)
@pytest.mark.parametrize("left_out", [None, MIDDLEWARE])
def test_a_problem_is_logged_and_told_once(client, settings, observed, url, left_out):
    caplog, received = observed
    settings.MIDDLEWARE = [*without(settings, left_out), f"{__name__}.raising_middleware"]
    caplog.set_level(logging.INFO, "django_http4xx")
    response = client.get(url, headers={**JSON, "X-Request-ID": "abc-123"})
    (record,) = announced(caplog)
    assert (record.name, record.levelname) == ("django_http4xx", "INFO")
    assert (record.reference, record.status, record.type) == ("abc-123", 409, "conflict")
    assert (record.path, record.module) == (url, "responses")
    (told,) = received
    assert told["sender"] is exceptions.Conflict
    assert told["problem"].reference == "abc-123"
    assert told["response"].status_code == response.status_code
    assert told["request"].path == url


def test_under_asgi_a_problem_is_logged_and_told_once(async_client, observed):
    caplog, received = observed
    caplog.set_level(logging.INFO, "django_http4xx")
    for url in DOORS[:2]:
        async_to_sync(async_client.get)(url)
    assert [record.path for record in announced(caplog)] == DOORS[:2]
    assert [told["problem"].path for told in received] == DOORS[:2]


async def async_receiver(**kwargs):
    kwargs["request"].META["told"] = True


@pytest.mark.parametrize("url", DOORS[:2])
def test_an_async_receiver_is_told(client, url):
    signals.client_error_explained.connect(async_receiver)
    try:
        response = client.get(url)
    finally:
        signals.client_error_explained.disconnect(async_receiver)
    assert response.wsgi_request.META["told"]


def test_what_a_middleware_replaces_is_not_announced(client, settings, caplog, received):
    settings.MIDDLEWARE = [f"{__name__}.hiding_middleware", *settings.MIDDLEWARE]
    caplog.set_level(logging.INFO, "django_http4xx")
    assert client.get("/raise/conflict/").status_code == 302
    assert (announced(caplog), received) == ([], [])


def hiding_middleware(get_response):
    def middleware(request):
        get_response(request)
        return HttpResponse(status=302, headers={"Location": "/"})

    return middleware


def test_a_path_cannot_forge_a_line_of_the_log(client, caplog):
    caplog.set_level(logging.INFO, "django_http4xx")
    client.get("/nowhere/%0a%0dERROR")
    (record,) = announced(caplog)
    assert "\n" not in record.getMessage() + record.path
    assert "\r" not in record.getMessage() + record.path


@pytest.mark.parametrize(
    "url, logger",
    [
        ("/raise/conflict/", "django.request"),
        ("/raise/not-found/", "django.request"),
        ("/raise/http404/", "django.request"),
        ("/raise/denied/", "django.request"),
        ("/raise/django-bad/", "django.request"),
        ("/raise/suspicious/", "django.security.SuspiciousOperation"),
    ],
)
def test_django_logs_as_before(client, caplog, url, logger):
    client.get(url)
    (record,) = [record for record in caplog.records if record.name.startswith("django.")]
    assert record.name == logger
    assert record.status_code == client.get(url).status_code


def test_a_5xx_is_not_ours(client, caplog):
    caplog.set_level(logging.INFO, "django_http4xx")
    response = client.get("/raise/value-error/")
    assert response.status_code == 500
    assert not hasattr(response, "problem")
    assert announced(caplog) == []


# References.


@pytest.mark.parametrize("given", ["abc-123", "550e8400-e29b-41d4-a716-446655440000", "a" * 128])
def test_the_reference_is_the_requests_own_id(client, given):
    headers = {**JSON, "X-Request-ID": given}
    assert client.get("/raise/conflict/", headers=headers).json()["reference"] == given


@pytest.mark.parametrize("given", ["", "a b", "<script>", "a" * 129, "\u00e4", "a\nb", "\x00", "'"])
def test_a_reference_that_is_no_token_gives_way_to_a_new_one(client, given):
    headers = {**JSON, "X-Request-ID": given}
    first, second = (client.get("/raise/conflict/", headers=headers).json() for _ in range(2))
    assert len(first["reference"]) == 36
    assert first["reference"] != second["reference"]
    assert first["instance"] == f"urn:uuid:{first['reference']}"


# The test client.


def test_the_test_client_behaves_as_before(settings, templates):
    templates("404.html", "{{ problem.title }}")
    client = Client()
    response = client.get("/raise/http404/")
    assert response.context["problem"].status == 404
    assert [template.name for template in response.templates] == ["404.html"]
    assert response.resolver_match.func is raising
    with pytest.raises(ValueError, match="a bug"):
        client.get("/raise/value-error/")


def test_a_view_called_by_itself_raises(rf):
    with pytest.raises(exceptions.Conflict):
        raising(rf.get("/"), "conflict")


# By hand.


async def answering(request):
    return HttpResponse(status=404)


class MarkedAsync:
    """A callable that asgiref has marked as asynchronous, as some middleware is."""

    def __init__(self):
        markcoroutinefunction(self)

    async def __call__(self, request):
        return HttpResponse(status=404)


@pytest.mark.parametrize("inner", [answering, MarkedAsync()])
def test_an_async_stack_stays_async(inner):
    middleware = Http4xxMiddleware(inner)
    assert iscoroutinefunction(middleware)
    response = async_to_sync(middleware)(RequestFactory().get("/", headers=JSON))
    assert response.problem.status == 404
