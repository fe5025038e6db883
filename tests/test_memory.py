"""An explained error is gone once it is sent: nothing of it waits for the garbage collector."""

import gc

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory


@pytest.mark.django_db  # a request that ends closes old connections
@pytest.mark.parametrize("path", ["/raise/404/", "/raise/409/", "/bare/404/", "/nowhere/"])
@pytest.mark.parametrize("media_type", ["text/html", "application/problem+json"])
def test_no_reference_cycle_is_left(path, media_type):
    handler = WSGIHandler()
    environ = RequestFactory().get(path, headers={"accept": media_type}).environ

    def answer():
        response = handler(environ, lambda status, fields: None)
        response.close()
        return response.status_code

    answer()
    gc.collect()
    gc.disable()
    try:
        assert {answer() for _ in range(10)} <= {404, 409}
        assert gc.collect() < 10
    finally:
        gc.enable()
