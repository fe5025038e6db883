"""Several editors of one text, in a browser: who was slower chooses, and who may only look reads."""

import pytest

from .editing import preview_of, save, type_title, violations


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
        preview_of(page).locator("h1").wait_for()
        assert violations(page) == []

    def test_with_the_keyboard_only(self, form, second):
        second.locator("[name=choice_title]").first.focus()
        second.keyboard.press("Space")
        second.locator("#id_help_label").focus()
        with second.expect_navigation():
            second.keyboard.press("Enter")
        form.goto(form.address)
        assert form.locator("#id_title").input_value() == "By demo"


class TestWhoMayOnlyView:
    @pytest.fixture
    def viewer(self, sign_in, form):
        admin = sign_in("admin")
        admin.goto("/admin/auth/user/add/")
        name = f"viewer{form.address.split('/')[-3]}"
        admin.locator("#id_username").fill(name)
        for field in ("#id_password1", "#id_password2"):
            admin.locator(field).fill(name)
        save(admin)
        admin.wait_for_url("**/change/**")
        admin.locator("#id_is_staff").check()
        admin.locator("#id_user_permissions_from").select_option(
            label=admin.locator(
                "#id_user_permissions_from option", has_text="Can view explanation"
            ).inner_text()
        )
        admin.locator("#id_user_permissions_add").click()
        save(admin)
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
