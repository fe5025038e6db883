"""A form goes stale while somebody writes: in a browser, with the keyboard, and without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.requirements import chromium

from .test_browser import CONTRAST

TYPED = "It pours well.\n\nI thought about these words for a while: <b>bold</b> & “quoted”."
REVIEW = "form:has([name=text])"

# Chromium keeps pages for Back; Playwright turns that off, which is as in other browsers at times.
BROWSERS = {"anew": {}, "kept": {"ignore_default_args": ["--disable-back-forward-cache"]}}


@pytest.fixture(scope="module")
def browser(request):
    """A browser that keeps pages for Back or does not."""
    with chromium(**BROWSERS[getattr(request, "param", "anew")]) as browser:
        yield browser


@pytest.fixture
def browse(browser, site):
    """Open the shop in a browser."""
    contexts = []

    def browse(**options):
        base = f"http://127.0.0.1:{site.port}"
        contexts.append(browser.new_context(base_url=base, locale="en", **options))
        page = contexts[-1].new_page()
        page.goto("/shop/teapot/")
        return page

    yield browse
    for context in contexts:
        context.close()


def write(page, text=TYPED):
    page.fill(f"{REVIEW} [name=author]", "Zoe")
    page.fill(f"{REVIEW} [name=rating]", "4")
    page.fill(f"{REVIEW} [name=text]", text)


def send(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Send", exact=True).click()


def lose_token(page):
    page.context.clear_cookies(name="csrftoken")


def sign_in(page, who):
    """Sign in in another tab; as few do that as a limit for all tests allows."""
    other = page.context.new_page()
    other.goto("/account/login/")
    other.fill("[name=username]", who)
    other.fill("[name=password]", who)
    with other.expect_navigation():
        other.press("[name=password]", "Enter")
    other.close()
    return page


def sign_in_as_editor(page):
    """The same where nobody counts, for somebody who is not signed in yet."""
    other = page.context.new_page()
    other.goto("/admin/login/?next=/admin/")
    other.fill("[name=username]", "demo")
    other.fill("[name=password]", "demo")
    with other.expect_navigation():
        other.press("[name=password]", "Enter")
    other.close()
    return page


def refused(page, change):
    write(page)
    change(page)
    send(page)
    assert page.locator("h1").inner_text() == "This form has expired"
    return page


@pytest.mark.parametrize("script", [True, False])
def test_one_button_sends_it_again_with_the_keyboard(browse, script):
    page = refused(browse(java_script_enabled=script), lose_token)
    button = page.get_by_role("button")
    assert button.inner_text() == "Send again"
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "Teapot"
    assert page.get_by_text("I thought about these words").count()
    assert page.get_by_text("<b>bold</b> & “quoted”").count()


def test_who_signed_in_again_sends_it_again(browse):
    page = sign_in_as_editor(browse())
    page.reload()
    refused(page, lambda page: sign_in(page, "demo"))
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    assert page.locator("h1").inner_text() == "Teapot"


def test_who_is_somebody_else_now_is_told_so(browse):
    page = sign_in_as_editor(browse())
    page.reload()
    refused(page, lambda page: sign_in(page, "admin"))
    assert page.get_by_role("button").count() == 0
    assert page.get_by_text("You are signed in as admin now").count() == 1
    assert page.get_by_label("Text").input_value() == TYPED


@pytest.mark.parametrize("browser", BROWSERS, indirect=True)
def test_after_back_the_words_are_there_and_can_be_sent(browse):
    page = refused(browse(), sign_in_as_editor)
    page.evaluate("setTimeout(() => history.back())")
    # Playwright waits for pages that load; one that was kept does not.
    for _ in range(100):
        if page.url.endswith("/shop/teapot/"):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    assert page.locator(f"{REVIEW} [name=text]").input_value() == TYPED
    send(page)
    assert page.locator("h1").inner_text() == "Teapot"


def test_a_login_asks_for_name_and_password_again(browse):
    page = browse()
    page.goto("/account/login/?next=/shop/orders/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", "demo")
    lose_token(page)
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert page.get_by_label("Password").input_value() == ""
    for label in ("Username", "Password"):
        page.get_by_label(label).fill("demo")
    with page.expect_navigation():
        page.get_by_role("button", name="Send again").click()
    assert page.url.endswith("/shop/orders/")


STATES = {"a button": lose_token, "no button": sign_in_as_editor}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_page(browse, state, scheme):
    options = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}}
    page = refused(browse(**options), STATES[state])
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for element in page.locator("label span, textarea, input:visible, button").all():
        assert element.evaluate(CONTRAST) >= 4.5


def test_a_reader_hears_what_each_field_is(browse):
    page = refused(browse(), lose_token)
    section = page.get_by_role("region", name="What you typed")
    assert section.get_by_role("textbox", name="Author").input_value() == "Zoe"
    assert section.get_by_role("textbox", name="Text").get_attribute("readonly") is not None


def test_nothing_is_loaded_and_nothing_is_refused_by_the_policy(browse):
    page = browse()
    asked_for, complaints = [], []
    write(page)
    lose_token(page)
    page.on("request", lambda request: asked_for.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    send(page)
    assert len(asked_for) == 1
    assert [text for text in complaints if "status of 4" not in text] == []
