"""htmx, Turbo and Unpoly, as they are on npm, show a 4xx, and the site is itself again afterwards.

What a site has to add is pasted from ``docs/how-to/htmx-turbo-unpoly-fetch.md``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.http import HttpResponse

from django_http4xx.exceptions import ClientError
from django_http4xx.middleware import Http4xxMiddleware
from django_http4xx.responses import problem_response

from .requirements import chromium, npm

HOW_TO = Path(__file__).parent.parent / "docs/how-to/htmx-turbo-unpoly-fetch.md"
HOME = "http://testserver"
SCRIPTS = {
    "htmx2": "htmx2/dist/htmx.min.js",
    "htmx4": "htmx4/dist/htmx.min.js",
    "turbo": "@hotwired/turbo/dist/turbo.es2017-umd.js",
    "unpoly": "unpoly/unpoly.min.js",
}
SITE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<link rel="stylesheet" href="/site.css"><script src="/script.js" defer></script>{head}</head>
<body><main><h1>Shop</h1>{body}</main></body></html>"""
STYLE = (
    "html { background: rgb(1, 2, 3) } main { max-width: 700px; padding: 5px } h1 { margin: 9px }"
)
LOOK = """['html', 'body', 'main', 'h1'].map(name => {
  const look = getComputedStyle(document.querySelector(name))
  return [look.font, look.color, look.backgroundColor, look.margin, look.padding, look.maxWidth].join()
})"""

STATUSES = [401, 404, 422, 429]


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def recipe(part, language="html"):
    """The blocks in a section of the how-to."""
    section = HOW_TO.read_text().partition(f"\n## {part}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def site(browser, rf):
    """Open a page of a site that uses a script; ``/fails/N/`` answers N to any method."""
    contexts = []

    def answer(request):
        if match := re.fullmatch(r"/fails/(\d+)/", request.path):
            error = ClientError.from_status(int(match[1]), "We have 2 left.")
            return problem_response(request, error)
        body = f'<turbo-frame id="part"><p>Thank you for {request.POST.get("words")}.</p></turbo-frame>'
        return HttpResponse(SITE.format(head="", body=body))

    def opened(script, body, head=""):
        path = npm(SCRIPTS[script])
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.sent = []

        def reply(route, request):
            asked = request.url.removeprefix(HOME)
            if asked == "/script.js":
                return route.fulfill(path=path, content_type="text/javascript")
            if asked == "/site.css":
                return route.fulfill(body=STYLE, content_type="text/css")
            if asked == "/":
                return route.fulfill(
                    body=SITE.format(head=head, body=body), content_type="text/html"
                )
            page.sent.append(f"{request.method} {asked}")
            # Playwright leaves out the fields of Fetch Metadata, which a browser sends.
            by_script = {
                "sec-fetch-dest": "document" if request.is_navigation_request() else "empty"
            }
            headers = {**request.headers, **by_script, "host": "testserver"}
            content_type = headers.pop("content-type", "")
            data = request.post_data or ""
            response = Http4xxMiddleware(answer)(
                rf.generic(request.method, asked, data, content_type, headers=headers)
            )
            return route.fulfill(
                status=response.status_code,
                headers=dict(response.headers),
                body=response.content.decode(),
            )

        page.route("**/*", reply)
        page.goto(f"{HOME}/")
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()


def shows(page, selector, text="We have 2 left."):
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.innerText.includes(text)",
        arg=[selector, text],
    )


# htmx --------------------------------------------------------------------------------------------


def htmx_site(site, script, body):
    [swaps_errors, _target] = recipe("htmx")
    return site(script, body, swaps_errors if script == "htmx2" else "")


@pytest.mark.parametrize(
    ("method", "status"),
    [*(("get", status) for status in STATUSES), ("post", 409), ("delete", 409)],
)
@pytest.mark.parametrize("script", ["htmx2", "htmx4"])
def test_htmx_shows_the_problem_where_the_answer_would_have_been(site, script, status, method):
    button = (
        f'<div id="out"></div><button hx-{method}="/fails/{status}/" hx-target="#out">Go</button>'
    )
    page = htmx_site(site, script, button)
    page.click("button")
    shows(page, "#out > .problem")
    assert page.locator("main").count() == 1
    assert page.locator(":is(main, body) :is(style, title, meta)").count() == 0
    assert page.title() == "Shop"


def test_htmx_2_shows_nothing_without_its_line(site):
    page = site(
        "htmx2", '<div id="out"></div><button hx-get="/fails/409/" hx-target="#out">Go</button>'
    )
    with page.expect_response("**/fails/**"):
        page.click("button")
    page.wait_for_timeout(300)
    assert page.locator("#out").inner_text() == ""


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'hx-select="#nothing-like-it"',
        'hx-swap="outerHTML"',
        'hx-swap="none"',
        'hx-select="#nothing-like-it" hx-swap="beforeend" hx-target="body"',
        'hx-target="#out" hx-select-oob="#nothing-like-it"',
    ],
)
@pytest.mark.parametrize("script", ["htmx2", "htmx4"])
def test_a_target_of_the_site_shows_every_problem(site, settings, script, attributes):
    [setting] = recipe("htmx", "python")
    given = {"HTTP4XX": {}}
    exec(setting, given)
    settings.HTTP4XX = given["HTTP4XX"]
    target = recipe("htmx")[-1]
    button = f'{target}<div id="out"></div><button hx-post="/fails/409/" {attributes}>Go</button>'
    page = htmx_site(site, script, button)
    for _try in range(2):
        page.click("button")
        shows(page, "#problem > .problem")
        page.wait_for_timeout(100)
    assert page.locator(".problem").count() == 1
    assert page.locator("button").inner_text() == "Go"


@pytest.mark.parametrize("script", ["htmx2", "htmx4"])
def test_a_boosted_link_shows_the_page(site, script):
    page = htmx_site(site, script, '<a hx-boost="true" href="/fails/404/">Go</a>')
    page.click("a")
    shows(page, "main")
    assert page.locator("footer .reference").count() > 0


# Turbo -------------------------------------------------------------------------------------------


def test_the_site_has_its_own_style_after_an_error_by_drive_and_back(site):
    page = site("turbo", '<a href="/fails/409/">Go</a>')
    before = page.evaluate(LOOK)
    for _visit in range(2):
        page.click("a")
        shows(page, "main")
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "576px"
        page.evaluate("setTimeout(() => history.back())")
        shows(page, "main", "Shop")
        page.wait_for_function(f"before => String({LOOK}) === before", arg=",".join(before))
    # Turbo may ask for the page of a link that the mouse is over, before the click.
    assert {*page.sent} == {"GET /fails/409/"}


def test_the_site_has_its_own_style_after_an_error_by_drive_and_a_link(site):
    page = site("turbo", '<a href="/fails/409/">Go</a>')
    before = page.evaluate(LOOK)
    page.click("a")
    shows(page, "main")
    page.click("nav a")
    shows(page, "main", "Shop")
    page.wait_for_function(f"before => String({LOOK}) === before", arg=",".join(before))


def test_a_form_by_drive_shows_the_page_and_is_sent_once(site):
    page = site("turbo", '<form action="/fails/422/" method="post"><button>Send</button></form>')
    page.click("button")
    shows(page, "main")
    page.wait_for_timeout(300)
    assert page.sent == ["POST /fails/422/"]


@pytest.mark.parametrize("status", STATUSES)
def test_a_frame_shows_the_problem_and_the_rest_of_the_page_stays(site, status):
    link = (
        f'<input id="other"><turbo-frame id="part"><a href="/fails/{status}/">Go</a></turbo-frame>'
    )
    page = site("turbo", link)
    page.fill("#other", "typed")
    page.click("a")
    shows(page, "turbo-frame .problem")
    assert page.url == f"{HOME}/"
    assert page.input_value("#other") == "typed"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "700px"


def test_a_frame_that_loads_by_itself_does_not_take_the_page_away(site):
    page = site("turbo", '<turbo-frame id="part" src="/fails/404/"></turbo-frame>')
    shows(page, "#part .problem")
    assert page.url == f"{HOME}/"
    assert page.locator("h1").inner_text() == "Shop"


def test_a_link_of_a_problem_in_a_frame_leads_out_of_the_frame(site, settings):
    settings.LOGIN_URL = "/login/"
    page = site("turbo", '<turbo-frame id="part"><a href="/fails/401/">Go</a></turbo-frame>')
    page.click("a")
    shows(page, "#part .problem")
    page.click("#part .problem a")
    page.wait_for_url("**/login/**")
    shows(page, "main", "Thank you")


def test_a_form_in_a_frame_keeps_what_was_typed_and_says_why(site):
    form = """<turbo-frame id="part"><form action="/fails/422/" method="post">
        <input name="words"><button>Send</button></form></turbo-frame>"""
    page = site("turbo", form)
    page.fill("[name=words]", "some tea")
    for _try in range(2):
        page.click("button")
        shows(page, "#part .problem")
        page.wait_for_timeout(200)
    assert page.locator(".problem").count() == 1
    assert page.input_value("[name=words]") == "some tea"
    assert page.sent == ["POST /fails/422/"] * 2
    page.evaluate("document.querySelector('form').action = '/orders/'")
    page.click("button")
    shows(page, "#part", "Thank you for some tea.")
    assert page.locator(".problem").count() == 0


# Unpoly ------------------------------------------------------------------------------------------


def test_unpoly_shows_the_page_in_the_style_of_the_site(site):
    page = site("unpoly", '<a href="/fails/409/" up-follow>Go</a>')
    before = page.evaluate(LOOK)
    page.click("a")
    shows(page, "main")
    assert page.url == f"{HOME}/fails/409/"
    assert page.locator("main").count() == 1
    assert page.evaluate(LOOK)[:3] == before[:3]
    page.evaluate("setTimeout(() => history.back())")
    shows(page, "main", "Shop")
    assert page.evaluate(LOOK) == before


def test_a_form_of_unpoly_keeps_what_was_typed_behind_a_layer(site):
    [form] = recipe("Unpoly")
    page = site(
        "unpoly",
        f'{form}<input name="words"><button>Send</button></form>'.replace(
            "/orders/", "/fails/422/"
        ),
    )
    page.fill("[name=words]", "some tea")
    page.click("button")
    shows(page, "up-modal")
    assert page.input_value("[name=words]") == "some tea"
    page.keyboard.press("Escape")
    page.wait_for_selector("up-modal", state="detached")
    assert page.sent == ["POST /fails/422/"]
    assert page.input_value("[name=words]") == "some tea"


def test_a_form_of_unpoly_without_a_layer_says_why_too(site):
    form = '<form action="/fails/422/" method="post" up-submit><button>Send</button></form>'
    page = site("unpoly", form)
    page.click("button")
    shows(page, "main")
