"""A form that is refused for its CSRF token: what was typed stays, and one button sends it again.

The button is there only where it undoes no protection. Each way to get around one has its row here.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from html.parser import HTMLParser
from types import ModuleType

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.auth import authenticate, get_user_model, login, logout, signals
from django.contrib.auth.views import LoginView
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import rotate_token
from django.template import engines
from django.test import AsyncClient, Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View, debug
from django.views.debug import SafeExceptionReporterFilter
from django.views.decorators.debug import sensitive_post_parameters

from django_http4xx import conf
from django_http4xx.models import Explanation

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

OWN = {"sec-fetch-site": "same-origin", "origin": "http://testserver", "accept": "text/html"}
TYPED = "I thought about these words for a while."


def form(request):
    template = engines["django"].from_string("<form method=post>{% csrf_token %}</form>")
    return HttpResponse(template.render({}, request))


def echo(request):
    """What the view finds in the form, as if nothing had happened."""
    return JsonResponse(
        {
            "fields": [[name, values] for name, values in request.POST.lists() if name != TOKEN],
            "files": {name: len(files) for name, files in request.FILES.lists()},
            "query": request.GET.dict(),
            "type": request.content_type,
        }
    )


def sign_in(request):
    login(request, authenticate(username=request.POST["who"], password=request.POST["who"]))
    return HttpResponse()


def sign_out(request):
    logout(request)
    return HttpResponse()


@sensitive_post_parameters("diagnosis")
def doctor(request):
    return HttpResponse()


def wrapped(view):
    """Wrap a view without telling what is inside, and beside much that is none."""
    numbers = list(range(100_000))

    def wrapper(request):
        return view(request) if numbers else None

    return wrapper


class Shop(View):
    @method_decorator(sensitive_post_parameters())
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)

    def post(self, request):
        return HttpResponse()


TOKEN = "csrfmiddlewaretoken"
urlpatterns = [
    path("form/", form),
    path("echo/", echo),
    path("sign-in/", sign_in),
    path("sign-out/", sign_out),
    path("doctor/", doctor),
    path("shop/", Shop.as_view()),
    path("login/", LoginView.as_view()),
    path("many/", wrapped(sensitive_post_parameters()(echo))),
    path("admin/", admin.site.urls),
    path("/evil.example/", echo),
]


class Controls(HTMLParser):
    """The form of a page: its attributes, and its fields as a browser would send them."""

    def __init__(self, html):
        super().__init__()
        self.form, self.fields, self.inputs, self.text = None, [], {}, None
        self.buttons = 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.form = given
        elif tag == "input":
            self._add(given, given.get("value", ""))
        elif tag == "textarea":
            self.text, self.within = "", given
        elif tag == "button":
            self.buttons += 1

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # A browser drops the first line break, and sends the others as CR LF.
            text = self.text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
            self._add(self.within, text)
            self.text = None

    def _add(self, given, value):
        if "name" in given:
            self.inputs[given["name"]] = given
            self.fields.append((given["name"], value))


class Visitor(Client):
    """A browser with a form of the site open in it."""

    def __init__(self, **kwargs):
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False, **kwargs)

    def token(self):
        return re.search(r'value="(\w{64})"', self.get("/form/").text)[1]

    def become(self, who):
        data = {"who": who, TOKEN: self.token()}
        assert self.post("/sign-in/", data, headers=OWN).status_code == 200

    def leave(self):
        assert self.post("/sign-out/", {TOKEN: self.token()}, headers=OWN).status_code == 200

    def refused(self, data=None, where="/echo/", headers=None, **kwargs):
        data = {"text": TYPED} if data is None else data
        response = self.post(where, data, headers=OWN if headers is None else headers, **kwargs)
        assert response.status_code == 403
        return response


URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def users(db):
    for name in ("amy", "ben"):
        get_user_model().objects.create_user(name, password=name)


@pytest.fixture
def visitor():
    return Visitor()


def controls(response):
    return Controls(response.text)


def has_button(response):
    found = controls(response)
    assert (found.form is not None) == (found.buttons == 1)
    return found.buttons == 1


def send_again(visitor, response, **filled):
    found = controls(response)
    assert found.form["method"] == "post"
    fields = QueryDict(mutable=True)
    for name, value in found.fields:
        fields.appendlist(name, filled.pop(name, value))
    return visitor.post(
        found.form["action"], fields.urlencode(), content_type=URLENCODED, headers=OWN
    )


# The form comes back, and arrives


FORMS = {
    "a text": "text=" + "a+b",
    "several lines": "text=a%0D%0A%0D%0Ab&title=c",
    "a first line that is empty": "text=%0D%0Aa",
    "repeated names": "tag=a&tag=&title=t&tag=c&tag=a",
    "empty values": "a=&b=&c=x",
    "markup": "a=%3C%2Ftextarea%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&b=%22+onfocus%3D%22x%26quot%3B",
    "names with markup": "%22%3E%3Cb%3E=x",
    "any language": "text=%E4%BD%A0%E5%A5%BD+%D8%B3%D9%84%D8%A7%D9%85&%E5%90%8D=%F0%9F%8D%B5",
    "a button that was pressed": "text=a&_continue=Save",
}


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_is_sent_again_as_it_was(visitor, name):
    body = FORMS[name]
    response = visitor.refused(body, content_type=URLENCODED)
    arrived = send_again(visitor, response).json()
    assert arrived["fields"] == [list(pair) for pair in QueryDict(body).lists()]
    assert "<script" not in response.text
    assert "<b>" not in response.text


def test_the_address_and_its_query_are_kept(visitor):
    response = visitor.refused(where="/echo/?next=%2Fa&q=%C3%A9%22%3E")
    assert controls(response).form["action"] == "/echo/?next=%2Fa&q=%C3%A9%22%3E"
    assert send_again(visitor, response).json()["query"] == {"next": "/a", "q": 'é">'}


def test_an_address_never_becomes_that_of_another_site(visitor):
    response = visitor.refused(PATH_INFO="//evil.example/")
    assert controls(response).form["action"] == "/%2Fevil.example/"


def test_a_form_with_a_file_keeps_its_encoding_and_asks_for_the_file(visitor):
    photo = SimpleUploadedFile("secret-name.png", b"\x89PNG")
    response = visitor.refused({"text": TYPED, "photo": photo})
    found = controls(response)
    assert found.form["enctype"] == "multipart/form-data"
    assert found.inputs["photo"]["type"] == "file"
    assert "PNG" not in response.text
    data = {**dict(found.fields), "photo": SimpleUploadedFile("again.png", b"x")}
    arrived = visitor.post("/echo/", data, headers=OWN).json()
    assert arrived["fields"] == [["text", [TYPED]]]
    assert arrived["files"] == {"photo": 1}


def test_the_cookie_comes_with_the_token(visitor):
    response = visitor.refused()
    assert "csrftoken" in response.cookies
    assert send_again(visitor, response).status_code == 200


@pytest.mark.parametrize(
    "settings_of_cookie", [{"CSRF_COOKIE_NAME": "x"}, {"CSRF_COOKIE_HTTPONLY": True}]
)
def test_the_settings_of_the_cookie_do_not_matter(visitor, settings, settings_of_cookie):
    for name, value in settings_of_cookie.items():
        setattr(settings, name, value)
    assert send_again(visitor, visitor.refused()).status_code == 200


def test_by_https_behind_a_proxy(visitor, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    secure = {**OWN, "origin": "https://testserver", "x-forwarded-proto": "https"}
    secure |= {"host": "testserver", "referer": "https://testserver/form/"}
    assert has_button(visitor.refused(headers=secure))
    assert not has_button(visitor.refused(headers={**secure, "origin": "http://testserver"}))


def test_each_host_of_a_site_is_an_origin_of_its_own(visitor, settings):
    settings.ALLOWED_HOSTS = ["testserver", "b.example"]
    there = {**OWN, "origin": "http://b.example"}
    assert has_button(visitor.refused(headers=there, HTTP_HOST="b.example"))
    assert not has_button(visitor.refused(headers=there))


# The button is there only for a page of this very origin

ORIGINS = {
    "another site": {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    "another site that sends the origin of ours": {"sec-fetch-site": "cross-site"},
    "a subdomain": {"sec-fetch-site": "same-site", "origin": "http://a.testserver"},
    "a subdomain that sends the origin of ours": {"sec-fetch-site": "same-site"},
    "the address bar": {"sec-fetch-site": "none"},
    "a browser that does not say the site": {"sec-fetch-site": None},
    "one that says neither": {"sec-fetch-site": None, "origin": None},
    "one that says nothing": {"sec-fetch-site": ""},
    "other letters": {"sec-fetch-site": "Same-Origin"},
    "two values": {"sec-fetch-site": "same-origin, same-origin"},
    "a sandbox": {"origin": "null"},
    "an empty origin": {"origin": ""},
    "a trusted origin": {"origin": "https://partner.example"},
    "a trusted subdomain": {"origin": "https://a.friends.example"},
    "another scheme": {"origin": "https://testserver"},
    "another port": {"origin": "http://testserver:8000"},
    "another host that begins alike": {"origin": "http://testserver.evil.example"},
    "an origin with a path": {"origin": "http://testserver/"},
    "an origin in other letters": {"origin": "HTTP://TESTSERVER"},
}


@pytest.mark.parametrize("name", ORIGINS)
def test_whoever_else_sends_a_form_gets_no_button_and_no_token(visitor, settings, name):
    settings.CSRF_TRUSTED_ORIGINS = ["https://partner.example", "https://*.friends.example"]
    visitor.become("amy")
    headers = {key: value for key, value in (OWN | ORIGINS[name]).items() if value is not None}
    response = visitor.refused(headers=headers)
    assert not has_button(response)
    assert TOKEN not in response.text
    assert "amy" not in response.text
    assert "csrftoken" not in response.cookies
    assert TYPED in response.text


def test_who_reads_a_text_of_another_site_is_told_so(visitor):
    foreign = {**OWN, "sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert "Another website sent this." in visitor.refused(headers=foreign).text
    assert "Another website" not in visitor.refused().text


def test_without_an_origin_the_site_is_enough(visitor):
    """Some browsers can be told to send no ``Origin``; no page can make them do so."""
    headers = {name: value for name, value in OWN.items() if name != "origin"}
    assert has_button(visitor.refused(headers=headers))


def test_a_host_that_is_refused_gets_no_button(visitor):
    response = visitor.post("/echo/", {"text": TYPED}, headers=OWN, HTTP_HOST="evil.example")
    assert response.status_code < 500
    assert TOKEN not in response.text


# The button is there only for whom the form was made for

STEPS = {
    "nobody, token lost": ([], True, ""),
    "signed in before the form, token lost": (["amy", "form", "lose"], True, "amy"),
    "the same one again": (["amy", "form", "amy"], True, "amy"),
    "the same one after signing out": (["amy", "form", "out", "amy"], True, "amy"),
    "the same one in a new session": (["amy", "form", "expire", "amy"], True, "amy"),
    "a session that has lost its first token": (["amy", "lose", "form", "lose"], True, "amy"),
    "another session of the same one": (["amy", "lose", "form", "expire", "amy"], False, "amy"),
    "another one after a lost token": (["amy", "lose", "form", "ben"], False, "ben"),
    "a session that is over": (["amy", "lose", "form", "expire", "lose"], False, None),
    "signed in since": (["form", "amy"], False, "amy"),
    "another one": (["amy", "form", "ben"], False, "ben"),
    "another one after signing out": (["amy", "form", "out", "ben"], False, "ben"),
    "signed out since, token lost": (["amy", "form", "out", "lose"], False, None),
    "session over since, token lost": (["amy", "form", "expire", "lose"], False, None),
    "nobody, the token of before": (["form", "lose"], True, ""),
}


@pytest.mark.parametrize("name", STEPS)
def test_only_who_opened_the_form_may_send_it_again(visitor, name):
    steps, may_send, who = STEPS[name]
    token = ""
    for step in steps:
        if step == "form":
            token = visitor.token()
        elif step == "lose":
            del visitor.cookies["csrftoken"]
        elif step == "expire":
            # The browser still sends its cookie.
            Session.objects.all().delete()
        elif step == "out":
            visitor.leave()
        else:
            visitor.become(step)
    response = visitor.refused({"text": TYPED, TOKEN: token})
    assert has_button(response) is may_send
    assert TYPED in response.text
    if may_send:
        assert send_again(visitor, response).json()["fields"] == [["text", [TYPED]]]
    elif who:
        assert f"You are signed in as <bdi>{who}</bdi> now" in response.text
    else:
        assert "You are not signed in now" in response.text


@pytest.mark.parametrize("token", ["", "a" * 64, "a" * 32, "-" * 64, "é" * 64, "a" * 10_000])
def test_a_token_that_the_site_never_gave_proves_nothing(visitor, token):
    """Such is in a form that somebody could write into a page, but not run a script there."""
    visitor.become("amy")
    response = visitor.post("/echo/", {"text": TYPED, TOKEN: token}, headers=OWN)
    assert response.status_code == 403
    assert not has_button(response)


class OddUser:
    """A user whose class tells nothing of itself."""

    def save(self, **kwargs):
        """Django's own receiver saves the time."""


def test_a_sign_in_never_fails_for_a_secret(rf):
    request = rf.get("/")
    rotate_token(request)
    kept = request.META["CSRF_COOKIE"]
    for told in (request, None):
        signals.user_logged_in.send(sender=OddUser, request=told, user=OddUser())
    assert request.META["CSRF_COOKIE"] == kept


@pytest.mark.parametrize("who", ["amy", "ben"])
def test_the_same_in_an_asynchronous_stack(visitor, who):
    visitor.become("amy")
    token = visitor.token()
    visitor.become(who)
    asynchronous = AsyncClient(enforce_csrf_checks=True)
    asynchronous.cookies = visitor.cookies
    post = async_to_sync(asynchronous.post)
    response = post("/echo/", {"text": TYPED, TOKEN: token}, headers=OWN)
    assert response.status_code == 403
    assert has_button(response) is (who == "amy")
    assert TYPED in response.text


def test_a_session_of_the_test_client(visitor):
    """It signs in without a request, so the token is known by the session."""
    visitor.force_login(get_user_model().objects.get(username="amy"))
    token = visitor.token()
    del visitor.cookies["csrftoken"]
    assert has_button(visitor.refused({"text": TYPED, TOKEN: token}))
    visitor.force_login(get_user_model().objects.get(username="ben"))
    assert not has_button(visitor.refused({"text": TYPED, TOKEN: token}))


def test_the_token_of_another_proves_nothing(visitor):
    other = Visitor()
    other.become("ben")
    token = other.token()
    visitor.become("amy")
    assert not has_button(visitor.refused({"text": TYPED, TOKEN: token}))


def test_a_token_counts_while_an_old_key_does(visitor, settings):
    visitor.become("amy")
    token = visitor.token()
    del visitor.cookies["csrftoken"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"
    # A session is signed with the key, too.
    assert has_button(visitor.refused({"text": TYPED, TOKEN: token}))
    settings.SECRET_KEY_FALLBACKS = []
    assert not has_button(visitor.refused({"text": TYPED, TOKEN: token}))


class Unreachable:
    @property
    def is_authenticated(self):
        raise OSError("The database does not answer.")


def unreachable_user(get_response):
    def middleware(request):
        request.user = Unreachable()
        return get_response(request)

    return middleware


def test_a_user_who_cannot_be_loaded_gets_no_button(visitor, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.unreachable_user"]
    response = visitor.refused()
    assert not has_button(response)
    assert TYPED in response.text


def test_who_is_signed_in_is_asked_only_for_a_form_of_this_origin(
    visitor, django_assert_num_queries
):
    visitor.become("amy")
    with django_assert_num_queries(0):
        visitor.refused(headers={**OWN, "sec-fetch-site": "cross-site"})
    with django_assert_num_queries(0):
        visitor.refused(headers={**OWN, "accept": "application/json"})


def test_tokens_in_the_session(visitor, settings, django_assert_num_queries):
    settings.CSRF_USE_SESSIONS = True
    visitor.become("amy")
    token = visitor.token()
    visitor.become("amy")
    response = visitor.refused({"text": TYPED, TOKEN: token})
    assert send_again(visitor, response).status_code == 200


def test_no_session_is_begun_for_a_token(visitor, settings, django_assert_num_queries):
    settings.CSRF_USE_SESSIONS = True
    with django_assert_num_queries(0):
        response = visitor.refused()
    assert not has_button(response)
    assert TYPED in response.text
    assert not response.cookies


# What a page never repeats

SECRET = "kept-from-every-page"
HIDDEN = [
    *("password", "new_password1", "api_key", "Authorization", "auth_code", "token", "secret"),
    *("passphrase", "signature", "X-API-KEY", "author_token"),
    *("cvv", "CVC", "card", "card_number", "cardNumber", "cardnumber", "creditCard", "iban"),
    *("billing-iban", "otp", "otpCode", "otp_1", "pin", "PIN", "userPin", "pin2", "pincode"),
    *("ssn", "form-0-ssn", "ssnLast4", "sessionid"),
]
SHOWN = ["author", "co-authors", "text", "shipping_address", "opinion", "footprint", "businessname"]


@pytest.mark.parametrize("name", HIDDEN)
def test_a_secret_is_asked_for_again(visitor, name):
    response = visitor.refused({name: SECRET, "text": TYPED})
    assert SECRET not in response.text
    asked = controls(response).inputs[name]
    assert asked["type"] == "password"
    assert "value" not in asked
    assert "Fill in again: <bdi>" in response.text
    arrived = send_again(visitor, response, **{name: "typed again"}).json()
    assert [name, ["typed again"]] in arrived["fields"]


@pytest.mark.parametrize("name", SHOWN)
def test_other_words_that_hold_the_same_letters_are_shown(visitor, name):
    assert TYPED in visitor.refused({name: TYPED}).text


def test_a_secret_that_was_left_empty_stays_so(visitor):
    response = visitor.refused({"password": "", "text": TYPED})
    assert controls(response).inputs["password"]["type"] == "hidden"


def test_without_a_button_nothing_is_asked_for_but_named(visitor):
    foreign = {**OWN, "sec-fetch-site": "cross-site"}
    response = visitor.refused({"pin": SECRET, "text": TYPED}, headers=foreign)
    assert SECRET not in response.text
    assert "Secrets and files are not kept: <bdi>Pin</bdi>" in response.text


def test_what_a_site_names(visitor, settings):
    settings.HTTP4XX = {"SENSITIVE_POST_PARAMETERS": ["diagnosis", "Salary", "bloodGroup"]}
    hidden = ("diagnosis", "form-0-diagnosis", "salary", "salary2", "yearlySalary", "bloodGroup")
    response = visitor.refused({**dict.fromkeys(hidden, SECRET), "diagnosises": "shown"})
    assert SECRET not in response.text
    assert "shown" in response.text


@pytest.mark.parametrize("wrong", ["diagnosis", [1], [""], None, {"a": 1}])
def test_a_site_that_names_them_wrongly_is_told(settings, wrong):
    settings.HTTP4XX = {"SENSITIVE_POST_PARAMETERS": wrong}
    assert [fault.key for fault in conf.faults()] == ["SENSITIVE_POST_PARAMETERS"]


class Filter(SafeExceptionReporterFilter):
    hidden_settings = re.compile("diagnosis|author")


@pytest.fixture
def own_filter(settings):
    debug.get_default_exception_reporter_filter.cache_clear()
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = f"{__name__}.Filter"
    yield
    debug.get_default_exception_reporter_filter.cache_clear()


def test_what_the_filter_of_a_project_hides(visitor, own_filter):
    response = visitor.refused({"diagnosis": SECRET, "author": SECRET, "token": "shown"})
    assert SECRET not in response.text


def test_what_a_view_names(visitor):
    data = {"diagnosis": SECRET, "text": TYPED}
    response = visitor.refused(data, where="/doctor/")
    assert SECRET not in response.text
    assert TYPED in response.text


@pytest.mark.parametrize(
    "where",
    ["/admin/auth/user/add/", "/admin/auth/user/1/password/", "/login/", "/many/"],
)
def test_views_that_name_all_wherever_they_say_it(visitor, where):
    response = visitor.refused({"username": SECRET, "other": SECRET}, where=where)
    assert SECRET not in response.text
    assert is_shown(response)


def test_a_view_that_names_all(visitor):
    data = {"number": SECRET, "month": SECRET, "next": "/paid/"}
    response = visitor.refused(data, where="/shop/")
    assert SECRET not in response.text
    assert "/paid/" in response.text
    assert {"number", "month"} <= controls(response).inputs.keys()


# What is too much, or cannot be read


def is_shown(response):
    return "What you typed" in response.text


@pytest.mark.parametrize(
    ("body", "is_kept"),
    [
        ("text=" + "a" * 9_996, True),
        ("text=" + "a" * 9_997, False),
        ("text=" + "%E4%BD%A0" * 3_332, True),
        ("text=" + "%E4%BD%A0" * 3_333, False),
        ("&".join(f"f{number}=" for number in range(200)), True),
        ("&".join(f"f{number}=" for number in range(201)), False),
        ("", False),
        ("csrfmiddlewaretoken=a", False),
    ],
)
def test_how_much_is_kept(visitor, body, is_kept):
    response = visitor.refused(body, content_type=URLENCODED)
    assert is_shown(response) is is_kept
    assert has_button(response) is is_kept
    assert "reload the page" in response.text or is_kept


UNREADABLE = {
    "JSON": ('{"text": "typed"}', "application/json"),
    "plain text": ("text=typed", "text/plain"),
    "no type": ("text=typed", ""),
    "no boundary": ("text=typed", "multipart/form-data"),
    "a broken part": ("--b\r\nContent-Disposition: typed", "multipart/form-data; boundary=b"),
    "another charset": ("text=typed", f"{URLENCODED}; charset=utf-16"),
    "no charset": ("text=typed", f"{URLENCODED}; charset=nonsense"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_readable_form_is_a_4xx_without_it(visitor, name):
    body, content_type = UNREADABLE[name]
    response = visitor.generic("POST", "/echo/", body, content_type, headers=OWN)
    assert 400 <= response.status_code < 500
    assert 'id="typed"' not in response.text.replace("What you typed", "") or name == "no charset"


@pytest.mark.parametrize("limit", ["DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS"])
@pytest.mark.parametrize("has_cookie", [True, False])
def test_a_body_beyond_the_limits_of_django(visitor, settings, limit, has_cookie):
    if has_cookie:
        visitor.token()
    setattr(settings, limit, 2)
    response = visitor.post("/echo/", "a=1&b=2&c=3", content_type=URLENCODED, headers=OWN)
    assert 400 <= response.status_code < 500
    assert not is_shown(response)


class Broken:
    def read(self, *args):
        raise OSError("The client has gone.")

    readline = read


@pytest.mark.parametrize("has_cookie", [True, False])
def test_a_body_that_breaks_off(visitor, has_cookie):
    if has_cookie:
        visitor.token()
    given = {"wsgi.input": Broken(), "CONTENT_LENGTH": "9", "CONTENT_TYPE": URLENCODED}
    response = visitor.post("/echo/", headers=OWN, **given)
    assert response.status_code == 403
    assert not is_shown(response)


@pytest.mark.parametrize("body", ["text=a%00b", "=a", "a%00=b"])
def test_what_html_cannot_hold_is_shown_but_not_sent(visitor, body):
    response = visitor.refused(body, content_type=URLENCODED)
    assert is_shown(response)
    assert not has_button(response)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_is_sent_again(visitor, method):
    response = visitor.generic(method, "/echo/", "text=typed", URLENCODED, headers=OWN)
    assert response.status_code == 403
    assert not is_shown(response)


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "application/json"},
        {"accept": "application/problem+xml"},
        {"accept": "text/plain"},
        {"accept": "*/*", "sec-fetch-dest": "empty"},
        {"accept": "*/*", "sec-fetch-dest": "empty", "hx-request": "true"},
    ],
)
def test_programs_and_fragments_get_nothing_back(visitor, headers):
    response = visitor.refused(headers=OWN | headers)
    assert TYPED not in response.text
    assert "csrftoken" not in response.cookies


# The page


def directives(response):
    listed = response.headers["Content-Security-Policy"].split("; ")
    return {name: values for name, _, values in (each.partition(" ") for each in listed)}


def site_policy(get_response):
    """Let a partner frame the site, as django-csp does: unless the answer has a policy."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault(
            "Content-Security-Policy", "frame-ancestors https://partner.example"
        )
        return response

    return middleware


@pytest.mark.parametrize("middleware", [True, False])
@pytest.mark.parametrize("policy", [True, False])
def test_the_page_sends_only_to_its_own_site_and_nobody_frames_it(
    visitor, settings, middleware, policy
):
    if not middleware:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "http4xx" not in name]
    settings.X_FRAME_OPTIONS = "SAMEORIGIN"
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
    if policy:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.site_policy"]
    response = visitor.refused()
    said = directives(response)
    assert said["form-action"] == "'self'"
    assert said["frame-ancestors"] == "'none'"
    assert said["default-src"] == "'none'"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Cookie", "Origin", "Sec-Fetch-Site"} <= {*response.headers["Vary"].split(", ")}


TEMPLATES = {
    "django_http4xx/problem.html": """{% extends "django_http4xx/problem.html" %}
        {% block style %}<link rel="stylesheet" href="/own.css">{% endblock %}""",
    "403_csrf.html": "<h1>Ours</h1>{% include 'django_http4xx/stale_form.html' %}",
    "403.html": "<h1>Ours</h1>",
}


@pytest.fixture
def own_page(settings, request):
    engine = settings.TEMPLATES[0]
    own = ("django.template.loaders.locmem.Loader", {request.param: TEMPLATES[request.param]})
    loaders = [own, "django.template.loaders.app_directories.Loader"]
    options = {**engine["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [{**engine, "APP_DIRS": False, "OPTIONS": options}]
    return request.param


@pytest.mark.parametrize("own_page", TEMPLATES, indirect=True)
@pytest.mark.parametrize("policy", [False, True])
def test_a_page_of_the_project_can_have_the_form(visitor, settings, own_page, policy):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *[f"{__name__}.site_policy"][: int(policy)]]
    response = visitor.refused()
    has_form = own_page != "403.html"
    assert has_button(response) is has_form
    assert response.headers["X-Frame-Options"] == "DENY"
    policies = response.headers.get("Content-Security-Policy", "").split(", ")
    assert ("form-action 'self'; frame-ancestors 'none'" in policies) is has_form
    assert ("frame-ancestors https://partner.example" in policies) is policy
    if has_form:
        assert send_again(visitor, response).status_code == 200


@pytest.mark.parametrize("own_page", ["403_csrf.html"], indirect=True)
def test_a_policy_that_is_sent_above_us_is_kept(visitor, settings, own_page, monkeypatch):
    """django-csp, where it stands first, leaves an answer alone that has a policy."""
    middleware = ModuleType("csp.middleware")
    middleware.CSPMiddleware = site_policy
    monkeypatch.setitem(sys.modules, "csp", ModuleType("csp"))
    monkeypatch.setitem(sys.modules, "csp.middleware", middleware)
    settings.MIDDLEWARE = ["csp.middleware.CSPMiddleware", *settings.MIDDLEWARE]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": ["'self'"]}}
    response = visitor.refused()
    assert has_button(response)
    policies = response.headers["Content-Security-Policy"].split(", ")
    assert policies == ["script-src 'self'", "form-action 'self'; frame-ancestors 'none'"]


def test_the_words_of_editors_stay_beside_a_form(visitor):
    built_in = "Go back, reload the page, then send the form again."
    assert built_in not in visitor.refused().text
    Explanation.objects.create(problem_type="csrf-failed", language="en", remedy="Ring 123.")
    assert "Ring 123." in visitor.refused().text


def test_another_page_sends_nothing_anywhere(visitor):
    response = visitor.refused("", content_type=URLENCODED)
    assert directives(response)["form-action"] == "'none'"


def test_the_page_is_small_without_what_was_typed(visitor):
    response = visitor.refused({"a": "x", "password": "y"})
    assert len(response.content) < 8192


def test_nothing_typed_is_lost_by_a_link(rf, visitor):
    response = visitor.refused(headers={**OWN, "referer": "http://testserver/form/"})
    assert 'href="http://testserver/form/"' not in response.text


def test_the_page_of_django_while_debugging(visitor, settings):
    settings.DEBUG = True
    assert "CSRF verification failed" in unescape(visitor.refused().text)
