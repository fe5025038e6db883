"""How a request may be sent."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from django_http4xx.decorators import meet_expectations, refuse_early_data, require_protocol
from django_http4xx.exceptions import ExpectationFailed, TooEarly, UpgradeRequired

from .test_limits import over_asgi, over_wsgi


def view(request):
    return HttpResponse("passed")


@pytest.mark.parametrize("value", ["", "100-continue", "100-CONTINUE", ", 100-continue,, "])
def test_the_expectation_that_servers_meet(value):
    request = RequestFactory().get("/", headers={"Expect": value})
    assert meet_expectations()(view)(request).status_code == 200


@pytest.mark.parametrize("value", ["a-miracle", "100-continue, a-miracle", "100-continue;q=1"])
def test_any_other_expectation(value):
    with pytest.raises(ExpectationFailed):
        meet_expectations()(view)(RequestFactory().get("/", headers={"Expect": value}))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("value", ["1", "0", "1, 1", ""])
def test_any_value_means_early_data(method, value):
    request = RequestFactory().generic(method, "/", headers={"Early-Data": value})
    with pytest.raises(TooEarly):
        refuse_early_data(view)(request)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_safe_method_may_come_early(method):
    request = RequestFactory().generic(method, "/", headers={"Early-Data": "1"})
    assert refuse_early_data(view)(request).status_code == 200


def test_an_unsafe_method_that_is_not_early():
    assert refuse_early_data(view)(RequestFactory().post("/")).status_code == 200


@pytest.mark.parametrize(
    "spoken, wanted, passes",
    [
        ("HTTP/1.0", "HTTP/1.1", False),
        ("HTTP/1.1", "HTTP/1.1", True),
        ("HTTP/1.1", "HTTP/2.0", False),
        ("HTTP/1.1", "HTTP/2", False),
        ("HTTP/2", "HTTP/2.0", True),
        ("HTTP/2.0", "HTTP/2.0", True),
        ("HTTP/3", "HTTP/2.0", True),
        ("INCLUDED", "HTTP/2.0", True),
        ("", "HTTP/2.0", True),
    ],
)
def test_a_version_under_wsgi(spoken, wanted, passes):
    request = over_wsgi(SERVER_PROTOCOL=spoken)
    required = require_protocol(wanted)(view)
    if passes:
        assert required(request).status_code == 200
    else:
        with pytest.raises(UpgradeRequired):
            required(request)


@pytest.mark.parametrize(
    "spoken, passes", [("1.0", False), ("1.1", False), ("2", True), ("3", True)]
)
def test_a_version_under_asgi(spoken, passes):
    request = over_asgi()
    request.scope["http_version"] = spoken
    required = require_protocol("HTTP/2.0")(view)
    if passes:
        assert required(request).status_code == 200
    else:
        with pytest.raises(UpgradeRequired):
            required(request)


def test_what_to_change_to_is_said(serve, ask, gateway):
    serve(require_protocol("HTTP/2.0", upgrade=["HTTP/2.0", "TLS/1.2"])(view))
    response = ask("GET")
    assert response.json()["upgrade"] == ["HTTP/2.0", "TLS/1.2"]
    # WSGI forbids an application to send them (PEP 3333).
    expected = ("HTTP/2.0, TLS/1.2", "upgrade") if gateway == "asgi" else (None, None)
    assert (response.headers.get("Upgrade"), response.headers.get("Connection")) == expected


@pytest.mark.parametrize("protocol", ["TLS/1.2", "2.0.1", "", "HTTP/2.0\n"])
def test_a_wrong_version_fails_where_it_is_written(protocol):
    with pytest.raises(ValueError, match=r"require_protocol\(\) needs a version of HTTP"):
        require_protocol(protocol)
