"""Views that say what they need of a request: what passes, and what a refusal tells."""

from base64 import b64encode

import pytest

TEXT = "/documents/texts/price-list/"


def signed_in(name):
    return {"Authorization": f"Basic {b64encode(f'{name}:{name}'.encode()).decode()}"}


def put(site, text, **fields):
    return site.ask(TEXT, method="PUT", body=text, Content_Type="text/plain", **fields)


def test_an_edit_of_the_current_version_is_taken_and_an_old_one_is_not(site):
    version = site.ask(TEXT).headers["ETag"]
    assert put(site, "Tea: 12.00", If_Match=version).status == 200
    refused = put(site, "Tea: free", If_Match=version, Accept="application/json")
    assert refused.status == 412
    assert refused.headers["ETag"] == refused.json()["etag"] != version
    assert site.ask(TEXT).text == "Tea: 12.00"


def test_an_edit_of_no_version_is_told_how_to_be_one(site):
    refused = put(site, "Tea: free", Accept="application/json")
    assert (refused.status, "If-Match" in refused.json()["detail"]) == (428, True)


def test_a_newer_version_from_elsewhere_is_taken_once(site):
    number = int(site.ask(TEXT).headers["ETag"].strip('"')) + 10
    path = f"{TEXT}versions/?number={number}"
    assert site.ask(path, method="POST").status == 204
    problem = site.problem(path, method="POST")
    assert (problem["status"], problem["current"]) == (409, number)


def test_a_document_says_how_it_can_be_asked_for(site):
    assert site.ask(TEXT, method="DELETE").headers["Allow"] == "GET, HEAD, PUT"


def test_the_back_office_is_for_the_staff(site):
    assert site.ask("/documents/office/").headers["WWW-Authenticate"] == 'Basic realm="api"'
    assert site.ask("/documents/office/", **signed_in("amy")).status == 403
    assert site.ask("/documents/office/", **signed_in("admin")).status == 200


@pytest.mark.parametrize(
    "accept, content_type",
    [("text/csv", "text/csv"), ("*/*", "application/json"), ("text/*", "text/csv")],
)
def test_a_report_comes_in_the_type_that_is_asked_for(site, accept, content_type):
    answer = site.ask("/documents/report/", Accept=accept)
    assert answer.headers.get_content_type() == content_type
    assert "Accept" in answer.headers["Vary"]


def test_a_report_that_is_not_offered_lists_what_is(site):
    answer = site.ask("/documents/report/", Accept="image/png, application/problem+json;q=0.5")
    assert answer.status == 406
    assert answer.json()["available"] == ["application/json", "text/csv"]


def test_what_is_not_taken_for_now_says_when_it_is(site):
    answer = site.ask("/documents/photos/", method="POST", body="JPEG")
    assert (answer.status, answer.headers["Retry-After"]) == (413, "3600")
    assert "try again in 1 hour" in answer.text


def test_a_part_of_a_file_and_one_that_does_not_exist(any_site):
    part = any_site.ask("/documents/leaflet/", Range="bytes=0-99")
    assert (part.status, len(part.content)) == (206, 100)
    assert part.headers["Content-Range"] == "bytes 0-99/1000"
    refused = any_site.ask("/documents/leaflet/", Range="bytes=5000-6000")
    assert (refused.status, refused.headers["Content-Range"]) == (416, "bytes */1000")


def test_a_part_of_a_file_is_not_compressed(any_site):
    """Its length and its place would then be those of something else."""
    part = any_site.ask("/documents/leaflet/", Range="bytes=0-99", Accept_Encoding="gzip")
    assert (part.status, part.content) == (206, (b"Tea is good.\n" * 8)[:100])
    assert (part.headers["Content-Length"], part.headers["ETag"]) == ("100", '"1"')
    assert "Content-Encoding" not in part.headers
    whole = any_site.ask("/documents/leaflet/", Accept_Encoding="gzip")
    assert whole.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "path", ["leaflet/", "report/", "search/", "prices/", "authors/amy/", "texts/price-list/"]
)
def test_what_can_be_read_can_be_asked_about(site, path):
    assert site.ask(f"/documents/{path}", method="HEAD").status == 200


def test_a_search_with_an_end(site):
    assert site.ask("/documents/search/?q=teapot").json() == {"found": ["teapot"]}


def test_a_crawler_is_told_when_to_come_back(site):
    answers = [site.ask("/documents/prices/") for _ in range(5)]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_what_the_law_forbids_names_who_blocks_it(site):
    answer = site.ask("/documents/banned/")
    assert (answer.status, answer.headers["Link"]) == (
        451,
        '<https://isp.example/>; rel="blocked-by"',
    )
