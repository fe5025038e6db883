"""The form that a script sends: what is wrong is said where it was typed, and without a script on a page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ORDER = "/shop/orders/new/"
LIVE = "problem-alert [role=alert]"


@pytest.fixture
def visit(browser):
    """Open a page; what the browser complains of, such as a violated policy, fails the test."""
    complaints, contexts = [], []

    def visit(site, path, **options):
        base_url = f"http://127.0.0.1:{site.port}"
        contexts.append(browser.new_context(base_url=base_url, locale="en", **options))
        page = contexts[-1].new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [text for text in complaints if "status of 4" not in text] == []


def sign_in(page):
    page.goto(f"/account/login/?next={ORDER}")
    page.get_by_label("Username").fill("amy")
    page.get_by_label("Password").fill("amy")
    # The address of the form ends with that of the next page, too.
    with page.expect_navigation():
        page.locator("main button").click()
    page.wait_for_url(f"**{ORDER}")


def order(page, cases, house_number, note=""):
    """Let the script send the form, and say the status of what came."""
    fill_in(page, cases, house_number, note)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.get_by_role("button", name="Order").click()
    return answer.value.status


def order_without_script(page, cases, house_number, note=""):
    """Send the form, and say the status of what came; its page is there."""
    fill_in(page, cases, house_number, note)
    with (
        page.expect_navigation(),
        page.expect_response(lambda answer: answer.request.method == "POST") as answer,
    ):
        page.get_by_role("button", name="Order").click()
    return answer.value.status


def fill_in(page, cases, house_number, note):
    page.get_by_label("Cases").fill(str(cases))
    page.get_by_label("House number").fill(house_number)
    page.get_by_label("A note for the driver").fill(note)


def test_a_script_shows_the_reason_of_each_refusal_and_sells_in_the_end(visit, start):
    # Behind a policy that allows nothing but the site's own files.
    page = visit(start("strict"), ORDER)
    alert = page.locator(LIVE)

    def told(title):
        expect(alert).to_contain_text(title)
        assert page.url.endswith(ORDER)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

    assert order(page, 25, "zz") == 422
    told("Something needs to be corrected")
    for label, words in (("Cases", "less than or equal to 20"), ("House number", "a digit")):
        field = page.get_by_label(label)
        assert field.get_attribute("aria-invalid") == "true"
        read = field.evaluate(
            "one => one.getAttribute('aria-describedby').split(' ')"
            ".map(id => document.getElementById(id).innerText).join(' ')"
        )
        assert words in read
    assert "Six tins in each." in page.get_by_label("Cases").evaluate(
        "one => document.getElementById(one.getAttribute('aria-describedby').split(' ')[0]).innerText"
    )
    assert page.evaluate("document.activeElement.name") == "cases"

    assert order(page, 6, "12") == 409
    told("Not that many, we are sorry")
    assert page.locator("[aria-invalid=true]").count() == 0
    assert order(page, 1, "12") == 401
    told("Sign in")
    assert order(page, 1, "12", "tea " * 1200) == 413
    told("4096")
    sign_in(page)
    assert order(page, 1, "12") == 201
    page.wait_for_url("**/shop/orders/")
    assert "Thank you for your order." in page.locator("[role=status]").inner_text()

    page.goto(ORDER)
    statuses = [order(page, 25, "12"), order(page, 25, "12")]
    assert statuses == [422, 429]
    told("You have used up what is allowed")
    assert page.locator("problem-alert [role=timer]").inner_text().startswith("Wait: 00:00:")
    # Nothing was sent again by itself, and there is no button for it: it is a POST.
    assert page.locator("problem-alert button").count() == 0
    assert page.get_by_label("Cases").input_value() == "25"


def test_without_a_script_it_is_a_form(visit, start):
    page = visit(start("demo"), ORDER, java_script_enabled=False)
    assert order_without_script(page, 25, "zz") == 422
    assert page.locator(".errorlist li").count() == 2
    assert page.get_by_label("House number").input_value() == "zz"
    assert order_without_script(page, 6, "12") == 409
    assert page.locator("h1").inner_text() == "Not that many, we are sorry"
    page.goto(ORDER)
    assert order_without_script(page, 1, "12", "tea " * 1200) == 413
    page.goto(ORDER)
    assert order_without_script(page, 1, "12") == 401
    sign_in(page)
    assert order_without_script(page, 1, "12") == 302
    page.wait_for_url("**/shop/orders/")


def test_the_first_page_and_the_shop_lead_to_it_and_it_leads_back(site):
    for path in ("/", "/shop/"):
        assert f'href="{ORDER}"' in site.ask(path).text
    assert 'href="/shop/"' in site.ask(ORDER).text.partition("<main")[2]
