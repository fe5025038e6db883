"""The media types that a view gives and takes."""

from contextlib import suppress

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from hypothesis import given
from hypothesis import strategies as st

from django_http4xx.decorators import accept_content_types, offer
from django_http4xx.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType

from .test_limits import over_asgi, over_wsgi


class TestOffer:
    @pytest.mark.parametrize(
        "accept, chosen",
        [
            (None, "application/json"),
            ("", "application/json"),
            ("*/*", "application/json"),
            ("text/csv", "text/csv"),
            ("TEXT/CSV", "text/csv"),
            ("text/*", "text/csv"),
            ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
            ("text/csv, application/json", "text/csv"),
            ("*/*, text/csv;q=0.5", "application/json"),
            ("application/json;q=0, */*", "text/csv"),
            ("text/*;q=0.1, text/csv;q=0, */*;q=0.01", "application/json"),
            ("image/png", "application/json"),
            ("*/*;q=0", "application/json"),
            ("text/csv;q=abc, ;;, /", "text/csv"),
            ("nonsense", "application/json"),
        ],
    )
    def test_what_the_client_likes_best(self, accept, chosen):
        request = RequestFactory().get("/", headers={} if accept is None else {"Accept": accept})
        offer("application/json", "text/csv")(lambda request: HttpResponse())(request)
        assert request.negotiated_type == chosen

    @pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "application/json;q=0"])
    def test_strictly_nothing_else_than_what_the_client_takes(self, accept):
        request = RequestFactory().get("/", headers={"Accept": accept})
        view = offer("application/json", "text/csv", strict=True)(lambda request: HttpResponse())
        with pytest.raises(NotAcceptable) as refused:
            view(request)
        assert refused.value.members == {"available": ["application/json", "text/csv"]}

    @pytest.mark.parametrize(
        "accept", ["application/problem+json", "application/problem+xml;q=0.5"]
    )
    def test_who_takes_only_problems_gets_what_the_view_gives_first(self, accept):
        request = RequestFactory().get("/", headers={"Accept": accept})
        offer("application/json", "text/csv", strict=True)(lambda request: HttpResponse())(request)
        assert request.negotiated_type == "application/json"

    def test_the_answer_says_what_it_depends_on(self, serve, ask):
        serve(offer("text/csv")(lambda request: HttpResponse(headers={"Vary": "Cookie"})))
        assert ask("GET").headers["Vary"] == "Cookie, Accept"

    def test_what_django_has_under_the_name_goes_on_working(self):
        request = RequestFactory().get("/", headers={"Accept": "text/*"})
        offer("text/csv")(lambda request: HttpResponse())(request)
        assert (request.accepts("text/html"), request.accepts("image/png")) == (True, False)
        assert request.get_preferred_type(["image/png", "text/html"]) == "text/html"

    @given(st.text(max_size=60))
    def test_no_field_breaks_it(self, accept):
        request = RequestFactory().get("/", headers={"Accept": accept})
        offer("text/csv")(lambda request: HttpResponse())(request)
        assert request.negotiated_type == "text/csv"

    @pytest.mark.parametrize("types", [(), ("csv",), ("text/csv\r\n",)])
    def test_wrong_types_fail_where_they_are_written(self, types):
        with pytest.raises(ValueError, match=r"offer\("):
            offer(*types)


def sent(content_type="application/json", *, body=b"{}", method="POST", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestFactory().generic(method, "/", body, content_type, headers=headers)


def view(request):
    return HttpResponse("passed")


class TestAcceptContentTypes:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            'application/json; charset="UTF-8"',
            "application/json;charset=utf8",
            "application/json;charset=us-ascii",
            "application/json; profile=x",
            "image/png",
            "image/gif",
        ],
    )
    def test_what_is_taken(self, content_type):
        accepting = accept_content_types("application/json", "image/*")(view)
        assert accepting(sent(content_type)).status_code == 200

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "", "json", "application/json, image/gif", "application/jsonp", "/", ";"],
    )
    def test_what_is_not(self, content_type):
        with pytest.raises(UnsupportedMediaType) as refused:
            accept_content_types("application/json")(view)(sent(content_type))
        assert refused.value.headers == {"Accept": "application/json"}

    @pytest.mark.parametrize("content_type", ["application/json", "image/png"])
    @pytest.mark.parametrize("length", ["two", "-1", "\xb2", "1e1"])
    def test_a_length_that_is_none_is_a_bad_request_whatever_the_type_is(
        self, content_type, length
    ):
        request = over_wsgi(CONTENT_TYPE=content_type, CONTENT_LENGTH=length)
        with pytest.raises(BadRequest, match="not a number"):
            accept_content_types("application/json")(view)(request)

    @pytest.mark.parametrize("charset", ["utf-16", "rot13", "latin-1", "hex", "nonsense", ""])
    def test_another_charset(self, charset):
        with pytest.raises(UnsupportedMediaType, match="encoded as utf-8") as refused:
            accept_content_types("text/plain")(view)(sent(f'text/plain; charset="{charset}"'))
        assert refused.value.headers == {"Accept": "text/plain"}

    def test_a_charset_of_the_views_choice(self):
        accepting = accept_content_types("text/csv", charsets=["iso-8859-1"])(view)
        assert accepting(sent("text/csv; charset=latin1")).status_code == 200
        with pytest.raises(UnsupportedMediaType):
            accepting(sent("text/csv; charset=utf-8"))

    @pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity", "", ", gzip ,"])
    def test_a_coding_that_the_view_decodes(self, coding):
        accepting = accept_content_types("application/json", encodings=("gzip",))(view)
        assert accepting(sent(Content_Encoding=coding)).status_code == 200

    @pytest.mark.parametrize(
        "encodings, coding, accepted",
        [(("gzip",), "br", "gzip"), (("gzip",), "gzip, br", "gzip"), ((), "gzip", "identity")],
    )
    def test_another_coding(self, encodings, coding, accepted):
        with pytest.raises(UnsupportedMediaType) as refused:
            accept_content_types("application/json", encodings=encodings)(view)(
                sent(Content_Encoding=coding)
            )
        assert refused.value.headers == {"Accept-Encoding": accepted}

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_no_content_has_no_type(self, method):
        request = RequestFactory().generic(method, "/")
        assert accept_content_types("application/json")(view)(request).status_code == 200

    def test_content_without_a_type(self):
        request = sent()
        request.content_type = ""
        with pytest.raises(UnsupportedMediaType):
            accept_content_types("application/json")(view)(request)

    def test_content_whose_length_http_2_does_not_state(self):
        request = over_asgi("POST", [("Content-Type", "image/gif")], b"GIF89a")
        with pytest.raises(UnsupportedMediaType):
            accept_content_types("application/json")(view)(request)

    def test_a_safe_method_brings_none_that_counts(self):
        request = sent("image/gif", method="GET")
        assert accept_content_types("application/json")(view)(request).status_code == 200

    @given(st.text(st.characters(max_codepoint=255), max_size=40))
    def test_no_type_breaks_it(self, content_type):
        request = RequestFactory().generic("POST", "/", b"{}", "application/json")
        request.META["CONTENT_TYPE"] = content_type
        request._set_content_type_params(request.META)
        accepting = accept_content_types("application/json")(view)
        with suppress(UnsupportedMediaType):
            assert accepting(request).status_code == 200

    @pytest.mark.parametrize("wrong", [{"charsets": "nonsense"}, {"encodings": "g zip"}])
    def test_what_is_wrong_fails_where_it_is_written(self, wrong):
        with pytest.raises(ValueError, match=r"accept_content_types\("):
            accept_content_types("application/json", **wrong)


class TestWhatSuccessesSay:
    """``Accept-Post`` and ``Accept-Patch`` imply that the method is allowed (RFC 5789 §3.1)."""

    def test_a_class_tells_of_each_method_that_it_has(self, serve, ask):
        @method_decorator(accept_content_types("application/json"), name="dispatch")
        class Page(View):
            def get(self, request):
                return HttpResponse()

            post = patch = get

        serve(csrf_exempt(Page.as_view()))
        for method in ("GET", "OPTIONS", "POST"):
            response = ask(method)
            assert response.headers["Accept-Post"] == "application/json"
            assert response.headers["Accept-Patch"] == "application/json"
        assert ask("OPTIONS").headers["Allow"] == "GET, POST, PATCH, HEAD, OPTIONS"

    def test_a_function_tells_of_what_it_lets_through(self, serve, ask):
        serve(require_http_methods(["GET", "POST"])(accept_content_types("text/csv")(view)))
        response = ask("GET")
        assert response.headers["Accept-Post"] == "text/csv"
        assert "Accept-Patch" not in response.headers

    def test_a_function_that_does_not_say_tells_of_what_worked(self, serve, ask):
        serve(csrf_exempt(accept_content_types("text/csv")(view)))
        assert "Accept-Post" not in ask("GET").headers
        assert ask("POST").headers["Accept-Post"] == "text/csv"

    def test_an_error_of_the_view_says_nothing_of_it(self, serve, ask):
        failing = accept_content_types("text/csv")(lambda request: HttpResponse("no", status=409))
        serve(csrf_exempt(failing))
        assert "Accept-Post" not in ask("POST").headers
