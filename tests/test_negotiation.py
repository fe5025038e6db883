"""Which format an answer has, and what of the request decided that."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from django_http4xx import conf, formats
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


# htmx, and a frame of Turbo, would get a fragment.
TAKES_HTML = ["Accept", "HX-Request", "Turbo-Frame"]
OPEN_TO_ALL = [*TAKES_HTML, "X-Up-Version", "Sec-Fetch-Dest"]


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
    assert looked_at(response) == OPEN_TO_ALL


@pytest.mark.parametrize("headers", OPEN)
@pytest.mark.parametrize(
    ("destination", "chosen"),
    [("empty", PROBLEM), ("image", TEXT), ("script", TEXT), ("style", TEXT), ("font", TEXT)],
)
def test_the_destination_decides_what_accept_leaves_open(headers, destination, chosen):
    response = answer(sec_fetch_dest=destination, **headers)
    assert response.headers["Content-Type"] == chosen
    # Unpoly would get a page, unless another format is preferred.
    by_unpoly = [] if headers.get("accept") == "text/html;q=0.1, */*" else ["X-Up-Version"]
    assert looked_at(response) == [*TAKES_HTML, *by_unpoly, "Sec-Fetch-Dest"]


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
@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json, text/html;q=0.1"])
def test_htmx_gets_a_page_where_it_asks_for_one(accept, headers):
    response = answer(accept=accept, hx_request="true", sec_fetch_dest="empty", **headers)
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


@pytest.mark.parametrize("value", ["full", "partial"])
def test_a_problem_goes_to_the_target_of_the_site_whatever_the_element_selects(settings, value):
    settings.HTTP4XX = {"HTMX_TARGET": "#problem"}
    response = answer(accept="text/html", hx_request="true", hx_request_type=value)
    assert response.content.startswith(b"<section")
    assert looked_at(response) == HTMX[:-1]
    fields = {name: value for name, value in response.headers.items() if name.startswith("HX-")}
    assert fields == {
        "HX-Retarget": "#problem",
        "HX-Reswap": "innerHTML",
        "HX-Reselect": ":not(* *)",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "text/html"},
        {"accept": "text/html", "hx_request": "true", "hx_boosted": "true"},
        {"accept": "text/html", "hx_request": "true", "hx_history_restore_request": "true"},
        {"accept": "text/html", "turbo_frame": "part"},
        {"accept": "application/json", "hx_request": "true"},
    ],
)
def test_only_a_fragment_for_htmx_has_a_target(settings, headers):
    settings.HTTP4XX = {"HTMX_TARGET": "#problem"}
    assert not any(name.startswith("HX-") for name in answer(**headers).headers)


def test_without_the_setting_htmx_decides_itself_where_the_fragment_goes():
    response = answer(accept="text/html", hx_request="true")
    assert not any(name.startswith("HX-") for name in response.headers)


def test_a_target_that_the_view_names_is_kept(settings, rf):
    settings.HTTP4XX = {"HTMX_TARGET": "#problem"}
    request = rf.get("/", headers={"hx-request": "true"})
    response = problem_response(request, NotFound(headers={"HX-Retarget": "#here"}))
    assert response.headers["HX-Retarget"] == "#here"


@pytest.mark.parametrize("wrong", ["#a\n#b", "#a\r\nSet-Cookie: a=b", " #a", "#straße", 5, None])
def test_a_target_that_no_header_field_can_hold_is_reported(settings, wrong):
    settings.HTTP4XX = {"HTMX_TARGET": wrong}
    [found] = conf.faults()
    assert found.key == "HTMX_TARGET"
    response = answer(accept="text/html", hx_request="true")
    assert "HX-Retarget" not in response.headers


class BrokenFragment(formats.HTMLFragment):
    @staticmethod
    def render(problem, request):
        raise RuntimeError


def test_htmx_which_inserts_whatever_it_gets_gets_no_unescaped_text(settings, rf):
    settings.HTTP4XX = {"FORMATS": [f"{__name__}.BrokenFragment"], "HTMX_TARGET": "#problem"}
    request = rf.get("/", headers={"hx-request": "true"})
    response = problem_response(request, NotFound("There is no <img src=x onerror=alert(1)>."))
    assert response.headers["Content-Type"] == HTML
    assert b"&lt;img src=x" in response.content
    assert b"<img" not in response.content
    assert response.headers["HX-Retarget"] == "#problem"


FRAMES = ["part", '"><script>alert(1)</script>', "a&b", "'"]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("accept", ["text/html, application/xhtml+xml", "*/*", ""])
def test_a_frame_of_turbo_gets_a_frame_with_the_problem(frame, accept):
    response = answer(accept=accept, turbo_frame=frame, sec_fetch_dest="empty")
    assert response.headers["Content-Type"] == HTML
    start = f'<turbo-frame id="{escape(frame)}"><div data-turbo="false"><section '
    assert response.content.decode().startswith(start)
    assert looked_at(response) == TAKES_HTML


STREAM = "text/vnd.turbo-stream.html"


@pytest.mark.parametrize("frame", FRAMES)
def test_a_form_in_a_frame_gets_a_problem_above_it(frame):
    accept = f"{STREAM}, text/html, application/xhtml+xml"
    response = answer(method="POST", accept=accept, turbo_frame=frame)
    assert response.headers["Content-Type"] == f"{STREAM}; charset=utf-8"
    start = (
        f'<turbo-stream action="prepend" target="{escape(frame)}"><template>'
        f'<div data-turbo="false" id="{escape(frame)}-problem"><section '
    )
    assert response.content.decode().startswith(start)
    assert looked_at(response) == TAKES_HTML


@pytest.mark.parametrize(
    ("method", "headers", "start"),
    [
        # Turbo sends forms outside of frames with the same `Accept`, and shows a page.
        ("POST", {"accept": f"{STREAM}, text/html"}, "<!doctype html>"),
        ("POST", {"accept": f"{STREAM}, text/html", "turbo_frame": ""}, "<!doctype html>"),
        ("POST", {"accept": "text/html", "turbo_frame": "part"}, "<turbo-frame "),
        ("POST", {"accept": f"text/html, {STREAM};q=0", "turbo_frame": "part"}, "<turbo-frame "),
        ("GET", {"accept": f"{STREAM}, text/html", "turbo_frame": "part"}, "<turbo-frame "),
        ("GET", {"accept": "application/json", "turbo_frame": "part"}, "{"),
        ("GET", {"accept": "text/html", "turbo_frame": "part", "hx_request": "true"}, "<section "),
    ],
)
def test_turbo_gets_what_it_can_show(method, headers, start):
    assert answer(method=method, **headers).content.decode().startswith(start)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unpoly_which_takes_anything_gets_a_page(method):
    response = answer(method=method, accept="*/*", sec_fetch_dest="empty", x_up_version="3.14.3")
    assert response.content.startswith(b"<!doctype html>")
    assert looked_at(response) == [*TAKES_HTML, "X-Up-Version"]


def test_unpoly_that_asks_for_json_gets_json():
    response = answer(accept="application/json", x_up_version="3.14.3")
    assert response.headers["Content-Type"] == JSON
    assert looked_at(response) == ["Accept"]


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
    assert looked_at(response) == [*OPEN_TO_ALL, "Content-Type"]


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
    assert looked_at(response) == OPEN_TO_ALL


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
    assert explained.headers["Vary"] == "Origin, Accept, HX-Request, Turbo-Frame, Accept-Language"


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
    by_scripts = ("HX-Request", "Turbo-Frame", "X-Up-Version")
    others = [name for name in names if name not in by_scripts]
    if wanted is None:
        assert others == ["Accept", "Sec-Fetch-Dest"]
    else:
        assert (chosen.name, others) == (wanted, ["Accept"])


@given(accepts)
@pytest.mark.parametrize("field", ["HX-Request", "Turbo-Frame", "X-Up-Version"])
def test_vary_names_the_field_of_a_script_where_it_would_have_changed_the_answer(field, accept):
    ask = RequestFactory()
    default = {"HTTP4XX": {"DEFAULT_FORMAT": "text"}}
    with override_settings(**default):
        chosen, names = format_for(ask.get("/", headers={"accept": accept}))
        for_script, _ = format_for(ask.get("/", headers={"accept": accept, field: "true"}))
    assert field in names or for_script is chosen
    # What excludes the default may leave the page with and without the field.
    assert for_script is not chosen or field not in names or "text/plain" in accept


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
