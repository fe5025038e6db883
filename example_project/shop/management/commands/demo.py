"""``manage.py demo``: set the shop up and serve it."""

from __future__ import annotations

import fcntl
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from shop import demo_data

if TYPE_CHECKING:
    from argparse import ArgumentParser

WELCOME = """
  The tea shop is open:  http://127.0.0.1:{port}/
  The editors' side:     http://127.0.0.1:{port}/admin/

  Sign in as {staff} (password {staff}), an editor; as amy or ben, who buy here;
  or as {superuser}, who may do everything. Each password is the name.

  Try:  curl -i http://127.0.0.1:{port}/raise/404/
        curl -i -H 'Accept: application/json' http://127.0.0.1:{port}/raise/429/

  Ctrl+C stops it.
"""


class Command(BaseCommand):
    help = "Sets the shop up, says what to open, and serves it on 127.0.0.1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        # Bound before anything else: two of them must not set up what only one can serve.
        listener = self._bound(port)
        self._set_up()
        self.stdout.write(
            WELCOME.format(
                port=listener.getsockname()[1],
                staff=demo_data.STAFF,
                superuser=demo_data.SUPERUSER,
            )
        )
        self.stdout.flush()
        self._serve(listener)

    def _bound(self, port: int) -> socket.socket:
        try:
            return socket.create_server(("127.0.0.1", port), backlog=128)
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} cannot be used ({error}). Try another one: make demo PORT=8001"
            ) from error

    def _set_up(self) -> None:
        """Migrate, one at a time where several start at once."""
        lock = Path(f"{settings.DATABASES['default']['NAME']}-lock")
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            call_command("migrate", verbosity=0)

    def _serve(self, listener: socket.socket) -> None:
        import uvicorn

        # An ASGI server carries every field that a 4xx may need. It reads more of a request than
        # usual, so that what is too long is refused by the shop, with an explanation.
        config = uvicorn.Config(
            settings.ASGI_APPLICATION.replace(".application", ":application"),
            # The counts of errors are written when the server stops.
            lifespan="on",
            log_level="warning",
            http="h11",
            h11_max_incomplete_event_size=1024 * 1024,
        )
        # Once it has shut down, uvicorn passes Ctrl+C on.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
