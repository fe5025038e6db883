"""Which format an answer has, and what of the request decided that."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from django_http4xx import formats
from django_http4xx.exceptions import NotFound
from django_http4xx.negotiation import format_for
from django_http4xx.responses import problem_response

HTML = "text/html; charset=utf-8"
PROBLEM = "application/problem+json"
JSON = "application/json"
XML = "application/problem+xml"
TEXT = "text/plain; charset=utf-8"


def answer(path="/raise/404/", method="GET", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = named.pop("content-type", "text/plain")
    body = {} if method in ("GET", "HEAD") else {"data": b"{}", "content_type": content_type}
    return Client().generic(method, path, headers=named, **body)


def looked_at(response):
    """What decided the format: `Vary` without what decided the language and the way back."""
    names = response.headers["Vary"].split(", ")
    return [name for name in names if name not in ("Accept-Language", "Referer")]


# htmx would get a fragment.
TAKES_HTML = ["Accept", "HX-Request"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        # One name.
        ("text/html", HTML),
        ("application/problem+json", PROBLEM),
        ("application/json", JSON),
        ("application/problem+xml", XML),
        ("text/plain", TEXT),
        ("TEXT/HTML", HTML),
        # The highest quality; order decides where it is equal.
        ("text/html;q=0.5, application/json;q=0.9", JSON),
        ("application/json, text/html", JSON),
        ("text/html, application/json", HTML),
        ("text/html;Q=0.1, text/plain;q=0.2", TEXT),
        ("text/plain;q=0.1,application/json;q=0.001", TEXT),
        # What a browser says.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
        # The most specific range gives a type its quality, wherever it stands.
        ("application/json;q=0.2, */*;q=0.1", JSON),
        ("*/*;q=0.1, text/html;q=0, application/*;q=0.2", PROBLEM),
        ("text/*, text/html;q=0.2", TEXT),
        ("text/html;level=1, text/html;q=0.1, application/json;q=0.5", JSON),
        # 0 excludes.
        ("application/json;q=0, application/*", PROBLEM),
        ("text/html;q=0, text/*", TEXT),
        ("text/html;q=0.000, text/*", TEXT),
        ("application/problem+json;q=0, application/*;q=0.5", JSON),
        # An exact name before a range at equal quality, then the client's order.
        ("application/*, text/plain", TEXT),
        ("text/*, application/json", JSON),
        ("text/*, application/*", HTML),
        ("application/*, text/*", PROBLEM),
        ("*/*, text/plain", TEXT),
        # Ranges by ending.
        ("application/*+json", PROBLEM),
        ("application/*+xml", XML),
        ("application/*+json;q=0.5, application/json;q=0.4", PROBLEM),
        # Parameters of types that have none here are no reason to send something else.
        ("text/html;charset=utf-8", HTML),
        ("application/json;profile=x", JSON),
        ("application/json;profile=x;q=0, application/json", JSON),
        ('application/json; profile="a b"; q=0.5', JSON),
        # Qualities that are none count as 1, empty members as nothing.
        ("application/json;q=abc, text/html;q=0.9", JSON),
        ("application/json;q=nan, text/html;q=0.9", JSON),
        ("application/json;q=2, text/html;q=0.9", JSON),
        ("application/json;q=-1, text/html;q=0.9", JSON),
        (", ,application/json,,", JSON),
        # Half of it is nonsense.
        ("nonsense, application/json;q=0.1", JSON),
        ("/, */json, text/plain;q=0.1", TEXT),
    ],
)
def test_accept_decides(accept, chosen):
    response = answer(accept=accept)
    assert response.headers["Content-Type"] == chosen
    assert looked_at(response) in (["Accept"], TAKES_HTML)


OPEN = [
    {},
    {"accept": ""},
    {"accept": "*/*"},
    {"accept": "*/*;q=0.1"},
    {"accept": "nonsense"},
    {"accept": ",,;"},
    {"accept": "image/png"},
    {"accept": "image/avif, image/*"},
    {"accept": "*/*;q=0"},
    {"accept": "text/html;q=0.1, */*"},
]


@pytest.mark.parametrize("headers", OPEN[:-1])
def test_what_leaves_it_open_gets_the_default(headers):
    response = answer(**headers)
    assert response.headers["Content-Type"] == HTML
    assert looked_at(response) == [*TAKES_HTML, "Sec-Fetch-Dest"]


@pytest.mark.parametrize("headers", OPEN)
@pytest.mark.parametrize(
    ("destination", "chosen"),
    [("empty", PROBLEM), ("image", TEXT), ("script", TEXT), ("style", TEXT), ("font", TEXT)],
)
def test_the_destination_decides_what_accept_leaves_open(headers, destination, chosen):
    response = answer(sec_fetch_dest=destination, **headers)
    assert response.headers["Content-Type"] == chosen
    assert looked_at(response) == [*TAKES_HTML, "Sec-Fetch-Dest"]


@pytest.mark.parametrize("destination", ["document", "iframe", "nonsense", ""])
def test_another_destination_tells_nothing(destination):
    response = answer(sec_fetch_dest=destination)
    assert response.headers["Content-Type"] == HTML


def test_accept_wins_over_the_destination():
    response = answer(accept="text/html", sec_fetch_dest="empty")
    assert response.headers["Content-Type"] == HTML
    assert looked_at(response) == TAKES_HTML


HTMX = ["Accept", "HX-Request", "HX-Boosted", "HX-History-Restore-Request", "HX-Request-Type"]


@pytest.mark.parametrize("destination", ["empty", "document", "image", None])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "*/*"},
        {"accept": "text/html"},
        {"accept": "text/*"},
        {"accept": "text/html, */*"},
        {"accept": "application/json, text/html;q=0.1"},
        {"accept": "image/png"},
        {"hx_request_type": "partial"},
        {"hx_boosted": "false"},
        {},
    ],
)
def test_htmx_gets_a_fragment_wherever_it_takes_html(headers, method, destination):
    if destination:
        headers = {**headers, "sec_fetch_dest": destination}
    response = answer(method=method, hx_request="true", **headers)
    assert response.headers["Content-Type"] == HTML
    assert response.content.startswith(b"<section")
    assert looked_at(response) == HTMX


@pytest.mark.parametrize(
    "headers",
    [
        {"hx_boosted": "true"},
        {"hx_history_restore_request": "true"},
        {"hx_request_type": "full"},
    ],
)
def test_htmx_gets_a_page_where_it_asks_for_one(headers):
    response = answer(accept="text/html", hx_request="true", **headers)
    assert response.content.startswith(b"<!doctype html>")
    assert looked_at(response) == HTMX


@pytest.mark.parametrize("value", ["false", "1", "", "TRUE"])
def test_nobody_else_gets_a_fragment(value):
    response = answer(accept="text/html", hx_request=value)
    assert response.content.startswith(b"<!doctype html>")
    assert looked_at(response) == TAKES_HTML


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/json", JSON),
        ("application/problem+json", PROBLEM),
        ("text/plain", TEXT),
        ("*/*, text/html;q=0", PROBLEM),
    ],
)
def test_htmx_that_takes_no_html_gets_what_it_takes(accept, chosen):
    response = answer(accept=accept, hx_request="true")
    assert response.headers["Content-Type"] == chosen
    assert "HX-Request" not in looked_at(response)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("content_type", "chosen"),
    [
        ("application/json", PROBLEM),
        ("Application/JSON; charset=utf-8", PROBLEM),
        ("application/merge-patch+json", PROBLEM),
        ("application/jsonx", HTML),
        ("application/x-www-form-urlencoded", HTML),
    ],
)
def test_who_sends_json_gets_json(method, content_type, chosen):
    response = answer(method=method, content_type=content_type, accept="*/*")
    assert response.headers["Content-Type"] == chosen
    assert looked_at(response) == [*TAKES_HTML, "Sec-Fetch-Dest", "Content-Type"]


def test_accept_wins_over_the_body():
    response = answer(method="POST", content_type="application/json", accept="text/html")
    assert response.headers["Content-Type"] == HTML
    assert looked_at(response) == TAKES_HTML


@pytest.mark.parametrize(
    ("default", "path", "chosen"),
    [
        ("text", "/raise/404/", TEXT),
        ("problem+json", "/raise/404/", PROBLEM),
        ("json", "/raise/404/", JSON),
        ({"/": "html", "/raise/": "problem+json"}, "/raise/404/", PROBLEM),
        ({"/raise/": "problem+json", "/": "html"}, "/bare/404/", HTML),
        ({"/": "text", "/raise/": "json", "/raise/404": "problem+json"}, "/raise/404/", PROBLEM),
        ({"/raise/": "problem+json"}, "/bare/404/", HTML),
        ({"/": "no-such-format"}, "/raise/404/", HTML),
    ],
)
def test_the_default_may_differ_by_the_prefix_of_the_path(settings, default, path, chosen):
    settings.HTTP4XX = {"DEFAULT_FORMAT": default}
    response = answer(path)
    assert response.headers["Content-Type"] == chosen
    assert looked_at(response) == [*TAKES_HTML, "Sec-Fetch-Dest"]


def test_what_the_client_refuses_is_not_the_default():
    response = answer(accept="text/html;q=0, image/png")
    assert response.headers["Content-Type"] == PROBLEM


def test_the_format_of_head_is_that_of_get():
    for headers in ({"accept": "*/*", "content_type": "application/json"}, {"accept": "text/*"}):
        asked = [answer(method=method, **headers).headers for method in ("GET", "HEAD")]
        assert asked[0]["Content-Type"] == asked[1]["Content-Type"]
        assert asked[0]["Vary"] == asked[1]["Vary"]


def test_what_the_view_says_that_it_varies_with_is_kept(rf):
    response = HttpResponse(status=404, headers={"Vary": "Origin"})
    explained = problem_response(rf.get("/", headers={"accept": "text/html"}), NotFound(), response)
    assert explained.headers["Vary"] == "Origin, Accept, HX-Request, Accept-Language"


# Against a slow and plain model ------------------------------------------------------------------

BY_TYPE = {
    "text/html": "html",
    "application/problem+json": "problem+json",
    "application/json": "json",
    "application/problem+xml": "problem+xml",
    "text/plain": "text",
}


def quality(text):
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return round(value, 3) if 0 <= value <= 1 else 1.0


def wanted_by_the_model(accept):
    """The format that RFC 9110 §12.5.1 and our own rules for ties demand; None where it is open."""
    said = []
    for position, element in enumerate(accept.split(",")):
        media_range, *parameters = (part.strip().lower() for part in element.split(";"))
        q, particular = 1.0, False
        for parameter in parameters:
            name, _, value = (part.strip() for part in parameter.partition("="))
            if name == "q":
                q = quality(value)
            elif name and name != "charset":
                particular = True
        said.append((media_range, q, particular, position))

    scores = {}
    for media_type, name in BY_TYPE.items():
        kind, sub = media_type.split("/")
        specificity = {media_type: 3, f"{kind}/*": 1, "*/*": 0}
        if "+" in sub:
            specificity[f"{kind}/*+{sub.split('+')[1]}"] = 2
        covering = [
            (specificity[media_range], not particular, -position, q)
            for media_range, q, particular, position in said
            if media_range in specificity and not (particular and q == 0)
        ]
        if covering:
            precision, _, place, q = max(covering)
            if q > 0:
                scores[name] = (q, precision == 3, place, precision)
    if not scores:
        return None
    best_quality = max(q for q, *_ in scores.values())
    best = {
        name: score for name, score in scores.items() if score[0] == best_quality and score[3] > 0
    }
    return max(best, key=lambda name: best[name][1:3]) if best else None


ranges = st.sampled_from(
    [
        *BY_TYPE,
        *("*/*", "text/*", "application/*", "application/*+json", "application/*+xml"),
        *("image/png", "application/xml", "nonsense", "", "*/json"),
    ]
)
parameters = st.sampled_from(
    ["", "", "", ";q=0", ";q=0.5", ";q=0.501", ";Q=0.9", "; q=1", ";q=nan", ";q=7", ";q="]
)
particulars = st.sampled_from(["", "", "", ";charset=utf-8", ";level=1", "; profile=x"])
accepts = st.lists(st.builds("{}{}{}".format, ranges, particulars, parameters), max_size=6).map(
    ", ".join
)


@given(accepts)
def test_accept_is_read_as_the_rfc_demands(accept):
    chosen, names = format_for(RequestFactory().get("/", headers={"accept": accept}))
    wanted = wanted_by_the_model(accept)
    others = [name for name in names if name != "HX-Request"]
    if wanted is None:
        assert others == ["Accept", "Sec-Fetch-Dest"]
    else:
        assert (chosen.name, others) == (wanted, ["Accept"])


@given(accepts)
def test_vary_names_the_field_of_htmx_where_it_would_have_changed_the_answer(accept):
    ask = RequestFactory()
    chosen, names = format_for(ask.get("/", headers={"accept": accept}))
    for_htmx, _ = format_for(ask.get("/", headers={"accept": accept, "hx-request": "true"}))
    assert ("HX-Request" in names) == (for_htmx is not chosen)


@given(st.text(max_size=1200))
def test_whatever_accept_says_there_is_a_format(accept):
    chosen, names = format_for(RequestFactory().get("/", headers={"accept": accept}))
    assert issubclass(chosen, formats.Format)
    assert names[0] == "Accept"


def test_a_very_long_accept_is_not_read_into_the_middle_of_a_member():
    begun = "application/json;q=0.5, " + "a/b;q=0.1, " * 100
    begun = begun[: begun.rfind(",", 0, 985) + 1]
    filler = " " * (990 - len(begun))
    # Cut after a thousand characters, the last member would have no quality but the highest.
    accept = f"{begun}{filler}text/plain;q=0.1, text/html"
    assert accept[:1000].endswith("text/plain")
    assert answer(accept=accept).headers["Content-Type"] == "application/json"


def test_a_very_long_accept_is_read_as_far_as_it_makes_sense():
    accept = "application/json, " + "a/b, " * 10_000 + "text/html"
    assert answer(accept=accept).headers["Content-Type"] == JSON
    assert answer(accept="x" * 100_000).headers["Content-Type"] == HTML
