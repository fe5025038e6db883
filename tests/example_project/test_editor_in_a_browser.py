"""The editor's whole way, in a browser: from the overview to the page that visitors get, and back."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from django_http4xx.exceptions import ImATeapot

from .editing import (
    LIST,
    customise,
    follow,
    preview_of,
    save,
    sign_in_at,
    sticks_out,
    violations,
)

# The admin of Django itself is as it is.
OURS = "[class^=http4xx]"
PHONE = {"width": 360, "height": 740}


def test_an_editor_rewrites_an_error_sees_it_live_and_brings_the_old_words_back(sign_in, site):
    page = sign_in("demo")
    customise(page, "im-a-teapot")
    title = page.get_by_label("Title:", exact=True)
    assert title.input_value() == str(ImATeapot.title)
    title.fill("A *pot* of {status}")
    heading = preview_of(page).get_by_role("heading", name="A pot of 418")
    heading.wait_for()
    assert heading.locator("em").inner_text() == "pot"
    page.locator("pre", has_text='"title": "A pot of 418"').wait_for()
    assert site.problem("/raise/418/")["title"] != "A pot of 418"

    save(page)
    assert site.problem("/raise/418/")["title"] == "A pot of 418"
    assert "<h1>A <em>pot</em> of <bdi>418</bdi></h1>" in site.ask("/raise/418/").text

    customise(page, "im-a-teapot")
    page.get_by_label("Title:", exact=True).fill("Second thoughts")
    save(page)
    assert site.problem("/raise/418/")["title"] == "Second thoughts"

    customise(page, "im-a-teapot")
    follow(page, page.get_by_role("link", name="History"))
    follow(page, page.get_by_role("link", name="Restore the texts").first)
    save(page)
    assert site.problem("/raise/418/")["title"] == "A pot of 418"


@pytest.mark.parametrize(
    ("has_script", "name"), [(True, "misdirected-request"), (False, "expectation-failed")]
)
def test_the_enter_key_saves_as_in_every_form_of_the_admin(sign_in, has_script, name):
    page = sign_in("demo", java_script_enabled=has_script)
    customise(page, name)
    title = page.get_by_label("Title:", exact=True)
    title.fill("Entered")
    with page.expect_navigation():
        title.press("Enter")
    assert "was added successfully" in page.locator(".messagelist").inner_text()
    assert len(page.context.pages) == 1


def test_somebody_without_the_permission_sees_nothing(open_tab):
    page = open_tab()
    sign_in_at(page, "amy")
    assert page.goto(LIST).status in (200, 302, 403)
    assert page.locator(".http4xx-overview").count() == 0


@pytest.mark.parametrize("path", [LIST, f"{LIST}add/?problem_type=locked"])
def test_nothing_sticks_out_on_a_phone(sign_in, path):
    page = sign_in("demo", viewport=PHONE)
    page.goto(path)
    assert not sticks_out(page)


def box(page, selector):
    return page.locator(selector).first.bounding_box()


@pytest.mark.parametrize("width", [390, 1280, 1450])
@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_form_is_in_order_at_every_width(sign_in, width, locale):
    options = {"viewport": {"width": width, "height": 900}, "locale": locale}
    page = sign_in("demo", java_script_enabled=False, **options)
    page.goto(f"{LIST}add/?problem_type=locked")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # A placeholder stands in line with what it means.
    name, meaning = box(page, ".http4xx-placeholders code"), box(page, ".http4xx-placeholders dd")
    assert name["x"] + name["width"] < meaning["x"]
    assert abs(name["y"] - meaning["y"]) < 6
    button = page.locator(".http4xx-preview button")
    assert button.evaluate("e => getComputedStyle(e).padding") == "8px 16px"

    page = sign_in("demo", **options)
    page.goto(f"{LIST}add/?problem_type=locked")
    preview_of(page).locator("h1").wait_for()
    assert not page.locator(".http4xx-preview button").is_visible()
    title, preview, save = (box(page, name) for name in ("#id_title", "iframe", ".submit-row"))
    choice, form = box(page, "#id_problem_type"), box(page, "fieldset")
    assert choice["x"] + choice["width"] <= form["x"] + form["width"]
    # Save is in sight, wherever one is in the form.
    assert save["y"] + save["height"] <= 900
    if width == 390:
        assert title["y"] < preview["y"]
    else:
        assert title["x"] + title["width"] < preview["x"]
        assert save["x"] + save["width"] < preview["x"]
        assert box(page, "#id_explanation")["y"] < 900 > preview["y"] + 300


def test_an_editor_who_reads_chinese_works_in_chinese(sign_in):
    page = sign_in("demo", locale="zh-CN")
    page.goto(LIST)
    assert page.get_by_role("link", name="自定义").count() > 29


@pytest.mark.parametrize("path", [LIST, f"{LIST}add/?problem_type=locked"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(sign_in, path, scheme):
    page = sign_in("demo", color_scheme=scheme)
    page.goto(path)
    if path != LIST:
        preview_of(page).locator("h1").wait_for()
    page.wait_for_timeout(500)
    assert violations(page, context=OURS) == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "viewport": PHONE}])
def test_everybody_can_use_the_history(sign_in, options):
    page = sign_in("admin", **options)
    customise(page, "too-early")
    for explanation in ("a_word_that_is_longer_than_a_phone_" * 9, "- One\n- two"):
        page.get_by_label("Explanation:", exact=True).fill(explanation)
        save(page, "_continue")
    follow(page, page.get_by_role("link", name="History"))
    page.get_by_text("a_word_that_is_longer").first.wait_for()
    assert violations(page, context=OURS) == []
    assert not sticks_out(page)
    page.goto(page.url.replace("history", "delete"))
    follow(page, page.get_by_role("button", name="Yes"))


def test_everybody_can_read_the_page(browser, site):
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/raise/423/")
    assert Axe().run(page).response["violations"] == []
