"""Redis in the forms that projects run it in."""

from __future__ import annotations

import time
import uuid

import pytest
from django.test import override_settings

pytest.importorskip("redis")

import redis as library

from django_http4xx.throttling import Throttle
from django_http4xx.throttling.algorithm import Demand
from django_http4xx.throttling.stores.redis import RedisStore

from .conftest import cache_settings, close
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
    ],
)
def test_the_options_of_a_cache_are_kept(redis, options):
    settings = cache_settings("redis", f"redis://127.0.0.1:{redis.port}/1", OPTIONS=options)
    with override_settings(**settings):
        assert hits(Throttle("2/h", name="export"), 3) == [True, True, False]
        close()


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


def is_complete(info):
    return info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two servers that share the slots between them."""
    nodes = []
    for name in "ab":
        folder = tmp_path_factory.mktemp(f"cluster-{name}")
        bus = str(free_port())
        options = ("--cluster-enabled", "yes", "--dir", str(folder), "--cluster-port", bus)
        nodes.append((redis_server(*options), bus))
    with running(nodes[0][0]) as first, running(nodes[1][0]) as second:
        a, b = library.Redis(port=first.port), library.Redis(port=second.port)
        a.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 8191)
        b.execute_command("CLUSTER", "ADDSLOTSRANGE", 8192, 16383)
        b.execute_command("CLUSTER", "SET-CONFIG-EPOCH", 2)
        a.execute_command("CLUSTER", "MEET", "127.0.0.1", second.port, nodes[1][1])
        deadline = time.monotonic() + 20
        while not all(is_complete(node.cluster("INFO")) for node in (a, b)):
            assert time.monotonic() < deadline, "The cluster did not come together."
            time.sleep(0.1)
        yield first


class ClusterCache:
    """The least that a cache on a cluster is."""

    key_prefix = uuid.uuid4().hex

    def __init__(self, port):
        self.port = port
        self.client = self

    def get_client(self, *, write):
        return library.RedisCluster(host="127.0.0.1", port=self.port)


def test_on_a_cluster_policies_of_several_servers_are_given_back_on_refusal(cluster):
    store = RedisStore(ClusterCache(cluster.port), 1.0, 4)
    wide, narrow = Demand("{client}w", 10, 10_000_000), Demand("{tenant}n", 10, 10)
    assert store.take([wide, narrow]) == [0, 0]
    for _ in range(3):
        store.take([wide, narrow])
    left = store.take([wide._replace(cost=0)])[0]
    assert left <= 10
    together = [Demand("{client}x", 10, 10_000_000), Demand("{client}y", 10, 10_000_000)]
    assert store.take(together) == [0, 0]
    store.close()


def test_behind_a_sentinel(redis, tmp_path):
    pytest.importorskip("django_redis")
    port = free_port()
    config = tmp_path / "sentinel.conf"
    config.write_text(
        f"port {port}\ndir {tmp_path}\nsentinel monitor primary 127.0.0.1 {redis.port} 1\n"
    )
    sentinel = Server("redis-server", str(config), "--sentinel")
    sentinel.port = port
    options = {
        "CLIENT_CLASS": "django_redis.client.SentinelClient",
        "SENTINELS": [("127.0.0.1", port)],
        "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
    }
    settings = cache_settings("django-redis", "redis://primary/0", OPTIONS=options)
    with running(sentinel), override_settings(**settings):
        assert hits(Throttle("2/h", name="export"), 3) == [True, True, False]
        close()
