"""The preview of a text, in a browser: it shows what visitors will get, and nothing of it leads away."""

import pytest
from django.utils.translation import override
from playwright.sync_api import expect

from django_http4xx.exceptions import ImATeapot, Locked

from .editing import LIST, customise, preview_of, save


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
    opened.value.wait_for_load_state()
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
    save(page)
    assert site.problem("/raise/426/")["title"] == "Open at 426"


# What our page's own style says.
STYLED = ("max-width", "576px")


def complaints_in(tabs):
    """What the browser says, but for the icon of the site, which it asks for once: there is none."""
    complaints = []

    def hear(message):
        if not message.location["url"].endswith("/favicon.ico"):
            complaints.append(message.text)

    tabs.on("console", hear)
    return complaints


def test_under_a_strict_policy_everything_has_its_style(sign_in, start):
    page = sign_in("demo", at=start("strict"))
    complaints = complaints_in(page)
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
    complaints = complaints_in(page.context)
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
    save(page)
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


def test_an_editor_who_is_signed_out_meanwhile_is_told_and_loses_nothing(sign_in):
    page = sign_in("demo")
    page.goto(f"{LIST}add/?problem_type=locked")
    preview_of(page).locator("h1").wait_for()
    page.context.clear_cookies()
    page.get_by_label("Title:", exact=True).fill("Keep me")
    page.locator(".faults li", has_text="Your session has ended").wait_for()
    assert page.get_by_label("Title:", exact=True).input_value() == "Keep me"
    assert preview_of(page).locator("h1").is_visible()
