"""A site that counts, as servers load it. An error is met while it is loaded, before a server forks."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

from django_http4xx.met.asgi import flush_at_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.explanations.elsewhere")

wsgi = get_wsgi_application()
asgi = flush_at_shutdown(get_asgi_application())


def _meet_an_error():
    environ = RequestFactory().get("/while-loading/").environ
    response = wsgi(environ, lambda status, fields: None)
    response.close()


_meet_an_error()
