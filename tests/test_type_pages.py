"""The pages that a ``type`` leads to: every problem type, explained to whoever opens its URI."""

import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import jsonschema
import pytest
from django.test import override_settings
from django.urls import clear_script_prefix, set_script_prefix

from django_http4xx.exceptions import (
    CLASSES,
    ClientError,
    Conflict,
    MethodNotAllowed,
    problem_types,
)
from django_http4xx.statuses import STATUSES

ROOT = Path(__file__).parent.parent
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
NAMES = [cls.problem_type for cls in CLASSES.values()]


class HallFull(Conflict):
    title = "The hall is full"
    explanation = "We have {available} left."
    remedy = "Come back tomorrow."
    available: int = 0


class HallTooLoud(MethodNotAllowed):
    title = "The hall is too loud"
    explanation = "It is {volume} in {hall}."
    hall: str
    volume: int = 90

    def __init__(self, concert, band):
        super().__init__([concert.method], hall=concert.hall)


class HallOnFire(ClientError):
    status = 429
    title = "The hall is on fire"

    def __init__(self, alarm):
        raise RuntimeError("The alarm rings.")


class HallForgotten(Conflict):
    title = "The hall is forgotten"

    def __init__(self, **kwargs):
        pass


class HallUnmade(Conflict):
    title = "The hall is not made"

    def __new__(cls, architect):
        return super().__new__(cls)


pytestmark = pytest.mark.urls("tests.urls_with_type_pages")


@pytest.mark.parametrize("name", [*NAMES, "csrf-failed", "hall-full"])
def test_every_type_has_a_page(client, name):
    page = client.get(f"/problems/{name}/", headers=HTML)
    assert page.status_code == 200
    assert page["Content-Type"] == "text/html; charset=utf-8"
    body = client.get(f"/problems/{name}/", headers=JSON).json()
    assert body["type"] == body["example"]["type"] == f"http://testserver/problems/{name}/"
    assert body["status"] == body["example"]["status"]
    assert bool(body["causes"]) is (name != "hall-full")
    assert body["remedy"]


class HallLate(HallFull):
    """It is not said on the page."""

    occurs = "The band is late."


class HallLater(HallLate):
    pass


@pytest.mark.parametrize("name, occurs", [("hall-late", "The band is late."), ("hall-later", "")])
def test_a_type_says_itself_when_it_happens_or_nothing_does(client, name, occurs):
    assert client.get(f"/problems/{name}/", headers=JSON).json()["causes"] == occurs
    page = client.get(f"/problems/{name}/", headers=HTML).content.decode()
    assert ("When it happens" in page) is bool(occurs)
    assert "It is not said" not in page


def test_the_list_has_every_type_and_leads_to_its_page(client):
    listed = client.get("/problems/", headers=JSON).json()["problem_types"]
    assert {*NAMES, "csrf-failed", "hall-full"} <= {entry["name"] for entry in listed}
    assert [entry["status"] for entry in listed] == sorted(entry["status"] for entry in listed)
    page = client.get("/problems/", headers=HTML).content.decode()
    for entry in listed:
        assert f'href="{entry["page"]}"' in page
        assert client.get(entry["page"]).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_whether_a_cache_may_keep_the_answer(client, name):
    body = client.get(f"/problems/{name}/", headers=JSON).json()
    status = STATUSES[body["status"]]
    expected = "must not" if status.no_store else "may" if status.cacheable else "only if"
    assert expected in body["caching"]
    assert body["can_succeed_later"] is status.retry


@pytest.mark.parametrize(
    "name, neighbours",
    [
        ("unauthorized", {403, 407}),
        ("forbidden", {401, 404, 451}),
        ("not-found", {403, 405, 410}),
        ("gone", {404}),
        ("bad-request", {415, 422}),
        ("unprocessable-content", {400, 409, 415}),
    ],
)
def test_a_page_tells_it_from_its_neighbours(client, name, neighbours):
    body = client.get(f"/problems/{name}/", headers=JSON).json()
    assert {other["status"] for other in body["differs_from"]} == neighbours
    assert all(str(other["status"]) in other["difference"] for other in body["differs_from"])


@pytest.mark.parametrize(
    "name, field",
    [(CLASSES[code].problem_type, row.required_field) for code, row in STATUSES.items()],
)
def test_a_page_names_the_field_that_http_requires(client, name, field):
    fields = client.get(f"/problems/{name}/", headers=JSON).json()["fields"]
    assert field is None or field in fields


def test_a_page_names_the_members_that_a_type_declares(client):
    body = client.get("/problems/hall-full/", headers=JSON).json()
    assert body["members"] == [{"name": "available", "type": "integer", "required": False}]
    assert body["example"]["available"] == 0


def test_a_page_is_in_the_language_of_its_reader(client):
    english = client.get("/problems/not-found/", headers={**HTML, "accept-language": "en"})
    chinese = client.get("/problems/not-found/", headers={**HTML, "accept-language": "zh-CN"})
    assert chinese["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans"' in chinese.content.decode()
    assert english["ETag"] != chinese["ETag"]
    assert {"Accept", "Accept-Language"} <= set(re.split(", *", chinese["Vary"]))


def test_the_list_is_in_the_language_of_its_reader(client):
    page = client.get("/problems/", headers={**HTML, "accept-language": "zh-hans"}).content.decode()
    assert "<h1>错误代码及其含义</h1>" in page
    assert "404 找不到页面</a>" in page


def test_words_in_another_language_than_the_page_carry_theirs(client):
    headers = {**HTML, "accept-language": "zh-hans"}
    page = client.get("/problems/hall-full/", headers=headers).content.decode()
    assert '<h1 lang="en">The hall is full</h1>' in page
    assert '<div lang="en"><p>We have <bdi>0</bdi> left.</p></div>' in page
    assert '<div lang="en"><p>Come back tomorrow.</p></div>' in page
    assert ' lang="en"' not in client.get("/problems/gone/", headers=headers).content.decode()
    listed = client.get("/problems/", headers=headers).content.decode()
    assert '409 <span lang="en">The hall is full</span></a>' in listed
    assert "410 此内容已被删除</a>" in listed


@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_page_has_no_english_sentence(client, name):
    page = client.get(
        f"/problems/{name}/", headers={**HTML, "accept-language": "zh-hans"}
    ).content.decode()
    text = re.sub(
        r"<style.*?</style>|<pre.*?</pre>|<code>.*?</code>|<[^>]*>", "", page, flags=re.DOTALL
    )
    # The types of other tests are listed, too, and speak English only.
    for problem_type in problem_types():
        if not problem_type.__module__.startswith("django_http4xx."):
            text = text.replace(str(problem_type.title), "")
    assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", text), text


@pytest.mark.parametrize("headers", [HTML, JSON])
def test_a_client_that_has_the_page_is_told_so(client, headers):
    first = client.get("/problems/gone/", headers=headers)
    again = client.get("/problems/gone/", headers={**headers, "if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again["ETag"] == first["ETag"]
    assert client.get("/problems/gone/", headers=headers)["ETag"] == first["ETag"]


def test_an_unknown_type_is_our_404(client):
    response = client.get("/problems/nothing/", headers={**JSON, "accept-language": "zh-hans"})
    assert response.status_code == 404
    assert response.json()["detail"] == "没有这个名称的错误。"


@pytest.mark.parametrize("path", ["/problems/", "/problems/gone/"])
def test_a_page_can_only_be_read(client, path):
    response = client.post(path, headers=JSON)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


class TestTypeURI:
    def type_of(self, client):
        return client.get("/raise/404/", headers=JSON).json()["type"]

    def test_it_leads_to_the_page(self, client):
        address = self.type_of(client)
        assert address == "http://testserver/problems/not-found/"
        assert client.get(address, headers=HTML).status_code == 200

    @pytest.mark.urls("tests.urls")
    def test_it_is_blank_where_there_is_no_page(self, client):
        assert self.type_of(client) == "about:blank"

    def test_it_is_blank_where_the_host_is_refused(self, client):
        response = client.get("/raise/404/", headers={**JSON, "host": "evil.example"})
        assert "evil.example" not in response.content.decode()
        assert response.json()["type"] == "about:blank"

    def test_the_setting_wins(self, client):
        with override_settings(HTTP4XX={"TYPE_BASE_URI": "https://shop.example/errors/"}):
            assert self.type_of(client) == "https://shop.example/errors/not-found"

    def test_it_is_the_same_in_every_language(self, client):
        headers = {**JSON, "accept-language": "zh-hans"}
        response = client.get("/raise/404/", headers=headers)
        assert response.json()["type"] == "http://testserver/problems/not-found/"

    def test_it_knows_the_prefix_of_the_script(self, client):
        set_script_prefix("/shop/")
        try:
            assert self.type_of(client) == "http://testserver/shop/problems/not-found/"
        finally:
            clear_script_prefix()


@pytest.mark.parametrize(
    "name, explanation, members",
    [
        (
            "hall-too-loud",
            "It is 90 in [hall].",
            {"allow": ["GET", "HEAD"], "hall": "[hall]", "volume": 90},
        ),
        ("hall-on-fire", "", {}),
        ("hall-forgotten", "", {}),
    ],
)
def test_the_example_of_a_type_with_arguments_of_its_own_is_one_of_that_type(
    client, name, explanation, members
):
    body = client.get(f"/problems/{name}/", headers=JSON).json()
    assert body["example"]["code"] == name
    assert body["example"]["title"] == body["title"].strip()
    assert body["title"].startswith("The hall is")
    assert not explanation or body["explanation"] == explanation
    assert members.items() <= body["example"].items()


def test_a_type_that_cannot_be_made_has_a_page_all_the_same(client, caplog):
    body = client.get("/problems/hall-unmade/", headers=JSON).json()
    assert body["example"]["status"] == 409
    assert "hall-unmade" in caplog.text


# The body, described.


@pytest.mark.parametrize("status", CLASSES)
def test_every_problem_is_as_the_schema_says(client, settings, status):
    schema = client.get("/problems/schema.json").json()
    settings.ROOT_URLCONF = "tests.urls"
    for method in (client.get, client.post):
        body = method(f"/raise/{status}/", headers=JSON).json()
        jsonschema.validate(body, schema)
        # Nothing is there that the schema does not know.
        assert body.keys() <= schema["properties"].keys()


def test_the_schema_is_one_and_names_itself(client):
    answer = client.get("/problems/schema.json")
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert schema["$id"] == "http://testserver/problems/schema.json"
    again = client.get("/problems/schema.json", headers={"if-none-match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.post("/problems/schema.json").status_code == 405


def test_the_declaration_and_the_document_have_the_members_of_the_schema(client):
    schema = client.get("/problems/schema.json").json()
    declared = (
        client.get("/problems/schema.d.ts").content.decode().partition("interface Problem {")[2]
    )
    found = dict(re.findall(r'^  "?([\w-]+)"?(\??): ', declared, re.MULTILINE))
    assert found == {
        name: "" if name in schema["required"] else "?" for name in schema["properties"]
    }
    document = (ROOT / "docs" / "reference" / "problem-body.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (always|sometimes) \| (.*?) \|", document, re.MULTILINE)
    assert rows == [
        (name, "always" if name in schema["required"] else "sometimes", member["description"])
        for name, member in schema["properties"].items()
    ]


def test_the_list_leads_to_the_schema_and_back_to_the_site(client):
    page = client.get("/problems/", headers=HTML).content.decode()
    for address in ("/", "/problems/schema.json", "/problems/schema.d.ts"):
        assert f'href="{address}"' in page


class HallMeasured(Conflict):
    title = "The hall is measured"
    explanation = "It holds {seats}."
    seats: int
    rows: list[int]
    price: Decimal
    opened: date
    kind: Literal["big", "small"]
    note: str | None = None


def test_members_have_their_json_types_and_examples_of_them(client):
    body = client.get("/problems/hall-measured/", headers=JSON).json()
    assert body["members"] == [
        {"name": "seats", "type": "integer", "required": True},
        {"name": "rows", "type": "array", "items": {"type": "integer"}, "required": True},
        {"name": "price", "type": "string", "required": True},
        {"name": "opened", "type": "string", "format": "date", "required": True},
        {"name": "kind", "enum": ["big", "small"], "required": True},
        {"name": "note", "type": "string", "required": False},
    ]
    example = body["example"]
    assert (example["seats"], example["rows"], example["kind"]) == (2, [2], "big")


@pytest.mark.parametrize(
    ("name", "member"),
    [("quota-exceeded", "violated-policies"), ("unprocessable-content", "errors")],
)
def test_a_page_names_the_members_that_come_from_elsewhere(client, name, member):
    body = client.get(f"/problems/{name}/", headers=JSON).json()
    assert member in [found["name"] for found in body["members"]]


def site(tmp_path, modules, code):
    """What a new process with an app ``hall`` of these modules prints."""
    folder = tmp_path / "hall"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    start = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_http4xx", "hall"],
    MIDDLEWARE=["django_http4xx.middleware.Http4xxMiddleware"],
    ROOT_URLCONF="hall.urls", ALLOWED_HOSTS=["*"], SECRET_KEY="x",
)
django.setup()
from django.test import Client
"""
    return subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )


TYPE = "from django_http4xx.exceptions import Gone\n\nclass Sold(Gone):\n    pass\n"
URLS = (
    "from django.urls import include, path\nfrom rest_framework.exceptions import Throttled\n\n"
    "def view(request):\n    raise Throttled\n\n"
    'urlpatterns = [path("problems/", include("django_http4xx.urls")), path("view/", view)]\n'
)
LISTED = 'print("sold" in Client().get("/problems/", headers={"accept": "application/json"}).content.decode())'


def test_a_type_is_listed_though_nobody_has_imported_it(tmp_path):
    done = site(tmp_path, {"problems": TYPE, "urls": URLS}, LISTED)
    assert done.stdout == "True\n", done.stderr
    assert "hall.problems" not in done.stderr


def test_a_type_that_is_declared_late_is_named_in_the_log(tmp_path):
    done = site(tmp_path, {"views": TYPE, "urls": f"from . import views\n{URLS}"}, LISTED)
    assert done.stdout == "True\n", done.stderr
    assert "The problem type sold is declared in hall.views" in done.stderr


def test_a_module_of_problems_that_cannot_be_imported_says_so(tmp_path):
    done = site(tmp_path, {"problems": "import nothing_of_this_name", "urls": URLS}, LISTED)
    assert "No module named 'nothing_of_this_name'" in done.stderr


def test_exceptions_of_an_api_are_known_to_a_process_that_has_no_api(tmp_path):
    code = 'print(Client().get("/view/").status_code)'
    assert site(tmp_path, {"urls": URLS}, code).stdout == "429\n"
