"""Every code, raised or returned by each view of the example project, behind each server."""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_http4xx.statuses import STATUSES

DOORS = ("/raise/{}/", "/async/raise/{}/", "/bare/{}/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")

# What the example says where the query says nothing.
DEFAULTS = {
    401: ("WWW-Authenticate", 'Session realm="shop"'),
    405: ("Allow", "PUT, DELETE"),
    407: ("Proxy-Authenticate", 'Basic realm="proxy"'),
    415: ("Accept", "application/json"),
    416: ("Content-Range", "bytes */1000"),
    426: ("Upgrade", "TLS/1.2"),
    429: ("Retry-After", "30"),
    451: ("Link", '<https://isp.example/>; rel="blocked-by"'),
}
NOT_UNDER_WSGI = {"Proxy-Authenticate", "Upgrade"}

REPLACED = [
    ("401", "realm=staff", "WWW-Authenticate", 'Session realm="staff"'),
    ("401", 'realm=a"b', "WWW-Authenticate", 'Session realm="a\\"b"'),
    ("405", "allow=GET,POST", "Allow", "GET, POST"),
    ("405", "allow=", "Allow", ""),
    ("407", "realm=office", "Proxy-Authenticate", 'Basic realm="office"'),
    ("413", "retry_after=60", "Retry-After", "60"),
    ("415", "accept=text/csv,image/*", "Accept", "text/csv, image/*"),
    ("416", "length=0", "Content-Range", "bytes */0"),
    ("426", "upgrade=websocket", "Upgrade", "websocket"),
    ("429", "retry_after=7", "Retry-After", "7"),
    ("451", "blocked_by=https://a.example/b", "Link", '<https://a.example/b>; rel="blocked-by"'),
]

UNUSABLE = [
    ("401", "realm", "茶"),
    ("401", "realm", "a\nb"),
    ("405", "allow", "GET POST"),
    ("407", "realm", "\0"),
    ("413", "retry_after", "soon"),
    ("415", "accept", "json"),
    ("416", "length", "-1"),
    ("416", "length", "9" * 5000),
    ("426", "upgrade", ""),
    ("429", "retry_after", "1.5"),
    ("451", "blocked_by", "nobody"),
    ("451", "blocked_by", "javascript:alert(1)"),
    ("404", "ext", "{"),
    ("404", "ext", "[1]"),
    ("404", "ext", '{"status": 200}'),
    ("404", "ext", '{"self": 1}'),
    ("404", "ext", '{"headers": {"X": "y"}}'),
    ("404", "ext", '{"a": NaN}'),
    ("404", "ext", '{"a": 1e999}'),
    ("404", "ext", "[" * 5000),
    ("405", "ext", '{"allow": "GET"}'),
]


@pytest.mark.parametrize("code", STATUSES)
def test_every_code_at_every_door(any_site, code):
    for door in DOORS:
        answer = any_site.ask(door.format(code), Accept="application/problem+json")
        assert answer.status == code
        assert answer.json()["status"] == code
        if code in DEFAULTS:
            name, value = DEFAULTS[code]
            assert answer.headers[name] == value or name in NOT_UNDER_WSGI


@pytest.mark.parametrize("code", [405, 407, 416, 426])
def test_the_demo_sends_what_http_demands(site, code):
    name, value = DEFAULTS[code]
    assert site.ask(f"/raise/{code}/").headers[name] == value


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("door", DOORS)
def test_any_method_is_answered_without_a_token(site, door, method):
    assert site.ask(door.format(409), method=method).status == 409


@pytest.mark.parametrize("path", ["/raise/499/", "/async/raise/200/", "/bare/419/", "/raise/x/"])
def test_an_unknown_code_is_404(site, path):
    assert site.problem(path)["code"] == "not-found"


@pytest.mark.parametrize("code, query, name, value", REPLACED)
def test_the_query_replaces_what_a_code_says(site, code, query, name, value):
    assert site.ask(f"/raise/{code}/?{quote(query, safe='=&')}").headers[name] == value


def test_the_query_gives_words_and_members(site):
    query = urlencode({"title": "Sold", "detail": "To amy.", "ext": '{"rev": 7, "by": ["amy"]}'})
    problem = site.problem(f"/raise/409/?{query}")
    assert (problem["title"], problem["detail"]) == ("Sold", "To amy.")
    assert (problem["rev"], problem["by"]) == (7, ["amy"])


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("code, name, value", UNUSABLE)
def test_a_value_that_cannot_be_used_is_a_400_that_says_so(site, door, code, name, value):
    problem = site.problem(f"{door.format(code)}?{urlencode({name: value})}")
    assert problem["status"] == 400
    assert problem["detail"].startswith(f"{name} takes ")
    assert problem["errors"][0]["parameter"] == name


def test_an_argument_that_a_code_has_no_use_for_is_ignored(site):
    assert site.problem("/raise/404/?length=x&allow=%20&utm_source=mail")["status"] == 404


NAMES = st.sampled_from(
    [
        "detail",
        "title",
        "realm",
        "allow",
        "retry_after",
        "accept",
        "length",
        "upgrade",
        "blocked_by",
        "ext",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.sampled_from(list(STATUSES)),
    door=st.sampled_from(DOORS),
    query=st.dictionaries(NAMES, st.text() | JSON.map(json.dumps), max_size=4),
)
def test_no_query_gives_a_5xx(site, code, door, query):
    encoded = urlencode(query, errors="replace")
    answer = site.ask(f"{door.format(code)}?{encoded}", Accept="application/problem+json")
    assert answer.status in (code, 400)
    assert answer.json()["status"] == answer.status


# What is wrong before Django has looked at an address. By name: what follows the host field.
ODD = {
    "a long address": (414, "GET /raise/404/?" + "&".join("a=1" for _ in range(2000))),
    "a very long address": (404, "GET /" + "a" * 500_000),
    "an address that is no text": (404, "GET /raise/%ff%00/"),
    "an address for a proxy": (404, "GET http://127.0.0.1/raise/404/"),
    "no address at all": (404, "OPTIONS *"),
    "an old protocol": (404, "GET /raise/404/", " HTTP/1.0"),
    "an unknown method": (405, "BREW /raise/405/"),
    "an odd expectation": (417, "POST /raise/417/", " HTTP/1.1\r\nExpect: tea"),
    "large fields": (431, "GET /raise/431/", " HTTP/1.1\r\nCookie: a=" + "b" * 100_000),
    "an unknown charset": (
        404,
        "POST /raise/404/?a=1",
        " HTTP/1.1\r\nContent-Length: 1\r\nContent-Type: text/plain; charset=rot13\r\n\r\na",
    ),
    "an unusable form": (
        403,
        "POST /account/login/",
        " HTTP/1.1\r\nContent-Length: 1\r\nContent-Type: multipart/form-data\r\n\r\na",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_the_demo_explains_odd_requests(site, name):
    status, line, *rest = ODD[name]
    head, _, body = (rest[0] if rest else " HTTP/1.1").partition("\r\n\r\n")
    fields = f"Host: 127.0.0.1:{site.port}\r\nConnection: close\r\nAccept: application/json"
    answer = site.send(f"{line}{head}\r\n{fields}\r\n\r\n{body}".encode())
    assert answer.status == status
    assert answer.json()["status"] == status
