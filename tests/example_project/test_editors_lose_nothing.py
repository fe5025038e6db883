"""What an editor types is there until it is saved, and nothing disappears unasked: in a browser."""

import pytest
from playwright.sync_api import expect

from .editing import LIST, follow, preview_of, save, sign_in_at, type_title, write


def end_session(page):
    page.context.clear_cookies(name="sessionid")


def leave(page):
    """Leave the form. A preview that loads meanwhile would be a second navigation: wait for it before."""
    follow(page, page.get_by_role("link", name="Explanations").first)
    page.wait_for_url(f"**{LIST}")


def sign_in_in_another_tab(page):
    other = page.context.new_page()
    sign_in_at(other)
    other.close()


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
        preview_of(form).get_by_role("heading", name="Typed").wait_for()
        leave(form)
        assert form.asked == ["beforeunload"]

    def test_without_it_asks_nothing(self, form):
        type_title(form, "Typed")
        type_title(form, "Before")
        form.locator("[name=preview_narrow]").check()
        leave(form)
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
        preview_of(form).locator("h1").wait_for()
        leave(form)
        assert form.asked == ["beforeunload"]
