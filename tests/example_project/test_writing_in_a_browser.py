"""Writing a text, in a browser: what helps an editor with it, and where everything is on the screen."""

import pytest
from playwright.sync_api import expect

from .editing import LAPTOP, LIST, preview_of, violations, write

PHONE = {"width": 390, "height": 844}


class TestPlaceholders:
    @pytest.fixture
    def page(self, sign_in):
        page = sign_in()
        page.goto(f"{LIST}add/?problem_type=too-many-requests&language=en&path_prefix=/x")
        preview_of(page).locator("h1").wait_for()
        return page

    def test_those_of_the_error_come_with_their_value_and_the_rest_is_folded(self, page):
        shown = page.locator(".http4xx-placeholders button:visible")
        expect(shown).to_have_count(1)
        assert "{retry_after}" in shown.inner_text()
        assert (
            "in the preview: in 2 minutes"
            in page.locator(".http4xx-placeholders").first.inner_text()
        )

    @pytest.mark.parametrize("key", [None, "Enter", "Space"])
    def test_a_click_or_a_key_inserts_one_where_the_editor_was(self, page, key):
        remedy = page.locator("#id_remedy")
        remedy.fill("Wait, then come.")
        remedy.press("Home")
        for _ in "Wait,":
            remedy.press("ArrowRight")
        button = page.get_by_role("button", name="{retry_after}")
        button.press(key) if key else button.click()
        expect(remedy).to_have_value("Wait,{retry_after} then come.")
        expect(remedy).to_be_focused()
        remedy.press("Control+z")
        expect(remedy).to_have_value("Wait, then come.")

    def test_they_follow_the_error_that_is_chosen(self, page):
        page.get_by_label("Error:", exact=True).select_option("not-found")
        button = page.locator(".http4xx-placeholders button:visible")
        expect(button).to_contain_text("{path}")


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("field", "typed", "said"),
        [
            (
                "explanation",
                "<p>Pasted</p>",
                "HTML is not formatting here: visitors would read <p>",
            ),
            ("help_label", "Write to us", "there is no help link to go with it"),
            ("help_url", "//other.example/", "a link to this one with a single slash"),
            ("explanation", "x" * 2100, "at most 2000 characters (it has 2100)"),
        ],
    )
    def test_of_a_text_that_is_not_what_it_seems(self, sign_in, field, typed, said):
        page = sign_in()
        page.goto(f"{LIST}add/?problem_type=gone&language=en&path_prefix=/x")
        page.locator(f"#id_{field}").fill(typed)
        expect(page.locator(".http4xx-preview [role=status]")).to_contain_text(said)
        assert page.locator(f"#id_{field}").input_value() == typed

    def test_of_a_text_without_words(self, sign_in):
        page = sign_in()
        page.goto(f"{LIST}add/?problem_type=gone&language=en&path_prefix=/x")
        for name in ("title", "explanation", "remedy"):
            page.locator(f"#id_{name}").fill("")
        expect(page.locator(".notes")).to_contain_text("visitors see no difference")


class TestRightToLeft:
    @pytest.mark.parametrize("locale", ["ar", "he"])
    def test_what_is_written_has_its_own_direction(self, sign_in, start, locale):
        page = sign_in(at=start("rtl"), locale=locale)
        address = write(page, "gone", "Gone for good!", path_prefix=f"/{locale}")
        page.goto(address)
        preview_of(page).locator("h1").wait_for()
        assert page.locator("html").get_attribute("dir") == "rtl"
        direction = "e => getComputedStyle(e).direction"
        for selector in ("#id_title", "#id_explanation", "#id_help_url", ".http4xx-preview pre"):
            assert page.locator(selector).evaluate(direction) == "ltr", selector
        page.locator("#id_title").fill("ذهب!")
        assert page.locator("#id_title").evaluate(direction) == "rtl"
        assert f"\u2066/{locale}\u2069" in page.locator("#content h1").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
        # The words are on the side where one begins to read.
        title, frame = (page.locator(one).bounding_box() for one in ("#id_title", "iframe"))
        assert title["x"] > frame["x"] + frame["width"]
        page.goto(f"{LIST}?in=en")
        heading = page.locator(".http4xx-overview h3").first
        assert heading.evaluate(direction) == "ltr"
        assert violations(page) == []


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_words_preview_and_save_are_in_view_together(sign_in, viewport, locale):
    page = sign_in(viewport=viewport, locale=locale)
    page.goto(f"{LIST}add/?problem_type=locked&path_prefix=/x")
    preview_of(page).locator("h1").wait_for()
    title, explanation, frame, saving = (
        page.locator(one).first.bounding_box()
        for one in ("#id_title", "#id_explanation", "iframe", ".submit-row")
    )
    assert saving["y"] + saving["height"] <= viewport["height"]
    if viewport == LAPTOP:
        assert explanation["y"] + explanation["height"] <= saving["y"]
        assert frame["y"] + 200 <= viewport["height"]
        # The preview stays in sight while somebody writes further down.
        page.locator("#id_note").scroll_into_view_if_needed()
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(300)
        scrolled = page.locator("iframe").bounding_box()
        assert 0 <= scrolled["y"] < viewport["height"] / 2
    else:
        assert title["y"] < frame["y"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
