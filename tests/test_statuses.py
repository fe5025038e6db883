"""The table of the 29 codes against what the RFCs say of them."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from django_http4xx.statuses import STATUSES

# RFC 9110 §18.3 with §15.1, RFC 4918, RFC 6585, RFC 7725, RFC 8470: the phrase, where it is defined,
# whether a cache may keep the answer unasked, and the field that it must have.
REGISTERED = {
    400: ("Bad Request", "RFC 9110 §15.5.1", False, None),
    401: ("Unauthorized", "RFC 9110 §15.5.2", False, "WWW-Authenticate"),
    402: ("Payment Required", "RFC 9110 §15.5.3", False, None),
    403: ("Forbidden", "RFC 9110 §15.5.4", False, None),
    404: ("Not Found", "RFC 9110 §15.5.5", True, None),
    405: ("Method Not Allowed", "RFC 9110 §15.5.6", True, "Allow"),
    406: ("Not Acceptable", "RFC 9110 §15.5.7", False, None),
    407: ("Proxy Authentication Required", "RFC 9110 §15.5.8", False, "Proxy-Authenticate"),
    408: ("Request Timeout", "RFC 9110 §15.5.9", False, None),
    409: ("Conflict", "RFC 9110 §15.5.10", False, None),
    410: ("Gone", "RFC 9110 §15.5.11", True, None),
    411: ("Length Required", "RFC 9110 §15.5.12", False, None),
    412: ("Precondition Failed", "RFC 9110 §15.5.13", False, None),
    413: ("Content Too Large", "RFC 9110 §15.5.14", False, None),
    414: ("URI Too Long", "RFC 9110 §15.5.15", True, None),
    415: ("Unsupported Media Type", "RFC 9110 §15.5.16", False, None),
    416: ("Range Not Satisfiable", "RFC 9110 §15.5.17", False, None),
    417: ("Expectation Failed", "RFC 9110 §15.5.18", False, None),
    418: ("I'm a Teapot", "RFC 9110 §15.5.19, RFC 2324 §2.3.2", False, None),
    421: ("Misdirected Request", "RFC 9110 §15.5.20", False, None),
    422: ("Unprocessable Content", "RFC 9110 §15.5.21", False, None),
    423: ("Locked", "RFC 4918 §11.3", False, None),
    424: ("Failed Dependency", "RFC 4918 §11.4", False, None),
    425: ("Too Early", "RFC 8470 §5.2", False, None),
    426: ("Upgrade Required", "RFC 9110 §15.5.22", False, "Upgrade"),
    428: ("Precondition Required", "RFC 6585 §3", False, None),
    429: ("Too Many Requests", "RFC 6585 §4", False, None),
    431: ("Request Header Fields Too Large", "RFC 6585 §5", False, None),
    451: ("Unavailable For Legal Reasons", "RFC 7725 §3", True, None),
}


def test_every_registered_code_is_there_and_no_other():
    assert sorted(STATUSES) == sorted(REGISTERED)
    assert {code for code in HTTPStatus if 400 <= code < 500} == STATUSES.keys()


@pytest.mark.parametrize("code", REGISTERED)
def test_a_code_is_what_its_rfc_says(code):
    row = STATUSES[code]
    assert row.code == code
    assert (str(row.phrase), row.section, row.cacheable, row.required_field) == REGISTERED[code]


def test_a_cache_must_never_keep_those_of_rfc_6585():
    assert {code for code, row in STATUSES.items() if row.no_store} == {428, 429, 431}


def test_trying_again_can_help_where_time_or_another_connection_changes_something():
    assert {code for code, row in STATUSES.items() if row.retry} == {408, 421, 423, 425, 429}
