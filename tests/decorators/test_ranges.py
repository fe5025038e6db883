"""Parts of a file: every Range and If-Range, against RFC 9110 §14 restated plainly."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.utils.http import http_date
from hypothesis import example, given, settings
from hypothesis import strategies as st

from django_http4xx.decorators import RangedFileResponse, satisfiable_range
from django_http4xx.exceptions import RangeNotSatisfiable

from .model_of_ranges import EVERYTHING, NOT_SATISFIABLE, Representation, wanted_bytes

CHANGED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DATE = http_date(CHANGED.timestamp())

position = st.integers(0, 40).map(str) | st.sampled_from(["", "007", "99999999999999999999"])
member = st.builds("{}-{}".format, position, position) | st.sampled_from(
    ["", " ", "a-b", "1", "--1", "1-2-3", "+1-2", "\uff11-\uff12", "\t0-4 "]
)
listed = st.lists(member, min_size=1, max_size=4).map(",".join)
unit = st.sampled_from(["bytes=", "Bytes=", "BYTES=", "items=", "bytes", "bytes =", "=", " bytes="])
range_field = st.builds("{}{}".format, unit, listed) | st.text(max_size=12)
if_range = st.none() | st.sampled_from(
    [
        '"v1"',
        '"v2"',
        'W/"v1"',
        '"v',
        "v1",
        "",
        DATE,
        " " + DATE,
        "Sun, 01 Mar 2026 12:00:01 GMT",
        "*",
    ]
)


def asked(method, range_field, if_range, representation):
    headers = {"Range": range_field}
    if if_range is not None:
        headers["If-Range"] = if_range
    request = RequestFactory().generic(method, "/", headers=headers)
    last_modified = representation.last_modified
    try:
        part = satisfiable_range(
            request,
            representation.length,
            etag=representation.etag,
            last_modified=last_modified and datetime.fromtimestamp(last_modified, UTC),
        )
    except RangeNotSatisfiable:
        return NOT_SATISFIABLE
    return EVERYTHING if part is None else set(part)


@settings(max_examples=1500)
@given(
    st.sampled_from(["GET", "GET", "GET", "HEAD", "POST"]),
    range_field,
    if_range,
    st.integers(0, 30),
    st.sampled_from([None, '"v1"', 'W/"v1"']),
    st.sampled_from([None, int(CHANGED.timestamp())]),
)
@example("GET", "bytes=-5", None, 0, None, None)
@example("GET", "bytes=-0", None, 10, None, None)
@example("GET", "bytes=0-0,1-1", None, 10, None, None)
@example("GET", "bytes=0-4,2-3,4-9", None, 10, None, None)
@example("GET", "bytes=0-1", DATE, 10, None, int(CHANGED.timestamp()))
def test_it_means_what_the_rfc_says(method, field, condition, length, etag, last_modified):
    representation = Representation(length, etag, last_modified)
    expected = wanted_bytes(method, field, condition, representation)
    given = asked(method, field, condition, representation)
    if has_gap(expected):
        # §14.2: a server may ignore any Range; an answer in several parts is never given.
        expected = EVERYTHING
    assert given == expected


def has_gap(positions):
    return isinstance(positions, set) and len(positions) != max(positions) - min(positions) + 1


def test_a_range_too_long_to_be_honest_is_ignored():
    field = "bytes=" + ",".join(f"{n}-{n}" for n in range(400))
    assert asked("GET", field, None, Representation(10)) == EVERYTHING


def test_a_number_longer_than_python_reads_is_ignored():
    assert asked("GET", f"bytes={'9' * 5000}-", None, Representation(10)) == EVERYTHING


def test_a_date_of_this_second_proves_nothing():
    now = datetime.now(UTC) + timedelta(seconds=1)
    request = RequestFactory().get(
        "/", headers={"Range": "bytes=0-1", "If-Range": http_date(now.timestamp())}
    )
    assert satisfiable_range(request, 10, last_modified=now) is None


def test_the_refusal_says_how_long_it_is():
    request = RequestFactory().get("/", headers={"Range": "bytes=5000-6000"})
    with pytest.raises(RangeNotSatisfiable) as refused:
        satisfiable_range(request, 1000)
    assert refused.value.headers == {"Accept-Ranges": "bytes", "Content-Range": "bytes */1000"}


@pytest.mark.parametrize("length", [-1, "10", True, None])
def test_a_length_that_is_none_is_refused_where_it_is_written(length):
    with pytest.raises((TypeError, ValueError), match=r"satisfiable_range\(complete_length=...\)"):
        satisfiable_range(RequestFactory().get("/"), length)


CONTENT = bytes(range(256)) * 40


def file_response(headers=(), method="GET", file=None, **kwargs):
    request = RequestFactory().generic(method, "/", headers=dict(headers))
    return RangedFileResponse(request, file or io.BytesIO(CONTENT), **kwargs)


def body(response):
    return b"".join(response.streaming_content)


def test_a_whole_file_says_that_it_can_be_had_in_parts():
    response = file_response()
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert "Content-Range" not in response.headers


@pytest.mark.parametrize(
    "field, first, last",
    [
        ("bytes=0-99", 0, 99),
        ("bytes=5000-", 5000, len(CONTENT) - 1),
        ("bytes=-1", len(CONTENT) - 1, len(CONTENT) - 1),
        ("bytes=100-9999999", 100, len(CONTENT) - 1),
    ],
)
def test_a_part_of_a_file(field, first, last):
    response = file_response({"Range": field})
    assert (response.status_code, body(response)) == (206, CONTENT[first : last + 1])
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert response.headers["Content-Length"] == str(last - first + 1)


def test_a_part_is_counted_from_where_the_file_stands():
    file = io.BytesIO(b"header:0123456789")
    file.seek(7)
    response = file_response({"Range": "bytes=2-4"}, file=file)
    assert (body(response), response.headers["Content-Range"]) == (b"234", "bytes 2-4/10")


def test_head_has_the_fields_of_the_whole():
    response = file_response({"Range": "bytes=0-9"}, method="HEAD")
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(len(CONTENT)))


def test_a_download_goes_on_only_where_the_file_is_the_same():
    fields = {"Range": "bytes=0-9", "If-Range": '"v1"'}
    same, another = (file_response(fields, etag=etag) for etag in ("v1", "v2"))
    assert (same.status_code, same.headers["ETag"]) == (206, '"v1"')
    assert (another.status_code, another.headers["ETag"]) == (200, '"v2"')


def test_a_date_is_sent_and_compared():
    fields = {"Range": "bytes=0-9", "If-Range": DATE}
    response = file_response(fields, last_modified=CHANGED)
    assert (response.status_code, response.headers["Last-Modified"]) == (206, DATE)


def test_a_refused_file_is_closed():
    file = io.BytesIO(CONTENT)
    with pytest.raises(RangeNotSatisfiable):
        file_response({"Range": "bytes=99999-"}, file=file)
    assert file.closed


@pytest.mark.django_db  # Django closes the connections of a request that is answered.
def test_an_answered_file_is_closed_with_the_response():
    file = io.BytesIO(CONTENT)
    response = file_response({"Range": "bytes=0-9"}, file=file)
    response.close()
    assert file.closed


class Pipe(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        return 0


def test_what_cannot_be_positioned_is_sent_as_a_whole():
    response = file_response({"Range": "bytes=0-9"}, file=Pipe())
    assert (response.status_code, response.headers["Accept-Ranges"]) == (200, "none")
