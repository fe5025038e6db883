"""The small project as gunicorn and uvicorn load it."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

wsgi = get_wsgi_application()
asgi = get_asgi_application()
