"""Real servers for the stores, started for a test and stopped after it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

from tests.requirements import missing


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "The server did not start."
        time.sleep(0.02)
    raise AssertionError("The server did not answer.")


class Server:
    """A server process on a port of its own; it can be killed and started again."""

    def __init__(self, program, *arguments):
        self.path = shutil.which(program) or missing(f"{program} is not installed.")
        self.arguments = arguments
        self.port = free_port()
        self.process = None

    def start(self):
        arguments = [argument.format(port=self.port) for argument in self.arguments]
        self.process = subprocess.Popen(
            [self.path, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self.port, self.process)

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def running(server):
    server.start()
    try:
        yield server
    finally:
        server.stop()


def redis_server(*arguments):
    return Server(
        "redis-server",
        *("--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
        *arguments,
    )


def memcached_server():
    return Server("memcached", "-p", "{port}", "-l", "127.0.0.1", "-u", "nobody")


@contextmanager
def silent_port():
    """A port that accepts connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@contextmanager
def hanging_up():
    """A port that closes each connection at once, and the times at which there was one."""
    calls = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)

        def answer():
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    calls.append(time.monotonic())
                    connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listener.getsockname()[1], calls
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
