"""A site of guarded views, as gunicorn and uvicorn load it."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.decorators.served_settings"

wsgi = get_wsgi_application()
asgi = get_asgi_application()
