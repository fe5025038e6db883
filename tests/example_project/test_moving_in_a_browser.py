"""A text is moved to another place and back, or given up: in a browser."""

import re

import pytest
from playwright.sync_api import expect

from .editing import LIST, follow, sticks_out, violations, write

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("has_script", [True, False])
def test_a_text_is_moved_and_moved_back(sign_in, site, has_script):
    page = sign_in(java_script_enabled=has_script)
    address = write(page, "misdirected-request", "Moving")
    told = lambda: site.problem("/raise/421/")["title"]  # noqa: E731
    assert told() == "Moving"
    follow(page, page.get_by_role("link", name="Move this text"))
    page.get_by_label("Path:").fill("/shop/old")
    with page.expect_navigation():
        page.get_by_label("Path:").press("Enter")
    expect(page.locator(".http4xx-told")).to_contain_text("Built-in words")
    assert told() == "Moving"
    with page.expect_navigation():
        page.get_by_role("button", name="Move the text").press("Enter")
    expect(page.locator("h1").last).to_have_text(re.compile("/shop/old$"))
    assert told() != "Moving"
    follow(page, page.get_by_role("link", name="History"))
    assert "/shop/old" in page.locator(".http4xx-history").inner_text()
    follow(page, page.get_by_role("link", name="Move the text back"))
    for button in ("Continue", "Move the text"):
        follow(page, page.get_by_role("button", name=button))
    page.wait_for_url(address)
    assert told() == "Moving"
    follow(page, page.get_by_role("link", name="Return to the built-in words"))
    follow(page, page.get_by_role("button", name="Stop showing this text"))
    page.wait_for_url(f"**{LIST}")
    assert told() != "Moving"


@pytest.mark.parametrize("name", ["move", "return"])
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "viewport": PHONE}])
def test_everybody_can_use_it(form, sign_in, name, options):
    page = sign_in(**options)
    page.goto(form.address.replace("/change/", f"/{name}/"))
    assert violations(page) == []
    assert not sticks_out(page)
    if name == "move":
        page.get_by_label("Path:").fill("/shop/old")
        follow(page, page.get_by_role("button", name="Continue"))
        page.get_by_role("button", name="Move the text").wait_for()
        assert violations(page) == []
