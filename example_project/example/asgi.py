"""``uvicorn example.asgi:application`` in the folder of ``manage.py``."""

from __future__ import annotations

import os
import warnings

from django.core.asgi import get_asgi_application

from django_http4xx.met.asgi import flush_at_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example.settings")

# WhiteNoise sends files as a WSGI application would, which is as good for a demo.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

application = flush_at_shutdown(get_asgi_application())
