"""Whatever is sent, no answer is a 5xx, adds a field, or gives markup back as markup."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import ROOT, environment

ODD = "<x-odd>"

# An address of each kind of view, to which odd requests are sent.
PLACES = [
    *("/", "/nowhere/", "/page/404/", "/language/setlang/", "/static/nothing.css", "/problems/"),
    *("/problems/not-found/", "/raise/405/", "/raise/431/", "/raise/451/", "/async/raise/426/"),
    *("/bare/401/", "/bare/416/", "/shop/", "/shop/orders/", "/shop/orders/1/", "/shop/sencha/"),
    *("/shop/sencha/buy/", "/shop/sencha/reviews/", "/account/login/", "/account/logout/"),
    *("/documents/texts/manual/", "/documents/texts/manual/versions/", "/documents/authors/ada/"),
    *("/documents/notes/", "/documents/photos/", "/documents/search/", "/documents/report/"),
    *("/documents/leaflet/", "/documents/expecting/", "/documents/live/", "/documents/pay/"),
    *("/documents/prices/", "/documents/banned/", "/documents/office/", "/throttled/"),
    *("/documents/summer-sale/", "/async/throttled/", "/api/throttled/", "/api/reviews/"),
    *("/api/ratings/", "/api/users/", "/api/users/ada/balance/", "/api/raise/409/", "/api/parse/"),
    *("/admin/", "/admin/login/", "/admin/django_http4xx/explanation/"),
]

# What arrives in a field: any byte, but for those that end it.
octets = st.text(
    st.characters(min_codepoint=0, max_codepoint=255, exclude_characters="\r\n\0"), max_size=40
)


def one_of(*known):
    """What the field may hold, that with something odd in it, or anything."""
    values = st.sampled_from(known)
    return values | st.tuples(values, octets).map("".join) | octets | octets.map(ODD.__add__)


FIELDS = {
    "Accept": one_of(
        *("text/html", "application/problem+json", "application/json;q=0.5, */*;q=0", "text/plain"),
        *("application/problem+xml", "application/*;q=", "text/csv"),
    ),
    "Accept-Language": one_of("zh-Hans", "en;q=0.1, zh", "xx-", "de_DE;q=2", "*"),
    "Accept-Charset": one_of("utf-16"),
    # Django itself fails over some charsets before any middleware is asked.
    "Content-Type": one_of(
        *("application/json", "text/plain; charset=utf-16", "application/x-www-form-urlencoded"),
        *(
            "multipart/form-data; boundary=a",
            "multipart/form-data",
            "multipart/form-data;boundary=",
        ),
    ).filter(lambda value: not re.search("charset(?!=utf)", value, re.IGNORECASE)),
    "Content-Length": one_of("0", "5", "-1", "9" * 25, "1e3", "5, 5", "\xb2"),
    "Content-Encoding": one_of("gzip", "identity", ", ,"),
    "Transfer-Encoding": one_of("chunked"),
    "Host": one_of(
        "127.0.0.1", "localhost:80", "other.example", "[::1]", "a b", "[", "127.0.0.1:x"
    ),
    "Range": one_of("bytes=0-99", "bytes=5000-6000", "bytes=-", "bytes=9-1,0-", "lines=1-2"),
    "If-Range": one_of('"1"', "Mon, 99 Nov 2026 25:00:00 GMT"),
    "If-Match": one_of('"1"', "*", 'W/"1", "', "1", '"<x-odd>"'),
    "If-None-Match": one_of('"1"', "*", ',,"'),
    "If-Modified-Since": one_of("Mon, 01 Jan 0000 00:00:00 GMT", "Monday"),
    "If-Unmodified-Since": one_of("Mon, 01 Jan 9999 00:00:00 GMT", "-1"),
    "Cookie": one_of(
        "sessionid=a", 'csrftoken="\\377', "a=b; =; messages=x", "django_language=zh-"
    ),
    "X-Request-ID": one_of("abc", "2f1c9a52-9f3e-4c55-8a0d-6c8c1c1f8f11", "a" * 300),
    "Authorization": one_of(
        "Basic YTpi", "Basic", "Basic \xff", "Basic ////", "Bearer x", "Basic 0Oo"
    ),
    "Expect": one_of("100-continue", "nonsense"),
    "Early-Data": one_of("1"),
    "Referer": one_of("http://127.0.0.1/", "javascript:alert(1)", "http://[", f'http://a/"{ODD}'),
    "Origin": one_of("null", "http://[", "http://127.0.0.1"),
    "X-Forwarded-For": one_of("203.0.113.7", "::ffff:1.2.3.4%0", "unknown"),
    "X-Requested-With": one_of("XMLHttpRequest"),
    "X-Long": st.sampled_from(["a" * 20_000]),
    "HX-Request": one_of("true"),
    "HX-Request-Type": one_of("full", "partial"),
    "Turbo-Frame": one_of("part"),
    "X-Up-Version": one_of("3.14.3"),
    "Sec-Fetch-Dest": one_of("empty", "image", "document"),
}
requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]
        ),
        "path": st.sampled_from(PLACES)
        | st.tuples(
            st.sampled_from([*PLACES, "/raise/", "//"]),
            st.sampled_from(
                ["%00", "%ff%fe", "%0d%0aX-Odd:%201", "%3Cx-odd%3E", "..", "%", "\xff", "/"]
            )
            | octets.filter(lambda text: not re.search("[?#]", text)),
        ).map("".join),
        "query": st.sampled_from(
            [
                *("", "q=%3Cx-odd%3E", "detail=%3Cx-odd%3E&title=%0d%0aX-Odd:1", "next=//x-odd"),
                *(
                    "ext=%7B%22a%22:%22%3Cx-odd%3E%22%7D",
                    "allow=%00",
                    "retry_after=%C2%B2",
                    "%ff=%fe",
                ),
                *("blocked_by=javascript:%3Cx-odd%3E", "a[]=&;&&=", "quantity=%D9%A1", "page=-1"),
                *("format=%3Cx-odd%3E", "q=" + "a" * 3000, "realm=%22%5C", "number=%C2%B2"),
            ]
        )
        # Django answers other bytes than UTF-8 itself, under ASGI, before any middleware.
        | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").decode("latin-1"))
        | st.just("\xff"),
        "fields": st.lists(
            st.sampled_from(sorted(FIELDS)).flatmap(
                lambda name: FIELDS[name].map(lambda value: [name, value])
            ),
            max_size=6,
            unique_by=lambda field: field[0],
        ),
        "body": st.sampled_from(
            [
                *(
                    "",
                    "{}",
                    "[",
                    '{"rating": 6, "text": "<x-odd>"}',
                    "[" * 5000,
                    '"\\ud800"',
                    "1e999",
                ),
                *(
                    "a=%ff&b=<x-odd>",
                    '--a\r\nContent-Disposition: form-data; name="<x-odd>"\r\n\r\n1',
                ),
                *("--a\r\n\r\n--a--", "\xff\xfe<\0x\0", "product=<x-odd>&rating=\0&text=%00"),
            ]
        )
        | octets,
    }
)


@pytest.fixture(scope="module")
def ask(folder, tmp_path_factory):
    """Sends a request to a handler of the example project, and gives what comes back."""
    own = tmp_path_factory.mktemp("odd_requests")
    shutil.copy(folder / "db.sqlite3", own)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.example_project.raw_requests"],
        cwd=ROOT,
        env=environment(own) | {"DJANGO_SETTINGS_MODULE": "example.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:

        def ask(handler, request):
            process.stdin.write(json.dumps({"handler": handler, **request}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


# RFC 9110 §5.1 and §5.5; what is not ASCII is no mistake of a field, but a name's.
is_name = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
is_value = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?").fullmatch


@pytest.mark.parametrize("handler", ["wsgi", "asgi"])
@settings(
    max_examples=300,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(request=requests)
def test_no_answer_is_a_5xx_or_gives_back_what_it_should_not(ask, handler, request):
    answer = ask(handler, request)
    assert answer["status"] < 500, answer["failures"]
    assert answer["failures"] == []
    fields = {name.lower(): value for name, value in answer["fields"]}
    assert "x-odd" not in fields
    for name, value in answer["fields"]:
        assert is_name(name)
        # Django puts a space before a cookie.
        assert is_value(value.lstrip(" ")), name
    media_type = fields.get("content-type", "").partition(";")[0]
    if media_type.endswith("json") and answer["content"]:
        json.loads(answer["content"])
    elif media_type in ("text/html", "application/problem+xml"):
        assert ODD not in answer["content"].lower()
