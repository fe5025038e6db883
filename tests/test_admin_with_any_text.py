"""Whatever the built-in words are, and whatever is sent to the admin."""

from html.parser import HTMLParser

from django.contrib.auth.models import User
from django.test import Client, override_settings
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.admin_urls import said

LIST = "/admin/django_http4xx/explanation/"
ADD = f"{LIST}add/"
TEXTS = ("title", "explanation", "remedy")

MARKUP = [
    *("*", "_", "`", "**", "\\", "[", "]", "(/x/)", "<", ">", "&", "&amp;", "!", "~~~", "```"),
    *("# ", "- ", "+ ", "1. ", "2) ", "> ", "---", "===", "    ", "\t", "\n", "\n\n", "\r\n", " "),
    *("<b>", "<https://x.example/>", "[x](javascript:y)", "![x](/y.png)", "[x]: /y", "'", '"'),
    *("{tea}", "{path}", "{retry_after}", "{nope}", "{", "}", "{{", "}}", "{tea.x}", "{{tea}}"),
    *("a", "ö", "茶", ".", "1", "a_b_c", "2 * 3 * 4"),
]
# What no form takes, and what the parser takes for no character.
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufdd0\ufdd1")
plain = st.lists(st.sampled_from(MARKUP) | st.text(letters, max_size=5), max_size=8).map("".join)


class Shown(HTMLParser):
    """A page as its elements, with their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def signed_in():
    client = Client()
    client.force_login(User.objects.create(username="ana", is_staff=True, is_superuser=True))
    return client


def met():
    """What a visitor is told: the elements and the text of the page, and the body."""
    headers = {"X-Request-ID": "ref", "Accept": "text/html"}
    shown = Shown(Client().get("/say/", headers=headers).content.decode())
    body = Client().get("/say/", headers={**headers, "Accept": "application/json"}).json()
    return shown.elements, shown.text.split(), {name: body.get(name, "").strip() for name in TEXTS}


@override_settings(ROOT_URLCONF="tests.admin_urls", HTTP4XX={"TYPE_BASE_URI": "https://x.example/"})
class BuiltInWords(TestCase):
    @hypothesis_settings(deadline=None, max_examples=100)
    @given(st.fixed_dictionaries(dict.fromkeys(TEXTS, plain)))
    @example({"title": "# *A*_b_ `c`", "explanation": "1. {tea}\n{{x}", "remedy": "[x](//y) <b>"})
    def test_saved_unchanged_they_are_the_same_letter_by_letter(self, words):
        said.update(words)
        editor = signed_in()
        # A change of the language makes the built-in words new.
        with override_settings(LANGUAGE_CODE="en"):
            before = met()
            asked = {"problem_type": "tea-says", "language": "en"}
            form = editor.get(ADD, asked).context["adminform"].form
            written = {name: form[name].value() for name in TEXTS}
            response = editor.post(ADD, {**asked, **written, "is_active": "on"})
            assert response.status_code == 302, response.context["errors"]
            assert met() == before


def test_a_text_that_needs_no_escape_is_as_it_was(admin_client, settings):
    settings.ROOT_URLCONF = "tests.admin_urls"
    for text, written in [
        ("Tea & cake, 5*3. It's <3!", "Tea & cake, 5*3. It's <3!"),
        ("2 * 3 * 4 and a_b_c, 1. and #1 - {tea}", "2 * 3 * 4 and a_b_c, 1. and #1 - {tea}"),
        ("Write {{tea}} [now].", "Write {{tea}} [now]."),
        ("Not *now*. Or 2 * 3?", "Not \\*now*. Or 2 * 3?"),
        ("`{tea}` at {path}.", "\\`{tea}` at {path}."),
        ("1. Wait. 2. See.", "1\\. Wait. 2. See."),
        ("# Wait", "\\# Wait"),
        ("[x](/y/)", "\\[x](/y/)"),
        ("{nope} left", "{{nope}} left"),
        ("One\ntwo", "One&#10;two"),
    ]:
        said["explanation"] = text
        settings.LANGUAGE_CODE = "en"  # the built-in words are made anew
        form = admin_client.get(ADD, {"problem_type": "tea-says"}).context["adminform"].form
        assert form["explanation"].value() == written
