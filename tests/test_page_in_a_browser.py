"""The page as a browser shows it: from itself alone, readable in every light and at every width."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import (
    Conflict,
    NotFound,
    TooManyRequests,
    Unauthorized,
    UnavailableForLegalReasons,
    UnprocessableContent,
)
from django_http4xx.middleware import Http4xxMiddleware
from django_http4xx.responses import problem_response

from .requirements import chromium

ADDRESS = "http://testserver/orders/12/"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 4


class OrderGone(Conflict):
    title = _("Home")  # Django's own catalogues have these in Arabic.
    explanation = _("Page not found")


ERRORS = {
    "short": NotFound("There is no order 12."),
    "long": UnprocessableContent(LONG, title=LONG, errors=[{"detail": LONG}]),
    "arabic": OrderGone(),
    "sign-in": Unauthorized(challenge="Basic"),
    "wait": TooManyRequests(retry_after=90),
    "law": UnavailableForLegalReasons(),
}

# The contrast of an element's text with what is behind it (WCAG 2.2, 1.4.3).
CONTRAST = """
element => {
  const luminance = color => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  let behind = element
  while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement
  const [dark, light] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
    .map(luminance).sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def shown(browser, rf, settings):
    """Show a problem, and say what the browser asked for and complained about."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    contexts = []

    def show(name, language="en", method="get", **context):
        headers = {
            "accept": "text/html",
            "accept-language": language,
            "host": "testserver",
            "referer": "http://testserver/",
        }
        answer = Http4xxMiddleware(lambda request: problem_response(request, ERRORS[name]))
        response = answer(getattr(rf, method)("/orders/12/", headers=headers))
        contexts.append(browser.new_context(**context))
        page = contexts[-1].new_page()
        page.asked_for, page.complaints = [], []
        page.on("request", lambda request: page.asked_for.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.route(
            "**/*",
            lambda route: route.fulfill(
                status=response.status_code,
                headers=dict(response.headers),
                body=response.content.decode(),
            ),
        )
        page.goto(ADDRESS)
        return page

    yield show
    for context in contexts:
        context.close()


def test_a_page_asks_for_nothing_and_its_style_is_allowed(shown):
    page = shown("short")
    assert page.asked_for == [ADDRESS]
    assert [text for text in page.complaints if "the server responded with" not in text] == []
    assert page.locator("main").evaluate("main => getComputedStyle(main).maxWidth") == "576px"


@pytest.mark.parametrize("width", [320, 1100])
@pytest.mark.parametrize("name", ERRORS)
def test_a_page_fits_into_every_width(shown, name, width):
    page = shown(name, "ar", viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_readable_in_every_light(shown, scheme):
    page = shown("long", color_scheme=scheme)
    for part in ("h1", "main > p", ".detail", "li", "nav li a", "footer p", ".reference"):
        for element in page.locator(part).all():
            assert element.evaluate(CONTRAST) >= 4.5, part
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(252, 252, 251)") is (scheme == "light")


def test_the_links_are_large_enough_to_be_touched(shown):
    page = shown("long", viewport={"width": 320, "height": 700})
    for link in page.locator("nav a").all():
        assert link.bounding_box()["height"] >= 44


def test_the_keyboard_reaches_the_sites_name_then_the_way_on(shown):
    page = shown("short")
    for name in ("testserver", "Home page"):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.inner_text() == name
    assert focused.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"


def test_a_page_in_arabic_starts_at_the_right(shown):
    boxes = {
        language: shown("arabic", language).locator("nav a").first.bounding_box()["x"]
        for language in ("en", "ar")
    }
    assert boxes["ar"] > boxes["en"]


def test_what_is_printed_are_the_words_in_black(shown):
    page = shown("short", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("footer").is_visible()
    assert page.locator("h1").evaluate("h1 => getComputedStyle(h1).color") == "rgb(0, 0, 0)"


# A site of its own look. The mark is a circle, as an address that the page holds.
SITE = {
    "name": "Tea & more",
    "mark": "<svg viewBox='0 0 16 16'><circle cx='8' cy='8' r='7'/></svg>",
    "accent": "#0a6b47",
    "accent_dark": "#6fd3a4",
}
STATES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}},
    # 320 CSS pixels are 1280 at 400 % (WCAG 2.2, 1.4.10); 640 are 1280 at 200 %.
    "400 %": {"viewport": {"width": 320, "height": 256}},
    "200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "forced colours": {"forced_colors": "active"},
    "arabic": {"language": "ar"},
    "after a form": {"method": "post"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["short", "sign-in", "wait", "law"])
def test_axe_finds_nothing_in_any_state(shown, settings, name, state):
    settings.HTTP4XX = {"SITE": SITE}
    settings.LOGIN_URL = "/sign-in/"
    page = shown(name, **STATES[state])
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.asked_for == [ADDRESS]
    assert [text for text in page.complaints if "the server responded with" not in text] == []


def test_the_page_has_the_colour_of_the_site(shown, settings):
    settings.HTTP4XX = {"SITE": SITE}
    for scheme, colour in (("light", "rgb(10, 107, 71)"), ("dark", "rgb(111, 211, 164)")):
        page = shown("short", color_scheme=scheme)
        link = page.locator("nav li:first-child a")
        assert link.evaluate("a => getComputedStyle(a).backgroundColor") == colour
        assert link.evaluate(CONTRAST) >= 4.5
        drawing = page.locator("svg.drawing")
        assert drawing.evaluate("svg => getComputedStyle(svg).stroke") == colour
        box = drawing.bounding_box()
        assert 40 <= box["width"] <= 80


def test_the_drawing_is_there_in_forced_colours_and_on_paper(shown):
    page = shown("short", forced_colors="active")
    assert page.locator("svg.drawing").evaluate("svg => getComputedStyle(svg).stroke") != "none"
    page.emulate_media(media="print", forced_colors="none")
    stroke = page.locator("svg.drawing").evaluate("svg => getComputedStyle(svg).stroke")
    assert stroke == "rgb(0, 0, 0)"


def test_a_screen_reader_hears_the_site_the_words_and_where_to_go(shown, settings):
    settings.HTTP4XX = {"SITE": SITE}
    heard = shown("wait").locator("main").aria_snapshot()
    lines = [line.strip(" -") for line in heard.splitlines()]
    expected = [
        'link "Tea & more"',
        'heading "Too many tries in a short time" [level=1]',
        'navigation "Where to go from here"',
        'link "Try again"',
        'link "Home page"',
    ]
    places = [next(n for n, line in enumerate(lines) if line.startswith(one)) for one in expected]
    assert places == sorted(places)
    assert "img" not in heard


def test_the_time_is_that_of_the_active_zone_and_scripts_can_read_it(shown):
    page = shown("wait")
    moment = page.locator("time.until").evaluate("time => Date.parse(time.dateTime) - Date.now()")
    assert 60_000 < moment <= 90_000
    assert "(" in page.locator("time.until + bdi").inner_text()


def test_without_its_style_a_page_is_still_in_order(shown):
    page = shown("wait")
    page.locator("style").evaluate("style => style.remove()")
    assert page.locator("h1").is_visible()
    assert page.locator("nav a").first.is_visible()
    # Without a size, an SVG would be as wide as the page.
    assert page.locator("svg.drawing").bounding_box()["width"] <= 64
