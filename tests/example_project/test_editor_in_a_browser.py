"""The editor's whole way, in a browser: from the overview to the page that visitors get, and back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import override
from playwright.sync_api import expect

from django_http4xx.exceptions import ImATeapot, Locked
from tests.requirements import chromium

LIST = "/admin/django_http4xx/explanation/"
PHONE = {"width": 360, "height": 740}

expect.set_options(timeout=30_000)  # milliseconds, as Playwright waits for everything else


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def sign_in(browser, site):
    """A browser in which somebody has signed in to the admin."""
    contexts = []

    def sign_in(name, at=site, **options):
        contexts.append(browser.new_context(base_url=f"http://127.0.0.1:{at.port}", **options))
        page = contexts[-1].new_page()
        page.goto("/admin/login/")
        page.locator("#id_username").fill(name)
        page.locator("#id_password").fill(name)
        page.locator("[type=submit]").click()
        return page

    yield sign_in
    for context in contexts:
        context.close()


def customise(page, name):
    page.goto(LIST)
    entry = page.locator("li", has=page.locator("code", has_text=name)).first
    entry.get_by_role("link", name=re.compile("Customise|Edit")).click()


def sticks_out(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def preview_of(page):
    return page.frame_locator(".http4xx-preview iframe")


def violations(page):
    # The admin of Django itself is as it is.
    found = Axe().run(page, context="[class^=http4xx]").response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


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

    page.get_by_role("button", name="Save", exact=True).click()
    assert site.problem("/raise/418/")["title"] == "A pot of 418"
    assert "<h1>A <em>pot</em> of <bdi>418</bdi></h1>" in site.ask("/raise/418/").text

    customise(page, "im-a-teapot")
    page.get_by_label("Title:", exact=True).fill("Second thoughts")
    page.get_by_role("button", name="Save", exact=True).click()
    assert site.problem("/raise/418/")["title"] == "Second thoughts"

    customise(page, "im-a-teapot")
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Restore the texts").first.click()
    page.get_by_role("button", name="Save", exact=True).click()
    assert site.problem("/raise/418/")["title"] == "A pot of 418"


@pytest.mark.parametrize(
    ("scheme", "background"), [("Light", "rgb(252, 252, 251)"), ("Dark", "rgb(20, 23, 27)")]
)
def test_the_preview_is_light_or_dark(sign_in, scheme, background):
    page = sign_in("demo")
    customise(page, "locked")
    preview_of(page).locator("h1").wait_for()
    page.get_by_label(scheme, exact=True).check()
    # The frame is a new one with each change: only what asks again gets an answer.
    expect(preview_of(page).locator("html")).to_have_css("background-color", background)


def test_the_links_of_the_preview_lead_nowhere(sign_in):
    page = sign_in("demo")
    customise(page, "locked")
    preview_of(page).get_by_role("link", name="Home page").click()
    page.wait_for_timeout(500)
    assert preview_of(page).locator("h1").inner_text() == "This is locked at the moment"
    assert len(page.context.pages) == 1


def test_the_preview_is_as_narrow_as_a_phone(sign_in):
    page = sign_in("demo")
    customise(page, "locked")
    preview_of(page).locator("h1").wait_for()
    page.get_by_label("Narrow").check()
    width = page.locator(".http4xx-preview iframe").evaluate("frame => frame.offsetWidth")
    assert 0 < width <= 360


def preview_by_button(page):
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview").click()
    return opened.value


def test_without_javascript_an_editor_rewrites_an_error_and_sees_it_before(sign_in, site):
    page = sign_in("demo", java_script_enabled=False)
    customise(page, "upgrade-required")
    page.get_by_label("Title:", exact=True).fill("Open at {clock}")
    page.get_by_label("Note:").fill("Keep me")
    page.get_by_label("Language:", exact=True).select_option("zh-hans")
    shown = preview_by_button(page)
    assert "{clock} is not a placeholder" in shown.locator(".faults").inner_text()
    assert shown.frame_locator("iframe").locator("h1").inner_text() == "Open at {clock}"
    shown.close()

    assert page.get_by_label("Note:").input_value() == "Keep me"
    page.get_by_label("Title:", exact=True).fill("Open at *{status}*")
    page.get_by_label("Language:", exact=True).select_option("en")
    page.get_by_label("Dark", exact=True).check()
    page.get_by_label("Narrow").check()
    shown = preview_by_button(page)
    assert shown.locator(".faults").count() == 0
    assert shown.frame_locator("iframe").locator("h1 em").inner_text() == "426"
    assert '"title": "Open at 426"' in shown.locator("pre").inner_text()
    assert shown.locator("iframe").evaluate("frame => frame.offsetWidth") <= 360
    document = shown.frame_locator("iframe").locator("html")
    background = document.evaluate("e => getComputedStyle(e).backgroundColor")
    assert background == "rgb(20, 23, 27)"
    shown.close()

    assert site.problem("/raise/426/")["title"] != "Open at 426"
    page.get_by_role("button", name="Save", exact=True).click()
    assert site.problem("/raise/426/")["title"] == "Open at 426"


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


# What our page's own style says.
STYLED = ("max-width", "576px")


def test_under_a_strict_policy_everything_has_its_style(sign_in, start):
    page = sign_in("demo", at=start("strict"))
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    assert page.goto(LIST).headers["content-security-policy"] == "default-src 'self'"
    customise(page, "locked")
    for scheme in ("Light", "Dark", "As on the device"):
        page.get_by_label("Title:", exact=True).fill(scheme)
        page.get_by_label(scheme, exact=True).check()
        preview_of(page).get_by_role("heading", name=scheme).wait_for()
        expect(preview_of(page).locator("main")).to_have_css(*STYLED)
    assert complaints == []


@pytest.mark.parametrize("scheme", ["Light", "Dark", "As on the device"])
def test_under_a_strict_policy_the_button_shows_the_page_with_its_style(sign_in, start, scheme):
    page = sign_in("demo", at=start("strict"), java_script_enabled=False)
    complaints = []
    page.context.on("console", lambda message: complaints.append(message.text))
    customise(page, "locked")
    page.get_by_label("Title:", exact=True).fill("Shut")
    page.get_by_label(scheme, exact=True).check()
    shown = preview_by_button(page)
    main = shown.frame_locator("iframe").locator("main")
    assert main.locator("h1").inner_text() == "Shut"
    expect(main).to_have_css(*STYLED)
    assert shown.locator("body").evaluate("e => getComputedStyle(e).maxWidth") == "960px"
    assert complaints == []


def test_a_mistake_is_said_at_its_field(sign_in):
    page = sign_in("demo")
    customise(page, "locked")
    page.get_by_label("Title:", exact=True).fill("Open at {clock}")
    page.locator(".faults li", has_text="clock").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    assert "{clock}" in page.locator(".field-title .errorlist").inner_text()
    assert page.get_by_label("Title:", exact=True).input_value() == "Open at {clock}"


def test_words_that_nobody_has_touched_follow_the_error_and_the_language(sign_in):
    page = sign_in("demo")
    customise(page, "locked")
    preview_of(page).locator("h1").wait_for()
    page.get_by_label("Explanation:", exact=True).fill("My own words.")
    page.get_by_label("Language:", exact=True).select_option("zh-hans")
    with override("zh-hans"):
        title = str(Locked.title)
    preview_of(page).get_by_role("heading", name=title).wait_for()
    assert page.get_by_label("Title:", exact=True).input_value() == title

    page.get_by_label("Error:", exact=True).select_option("im-a-teapot")
    with override("zh-hans"):
        title, remedy = str(ImATeapot.title), str(ImATeapot.remedy)
    preview_of(page).get_by_role("heading", name=title).wait_for()
    assert page.get_by_label("What to do next:", exact=True).input_value() == remedy
    assert page.get_by_label("Explanation:", exact=True).input_value() == "My own words."


def test_somebody_without_the_permission_sees_nothing(sign_in):
    page = sign_in("amy")
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


def test_an_editor_who_is_signed_out_meanwhile_is_told_and_loses_nothing(sign_in):
    page = sign_in("demo")
    page.goto(f"{LIST}add/?problem_type=locked")
    preview_of(page).locator("h1").wait_for()
    page.context.clear_cookies()
    page.get_by_label("Title:", exact=True).fill("Keep me")
    page.locator(".faults li", has_text="Your session has ended").wait_for()
    assert page.get_by_label("Title:", exact=True).input_value() == "Keep me"
    assert preview_of(page).locator("h1").is_visible()


def test_an_editor_who_reads_chinese_works_in_chinese(sign_in):
    page = sign_in("demo", locale="zh-CN")
    page.goto(LIST)
    assert page.get_by_role("link", name="自定义").count() > 29


@pytest.mark.parametrize("path", [LIST, f"{LIST}add/?problem_type=locked"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(sign_in, path, scheme):
    page = sign_in("demo", color_scheme=scheme)
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.wait_for_timeout(500)
    assert violations(page) == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "viewport": PHONE}])
def test_everybody_can_use_the_history(sign_in, options):
    page = sign_in("admin", **options)
    customise(page, "too-early")
    for explanation in ("a_word_that_is_longer_than_a_phone_" * 9, "- One\n- two"):
        page.get_by_label("Explanation:", exact=True).fill(explanation)
        page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="History").click()
    page.get_by_text("a_word_that_is_longer").first.wait_for()
    assert violations(page) == []
    assert not sticks_out(page)
    page.goto(page.url.replace("history", "delete"))
    page.get_by_role("button", name="Yes").click()


def test_everybody_can_read_the_page(browser, site):
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{site.port}/raise/423/")
    assert Axe().run(page).response["violations"] == []
