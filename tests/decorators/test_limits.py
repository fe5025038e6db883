"""How much a request may hold."""

import io
from datetime import timedelta

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.translation import override

from django_http4xx.decorators import (
    limit_content_length,
    limit_header_size,
    limit_uri_length,
    require_content_length,
)
from django_http4xx.exceptions import (
    BadRequest,
    ContentTooLarge,
    LengthRequired,
    RequestHeaderFieldsTooLarge,
    URITooLong,
)


def view(request):
    return HttpResponse("passed")


def over_asgi(method="POST", headers=(), body=b"", target=b"/"):
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "http_version": "2",
        "method": method,
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    return ASGIRequest(scope, io.BytesIO(body))


def over_wsgi(method="POST", **environ):
    return WSGIRequest(
        {"REQUEST_METHOD": method, "PATH_INFO": "/", "wsgi.input": io.BytesIO(), **environ}
    )


class TestContentLength:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_a_method_with_content_states_its_length(self, method):
        with pytest.raises(LengthRequired):
            require_content_length(view)(over_wsgi(method))

    @pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
    def test_other_methods_may_come_without_content(self, method):
        assert require_content_length(view)(over_wsgi(method)).status_code == 200

    @pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
    def test_a_chunked_body_has_no_length(self, method):
        request = over_wsgi(method, HTTP_TRANSFER_ENCODING="chunked")
        with pytest.raises(LengthRequired):
            require_content_length(view)(request)

    def test_a_length_beside_a_chunked_body_counts_for_nothing(self):
        request = over_wsgi(CONTENT_LENGTH="5", HTTP_TRANSFER_ENCODING="chunked")
        with pytest.raises(LengthRequired):
            require_content_length(view)(request)

    def test_an_empty_body_has_a_length(self):
        assert require_content_length(view)(over_wsgi(CONTENT_LENGTH="0")).status_code == 200

    @pytest.mark.parametrize(
        "value", ["ten", "-1", "+1", "1_0", "1.5", "\uff11\uff10", "5,5", "9" * 31]
    )
    def test_a_length_that_is_no_number_is_a_bad_request(self, value):
        for decorator in (require_content_length, limit_content_length(100)):
            with pytest.raises(BadRequest):
                decorator(view)(over_wsgi(CONTENT_LENGTH=value))

    def test_the_declared_length_decides(self):
        limited = limit_content_length(10)(view)
        assert limited(over_wsgi(CONTENT_LENGTH="10")).status_code == 200
        with pytest.raises(ContentTooLarge):
            limited(over_wsgi(CONTENT_LENGTH="11"))

    def test_what_an_asgi_server_has_read_is_counted_where_nothing_was_declared(self):
        limited = limit_content_length(10)(view)
        assert limited(over_asgi(body=b"ten chars.")).status_code == 200
        with pytest.raises(ContentTooLarge):
            limited(over_asgi(body=b"eleven char"))

    def test_counting_leaves_the_body_to_the_view(self):
        limited = limit_content_length(10)(lambda request: HttpResponse(request.body))
        assert limited(over_asgi(body=b"ten chars.")).content == b"ten chars."

    @pytest.mark.parametrize(
        "read",
        [
            lambda stream: stream.read(),
            lambda stream: [stream.read(4) for _ in range(3)],
            lambda stream: stream.readlines(),
            list,
            lambda stream: stream.readline(),
        ],
    )
    def test_what_a_view_reads_of_a_chunked_body_is_counted(self, read):
        @limit_content_length(10)
        def reading(request):
            read(request.META["wsgi.input"])
            return HttpResponse()

        def chunked(body):
            return over_wsgi(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(body)})

        assert reading(chunked(b"ten chars.")).status_code == 200
        with pytest.raises(ContentTooLarge):
            reading(chunked(b"eleven char"))

    def test_the_refusal_names_the_limit(self):
        with pytest.raises(ContentTooLarge, match="At most 1 byte is accepted") as refused:
            limit_content_length(1)(view)(over_wsgi(CONTENT_LENGTH="2"))
        assert refused.value.members["limit"] == 1
        assert "Retry-After" not in refused.value.headers

    @pytest.mark.parametrize(
        "delay, when", [(90, "in 2 minutes"), (timedelta(hours=2), "in 2 hours")]
    )
    def test_a_limit_for_now_says_until_when(self, delay, when):
        with pytest.raises(ContentTooLarge) as refused:
            limit_content_length(5, retry_after=delay)(view)(over_wsgi(CONTENT_LENGTH="6"))
        said = f"For now at most 5 bytes are accepted; try again {when}."
        assert str(refused.value) == said
        with override("zh-hans"):
            assert "分钟后" in str(refused.value) or "小时后" in str(refused.value)

    @pytest.mark.parametrize("limit", [-1, "10", 1.5, None, True])
    def test_a_wrong_limit_fails_where_it_is_written(self, limit):
        with pytest.raises((TypeError, ValueError), match=r"limit_content_length\(...\)"):
            limit_content_length(limit)


class TestAddress:
    def test_path_and_query_count_as_they_were_sent(self):
        limited = limit_uri_length(20)(view)
        assert limited(RequestFactory().get("/search", {"q": "a" * 10})).status_code == 200
        with pytest.raises(URITooLong, match="It has 21 characters; at most 20 are accepted"):
            limited(RequestFactory().get("/search", {"q": "a" * 11}))

    @pytest.mark.parametrize(
        "target, length",
        [
            ("/%61%61", 7),
            ("/a?b=%20", 8),
            ("http://shop.example:8000/a?b", 4),
            ("http://shop.example", 0),
            ("*", 1),
        ],
    )
    @pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
    def test_what_the_wsgi_server_received_decides(self, name, target, length):
        request = over_wsgi("GET", **{name: target})
        assert limit_uri_length(length)(view)(request).status_code == 200
        if length:
            with pytest.raises(URITooLong):
                limit_uri_length(length - 1)(view)(request)

    @pytest.mark.parametrize("target", [b"/%61%61", b"/a?b=%20", b"/"])
    def test_what_the_asgi_server_received_decides(self, target):
        request = over_asgi("GET", target=target)
        assert limit_uri_length(len(target))(view)(request).status_code == 200
        with pytest.raises(URITooLong):
            limit_uri_length(len(target) - 1)(view)(request)


class TestHeaderFields:
    def test_the_field_at_fault_is_named(self):
        request = RequestFactory().get("/", headers={"X-Long": "a" * 94, "X-Short": "a"})
        with pytest.raises(RequestHeaderFieldsTooLarge) as refused:
            limit_header_size(each=99)(view)(request)
        assert refused.value.members == {"field": "X-Long", "limit": 99}
        assert "X-Long with 100 bytes" in str(refused.value)

    def test_a_field_of_exactly_the_limit_passes(self):
        request = RequestFactory().get("/", headers={"X-Long": "a" * 94})
        assert limit_header_size(each=100)(view)(request).status_code == 200

    def test_all_together_have_a_limit_too(self):
        request = over_asgi("GET", headers=[(f"X-{n}", "a" * 50) for n in range(10)])
        limited = limit_header_size(total=400, each=100)(view)
        with pytest.raises(RequestHeaderFieldsTooLarge, match="at most 400") as refused:
            limited(request)
        assert "All of them together have 530 bytes" in str(refused.value)
        assert refused.value.members == {"field": "X-0", "limit": 400}

    def test_repeated_fields_count_together(self):
        request = over_asgi("GET", headers=[("X-Long", "a" * 60)] * 2)
        with pytest.raises(RequestHeaderFieldsTooLarge):
            limit_header_size(each=100)(view)(request)

    def test_no_fields_at_all(self):
        assert limit_header_size(each=0, total=0)(view)(over_wsgi()).status_code == 200


class TestOfTheWholeSite:
    def test_nothing_is_limited_by_default(self, serve, ask):
        serve(view)
        response = ask("GET", target="/search/" + "a" * 5000, headers={"X-Long": "a" * 50_000})
        assert response.status_code == 200

    def test_an_endless_address(self, serve, ask, settings):
        settings.HTTP4XX = {"MAX_URI_LENGTH": 100}
        serve(view)
        assert ask("GET").status_code == 200
        response = ask("GET", target="/search/" + "a" * 100)
        assert (response.status_code, response.json()["limit"]) == (414, 100)

    @pytest.mark.parametrize("key", ["MAX_HEADER_SIZE", "MAX_HEADER_FIELD_SIZE"])
    def test_endless_header_fields(self, key, serve, ask, settings):
        settings.HTTP4XX = {key: 200}
        serve(view)
        assert ask("GET").status_code == 200
        response = ask("GET", headers={"X-Long": "a" * 200})
        assert (response.status_code, response.json()["field"]) == (431, "X-Long")

    def test_they_are_looked_at_before_anything_else(self, serve, ask, settings):
        settings.HTTP4XX = {"MAX_URI_LENGTH": 10}
        settings.ROOT_URLCONF = "there.is.no.such.module"
        assert ask("GET", target="/much-too-long").status_code == 414

    def test_a_refusal_has_the_security_fields(self, serve, ask, settings):
        settings.HTTP4XX = {"MAX_URI_LENGTH": 10}
        response = ask("GET", target="/much-too-long")
        assert response.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("value", [0, -1, "100", True])
    def test_a_wrong_limit_is_reported(self, value, settings):
        from django_http4xx.checks import check_settings

        settings.HTTP4XX = {"MAX_URI_LENGTH": value}
        (message,) = check_settings()
        assert (message.id, "MAX_URI_LENGTH" in message.msg) == ("django_http4xx.E002", True)
