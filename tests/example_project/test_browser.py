"""The example project in a browser: narrow and wide, light and dark, in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe


@pytest.fixture
def visit(browser, site):
    """Open a page; what the browser complains of, and what it loads from elsewhere, fails the test."""
    complaints, contexts = [], []
    home = f"http://127.0.0.1:{site.port}"

    def visit(path, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith(home) or complaints.append(request.url),
        )
        page.goto(home + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    # It tells of every 4xx, which is what the example is for.
    assert [text for text in complaints if "status of 4" not in text] == []


@pytest.mark.parametrize(
    "path", ["/", "/shop/", "/shop/orders/new/", "/shop/teapot/", "/account/login/"]
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_nothing_sticks_out_on_a_narrow_screen(visit, path, locale):
    page = visit(path, viewport={"width": 320, "height": 640}, locale=locale)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_an_answer_is_shown_in_the_format_that_is_chosen(visit):
    article = visit("/", viewport={"width": 1200, "height": 900}).locator("#c410")
    assert '"status": 410' in article.locator("pre:visible").inner_text()
    for name in ("Text", "XML", "Fragment", "Header fields"):
        article.get_by_label(name).check()
        assert article.locator("pre:visible").count() == 1
    article.get_by_label("Page").check()
    assert article.frame_locator("iframe").locator("h1").inner_text() == "This has been removed"


def test_formats_can_be_chosen_with_the_keyboard(visit):
    page = visit("/")
    page.locator("#c410 input").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#c410 pre:visible").inner_text().startswith("This has been removed")


def test_the_language_can_be_changed(visit):
    page = visit("/shop/", locale="en")
    with page.expect_navigation():
        page.get_by_role("button", name="简体中文").click()
    assert page.locator("h1").inner_text() == "商店"
    page.goto(page.url.replace("/shop/", "/raise/404/"))
    assert page.locator("html").get_attribute("lang") == "zh-hans"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(visit, scheme):
    """The contrast of text is 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    page = visit("/", color_scheme=scheme)
    for selector in ("p.lead", "main a", ".code", ".curl code", "td code", "th", ".answer label"):
        assert page.locator(selector).first.evaluate(CONTRAST) >= 4.5, selector


@pytest.mark.parametrize(
    "path", ["/", "/shop/", "/shop/orders/new/", "/shop/teapot/", "/account/login/"]
)
def test_everybody_can_use_the_pages(visit, path):
    found = Axe().run(visit(path))
    assert found.violations_count == 0, found.generate_report()


CONTRAST = """element => {
    const channels = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const linear = [r, g, b].map(v => v / 255).map(
            v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    let ground = element;
    while (channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    const shades = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
    const [a, b] = shades.map(channels).map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}"""


def test_somebody_buys_too_many_and_comes_back(visit):
    page = visit("/shop/teapot/")
    page.get_by_label("Quantity").fill("3")
    with page.expect_navigation():
        page.get_by_role("button", name="Buy").click()
    assert page.locator("h1").inner_text() == "Not that many, we are sorry"
    with page.expect_navigation():
        page.get_by_role("link", name="Back to the page you came from").click()
    assert page.locator("h1").inner_text() == "Teapot"
