"""``make demo`` as its Makefile calls it."""

import re
import signal
import time

from .conftest import Site, free_port, serve, wait_for


def test_two_of_them_set_up_one_database_side_by_side(tmp_path):
    ports = [free_port(), free_port()]
    servers = [serve("demo", tmp_path, port) for port in ports]
    try:
        for server, port in zip(servers, ports, strict=True):
            wait_for(server, port)
            assert Site(port).ask("/shop/").text.count("<h2>") == 5
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)


def test_it_says_what_to_open_and_who_to_be(tmp_path):
    port = free_port()
    server = serve("demo", tmp_path, port)
    try:
        wait_for(server, port)
        Site(port).ask("/")
        said = (tmp_path / f"demo-{port}.log").read_text()
    finally:
        server.terminate()
        server.wait(10)
    assert f"http://127.0.0.1:{port}/\n" in said
    assert f"http://127.0.0.1:{port}/admin/" in said
    assert "demo (password demo)" in said


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path, site):
    server = serve("demo", tmp_path, site.port)
    assert server.wait(30) == 1
    said = (tmp_path / f"demo-{site.port}.log").read_text()
    assert f"Port {site.port} cannot be used" in said
    assert "make demo PORT=" in said
    assert "Traceback" not in said


def test_ctrl_c_stops_it_quietly(tmp_path):
    port = free_port()
    server = serve("demo", tmp_path, port)
    wait_for(server, port)
    Site(port).ask("/")
    time.sleep(0.1)
    server.send_signal(signal.SIGINT)
    server.wait(10)
    assert not re.search("Traceback|Error", (tmp_path / f"demo-{port}.log").read_text())
