"""<problem-alert> and markFields() in a browser: what a visitor sees and hears of a problem."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import gettext, override
from playwright.sync_api import expect

from django_http4xx.exceptions import Conflict, NotFound, TooManyRequests, UnprocessableContent

from .problem_js import FORM, ROOT, opened, page_with, show, told
from .requirements import chromium
from .test_page_in_a_browser import CONTRAST

JSON = {"Content-Type": "application/problem+json"}
LIVE = "problem-alert [role=alert]"

WRONG = [
    {"pointer": "#/name", "code": "taken", "detail": "This name is taken."},
    {"pointer": "#/items/0/qty", "code": "max_value", "detail": "At most 5."},
    {"pointer": "#/discount", "code": "expired", "detail": "The code has expired."},
]


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened_browser:
        yield opened_browser


@pytest.fixture
def languages(settings):
    settings.LANGUAGES = [("en", "English"), ("zh-hans", "Chinese"), ("ar", "Arabic")]


def answer(status=409, headers=(), **members):
    return status, {**JSON, **dict(headers)}, json.dumps(members)


def words(page):
    return page.locator(f"{LIVE} > *").all_inner_texts()


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


# What is shown


@pytest.mark.parametrize("language", ["en", "zh-hans", "ar"])
def test_a_problem_is_shown_in_a_live_region_in_its_language(browser, rf, languages, language):
    error = Conflict("Edited meanwhile.")
    sent = told(rf, error, language)
    body = json.loads(sent[2])
    with opened(browser, page_with(language=language), {"/orders/": sent}) as page:
        region = page.locator(LIVE)
        expect(region).to_have_count(1)
        region.evaluate("region => { window.region = region }")
        show(page)
        assert words(page)[:4] == [
            body[name] for name in ("title", "detail", "explanation", "remedy") if body.get(name)
        ]
        assert body["reference"] in words(page)[-1]
        # The region was there before the words were, so that they are read out.
        assert page.evaluate("window.region === document.querySelector('[role=alert]')")
        assert region.locator("p").first.get_attribute("lang") == language
        assert violations(page) == []


def test_a_text_that_says_the_same_is_shown_without_being_empty(browser):
    sent = answer(title="T", detail="", remedy=None, explanation=5, help=7)
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page)
        assert words(page) == ["T"]


def test_the_next_problem_replaces_the_one_before_and_clear_removes_it(browser):
    answers = {"/orders/": answer(title="One"), "/two/": answer(title="Two")}
    with opened(browser, page_with(), answers) as page:
        show(page)
        show(page, path="/two/")
        assert words(page) == ["Two"]
        page.evaluate("document.querySelector('problem-alert').clear()")
        assert words(page) == []


@pytest.mark.parametrize("language", ["en", "zh-hans", "ar"])
def test_what_is_no_problem_is_a_sentence_in_the_language_of_the_page(browser, languages, language):
    sent = (502, {"Content-Type": "text/html", "Content-Language": "fr"}, "<h1>Bad gateway</h1>")
    with opened(browser, page_with(language=language), {"/orders/": sent}) as page:
        show(page)
        with override(language):
            said = gettext("We got no usable answer. Check your connection and try again.")
        assert words(page) == [said]
        lang = page.locator(f"{LIVE} p").get_attribute("lang")
        assert lang == (language if said != _english(said) or language == "en" else "en")


def _english(said):
    with override("en"):
        return gettext("We got no usable answer. Check your connection and try again.")


@pytest.mark.parametrize(
    "thrown",
    ["new Error('x')", "null", "undefined", "'text'", "new DOMException('', 'TimeoutError')"],
)
def test_an_alert_shows_whatever_was_thrown(browser, thrown):
    with opened(browser, page_with()) as page:
        page.evaluate(f"document.querySelector('problem-alert').show({thrown})")
        assert words(page) == ["We got no usable answer. Check your connection and try again."]


def test_an_alert_shows_the_body_of_a_problem_that_another_library_read(browser):
    with opened(browser, page_with()) as page:
        page.evaluate(
            """errors => document.querySelector('problem-alert').show(
            {title: 'T', detail: 'D', errors}, document.querySelector('form'))""",
            WRONG,
        )
        assert words(page) == ["T", "D", "discount: The code has expired."]
        assert list(described(page)) == ["name", "items[0].qty"]


HELP = {
    "https://help.example/": True,
    "/help/": True,
    "mailto:help@shop.example": True,
    "javascript:alert(1)": False,
    " javascript:alert(1)": False,
    "JAVASCRIPT:alert(1)//http:": False,
    "java\nscript:alert(1)": False,
    "data:text/html,<script>alert(1)</script>": False,
    "vbscript:x": False,
}


@pytest.mark.parametrize("address", HELP)
def test_only_a_safe_address_is_linked(browser, address):
    with opened(browser, page_with(), {"/orders/": answer(title="T", help=address)}) as page:
        show(page)
        links = page.locator("problem-alert a")
        assert [link.get_attribute("href") for link in links.all()] == [address] * HELP[address]


HOSTILE = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
MEMBERS = ("title", "detail", "explanation", "remedy", "help", "reference")


def test_nothing_is_inserted_as_html(browser):
    errors = [
        {"pointer": f"#/{HOSTILE}", "detail": HOSTILE},
        {"pointer": "#/name", "detail": HOSTILE},
        {"pointer": "#/__proto__/constructor", "detail": HOSTILE},
        {"parameter": "__proto__", "detail": HOSTILE},
        {"pointer": "#/%E0%A4%A/%", "detail": "percent"},
        {"pointer": "']//*[@x='", "detail": "selector"},
        {"pointer": {"a": 1}, "detail": "object"},
        *[None, 5, "text", [], {"detail": {"a": 1}}],
    ]
    sent = answer(**dict.fromkeys(MEMBERS, HOSTILE), errors=errors)
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page)
        page.wait_for_timeout(100)
        assert page.locator("problem-alert :is(img, script, a)").count() == 0
        assert page.locator(".problem-message *").count() == 0
        assert words(page)[0] == HOSTILE
        assert page.title() == "Order"
        assert page.evaluate("({}).constructor === Object && Object.prototype.detail === undefined")
        assert page.locator("[aria-invalid]").count() == 1


@pytest.mark.parametrize("errors", [None, {}, "text", 5, [[]], {"name": ["Taken."]}])
def test_errors_of_another_type_are_ignored(browser, errors):
    with opened(browser, page_with(), {"/orders/": answer(title="T", errors=errors)}) as page:
        show(page)
        assert words(page) == ["T"]


# Time


def test_the_countdown_is_outside_of_the_live_region_and_its_end_is_said_once(browser, rf):
    sent = told(rf, TooManyRequests(retry_after=3))
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page, method="GET")
        timer = page.locator("problem-alert > [role=timer]")
        assert timer.inner_text() in ("Wait: 00:00:03", "Wait: 00:00:02")
        assert page.locator(f"{LIVE} [role=timer]").count() == 0
        assert "You can try again." not in words(page)
        before = words(page)
        page.evaluate("""() => {
            window.changes = []
            new MutationObserver(all => window.changes.push(...all.flatMap(
                one => [...one.addedNodes].map(node => node.textContent)
            ))).observe(document.querySelector('[role=alert]'), {subtree: true, childList: true})
            document.querySelector('problem-alert').addEventListener('retry', () => document.title = 'Again')
        }""")
        page.get_by_role("button", name="Try again").wait_for()
        assert page.evaluate("window.changes") == ["You can try again.", "Try again"]
        assert words(page)[: len(before)] == before
        assert timer.inner_text() == ""
        page.wait_for_timeout(1200)
        assert len(page.evaluate("window.changes")) == 2
        page.get_by_role("button", name="Try again").focus()
        page.keyboard.press("Enter")
        assert page.title() == "Again"
        assert words(page) == []
        # The focus is not lost with the button.
        assert page.evaluate("document.activeElement.role") == "alert"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_only_a_safe_method_is_sent_again_by_a_button(browser, method):
    with opened(
        browser, page_with(), {"/orders/": answer(429, {"Retry-After": "0"}, title="T")}
    ) as page:
        show(page, method=method)
        assert "You can try again." in words(page)
        is_safe = method in ("GET", "HEAD")
        assert page.get_by_role("button", name="Try again").count() == is_safe


def test_nothing_counts_where_waiting_does_not_help(browser, rf):
    with opened(browser, page_with(), {"/orders/": told(rf, NotFound())}) as page:
        show(page, method="GET")
        assert page.locator("[role=timer]").inner_text() == ""
        assert page.get_by_role("button", name="Try again").count() == 0


def test_a_cleared_alert_counts_no_further(browser):
    sent = answer(429, {"Retry-After": "1"}, title="T")
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page)
        page.evaluate("document.querySelector('problem-alert').clear()")
        page.wait_for_timeout(1500)
        assert words(page) == []
        assert page.locator("[role=timer]").inner_text() == ""


# Fields


def test_what_is_wrong_is_said_at_the_inputs_and_the_rest_in_the_alert(browser, rf):
    sent = told(rf, UnprocessableContent(errors=WRONG))
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page)
        assert described(page) == {
            "name": "As on the invoice. This name is taken.",
            "items[0].qty": "At most 5.",
        }
        assert "discount: The code has expired." in words(page)
        assert "name: This name is taken." not in words(page)
        assert page.evaluate("document.activeElement.name") == "name"
        assert violations(page) == []
        assert page.locator("form").aria_snapshot() == (
            '- paragraph:\n  - text: Name\n  - textbox "Name" [invalid]\n  - text: This name is taken.\n'
            "- paragraph: As on the invoice.\n"
            '- paragraph:\n  - text: Quantity\n  - spinbutton "Quantity" [invalid]\n  - text: At most 5.\n'
            '- paragraph:\n  - button "Send"'
        )


def described(page):
    """What is read out beside each input that is marked, by its name."""
    pairs = page.locator("[aria-invalid=true]").evaluate_all(
        """all => all.map(one => [one.name, one.getAttribute('aria-describedby')
            .split(' ').map(id => document.getElementById(id).innerText).join(' ')])"""
    )
    return dict(pairs)


def test_a_mark_goes_when_its_input_changes(browser):
    with opened(browser, page_with(), {"/orders/": answer(title="T", errors=WRONG)}) as page:
        show(page)
        page.get_by_label("Name").fill("Zoe")
        assert described(page) == {"items[0].qty": "At most 5."}
        field = page.get_by_label("Name")
        assert field.get_attribute("aria-describedby") == "hint"
        assert field.get_attribute("aria-invalid") is None
        page.get_by_label("Quantity").fill("5")
        assert page.get_by_label("Quantity").get_attribute("aria-describedby") is None
        assert page.locator(".problem-message").count() == 0


NEXT_TRIES = {
    "submit": "form => { form.onsubmit = () => false; form.requestSubmit() }",
    "the next answer": """async form => {
        const {markFields} = await import('/static/django_http4xx/problem.js')
        return markFields(form, {errors: [{pointer: '#/none', detail: 'x'}]})
    }""",
    "the next answer, in another copy": """async form => {
        const {markFields} = await import('/static/copy/problem.js')
        return markFields(form, {})
    }""",
}


@pytest.mark.parametrize("name", NEXT_TRIES)
def test_the_marks_go_with_the_next_try(browser, name):
    with opened(browser, page_with(), {"/orders/": answer(title="T", errors=WRONG)}) as page:
        show(page)
        page.locator("form").evaluate(NEXT_TRIES[name])
        assert described(page) == {}
        assert page.locator(".problem-message").count() == 0
        assert page.get_by_label("Name").get_attribute("aria-describedby") == "hint"


POINTERS = [
    ("#/name", "name"),
    ("/name", "name"),
    ("#/items/0/qty", "items[0].qty"),
    ("#/items/0/qty", "items.0.qty"),
    ("#/items/0/qty", "items-0-qty"),
    ("#/items/0/qty", "items[0][qty]"),
    ("#/items/10/qty", "items-10-qty"),
    ("#/a~1b", "a/b"),
    ("#/a~0b", "a~b"),
    ("#/gr%C3%B6%C3%9Fe", "größe"),
    ("#/two%20words", "two words"),
    ("#/tags/1", "tags"),
    ("#/tags/1", "tags[]"),
    ("#/50%", "50%"),
    ("#/elements", "elements"),
    ("#/length", "length"),
    ("#/__proto__", "__proto__"),
]
NOT_POINTED = [
    ("#/name", "names"),
    ("#/items/1/qty", "items-0-qty"),
    ("#", "name"),
    ("", "name"),
    ("#/", "x"),
]


@pytest.mark.parametrize("pointer, name, is_found", [
    *((pointer, name, True) for pointer, name in POINTERS),
    *((pointer, name, False) for pointer, name in NOT_POINTED),
])  # fmt: skip
def test_a_pointer_leads_to_its_input(browser, pointer, name, is_found):
    form = f'<problem-alert></problem-alert><form><label>X <input name="{name}"></label></form>'
    sent = answer(title="T", errors=[{"pointer": pointer, "detail": "Wrong."}])
    with opened(browser, page_with(form), {"/orders/": sent}) as page:
        show(page)
        assert described(page) == ({name: "Wrong."} if is_found else {})
        assert any("Wrong." in text for text in words(page)) is not is_found


INPUTS = {
    "a query parameter": ('<input name="q">', {"parameter": "q"}, 1),
    "a choice": ('<select name="q"><option>1</select>', {"pointer": "#/q"}, 1),
    "radio buttons": ('<input type="radio" name="q"><input type="radio" name="q">', {"pointer": "#/q"}, 2),
    "an input elsewhere": ('</form><input name="q" form="f"><form>', {"pointer": "#/q"}, 1),
    "a hidden input": ('<input type="hidden" name="q">', {"pointer": "#/q"}, 0),
    "one that is not shown": ('<p hidden><input name="q"></p>', {"pointer": "#/q"}, 0),
    "one in closed details": ('<details><input name="q"></details>', {"pointer": "#/q"}, 0),
    "one of another form": ('</form><form><input name="q"></form>', {"pointer": "#/q"}, 0),
    "two errors": ('<input name="q">', {"pointer": "#/q", "twice": True}, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_each_kind_of_input_is_marked_and_an_unseen_one_is_not(browser, name):
    inputs, error, marked = INPUTS[name]
    form = f'<problem-alert></problem-alert><form id="f">{inputs}</form>'
    is_twice = error.pop("twice", False) if "twice" in (error := dict(error)) else False
    errors = [{**error, "detail": "One."}, *([{**error, "detail": "Two."}] if is_twice else [])]
    with opened(browser, page_with(form), {"/orders/": answer(title="T", errors=errors)}) as page:
        show(page)
        assert page.locator("[aria-invalid=true]").count() == marked
        expected = "One. Two." if is_twice else "One."
        assert set(described(page).values()) == ({expected} if marked else set())
        assert ("q: One." in words(page)) is not bool(marked)


# Everywhere


def test_modules_may_load_twice_and_alerts_may_be_several(browser):
    html = page_with("<problem-alert></problem-alert>" + FORM)
    with opened(browser, html, {"/orders/": answer(title="T")}) as page:
        page.evaluate("""async () => {
            const copy = await import('/static/copy/problem.js')
            const [one, two] = document.querySelectorAll('problem-alert')
            await copy.fetchProblem('/orders/').catch(error => { one.show(error); two.show(error) })
        }""")
        assert words(page) == ["T", "T"]


def test_without_the_tag_the_texts_are_english(browser):
    sent = answer(429, {"Retry-After": "0"}, title="T", help="/help/", reference="R1")
    for texts in ("", "{% problem_texts %}", "{% problem_texts %}{% problem_texts %}"):
        with opened(browser, page_with(texts=texts), {"/orders/": sent}) as page:
            show(page, method="GET")
            assert words(page) == ["T", "Help", "Reference: R1", "You can try again.", "Try again"]


def test_without_the_stylesheet_the_words_and_messages_are_there(browser):
    html = page_with().replace("problem.css", "none.css")
    with opened(browser, html, {"/orders/": answer(title="T", errors=WRONG)}) as page:
        show(page)
        assert words(page) == ["T", "discount: The code has expired."]
        assert page.locator(".problem-message:visible").count() == 2
        assert violations(page) == []


VIEWS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "twice as large": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "forced colours": {"forced_colors": "active"},
    "reduced motion": {"reduced_motion": "reduce"},
}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 4


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["en", "zh-hans", "ar"])
def test_a_problem_can_be_read_in_every_view(browser, languages, view, language):
    errors = [{"pointer": "#/name", "detail": LONG}, {"pointer": f"#/{LONG}", "detail": LONG}]
    sent = answer(
        429,
        {"Retry-After": "60"},
        title={"ar": "طلبات كثيرة"}.get(language, LONG),
        detail="D",
        help="/h/",
        reference=LONG,
        errors=errors,
    )
    with opened(browser, page_with(language=language), {"/orders/": sent}, **VIEWS[view]) as page:
        show(page, method="GET")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []
        for part in page.locator("problem-alert :is(p, a), .problem-message").all():
            assert part.evaluate(CONTRAST) >= 4.5
        box = page.locator(LIVE)
        side = "Right" if language == "ar" else "Left"
        assert box.evaluate(f"one => getComputedStyle(one).border{side}Width") == "4px"


def test_the_accessibility_tree_says_what_a_screen_reader_says(browser):
    sent = answer(
        429,
        {"Retry-After": "60"},
        title="Too many",
        detail="Five a minute.",
        help="/h/",
        reference="R1",
    )
    with opened(browser, page_with(), {"/orders/": sent}) as page:
        show(page, with_form=False)
        page.locator("problem-alert [role=timer]").evaluate("one => { one.textContent = 'Wait' }")
        assert page.locator("problem-alert").aria_snapshot() == (
            "- alert:\n"
            "  - paragraph: Too many\n"
            "  - paragraph: Five a minute.\n"
            '  - link "Help":\n'
            "    - /url: /h/\n"
            '  - paragraph: "Reference: R1"\n'
            "- timer: Wait"
        )


# Local time

ZONES = {"America/New_York": "9:32:07 AM", "Asia/Shanghai": "9:32:07 PM", "UTC": "1:32:07 PM"}


@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_is_told_in_the_zone_of_the_reader(browser, zone):
    body = '<p>Try again <time datetime="2026-07-28T13:32:07Z">in 57 seconds</time>.</p>'
    with opened(browser, page_with(body), timezone_id=zone, locale="en-US") as page:
        for _ in range(2):
            page.evaluate(
                "import('/static/django_http4xx/problem.js').then(all => all.localTimes())"
            )
        said = page.locator("p").inner_text().replace("\u202f", " ")
        assert said == f"Try again in 57 seconds ({ZONES[zone]})."


# The recipes of the documents

HOW_TO = (ROOT / "docs" / "how-to" / "show-problems-in-scripts.md").read_text()
RECIPES = re.findall(r"^```js\n(.*?)^```", HOW_TO, re.MULTILINE | re.DOTALL)
IMPORT = "import {fetchProblem, ProblemError, localTimes} from './django_http4xx/problem.js';\n"


def recipe(words):
    """The recipe of the documents with these words, as the module of a page."""
    (text,) = [text for text in RECIPES if words in text]
    return IMPORT + re.sub(r"^import .*\n", "", text, flags=re.MULTILINE)


def test_the_recipe_for_a_form(browser):
    sent = answer(422, title="Wrong", errors=WRONG)
    scripts = {"shop.js": recipe("form.addEventListener('submit'")}
    with opened(browser, page_with(), {"/orders/": sent}, scripts) as page:
        page.get_by_role("button", name="Send").click()
        expect(page.locator(LIVE)).to_contain_text("Wrong")
        assert list(described(page)) == ["name", "items[0].qty"]


def test_the_recipe_for_trying_again(browser):
    sent = answer(429, {"Retry-After": "0"}, title="Too many")
    before = "const alert = document.querySelector('problem-alert'), show = () => {};"
    first, _, rest = recipe("addEventListener('retry'").partition("\n")
    scripts = {"shop.js": f"{first}\n{before}\n{rest}\nload();"}
    with opened(browser, page_with(), {"/prices/": sent}, scripts) as page:
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("button", name="Try again")).to_have_count(1)
        assert len(page.sent) == 2


def test_the_recipe_for_handling_a_problem_yourself(browser):
    sent = answer(title="Out of stock", code="out-of-stock", available=2)
    before = "const body = '', alert = {}, offer = left => { document.title = `${left} left` };"
    first, _, rest = recipe("out-of-stock").partition("\n")
    scripts = {"shop.js": f"{first}\n{before}\n{rest}"}
    with opened(browser, page_with(), {"/orders/": sent}, scripts) as page:
        expect(page).to_have_title("2 left")
