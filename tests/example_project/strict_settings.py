"""The example project behind a policy that lets in nothing but the site's own files."""

from example.settings import *  # noqa: F403
from example.settings import MIDDLEWARE


def policy(get_response):
    """As Django's own and django-csp's middleware: a policy that a response brings along stays."""

    def answer(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        return response

    return answer


MIDDLEWARE = [f"{__name__}.policy", *MIDDLEWARE]
