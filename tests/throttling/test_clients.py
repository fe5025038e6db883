"""Who is asking: what may be believed, and what changes nothing."""

from __future__ import annotations

import asyncio
import logging

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from django_http4xx.throttling import clients
from django_http4xx.throttling.clients import Client, address_of


def request_from(address="203.0.113.7", **fields):
    meta = {f"HTTP_{name.upper()}": value for name, value in fields.items()}
    return RequestFactory().get("/", REMOTE_ADDR=address, **meta)


@pytest.mark.parametrize(
    "trusted, fields, expected",
    [
        (None, {}, "10.0.0.1"),
        (None, {"x_forwarded_for": "198.51.100.1"}, "10.0.0.1"),
        (0, {"x_forwarded_for": "198.51.100.1"}, "10.0.0.1"),
        (1, {}, "10.0.0.1"),
        (1, {"x_forwarded_for": "198.51.100.1"}, "198.51.100.1"),
        (1, {"x_forwarded_for": "6.6.6.6, 198.51.100.1"}, "198.51.100.1"),
        (1, {"x_forwarded_for": "nonsense, , 198.51.100.1"}, "198.51.100.1"),
        (1, {"x_forwarded_for": "198.51.100.1:4711"}, "198.51.100.1"),
        (1, {"x_forwarded_for": "[2001:db8::1]:4711"}, "2001:db8::1"),
        (1, {"x_forwarded_for": "::ffff:198.51.100.1"}, "198.51.100.1"),
        (1, {"x_forwarded_for": "nonsense"}, "10.0.0.1"),
        (1, {"x_forwarded_for": ""}, "10.0.0.1"),
        (2, {"x_forwarded_for": "6.6.6.6, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"),
        (2, {"x_forwarded_for": "198.51.100.1"}, "198.51.100.1"),
        (2, {"x_forwarded_for": "nonsense, 10.0.0.2"}, "10.0.0.1"),
        (1, {"forwarded": "for=198.51.100.1;proto=https"}, "198.51.100.1"),
        (1, {"forwarded": 'for=6.6.6.6, proto=https;For="[2001:db8::1]:4711"'}, "2001:db8::1"),
        (1, {"forwarded": 'for=", for=198.51.100.1'}, "198.51.100.1"),
        (1, {"forwarded": "for=unknown"}, "10.0.0.1"),
        (1, {"forwarded": "for=6.6.6.6", "x_forwarded_for": "198.51.100.1"}, "198.51.100.1"),
        (["10.0.0.0/8"], {}, "10.0.0.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "6.6.6.6, 198.51.100.1"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "6.6.6.6, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "198.51.100.1, nonsense"}, "10.0.0.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "10.0.0.3, 10.0.0.2"}, "10.0.0.3"),
        (["192.168.0.0/16"], {"x_forwarded_for": "198.51.100.1"}, "10.0.0.1"),
        # An empty field was sent: what else there is may be the client's.
        (1, {"x_forwarded_for": "", "forwarded": "for=6.6.6.6"}, "10.0.0.1"),
        (1, {"x_forwarded_for": " ", "forwarded": "for=6.6.6.6"}, "10.0.0.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "", "forwarded": "for=6.6.6.6"}, "10.0.0.1"),
        # A port without brackets.
        (1, {"x_forwarded_for": "2001:db8:1:2:3:4:5:6:4711"}, "2001:db8:1:2:3:4:5:6"),
        (1, {"x_forwarded_for": "2001:db8::1:47112"}, "2001:db8::1"),
        (1, {"x_forwarded_for": "2001:db8::1:nonsense"}, "10.0.0.1"),
        # A unix socket is this machine's.
        (1, {"x_forwarded_for": "unix:"}, "10.0.0.1"),
        (2, {"x_forwarded_for": "198.51.100.1, unix:"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "6.6.6.6, 198.51.100.1, unix:"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "198.51.100.1, unix:/run/x.sock"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "unix:, 198.51.100.1"}, "198.51.100.1"),
        (["10.0.0.0/8"], {"forwarded": 'for=198.51.100.1, for="unix:"'}, "198.51.100.1"),
        (["10.0.0.0/8"], {"x_forwarded_for": "198.51.100.1, "}, "10.0.0.1"),
        # A proxy is not trusted for an address that only has a trusted one in it.
        (["10.0.0.0/8"], {"x_forwarded_for": "6.6.6.6, 64:ff9b::10.0.0.2"}, "64:ff9b::a00:2"),
    ],
)
def test_believes_the_hops_that_are_trusted_and_no_other(settings, trusted, fields, expected):
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    assert address_of(request_from("10.0.0.1", **fields)) == expected


@pytest.mark.parametrize("peer", ["", "unix:", "unix:/run/gunicorn.sock"])
@pytest.mark.parametrize("trusted", [["127.0.0.0/8"], 1])
def test_a_peer_behind_a_unix_socket_is_a_trusted_one(settings, peer, trusted):
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    assert address_of(request_from(peer, x_forwarded_for="198.51.100.1")) == "198.51.100.1"


@pytest.mark.parametrize(
    "prefix, one, other, same",
    [
        (64, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        (64, "2001:db8:1:2::1", "2001:db8:1:3::1", False),
        (48, "2001:db8:1:2::1", "2001:db8:1:3::1", True),
        (128, "2001:db8::1", "2001:db8::2", False),
        (64, "203.0.113.7", "203.0.113.8", False),
        (64, "::ffff:203.0.113.7", "203.0.113.7", True),
        (64, "::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        (64, "fe80::1%eth0", "fe80::1%eth1", True),
        # NAT64, Teredo: many clients in one network. 6to4: many networks of one client.
        (64, "64:ff9b::203.0.113.7", "64:ff9b::203.0.113.8", False),
        (64, "64:ff9b::203.0.113.7", "203.0.113.7", True),
        (64, "2001:0:c000:201:0:f00d:34ff:8ef8", "2001:0:c000:201:0:f00d:34ff:8ef7", False),
        (64, "2001:0:c000:201:0:f00d:34ff:8ef8", "203.0.113.7", True),
        (64, "2002:cb00:7107:1::1", "2002:cb00:7107:2::1", True),
        (64, "2002:cb00:7107::1", "2002:cb00:7108::1", False),
        (64, "2001:db8:1:2:3:4:5:6:4711", "2001:db8:1:2:3:4:5:6:4712", True),
    ],
)
def test_ipv6_counts_by_network(settings, prefix, one, other, same):
    settings.HTTP4XX = {"THROTTLE": {"IPV6_PREFIX": prefix}}
    first, second = (Client("ip").of(request_from(address)) for address in (one, other))
    assert (first == second) is same


@pytest.fixture
def nobody_was_warned(monkeypatch):
    monkeypatch.setattr(clients, "_warned", [])


@pytest.mark.parametrize("peer", ["10.0.0.1", "127.0.0.1", "", "::1"])
@pytest.mark.parametrize("field", ["x_forwarded_for", "forwarded"])
@pytest.mark.usefixtures("nobody_was_warned")
def test_warns_once_that_all_visitors_may_be_one(caplog, peer, field):
    for _ in range(3):
        address_of(request_from(peer, **{field: "for=198.51.100.1"}))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "HTTP4XX['TRUSTED_PROXIES']" in record.message


@pytest.mark.parametrize(
    "trusted, peer, fields",
    [
        (0, "10.0.0.1", {"x_forwarded_for": "198.51.100.1"}),
        (1, "10.0.0.1", {"x_forwarded_for": "198.51.100.1"}),
        (None, "8.8.8.8", {"x_forwarded_for": "198.51.100.1"}),
        (None, "10.0.0.1", {}),
    ],
)
@pytest.mark.usefixtures("nobody_was_warned")
def test_warns_of_nothing_else(settings, caplog, trusted, peer, fields):
    settings.HTTP4XX = {"TRUSTED_PROXIES": trusted}
    address_of(request_from(peer, **fields))
    assert not caplog.records


def signed_in(user, session=None):
    request = request_from()
    request.user = user
    request.session = session
    return request


def found(client, request):
    """What a client is known by; the same to coroutines."""
    identity = client.of(request)

    async def ask():
        return await client.aof(request)

    assert asyncio.run(ask()) == identity
    return identity


def test_by_user_counts_only_who_is_signed_in():
    assert found(Client("user"), signed_in(User(pk=7))) == "user:7"
    assert found(Client("user"), signed_in(AnonymousUser())) is None


def test_by_user_or_ip_counts_all():
    assert found(Client("user_or_ip"), signed_in(User(pk=7))) == "user:7"
    assert found(Client("user_or_ip"), signed_in(AnonymousUser())) == "ip:203.0.113.7"


@pytest.mark.django_db(transaction=True)
def test_by_session_believes_only_sessions_that_exist():
    session = SessionStore()
    session.create()
    known = signed_in(None, SessionStore(session.session_key))
    assert Client("session").of(known) == f"session:{session.session_key}"
    forged = signed_in(None, SessionStore("a" * 32))
    assert Client("session").of(forged) == "ip:203.0.113.7"
    assert Client("session").of(signed_in(None, SessionStore())) == "ip:203.0.113.7"


def test_a_session_in_a_cookie_is_another_with_each_change_and_so_counts_by_address():
    def asking(**data):
        from django.contrib.sessions.backends.signed_cookies import SessionStore as InCookie

        session = InCookie()
        session.update(data)
        session.save()
        return signed_in(None, InCookie(session.session_key))

    first, second = (found(Client("session"), asking(visits=number)) for number in (1, 2))
    assert first == second == "ip:203.0.113.7"


def test_by_header_and_by_address_where_there_is_none():
    client = Client("header:X-API-Key")
    assert found(client, request_from(x_api_key="k1")) != found(
        client, request_from(x_api_key="k2")
    )
    assert found(client, request_from()) == "ip:203.0.113.7"


async def tenant(request):
    return "acme"


@pytest.mark.parametrize(
    "key, expected",
    [(lambda request: 7, "own:7"), (lambda request: None, None), (tenant, "own:acme")],
)
def test_by_a_callable(key, expected):
    assert found(Client(key), request_from()) == expected


@pytest.mark.parametrize("key", ["user", "session"])
def test_names_the_middleware_that_is_missing(key):
    with pytest.raises(ImproperlyConfigured, match="Middleware above it"):
        Client(key).of(request_from())
