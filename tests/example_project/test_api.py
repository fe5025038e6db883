"""The shop's API: each response to its cause, and every code raised in it."""

import json
from base64 import b64encode
from uuid import uuid4

import pytest

from django_http4xx.statuses import STATUSES

JSON = "application/json"


def post(site, path, data, **fields):
    fields = {"Content_Type": JSON, "Accept": JSON, **fields}
    return site.ask(path, method="POST", body=json.dumps(data), **fields)


def signed_in(name):
    return {"Authorization": f"Basic {b64encode(f'{name}:{name}'.encode()).decode()}"}


@pytest.mark.parametrize("path", ["/api/reviews/", "/api/ratings/"])
@pytest.mark.parametrize(
    ("rating", "status", "code"),
    [(3, 201, None), ("abc", 400, "invalid"), (None, 400, "null"), (6, 422, ...), (0, 422, ...)],
)
def test_a_review(site, path, rating, status, code):
    answer = post(site, path, {"product": 1, "rating": rating})

    assert answer.status == status
    if status > 400:
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "#/rating"
    if code not in (None, ...):
        assert answer.json()["errors"][0]["code"] == code


def test_the_field_tells_its_limit_and_the_method_its_own_words(site):
    limit = post(site, "/api/reviews/", {"product": 1, "rating": 6}).json()["errors"][0]
    words = post(site, "/api/ratings/", {"product": 1, "rating": 6}).json()["errors"][0]

    assert limit["params"] == {"max_value": 5}
    assert words["detail"] == "A rating is from 1 to 5."


def test_a_picture_is_no_review(site):
    answer = site.ask("/api/reviews/", method="POST", body=b"GIF89a", Content_Type="image/gif")

    assert answer.status == 415
    assert answer.headers["Accept"].startswith(JSON)


def test_a_name_can_be_taken_once(site):
    name = uuid4().hex

    assert post(site, "/api/users/", {"username": name}).status == 201
    again = post(site, "/api/users/", {"username": name})
    assert again.status == 409
    assert again.json()["errors"][0]["pointer"] == "#/username"


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        (None, "amy", 401),
        ("ben", "amy", 403),
        ("amy", "amy", 200),
        ("demo", "amy", 200),
        ("demo", "nobody", 404),
    ],
)
def test_a_balance_is_told_to_whom_it_concerns(site, who, whose, status):
    fields = signed_in(who) if who else {}
    answer = site.ask(f"/api/users/{whose}/balance/", Accept=JSON, **fields)

    assert answer.status == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_what_cannot_be_deleted(site):
    answer = site.ask("/api/reviews/", method="DELETE", Accept=JSON)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_code_is_the_same_in_the_api(site, status, method):
    plain = site.ask(f"/raise/{status}/", method=method, Accept=JSON)
    answer = site.ask(f"/api/raise/{status}/", method=method, Accept=JSON)

    assert answer.status == status
    # An editor's words may name the path.
    said = json.loads(answer.text.replace("/api/raise/", "/raise/"))
    varying = dict.fromkeys(("reference", "instance"))
    assert {**said, **varying} == {**plain.json(), **varying}
    for field in ("Retry-After", "Content-Range", "WWW-Authenticate", "Link"):
        assert answer.headers[field] == plain.headers[field]


@pytest.mark.parametrize(
    "asked",
    [
        "401/?realm=cellar",
        "404/?detail=Gone+fishing&title=Out",
        "405/?allow=PUT",
        "406/?accept=text/csv",
        "409/?ext=%7B%22rev%22:7%7D",
        "413/?retry_after=9",
        "415/?accept=text/csv",
        "416/?length=7",
        "426/?upgrade=TLS/1.2",
        "429/?retry_after=7",
        "429/?retry_after=soon",
        "451/?blocked_by=https://isp.example/",
    ],
)
def test_the_arguments_of_the_query_are_the_same(site, asked):
    plain, answer = (site.ask(f"/{door}/{asked}", Accept=JSON) for door in ("raise", "api/raise"))

    varying = dict.fromkeys(("reference", "instance"))
    said = json.loads(answer.text.replace("/api/raise/", "/raise/"))
    assert answer.status == plain.status
    assert {**said, **varying} == {**plain.json(), **varying}


def test_the_arguments_of_the_query_count(site):
    assert site.ask("/api/raise/405/?allow=PUT", Accept=JSON).headers["Allow"] == "PUT"
    assert site.ask("/api/raise/429/?retry_after=7", Accept=JSON).headers["Retry-After"] == "7"
    assert site.ask("/api/raise/200/", Accept=JSON).status == 404


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b"\xff", b'{"a":' * 100_000])
def test_what_cannot_be_read_is_400(any_site, body):
    answer = any_site.ask("/api/parse/", method="POST", body=body, Content_Type=JSON)

    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"GIF89a", "image/gif", 415),
        (b"{}", "application/json; charset=rot13", 400),
        (b"x", "multipart/form-data", 400),
        (b"x=1&" * 2000, "application/x-www-form-urlencoded", 413),
        (b"x" * 3_000_000, JSON, 413),
    ],
)
def test_what_is_sent_in_another_way_is_explained(any_site, body, content_type, status):
    answer = any_site.ask(
        "/api/parse/", method="POST", body=body, Content_Type=content_type, Accept=JSON
    )

    assert answer.status == answer.json()["status"] == status


def test_what_can_be_read_is_read(site):
    assert post(site, "/api/parse/", [1]).json() == {"read": "list"}


def test_the_browsable_api_shows_its_forms(site):
    answer = site.ask("/api/reviews/", Accept="text/html")

    assert answer.status == 200
    assert 'name="rating"' in answer.text


def test_the_form_of_the_browsable_api_shows_what_is_wrong(site):
    answer = post(site, "/api/reviews/", {"product": 1, "rating": 6}, Accept="text/html")

    assert answer.status == 422
    assert "less than or equal to 5.</span>" in answer.text
