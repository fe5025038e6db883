"""problem.js in a browser: what scripts get in place of a 4xx, and what the visitor sees of it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from django_http4xx.exceptions import Conflict

from .problem_js import SCRIPT, opened, page_with, told
from .requirements import chromium

JSON = {"Content-Type": "application/problem+json"}
SENTENCE = "We got no usable answer. Check your connection and try again."

FETCH = """async ([path, init]) => {
  const {fetchProblem, ProblemError} = await import('/static/django_http4xx/problem.js')
  try {
    const response = await fetchProblem(path, init)
    return {status: response.status, text: await response.text(), headers: {...response.headers}}
  } catch (error) {
    const {name, message, retryAfter, cause, ...members} = error
    const wait = retryAfter && Math.round((retryAfter - Date.now()) / 1000)
    return {...members, name, message, wait, cause: cause?.name ?? null, isOurs: error instanceof ProblemError}
  }
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened_browser:
        yield opened_browser


def fetched(browser, answer, **init):
    with opened(browser, page_with(), {"/orders/": answer}) as page:
        return page.evaluate(FETCH, ["/orders/", init or None])


def test_a_problem_is_thrown_with_all_its_members(browser, rf):
    errors = [{"pointer": "#/name", "code": "taken", "detail": "Taken."}]
    error = Conflict("Edited meanwhile.", errors=errors, rev=7)
    status, headers, body = told(rf, error)
    got = fetched(browser, (status, headers, body))
    assert got["isOurs"]
    assert got["name"] == "ProblemError"
    assert got["message"] == "Edited meanwhile."
    assert (got["wait"], got["cause"], got["method"], got["lang"]) == (None, None, "GET", "en")
    assert got["problem"] == json.loads(body)
    assert {name: got[name] for name in got["problem"]} == got["problem"]
    assert got["rev"] == 7


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_answer_that_is_no_error_is_returned_as_it_is(browser, status):
    text = "" if status == 204 else "done"
    got = fetched(browser, (status, {"Content-Type": "text/plain"}, text))
    assert (got["status"], got["text"]) == (status, text)


HTML = {"Content-Type": "text/html"}

NO_PROBLEM = {
    "HTML": (502, HTML, "<h1>Bad Gateway</h1>", "SyntaxError"),
    "HTML as JSON": (500, JSON, "<h1>Server Error</h1>", "SyntaxError"),
    "truncated JSON": (404, JSON, '{"title": "Not fo', "SyntaxError"),
    "no body": (404, JSON, "", "SyntaxError"),
    "a list": (400, JSON, '["detail"]', "TypeError"),
    "a string": (400, JSON, '"detail"', "TypeError"),
    "null": (400, JSON, "null", "TypeError"),
    "other members": (400, JSON, '{"error": "no"}', "TypeError"),
    "members of other types": (400, JSON, '{"title": {"a": 1}, "detail": 5}', "TypeError"),
    "half a character": (404, JSON, b'{"title": "\xff', "SyntaxError"),
}


@pytest.mark.parametrize("name", NO_PROBLEM)
def test_an_answer_that_is_no_problem_is_a_plain_sentence(browser, name):
    status, headers, body, cause = NO_PROBLEM[name]
    got = fetched(browser, (status, headers, body))
    assert (got["status"], got["message"], got["detail"]) == (status, SENTENCE, SENTENCE)
    assert got["cause"] == cause


def test_a_broken_network_is_a_plain_sentence(browser):
    got = fetched(browser, None)
    assert (got["status"], got["message"], got["cause"]) == (0, SENTENCE, "TypeError")


@pytest.mark.parametrize("media_type", ["application/problem+json", "application/json"])
def test_json_with_the_members_of_a_problem_is_one(browser, media_type):
    got = fetched(browser, (404, {"Content-Type": media_type}, '{"detail": "Not found."}'))
    assert (got["message"], got["cause"]) == ("Not found.", None)


ABORTS = {
    "at once": "const c = new AbortController(); c.abort(); init = {signal: c.signal}",
    "later": "const c = new AbortController(); setTimeout(() => c.abort(), 50); init = {signal: c.signal}",
    "of a Request": "const c = new AbortController(); c.abort(); input = new Request(input, {signal: c.signal})",
}


@pytest.mark.parametrize("name", ABORTS)
def test_an_abort_stays_an_abort(browser, name):
    with opened(browser, page_with(), {"/orders/": (404, JSON, "{}")}) as page:
        page.route("**/slow/", lambda route: None)
        said = page.evaluate(f"""async () => {{
            const {{fetchProblem}} = await import('/static/django_http4xx/problem.js')
            let input = '/slow/', init
            {ABORTS[name]}
            return fetchProblem(input, init).catch(error => [error.name, error.constructor.name])
        }}""")
    assert said == ["AbortError", "DOMException"]


def http_date(after):
    return (datetime.now(UTC) + timedelta(seconds=after)).strftime("%a, %d %b %Y %H:%M:%S GMT")


RETRY_AFTER = {
    "seconds": ({"Retry-After": "57"}, {}, 57),
    "a date": ({"Retry-After": lambda: http_date(57)}, {}, 57),
    "the member": ({}, {"retry_after": 57}, 57),
    "both": ({"Retry-After": "57"}, {"retry_after": 30}, 57),
    "none": ({}, {}, None),
    "no time": ({"Retry-After": "soon"}, {}, None),
    "too many": ({"Retry-After": "9" * 400}, {}, None),
}


@pytest.mark.parametrize("name", RETRY_AFTER)
def test_retry_after_is_a_date(browser, name):
    headers, members, wait = RETRY_AFTER[name]
    headers = {field: value() if callable(value) else value for field, value in headers.items()}
    body = json.dumps({"title": "Too many", **members})
    got = fetched(browser, (429, {**JSON, **headers}, body))
    assert got["wait"] == wait if wait is None else abs(got["wait"] - wait) <= 2


@pytest.mark.parametrize(
    "init, accept",
    [
        ({}, "application/problem+json,application/json,*/*;q=0.1"),
        ({"headers": {"accept": "text/csv"}}, "text/csv"),
    ],
)
def test_accept_is_that_of_the_caller_if_there_is_one(browser, init, accept):
    with opened(browser, page_with(), {"/orders/": (200, {}, "")}) as page:
        page.evaluate(FETCH, ["/orders/", init])
        assert page.sent[0].headers["accept"] == accept


def test_a_member_cannot_change_what_the_exception_is(browser):
    body = '{"title": "T", "__proto__": {"x": 1}, "name": "n", "status": 1, "cause": 1, "message": "m"}'
    got = fetched(browser, (404, JSON, body))
    assert got["isOurs"]
    assert (got["name"], got["status"], got["message"]) == ("ProblemError", 404, "T")


class CutsOff(BaseHTTPRequestHandler):
    """A page and the module; any other answer breaks off in its middle."""

    def do_GET(self):
        is_cut = self.path == "/orders/"
        body = (
            b'{"title": "Too' if is_cut else SCRIPT.read_bytes() if "static" in self.path else b""
        )
        self.send_response(429 if is_cut else 200)
        self.send_header(
            "Content-Type", "text/javascript" if "static" in self.path else "text/html"
        )
        self.send_header("Content-Length", str(len(body) + 50 * is_cut))
        self.send_header("Retry-After", "57")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


def test_an_answer_that_breaks_off_has_its_status_and_time(browser):
    with ThreadingHTTPServer(("127.0.0.1", 0), CutsOff) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        got = page.evaluate(FETCH, ["/orders/", None])
        page.close()
        server.shutdown()
    assert (got["status"], got["message"], got["wait"]) == (429, SENTENCE, 57)
    assert got["cause"] == "TypeError"
