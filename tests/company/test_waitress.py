from __future__ import annotations

import threading

from .packages import needs
from .site import site


@needs("waitress")
def test_a_server_that_knows_no_content_length_gets_whole_answers():
    import httpx
    from waitress.server import create_server

    site()
    from django.core.handlers.wsgi import WSGIHandler

    server = create_server(WSGIHandler(), host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}/nowhere/"
    response = httpx.get(address, headers={"accept": "application/json"})
    assert (response.status_code, response.json()["status"]) == (404, 404)
