"""A page of a site that loads ``problem.js``, in a browser and behind a strict policy."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from django.template import Context, Template
from django.utils.translation import override

from django_http4xx.middleware import Http4xxMiddleware
from django_http4xx.responses import problem_response

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "django_http4xx" / "static" / "django_http4xx"
SCRIPT = STATIC / "problem.js"
HOME = "http://testserver"
RIGHT_TO_LEFT = ("ar", "he")

# No inline script or style, no code from strings.
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'"

# As a site's own style: a ground and a text, from the browser for light, dark and forced colours.
SITE = "html { background: Canvas; color: CanvasText }"

PAGE = """{{% load http4xx %}}<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Order</title>
<link rel="stylesheet" href="/site.css">
<link rel="stylesheet" href="/static/django_http4xx/problem.css">
{texts}
<script type="module" src="/static/django_http4xx/problem.js"></script>
<script type="module" src="/static/shop.js"></script></head>
<body><main><h1>Order</h1>{body}</main></body></html>"""

FORM = """<problem-alert></problem-alert>
<form action="/orders/" method="post">
<p><label for="a">Name</label> <input id="a" name="name" aria-describedby="hint"></p>
<p id="hint">As on the invoice.</p>
<p><label for="b">Quantity</label> <input id="b" name="items[0].qty" type="number"></p>
<p><button>Send</button></p>
</form>"""


def told(rf, error, language="en", path="/orders/"):
    """The answer to a script for an error: status, header fields and body, as the site sends them."""
    headers = {"accept": "application/problem+json", "accept-language": language}
    response = Http4xxMiddleware(lambda request: problem_response(request, error))(
        rf.get(path, headers={**headers, "host": "testserver"})
    )
    return response.status_code, dict(response.headers), response.content.decode()


def page_with(body=FORM, language="en", *, texts="{% problem_texts %}"):
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    template = PAGE.format(language=language, direction=direction, texts=texts, body=body)
    with override(language):
        return Template(template).render(Context())


# What a page does with an answer: `[path, init, whether a form was sent]`.
SHOW = """async ([path, init, withForm]) => {
  const {fetchProblem} = await import('/static/django_http4xx/problem.js')
  const alert = document.querySelector('problem-alert')
  try { await fetchProblem(path, init) }
  catch (error) { alert.show(error, withForm ? document.querySelector('form') : undefined) }
}"""


def show(page, *, method="POST", with_form=True, path="/orders/"):
    page.evaluate(SHOW, [path, {"method": method}, with_form])


@contextmanager
def opened(browser, html, answers=(), scripts=(), **context):
    """A page, with what the browser complained of in ``complaints`` and the requests in ``sent``.

    ``answers``: by path, a status, header fields and a body; ``None`` for a connection that breaks.
    ``scripts``: further modules by name; the page loads ``shop.js``.
    """
    answers, scripts = dict(answers), {"shop.js": "", **dict(scripts)}
    opened_context = browser.new_context(**context)
    page = opened_context.new_page()
    page.complaints, page.sent = [], []
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))

    def answer(route, request):
        path = request.url.removeprefix(HOME).partition("?")[0]
        if path == "/":
            headers = {"Content-Type": "text/html", "Content-Security-Policy": POLICY}
            route.fulfill(headers=headers, body=html)
        elif path == "/site.css":
            route.fulfill(content_type="text/css", body=SITE)
        elif (name := path.rpartition("/")[2]) in scripts:
            route.fulfill(content_type="text/javascript", body=scripts[name])
        elif path.startswith("/static/") and (STATIC / name).exists():
            route.fulfill(path=STATIC / name)
        elif path in answers:
            page.sent.append(request)
            if answers[path] is None:
                route.abort()
            else:
                status, headers, body = answers[path]
                route.fulfill(status=status, headers=headers, body=body)
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)
    page.goto(f"{HOME}/")
    yield page
    opened_context.close()
    said = [text for text in page.complaints if "Failed to load resource" not in text]
    assert said == []
