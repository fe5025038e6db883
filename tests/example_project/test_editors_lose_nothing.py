"""What an editor types is there until it is saved, and nothing disappears unasked: in a browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.requirements import chromium

LIST = "/admin/django_http4xx/explanation/"
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def sign_in(browser, site):
    """A browser in which somebody has signed in to the admin; ``asked`` lists what it asked."""
    contexts = []

    def sign_in(name="demo", at=site, **options):
        options = {"viewport": LAPTOP, **options}
        contexts.append(browser.new_context(base_url=f"http://127.0.0.1:{at.port}", **options))
        page = contexts[-1].new_page()
        page.asked, page.complaints = [], []
        page.on("dialog", lambda dialog: (page.asked.append(dialog.type), dialog.accept()))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        sign_in_at(page, name)
        return page

    yield sign_in
    for context in contexts:
        for page in context.pages:
            assert getattr(page, "complaints", []) == []
        context.close()


def sign_in_at(page, name="demo"):
    page.goto("/admin/login/?next=/admin/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(name)
    with page.expect_navigation():
        page.locator("#id_password").press("Enter")


def write(page, problem, title="Before", **place):
    """Write a text; the address of its form."""
    query = "&".join(f"{name}={value}" for name, value in place.items())
    page.goto(f"{LIST}add/?problem_type={problem}&language=en&{query}")
    page.locator("#id_title").fill(title)
    with page.expect_navigation():
        page.locator("[name=_continue]").click()
    return page.url.partition("?")[0]


@pytest.fixture
def form(sign_in):
    """The form of a text, in a browser; the text is deleted at the end."""
    page = sign_in()
    address = write(page, "length-required")
    page.goto(address)
    page.address = address
    yield page
    admin = sign_in("admin")
    admin.goto(address.replace("/change/", "/delete/"))
    admin.get_by_role("button", name="Yes").click()


def type_title(page, words):
    page.locator("#id_title").press("Control+a")
    page.locator("#id_title").press_sequentially(words)


def preview_of(page):
    return page.frame_locator(".http4xx-preview iframe")


def save(page, button="_save"):
    with page.expect_navigation():
        page.locator(f"[name={button}]:visible").first.click()


def end_session(page):
    page.context.clear_cookies(name="sessionid")


def sign_in_in_another_tab(page):
    other = page.context.new_page()
    sign_in_at(other)
    other.close()


def violations(page):
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


class TestTheSessionEnds:
    def test_the_preview_and_save_say_so_and_the_words_stay(self, form):
        end_session(form)
        type_title(form, "Typed")
        expect(form.locator(".faults")).to_contain_text("Your session has ended")
        form.locator("[name=_save]:visible").click()
        link = form.get_by_role("link", name="Sign in in a new tab")
        expect(link).to_be_focused()
        assert form.locator("#id_title").input_value() == "Typed"
        assert form.url == form.address

    def test_a_sign_in_in_another_tab_is_enough(self, form):
        end_session(form)
        type_title(form, "Typed")
        link = form.get_by_role("link", name="Sign in in a new tab")
        with form.context.expect_page() as opened:
            link.click()
        opened.value.locator("#id_username").fill("demo")
        opened.value.locator("#id_password").fill("demo")
        with opened.value.expect_navigation():
            opened.value.locator("#id_password").press("Enter")
        opened.value.close()
        form.bring_to_front()
        form.evaluate("window.dispatchEvent(new Event('focus'))")
        preview_of(form).get_by_role("heading", name="Typed").wait_for()
        expect(link).to_be_hidden()
        save(form)
        form.goto(form.address)
        assert form.locator("#id_title").input_value() == "Typed"

    @pytest.mark.parametrize("settings", ["token", "strict"])
    def test_wherever_the_token_is(self, sign_in, start, settings):
        page = sign_in(at=start(settings))
        address = write(page, "length-required", path_prefix=f"/{settings}")
        page.goto(address)
        end_session(page)
        type_title(page, "Typed")
        expect(page.locator(".faults")).to_contain_text("Your session has ended")
        sign_in_in_another_tab(page)
        type_title(page, "Typed again")
        preview_of(page).get_by_role("heading", name="Typed again").wait_for()
        save(page)
        page.goto(address)
        assert page.locator("#id_title").input_value() == "Typed again"

    def test_a_form_that_was_left_meanwhile_has_the_words_after_signing_in(self, form):
        end_session(form)
        type_title(form, "Typed")
        form.goto(form.address)  # a way to sign in
        sign_in_at(form)
        form.goto(form.address)
        expect(form.locator("#id_title")).to_have_value("Typed")
        assert form.get_by_text("You typed these words earlier").is_visible()

    def test_another_user_is_not_shown_the_words(self, form):
        type_title(form, "Typed")
        form.context.clear_cookies()
        sign_in_at(form, "admin")
        form.goto(form.address)
        form.wait_for_timeout(500)
        assert form.locator("#id_title").input_value() == "Before"


class TestLeaving:
    def test_with_unsaved_words_it_asks(self, form):
        type_title(form, "Typed")
        form.get_by_role("link", name="Explanations").first.click()
        form.wait_for_url(f"**{LIST}")
        assert form.asked == ["beforeunload"]

    def test_without_it_asks_nothing(self, form):
        type_title(form, "Typed")
        type_title(form, "Before")
        form.locator("[name=preview_narrow]").check()
        form.get_by_role("link", name="Explanations").first.click()
        form.wait_for_url(f"**{LIST}")
        assert form.asked == []

    @pytest.mark.parametrize("button", ["_save", "_continue"])
    def test_what_is_saved_is_not_brought_back(self, form, button):
        type_title(form, "  Saved ")  # the spaces go
        save(form, button)
        form.goto(form.address)
        form.wait_for_timeout(500)
        assert form.locator("#id_title").input_value() == "Saved"
        assert not form.get_by_text("You typed").first.is_visible()
        assert form.asked == []

    def test_a_new_text_that_is_saved_is_not_brought_back(self, sign_in):
        page = sign_in()
        write(page, "expectation-failed", path_prefix="/new")
        page.goto(f"{LIST}add/?problem_type=expectation-failed&language=en&path_prefix=/new")
        page.wait_for_timeout(500)
        assert not page.get_by_text("You typed").first.is_visible()
        assert page.asked == []

    def test_what_was_left_is_there_again_until_it_is_discarded(self, form):
        type_title(form, "Typed")
        form.goto(form.address)
        expect(form.locator("#id_title")).to_have_value("Typed")
        preview_of(form).get_by_role("heading", name="Typed").wait_for()
        form.get_by_role("button", name="Discard them").click()
        expect(form.locator("#id_title")).to_have_value("Before")
        form.asked.clear()
        form.goto(form.address)
        form.wait_for_timeout(500)
        assert form.locator("#id_title").input_value() == "Before"
        assert form.asked == []

    def test_over_a_text_that_was_changed_it_is_offered(self, form, sign_in):
        type_title(form, "Typed")
        other = sign_in("admin")
        other.goto(form.address)
        type_title(other, "By admin")
        save(other)
        form.goto(form.address)
        form.get_by_text("The text has changed since.").wait_for()
        assert form.locator("#id_title").input_value() == "By admin"
        form.get_by_role("button", name="Use my words").click()
        expect(form.locator("#id_title")).to_have_value("Typed")

    def test_what_could_not_be_saved_is_still_unsaved(self, form):
        type_title(form, "Typed {nope}")
        save(form)
        form.get_by_role("link", name="Explanations").first.click()
        form.wait_for_url(f"**{LIST}")
        assert form.asked == ["beforeunload"]


class TestTwoEditors:
    @pytest.fixture(params=[True, False], ids=["script", "no-script"])
    def second(self, request, form, sign_in):
        """Somebody whose form is older than the text; what the first one wrote is saved."""
        page = sign_in("admin", java_script_enabled=request.param)
        page.goto(form.address)
        type_title(form, "By demo")
        save(form)
        page.locator("#id_title").fill("By admin")
        page.locator("#id_note").fill("Note by admin")
        save(page)
        return page

    @pytest.mark.parametrize(
        ("choice", "title"),
        [("Keep what is saved now", "By demo"), ("Save yours, as it is in the form", "By admin")],
    )
    def test_the_second_sees_both_and_chooses(self, form, second, choice, title):
        section = second.locator(".http4xx-differences")
        assert "demo changed this text meanwhile" in section.inner_text()
        assert {"By demo", "By admin"} <= {*section.inner_text().split("\n")}
        second.get_by_label(choice).check()
        save(second)
        form.goto(form.address)
        assert form.locator("#id_title").input_value() == title
        assert form.locator("#id_note").input_value() == "Note by admin"

    def test_everybody_can_use_it(self, form, sign_in):
        page = sign_in("admin")
        page.goto(form.address)
        type_title(form, "By demo")
        save(form)
        page.locator("#id_title").fill("By admin")
        save(page)
        page.locator(".http4xx-differences").wait_for()
        assert violations(page) == []

    def test_with_the_keyboard_only(self, form, second):
        second.locator("[name=choice_title]").first.focus()
        second.keyboard.press("Space")
        second.locator("#id_help_label").focus()
        with second.expect_navigation():
            second.keyboard.press("Enter")
        form.goto(form.address)
        assert form.locator("#id_title").input_value() == "By demo"


class TestMoving:
    @pytest.mark.parametrize("has_script", [True, False])
    def test_a_text_is_moved_and_moved_back(self, sign_in, site, has_script):
        page = sign_in(java_script_enabled=has_script)
        address = write(page, "misdirected-request", "Moving")
        told = lambda: site.problem("/raise/421/")["title"]  # noqa: E731
        assert told() == "Moving"
        page.get_by_role("link", name="Move this text").click()
        page.get_by_label("Path:").fill("/shop/old")
        page.get_by_label("Path:").press("Enter")
        expect(page.locator(".http4xx-told")).to_contain_text("Built-in words")
        assert told() == "Moving"
        page.get_by_role("button", name="Move the text").press("Enter")
        expect(page.locator("h1").last).to_have_text(re.compile("/shop/old$"))
        assert told() != "Moving"
        page.get_by_role("link", name="History").click()
        assert "/shop/old" in page.locator(".http4xx-history").inner_text()
        page.get_by_role("link", name="Move the text back").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Move the text").click()
        page.wait_for_url(address)
        assert told() == "Moving"
        page.get_by_role("link", name="Return to the built-in words").click()
        page.get_by_role("button", name="Stop showing this text").click()
        page.wait_for_url(f"**{LIST}")
        assert told() != "Moving"

    @pytest.mark.parametrize("name", ["move", "return"])
    @pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "viewport": PHONE}])
    def test_everybody_can_use_it(self, form, sign_in, name, options):
        page = sign_in(**options)
        page.goto(form.address.replace("/change/", f"/{name}/"))
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if name == "move":
            page.get_by_label("Path:").fill("/shop/old")
            page.get_by_role("button", name="Continue").click()
            page.get_by_role("button", name="Move the text").wait_for()
            assert violations(page) == []


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


class TestWhoMayOnlyView:
    @pytest.fixture
    def viewer(self, sign_in, form):
        admin = sign_in("admin")
        admin.goto("/admin/auth/user/add/")
        name = f"viewer{form.address.split('/')[-3]}"
        admin.locator("#id_username").fill(name)
        for field in ("#id_password1", "#id_password2"):
            admin.locator(field).fill(name)
        admin.locator("[name=_save]").click()
        admin.wait_for_url("**/change/**")
        admin.locator("#id_is_staff").check()
        admin.locator("#id_user_permissions_from").select_option(
            label=admin.locator(
                "#id_user_permissions_from option", has_text="Can view explanation"
            ).inner_text()
        )
        admin.locator("#id_user_permissions_add").click()
        admin.locator("[name=_save]").click()
        admin.wait_for_url("**/user/")
        return sign_in(name)

    def test_the_text_is_readable_and_shown_as_visitors_see_it(self, form, viewer):
        form.locator("#id_explanation").fill("It is **gone** from {path}.")
        save(form)
        viewer.goto(form.address)
        assert viewer.locator(".http4xx-reading dd strong").inner_text() == "gone"
        page = viewer.frame_locator(".http4xx-reading iframe")
        assert page.locator("h1").inner_text() == "Before"
        assert "gone from /an/example/" in page.locator("main").inner_text()
        assert viewer.locator("#explanation_form [name=title]").count() == 0
        assert violations(viewer) == []


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
