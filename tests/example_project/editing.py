"""What editors do in the admin of the example project, in a browser."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

LIST = "/admin/django_http4xx/explanation/"
LOGIN = "/admin/login/?next=/admin/"
LAPTOP = {"width": 1366, "height": 768}
FORM = "application/x-www-form-urlencoded"


class Editor:
    """Somebody who has signed in to the admin, and needs no browser for it."""

    def __init__(self, site, name):
        self.site, self.cookies = site, {}
        answer = self._keep(site.ask(LOGIN))
        [token] = re.findall('name="csrfmiddlewaretoken" value="(.*?)"', answer.text)[:1]
        answer = self._send(LOGIN, username=name, password=name, csrfmiddlewaretoken=token)
        assert answer.status == 302

    def texts(self):
        """The addresses of the forms of all texts."""
        answer = self.site.ask(LIST, Cookie=self._cookie_field)
        assert answer.status == 200
        return {*re.findall(rf"{LIST}\d+/change/", answer.text)}

    def delete(self, address):
        path = address.removeprefix(f"http://127.0.0.1:{self.site.port}")
        path = path.replace("/change/", "/delete/")
        token = self.cookies["csrftoken"]
        assert self._send(path, post="yes", csrfmiddlewaretoken=token).status == 302

    def is_in(self, context):
        """Who uses the tabs of a browser is this editor from now on."""
        home = f"http://127.0.0.1:{self.site.port}"
        context.add_cookies(
            [{"name": name, "value": value, "url": home} for name, value in self.cookies.items()]
        )

    def _send(self, path, **values):
        fields = {"Content_Type": FORM, "Cookie": self._cookie_field}
        return self._keep(self.site.ask(path, method="POST", body=urlencode(values), **fields))

    @property
    def _cookie_field(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep(self, answer):
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return answer


def sign_in_at(page, name="demo"):
    """Sign in with the form, which takes seconds: for tests that are about signing in."""
    page.goto(LOGIN)
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(name)
    with page.expect_navigation():
        page.locator("#id_password").press("Enter")


def follow(page, link):
    """Click on what leads to another page, and wait for that."""
    with page.expect_navigation():
        link.click()


def save(page, button="_save"):
    # The script may ask first whether the session is still there: the click does not wait for that.
    follow(page, page.locator(f"[name={button}]:visible").first)


def customise(page, name):
    page.goto(LIST)
    entry = page.locator("li", has=page.locator("code", has_text=name)).first
    follow(page, entry.get_by_role("link", name=re.compile("Customise|Edit")))


def write(page, problem, title="Before", **place):
    """Write a text; the address of its form."""
    query = "&".join(f"{name}={value}" for name, value in place.items())
    page.goto(f"{LIST}add/?problem_type={problem}&language=en&{query}")
    page.locator("#id_title").fill(title)
    save(page, "_continue")
    return page.url.partition("?")[0]


def type_title(page, words):
    page.locator("#id_title").press("Control+a")
    page.locator("#id_title").press_sequentially(words)


def preview_of(page):
    return page.frame_locator(".http4xx-preview iframe")


def sticks_out(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def violations(page, **options):
    """What axe finds; all that is folded is open."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page, **options).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]
