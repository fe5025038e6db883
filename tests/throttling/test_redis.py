"""Redis in the forms that projects run it in."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from contextlib import ExitStack

import pytest
from django.test import override_settings

pytest.importorskip("redis")

import redis as library

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.stores import store_for
from django_http4xx.throttling.throttles import Ask, take
from tests.requirements import missing

from .conftest import PATIENT, cache_settings, close
from .servers import Server, free_port, redis_server, running


def hits(throttle, times):
    return [throttle.hit("a").allowed for _ in range(times)]


@pytest.mark.parametrize(
    "options",
    [
        {"pool_class": "redis.BlockingConnectionPool"},
        {"decode_responses": True},
        {"socket_timeout": 5, "retry_on_timeout": True},
        {"max_connections": 3, "health_check_interval": 1},
        {"protocol": 3},
    ],
)
def test_the_options_of_a_cache_are_kept(redis, options):
    settings = cache_settings("redis", f"redis://127.0.0.1:{redis.port}/1", OPTIONS=options)
    with override_settings(**settings):
        assert hits(Throttle("2/h", name="export"), 3) == [True, True, False]
        close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of this machine, by itself, with its key."""
    program = shutil.which("openssl") or missing("openssl is not installed.")
    files = [str(tmp_path_factory.mktemp("tls") / name) for name in ("certificate.pem", "key.pem")]
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-out", files[0], "-keyout", files[1])
    subprocess.run([program, *made, *names], check=True, capture_output=True)
    return files


def served_up_to_2_times(location, **options):
    settings = cache_settings("redis", location, OPTIONS=options)
    with override_settings(**settings, **PATIENT):
        decisions = [Throttle("2/h", name="export").hit("a") for _ in range(3)]
        close()
    assert not any(decision.outage for decision in decisions)
    return [decision.allowed for decision in decisions] == [True, True, False]


def test_by_tls_and_with_a_password(certificate):
    file, key = certificate
    port = str(free_port())
    tls = ("--tls-port", port, "--tls-cert-file", file, "--tls-key-file", key)
    options = (*tls, "--tls-ca-cert-file", file, "--tls-auth-clients", "no")
    with running(redis_server("--requirepass", "secret", *options)):
        assert served_up_to_2_times(f"rediss://:secret@127.0.0.1:{port}/1", ssl_ca_certs=file)


def test_by_a_unix_socket(tmp_path):
    path = tmp_path / "redis.sock"
    with running(redis_server("--unixsocket", str(path))):
        assert served_up_to_2_times(f"unix://{path}?db=1")


def test_a_key_takes_as_much_at_any_limit(redis):
    client = library.Redis(port=redis.port)
    sizes = set()
    for rate, times in (("10/h", 1), ("100000/h", 2000)):
        prefix = uuid.uuid4().hex
        settings = cache_settings("redis", f"redis://127.0.0.1:{redis.port}/0")
        settings["CACHES"]["default"]["KEY_PREFIX"] = prefix
        with override_settings(**settings):
            throttle = Throttle(rate, name="export")
            for _ in range(times):
                throttle.hit("a")
            close()
        (key,) = client.keys(f"{prefix}*")
        sizes.add(client.memory_usage(key))
        assert 0 < client.pttl(key) <= 3_600_000
    assert len(sizes) == 1


def test_all_policies_take_one_trip(redis):
    settings = cache_settings("redis", f"redis://127.0.0.1:{redis.port}/0")
    client = library.Redis(port=redis.port)
    with override_settings(**settings):
        throttle = Throttle(["5/min", "9/h", "20/day"], name="api")
        throttle.hit("a")
        calls = client.info("commandstats")["cmdstat_evalsha"]["calls"]
        throttle.hit("a")
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == calls + 1
        close()


NODES = 3


@pytest.fixture
def cluster(tmp_path):
    """Three servers that share the slots between them."""
    nodes = []
    with ExitStack() as stack:
        for number in range(NODES):
            folder = tmp_path / str(number)
            folder.mkdir()
            bus = str(free_port())
            options = ("--cluster-enabled", "yes", "--dir", str(folder), "--cluster-port", bus)
            options += ("--cluster-require-full-coverage", "no")
            server = stack.enter_context(running(redis_server(*options)))
            server.client, server.bus = library.Redis(port=server.port), bus
            nodes.append(server)
        edges = [16384 * number // NODES for number in range(NODES + 1)]
        for epoch, (node, first, end) in enumerate(zip(nodes, edges, edges[1:], strict=False), 1):
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
            node.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", epoch)
            nodes[0].client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        deadline = time.monotonic() + 20
        while not all(is_complete(node.client) for node in nodes):
            assert time.monotonic() < deadline, "The cluster did not come together."
            time.sleep(0.05)
        backend = "tests.throttling.cluster_cache.ClusterCache"
        location = f"redis://127.0.0.1:{nodes[0].port}"
        caches = {"default": {"BACKEND": backend, "LOCATION": location}}
        with override_settings(CACHES=caches, HTTP4XX={"THROTTLE": {"TIMEOUT": 2}}):
            yield nodes
            close()


def is_complete(client):
    info = client.cluster("INFO")
    slots, nodes = info["cluster_slots_ok"], info["cluster_known_nodes"]
    return (info["cluster_state"], slots, nodes) == ("ok", "16384", str(NODES))


def keys_by_port(throttle, port, count):
    """Keys of clients that a node has."""
    watched = store_for(None)
    watched.server_of("a", watched.deadline())
    found = []
    for number in range(1000):
        server = watched._store.server_of(throttle.demands(number, 1)[0].key)
        if server.endswith(f":{port}"):
            found.append(number)
    return found[:count]


def test_on_a_cluster_a_refusal_uses_up_nothing_on_other_servers(cluster):
    wide, narrow = Throttle("9/h", name="wide"), Throttle("1/h", name="narrow")
    (one,) = keys_by_port(wide, cluster[0].port, 1)
    (other,) = keys_by_port(narrow, cluster[1].port, 1)
    asks = [Ask(wide, one, 1), Ask(narrow, other, 1)]
    assert [take(asks).decision.allowed for _ in range(3)] == [True, False, False]
    assert wide.peek(one).remaining == 8


def test_a_server_of_a_cluster_that_is_gone_is_down_for_its_own_keys_only(cluster):
    throttle = Throttle("2/h", name="export")
    lost = keys_by_port(throttle, cluster[2].port, 20)
    others = keys_by_port(throttle, cluster[0].port, 20) + keys_by_port(
        throttle, cluster[1].port, 20
    )
    for key in lost:
        throttle.hit(key)
    with cluster[2].suspended():
        decisions = [(throttle.hit(key), throttle.hit(others[0])) for key in lost]
        assert all(decision.outage for decision, _ in decisions)
        assert not any(decision.outage for _, decision in decisions)
        assert not any(throttle.hit(key).outage for key in others)
        assert [throttle.hit(lost[0]).allowed for _ in range(2)] == [False, False]
        # A limit whose count is elsewhere holds as before, also where one is lost.
        asks = [Ask(throttle, lost[1], 0), Ask(throttle, others[0], 1)]
        assert not take(asks).decision.allowed


def test_a_slot_that_moves_is_followed(cluster):
    throttle = Throttle("3/h", name="export")
    (key,) = keys_by_port(throttle, cluster[0].port, 1)
    throttle.hit(key)
    name = store_for(None)._store.prefix + throttle.demands(key, 1)[0].key
    source, target = cluster[0].client, cluster[1].client
    slot = source.cluster("KEYSLOT", name)
    here, there = (node.execute_command("CLUSTER", "MYID") for node in (source, target))
    target.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", here)
    source.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", there)
    source.execute_command("MIGRATE", "127.0.0.1", cluster[1].port, name, 0, 1000)
    decisions = [throttle.hit(key)]
    for node in cluster:
        node.client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", there)
    decisions += [throttle.hit(key) for _ in range(2)]
    assert [decision.allowed for decision in decisions] == [True, True, False]
    assert not any(decision.outage for decision in decisions)


@pytest.fixture
def sentinels(tmp_path):
    """A primary, its replica, and three sentinels that watch them."""
    with ExitStack() as stack:
        primary = stack.enter_context(running(redis_server()))
        replica = stack.enter_context(
            running(redis_server("--replicaof", "127.0.0.1", str(primary.port)))
        )
        ports = []
        for number in range(3):
            config = tmp_path / f"sentinel-{number}.conf"
            port = free_port()
            config.write_text(
                f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
                f"sentinel monitor primary 127.0.0.1 {primary.port} 2\n"
                "sentinel down-after-milliseconds primary 300\n"
                "sentinel failover-timeout primary 3000\n"
            )
            sentinel = Server("redis-server", str(config), "--sentinel")
            sentinel.port = port
            stack.enter_context(running(sentinel))
            ports.append(port)
        watching = [library.Redis(port=port) for port in ports]
        deadline = time.monotonic() + 20
        while not all(is_watching(sentinel) for sentinel in watching):
            assert time.monotonic() < deadline, "The sentinels did not find each other."
            time.sleep(0.05)
        yield primary, replica, ports


def is_watching(sentinel):
    (primary,) = sentinel.sentinel_masters().values()
    return (primary["num-slaves"], primary["num-other-sentinels"]) == (1, 2)


def test_behind_sentinels_the_new_primary_is_asked(sentinels):
    pytest.importorskip("django_redis")
    primary, _replica, ports = sentinels
    options = {
        "CLIENT_CLASS": "django_redis.client.SentinelClient",
        "SENTINELS": [("127.0.0.1", port) for port in ports],
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
    }
    settings = cache_settings("django-redis", "redis://primary/0", OPTIONS=options)
    with override_settings(**settings):
        throttle = Throttle("3/h", name="export")
        assert hits(throttle, 2) == [True, True]
        primary.stop()
        assert hits(throttle, 2) == [True, False]
        deadline = time.monotonic() + 20
        while throttle.hit(uuid.uuid4()).outage:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert hits(throttle, 1) == [False]
        close()
