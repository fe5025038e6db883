"""What arrives at guarded views on real servers, byte by byte."""

import io
import json
from http.client import HTTPResponse

import pytest

from tests.test_servers import SERVERS, Server

JSON = b"Accept: application/json"
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    running = Server(request.param, site="tests.decorators.served")
    yield running
    running.stop()


def chunks(body):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def raw(server, *lines, body=b""):
    """The status and the content of the answer to these lines."""
    received = server.raw(b"\r\n".join([*lines, b"Connection: close", b"", body]))
    # An answer whose length nobody has said comes in chunks.
    answer = HTTPResponse(Received(received))
    answer.begin()
    return answer.status, answer.read()


class Received(io.BytesIO):
    """What came over a connection, as ``http.client`` reads one."""

    def makefile(self, mode):
        return self


def asked(server, first, *fields, body=b""):
    return raw(server, first + b" HTTP/1.1", b"Host: testserver", JSON, *fields, body=body)


class TestLengths:
    def test_a_chunked_body_has_none(self, server):
        status, content = asked(server, b"POST /length/", CHUNKED, body=chunks(b"tea"))
        assert (status, json.loads(content)["code"]) == (411, "length-required")

    def test_no_body_and_no_length(self, server):
        assert asked(server, b"POST /length/")[0] == 411

    def test_an_empty_body_states_it(self, server):
        assert asked(server, b"POST /length/", b"Content-Length: 0")[0] == 200

    def test_a_large_body_is_refused_by_what_it_declares(self, server):
        body = b"a" * 100_000
        status, content = asked(server, b"POST /limit/", b"Content-Length: 100000", body=body)
        assert (status, json.loads(content)["limit"]) == (413, 10)

    def test_a_small_body_arrives(self, server):
        status, content = asked(server, b"POST /limit/", b"Content-Length: 3", body=b"tea")
        assert (status, content) == (200, b"tea")

    def test_a_chunked_body_is_counted(self, server):
        def send(body):
            return asked(server, b"POST /counted/", CHUNKED, body=chunks(body))

        assert send(b"ten chars.") == (200, b"ten chars.")
        assert send(b"eleven char")[0] == 413

    def test_more_than_was_declared_is_no_part_of_it(self, server):
        status, content = asked(server, b"POST /limit/", b"Content-Length: 3", body=b"tea" * 50)
        assert (status, content[:3]) == (200, b"tea")

    @pytest.mark.parametrize("value", [b"ten", b"-1", b"+3", b"1_0", b"3, 4"])
    def test_a_length_that_is_no_number(self, server, value):
        assert asked(server, b"POST /limit/", b"Content-Length: " + value, body=b"tea")[0] == 400

    def test_two_lengths(self, server):
        lengths = (b"Content-Length: 3", b"Content-Length: 4")
        assert asked(server, b"POST /limit/", *lengths, body=b"teas")[0] == 400


class TestAddresses:
    def test_the_limit_of_a_view(self, server):
        assert asked(server, b"GET /short/?" + b"q" * 28)[0] == 200
        assert asked(server, b"GET /short/?" + b"q" * 33)[0] == 414

    def test_what_is_escaped_counts_as_it_was_sent(self, server):
        assert asked(server, b"GET /short/?" + b"%41" * 11)[0] == 414

    def test_the_absolute_form_counts_without_its_host(self, server):
        target = b"http://testserver/short/?" + b"q" * 28
        # What an ASGI server makes of it is another address, which does not exist.
        expected = (404, 404) if server.is_async else (200, 414)
        assert (
            asked(server, b"GET " + target)[0],
            asked(server, b"GET " + target + b"qqqqq")[0],
        ) == expected

    def test_the_limit_of_the_site(self, server):
        assert asked(server, b"GET /no-such-page/?" + b"q" * 300)[0] == 414


class TestFields:
    def test_the_limit_of_the_site(self, server):
        status, content = asked(server, b"GET /file/", b"X-Long: " + b"a" * 500)
        assert (status, json.loads(content)["field"]) == (431, "X-Long")

    def test_repeated_fields_count_together(self, server):
        assert asked(server, b"GET /file/", *[b"X-Long: " + b"a" * 200] * 3)[0] == 431

    def test_repeated_types_are_none(self, server):
        types = [b"Content-Type: application/json", b"Content-Type: image/gif"]
        status, _ = asked(server, b"POST /json/", *types, b"Content-Length: 2", body=b"{}")
        assert status in (400, 415)

    def test_a_type(self, server):
        def send(content_type):
            return asked(server, b"POST /json/", content_type, b"Content-Length: 2", body=b"{}")[0]

        assert send(b"Content-Type: application/json") == 200
        assert send(b"Content-Type: image/gif") == 415

    def test_the_type_of_a_chunked_body(self, server):
        fields = (b"Content-Type: image/gif", CHUNKED)
        assert asked(server, b"POST /json/", *fields, body=chunks(b"GIF"))[0] == 415

    def test_an_expectation(self, server):
        assert asked(server, b"GET /expect/", b"Expect: a-miracle")[0] == 417


class TestProtocols:
    def test_http_1_0(self, server):
        status, _ = raw(server, b"GET /http-1.1/ HTTP/1.0", b"Host: testserver", JSON)
        assert status == 426
        assert asked(server, b"GET /http-1.1/")[0] == 200

    def test_http_2_is_wanted(self, server):
        status, content = asked(server, b"GET /http-2/")
        assert (status, json.loads(content)["upgrade"]) == (426, ["HTTP/2.0"])


class TestRanges:
    @pytest.mark.parametrize(
        "fields, status, content",
        [
            ([], 200, b"0123456789" * 100),
            ([b"Range: bytes=0-99"], 206, b"0123456789" * 10),
            ([b"Range: bytes=995-"], 206, b"56789"),
            ([b"Range: bytes=-3"], 206, b"789"),
            ([b"Range: items=0-1"], 200, b"0123456789" * 100),
            ([b"Range: bytes=9-1"], 200, b"0123456789" * 100),
            ([b"Range: bytes=0-1", b'If-Range: "v1"'], 206, b"01"),
            ([b"Range: bytes=0-1", b'If-Range: "v0"'], 200, b"0123456789" * 100),
            ([b"Range: bytes=0-1", b"Range: bytes=1-3"], 200, b"0123456789" * 100),
        ],
    )
    def test_a_part(self, server, fields, status, content):
        assert asked(server, b"GET /file/", *fields) == (status, content)

    def test_a_part_that_does_not_exist(self, server):
        status, content = asked(server, b"GET /file/", b"Range: bytes=5000-6000")
        assert (status, json.loads(content)["complete_length"]) == (416, 1000)
