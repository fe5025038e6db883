"""Changes only to the version that the client has seen."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.http import http_date

from django_http4xx.decorators import require_precondition
from django_http4xx.exceptions import PreconditionFailed, PreconditionRequired

CHANGED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DATE = http_date(CHANGED.timestamp())
EARLIER = http_date(CHANGED.timestamp() - 1)


def etag(request, *args, **kwargs):
    return "v2"


def last_modified(request, *args, **kwargs):
    return CHANGED


def answered(method="PUT", *, etag_func=etag, last_modified_func=None, **headers):
    decorator = require_precondition(etag_func=etag_func, last_modified_func=last_modified_func)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/", headers=fields)
    return decorator(lambda request: HttpResponse("passed"))(request)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"If_None_Match": '"v1"'},
        {"If_Match": ""},
        {"If_Match": "v2"},
        {"If_Match": ","},
        {"If_Unmodified_Since": DATE},
        {"If_Unmodified_Since": "yesterday"},
    ],
)
def test_a_change_has_to_name_a_version(method, fields):
    with pytest.raises(PreconditionRequired):
        answered(method, **fields)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_does_not(method):
    assert answered(method).status_code == 200


@pytest.mark.parametrize("value", ['"v2"', '"v1", "v2"', "*"])
def test_the_current_version_may_be_changed(value):
    assert answered(If_Match=value).content == b"passed"


@pytest.mark.parametrize("value", ['"v1"', 'W/"v2"', '"v1", "v3"', '"V2"'])
def test_another_version_may_not(value):
    with pytest.raises(PreconditionFailed) as refused:
        answered(If_Match=value)
    assert (refused.value.headers, refused.value.members) == ({"ETag": '"v2"'}, {"etag": '"v2"'})


def test_a_version_by_date():
    by_date = {"etag_func": None, "last_modified_func": last_modified}
    assert answered(**by_date, If_Unmodified_Since=DATE).status_code == 200
    with pytest.raises(PreconditionFailed) as refused:
        answered(**by_date, If_Unmodified_Since=EARLIER)
    assert refused.value.headers == {"Last-Modified": DATE}


@pytest.mark.parametrize("value", ["yesterday", "", "Sun, 99 Mar 2026 12:00:00 GMT"])
def test_a_date_that_is_none_is_ignored_and_names_no_version(value):
    with pytest.raises(PreconditionRequired):
        answered(etag_func=None, last_modified_func=last_modified, If_Unmodified_Since=value)


def test_a_naive_date_is_in_utc():
    naive = CHANGED.replace(tzinfo=None)
    response = answered("GET", etag_func=None, last_modified_func=lambda request: naive)
    assert response.headers["Last-Modified"] == DATE


def test_something_new_is_created_only_where_nothing_is():
    assert answered(etag_func=lambda request: None, If_None_Match="*").status_code == 200
    with pytest.raises(PreconditionFailed):
        answered(If_None_Match="*")


def test_what_is_not_there_has_no_version():
    with pytest.raises(PreconditionFailed) as refused:
        answered(etag_func=lambda request: None, If_Match="*")
    assert refused.value.headers == {}


def test_reading_tells_the_version():
    response = answered("GET", last_modified_func=last_modified)
    assert (response.headers["ETag"], response.headers["Last-Modified"]) == ('"v2"', DATE)


def test_reading_what_the_client_has():
    response = answered("GET", If_None_Match='"v2"')
    assert (response.status_code, response.headers["ETag"]) == (304, '"v2"')


def test_a_change_does_not_tell_the_version_that_it_made_old():
    assert "ETag" not in answered(If_Match='"v2"').headers


def test_it_is_given_what_the_view_is_given():
    seen = []

    @require_precondition(etag_func=lambda request, pk, *, part: seen.append((pk, part)))
    def view(request, pk, *, part):
        return HttpResponse()

    view(RequestFactory().get("/"), 12, part="body")
    assert seen == [(12, "body")]


def test_an_async_view_may_wait_for_its_version(serve, ask):
    async def current(request):
        return "v2"

    @require_precondition(etag_func=current)
    async def view(request):
        return HttpResponse("passed")

    serve(view)
    assert ask("PUT").status_code == 428
    assert ask("PUT", headers={"If-Match": '"v1"'}).status_code == 412
    assert ask("PUT", headers={"If-Match": '"v2"'}).status_code == 200
    assert ask("GET").headers["ETag"] == '"v2"'


def test_the_answer_says_how_to_send_it_again(serve, ask):
    serve(require_precondition(etag_func=etag)(lambda request: HttpResponse()))
    assert "ETag" in ask("PUT").json()["detail"]
    assert "If-Match" in ask("PUT").json()["detail"]


def test_it_needs_something_to_compare():
    with pytest.raises(TypeError, match="etag_func or a last_modified_func"):
        require_precondition()
