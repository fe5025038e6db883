"""Real servers for the stores, started for a test and stopped after it."""

from __future__ import annotations

import os
import shutil
import signal
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
    for _ in range(500):
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
        self.environment = {}
        self.port = free_port()
        self.process = None

    def start(self):
        arguments = [argument.format(port=self.port) for argument in self.arguments]
        self.process = subprocess.Popen(
            [self.path, *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.port, self.process)

    def stop(self):
        self.process.kill()
        self.process.wait()

    @contextmanager
    def suspended(self):
        """Alive, with its port open, and answering nobody."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


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
        # A replica gets its data at once, and writes no file.
        *("--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb"),
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


class Relay:
    """A port in front of a server: it may lead elsewhere later, swallow what is sent, or drip answers."""

    def __init__(self, port):
        self.target = port
        self.is_swallowing = False
        self.is_dripping = False
        self.connections = 0
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self.target))
                self.sockets += client, server
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self.pass_on, args=(source, sink), daemon=True).start()

    def pass_on(self, source, sink):
        with suppress(OSError):
            while data := source.recv(65536):
                if self.is_swallowing:
                    continue
                is_answer = source.getpeername()[1] == self.target
                while self.is_dripping and is_answer and data:
                    sink.sendall(data[:1])
                    data = data[1:]
                    time.sleep(0.15)
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def swallowing(self):
        self.is_swallowing = True
        try:
            yield
        finally:
            self.is_swallowing = False

    @contextmanager
    def dripping(self):
        """Answers come byte by byte, each of them soon."""
        self.is_dripping = True
        try:
            yield
        finally:
            self.is_dripping = False

    def close(self):
        for each in (self.listener, *self.sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def relay(port):
    opened = Relay(port)
    try:
        yield opened
    finally:
        opened.close()
