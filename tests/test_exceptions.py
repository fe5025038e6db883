"""What a view raises: arguments, fields, words, and the project's own problem types."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import ClassVar

import pytest
from django.core.exceptions import BadRequest as DjangoBadRequest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from django_http4xx import exceptions
from django_http4xx.exceptions import (
    CLASSES,
    ClientError,
    Conflict,
    ContentTooLarge,
    Forbidden,
    Gone,
    Locked,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PaymentRequired,
    ProxyAuthenticationRequired,
    RangeNotSatisfiable,
    RequestHeaderFieldsTooLarge,
    RequestTimeout,
    TooManyRequests,
    Unauthorized,
    UnavailableForLegalReasons,
    UnprocessableContent,
    UnsupportedMediaType,
    UpgradeRequired,
    problem_types,
)
from django_http4xx.statuses import STATUSES

from .urls import ARGUMENTS


class RoomFull(Conflict):
    title = _("Out of stock")
    explanation = _("We have {available} of {sku} left.")
    remedy = _("Choose a smaller quantity.")
    sku: str
    available: int


class Backordered(RoomFull):
    weeks: int = 2
    known: ClassVar[bool] = True


class Unprintable:
    def __str__(self):
        raise RuntimeError("cannot be printed")


@pytest.fixture(autouse=True, scope="module")
def _types_of_these_tests_are_forgotten():
    yield
    gc.collect()


# The 29 ------------------------------------------------------------------------------------------


def test_there_is_one_class_for_each_registered_code():
    assert CLASSES.keys() == STATUSES.keys()
    for status, cls in CLASSES.items():
        assert cls.status == status
        assert getattr(exceptions, cls.__name__) is cls


@pytest.mark.parametrize("status", STATUSES)
def test_every_class_has_words_and_is_a_bad_request_for_django(status):
    cls = CLASSES[status]
    for words in (cls.title, cls.explanation, cls.remedy):
        assert isinstance(words, Promise)
        assert str(words)
    assert issubclass(cls, DjangoBadRequest)


def test_those_that_django_has_too_are_caught_as_django_s():
    assert issubclass(NotFound, Http404)
    assert issubclass(Forbidden, PermissionDenied)


@pytest.mark.parametrize("status", STATUSES)
def test_where_nothing_is_required_the_class_itself_can_be_raised(status):
    cls = CLASSES[status]
    if cls in {MethodNotAllowed, ProxyAuthenticationRequired, UpgradeRequired}:
        with pytest.raises(TypeError, match=rf"^{cls.__name__}\b.*missing 1 required"):
            raise cls
    else:
        with pytest.raises(cls) as raised:
            raise cls
        assert raised.value.status == status


@pytest.mark.parametrize("status", STATUSES)
def test_by_number(status):
    error = ClientError.from_status(status, detail="So it is.", **ARGUMENTS.get(status, {}))
    assert type(error) is CLASSES[status]
    assert error.detail == "So it is."


@pytest.mark.parametrize("status", [399, 419, 500, "404", None])
def test_by_a_number_that_is_none_of_the_29(status):
    with pytest.raises(ValueError, match=r"^ClientError\.from_status\(\) needs a registered 4xx"):
        ClientError.from_status(status)


def test_the_older_names():
    assert exceptions.PayloadTooLarge is ContentTooLarge
    assert exceptions.UnprocessableEntity is UnprocessableContent


def test_client_error_itself_has_no_status():
    with pytest.raises(TypeError, match="raise a subclass, or use from_status"):
        raise ClientError


# Arguments that become header fields -------------------------------------------------------------

GOOD = [
    (lambda: MethodNotAllowed("get"), {"Allow": "GET"}, {"allow": ["GET"]}),
    (lambda: MethodNotAllowed(["GET", "post"]), {"Allow": "GET, POST"}, {"allow": ["GET", "POST"]}),
    (lambda: MethodNotAllowed(m for m in ["GET"]), {"Allow": "GET"}, {"allow": ["GET"]}),
    (lambda: MethodNotAllowed(["GET", "get"]), {"Allow": "GET"}, {"allow": ["GET"]}),
    (lambda: MethodNotAllowed([]), {"Allow": ""}, {"allow": []}),
    (
        Unauthorized,
        {"WWW-Authenticate": 'Session realm="site"'},
        {"challenge": 'Session realm="site"'},
    ),
    (
        lambda: Unauthorized(challenge='Bearer realm="a\\"b", error="x"'),
        {"WWW-Authenticate": 'Bearer realm="a\\"b", error="x"'},
        {"challenge": 'Bearer realm="a\\"b", error="x"'},
    ),
    (
        lambda: Unauthorized(challenge="Negotiate dG9rZW4="),
        {"WWW-Authenticate": "Negotiate dG9rZW4="},
        {"challenge": "Negotiate dG9rZW4="},
    ),
    (
        lambda: ProxyAuthenticationRequired("Basic"),
        {"Proxy-Authenticate": "Basic"},
        {"challenge": "Basic"},
    ),
    (RequestTimeout, {"Connection": "close"}, {}),
    (
        lambda: NotAcceptable(available=["text/html", "text/csv"]),
        {},
        {"available": ["text/html", "text/csv"]},
    ),
    (lambda: ContentTooLarge(retry_after=0), {"Retry-After": "0"}, {"retry_after": 0}),
    (lambda: TooManyRequests(retry_after=90), {"Retry-After": "90"}, {"retry_after": 90}),
    (
        lambda: TooManyRequests(retry_after=timedelta(seconds=1.2)),
        {"Retry-After": "2"},
        {"retry_after": 2},
    ),
    (
        lambda: TooManyRequests(retry_after=timedelta(seconds=-5)),
        {"Retry-After": "0"},
        {"retry_after": 0},
    ),
    (
        lambda: TooManyRequests(retry_after=datetime(2001, 1, 1, tzinfo=UTC)),
        {"Retry-After": "0"},
        {"retry_after": 0},
    ),
    (
        lambda: UnsupportedMediaType(accept=["image/png", "image/*;q=0.5"]),
        {"Accept": "image/png, image/*;q=0.5"},
        {"accept": ["image/png", "image/*;q=0.5"]},
    ),
    (UnsupportedMediaType, {}, {}),
    (
        lambda: UnsupportedMediaType(accept_encoding="gzip"),
        {"Accept-Encoding": "gzip"},
        {"accept_encoding": ["gzip"]},
    ),
    (
        lambda: RangeNotSatisfiable(complete_length=1000),
        {"Content-Range": "bytes */1000"},
        {"complete_length": 1000},
    ),
    (
        lambda: UpgradeRequired(["TLS/1.2", "websocket"]),
        {"Upgrade": "TLS/1.2, websocket", "Connection": "upgrade"},
        {"upgrade": ["TLS/1.2", "websocket"]},
    ),
    (
        lambda: Locked(precondition="lock-token-submitted"),
        {},
        {"precondition": "lock-token-submitted"},
    ),
    (lambda: RequestHeaderFieldsTooLarge(field="Cookie"), {}, {"field": "Cookie"}),
    (
        # Some servers let names through that are none.
        lambda: RequestHeaderFieldsTooLarge(field="A\r\nB(ä", limit=100),
        {},
        {"field": "A B(?", "limit": 100},
    ),
    (
        lambda: UnavailableForLegalReasons(blocked_by="https://isp.example/ä b>"),
        {"Link": '<https://isp.example/%C3%A4%20b%3E>; rel="blocked-by"'},
        {"blocked_by": "https://isp.example/%C3%A4%20b%3E"},
    ),
]


@pytest.mark.parametrize(("build", "headers", "members"), GOOD)
def test_what_a_code_needs_is_sent_as_a_field_and_said_in_the_body(build, headers, members):
    error = build()
    assert error.headers == headers
    assert error.members == members


def test_a_time_to_come_back_at_counts_from_now():
    in_a_minute = datetime.now(timezone(timedelta(hours=8))) + timedelta(seconds=60)
    assert 55 <= TooManyRequests(retry_after=in_a_minute).members["retry_after"] <= 60


class Nowhere(tzinfo):
    def utcoffset(self, moment):
        return None


BAD = [
    (MethodNotAllowed, "allow", 5, TypeError),
    (MethodNotAllowed, "allow", None, TypeError),
    (MethodNotAllowed, "allow", b"GET", TypeError),
    (MethodNotAllowed, "allow", {"GET": 1}, TypeError),
    (MethodNotAllowed, "allow", ["GET", 5], TypeError),
    (MethodNotAllowed, "allow", "GET, POST", ValueError),
    (MethodNotAllowed, "allow", ["GE\nT"], ValueError),
    (MethodNotAllowed, "allow", "", ValueError),
    (MethodNotAllowed, "allow", "GÉT", ValueError),
    (Unauthorized, "challenge", 5, TypeError),
    (Unauthorized, "challenge", "", ValueError),
    (Unauthorized, "challenge", 'Basic realm="中"', ValueError),
    (Unauthorized, "challenge", 'Basic realm="a\r\nSet-Cookie: b=1"', ValueError),
    (Unauthorized, "challenge", 'Basic realm="open', ValueError),
    (Unauthorized, "challenge", "Basic " + "a" * 3000, ValueError),
    (ProxyAuthenticationRequired, "challenge", None, TypeError),
    (ProxyAuthenticationRequired, "challenge", "Basic\n", ValueError),
    (NotAcceptable, "available", 5, TypeError),
    (NotAcceptable, "available", "html", ValueError),
    (ContentTooLarge, "retry_after", "soon", TypeError),
    (TooManyRequests, "retry_after", 1.5, TypeError),
    (TooManyRequests, "retry_after", True, TypeError),
    (TooManyRequests, "retry_after", -1, ValueError),
    (TooManyRequests, "retry_after", 10**20, ValueError),
    (TooManyRequests, "retry_after", datetime(2030, 1, 1), ValueError),  # noqa: DTZ001 - naive
    (TooManyRequests, "retry_after", datetime(2030, 1, 1, tzinfo=Nowhere()), ValueError),
    (UnsupportedMediaType, "accept", 5, TypeError),
    (UnsupportedMediaType, "accept", ["image/png\r\nX: y"], ValueError),
    (UnsupportedMediaType, "accept_encoding", "g zip", ValueError),
    (RangeNotSatisfiable, "complete_length", "1000", TypeError),
    (RangeNotSatisfiable, "complete_length", -1, ValueError),
    (RangeNotSatisfiable, "complete_length", 10**20, ValueError),
    (UpgradeRequired, "upgrade", [], ValueError),
    (UpgradeRequired, "upgrade", "TLS/1.2/3", ValueError),
    (UpgradeRequired, "upgrade", 2, TypeError),
    (UnavailableForLegalReasons, "blocked_by", "isp.example", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "https://isp.example/\ud800", ValueError),
    (UnavailableForLegalReasons, "blocked_by", 5, TypeError),
    (UnavailableForLegalReasons, "blocked_by", "javascript:alert(1)", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "JavaScript://isp.example/%0aalert(1)", ValueError),
    (UnavailableForLegalReasons, "blocked_by", " javascript:alert(1)", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "java\tscript:alert(1)", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "data:text/html,x", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "vbscript:x", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "file:///etc/passwd", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "http:x", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "https://", ValueError),
    (UnavailableForLegalReasons, "blocked_by", "https:///path", ValueError),
    (Locked, "precondition", None, TypeError),
    (Locked, "precondition", 5, TypeError),
    (RequestHeaderFieldsTooLarge, "field", None, TypeError),
    (RequestHeaderFieldsTooLarge, "field", ["Cookie"], TypeError),
    (NotFound, "headers", ["X-Rev: 7"], TypeError),
    (NotFound, "headers", {"X Rev": "7"}, ValueError),
    (NotFound, "headers", {"X-Rev:": "7"}, ValueError),
    (NotFound, "headers", {"X\r\nRev": "7"}, ValueError),
    (NotFound, "headers", {5: "7"}, ValueError),
    (NotFound, "headers", {"content-length": "7"}, ValueError),
    (NotFound, "headers", {"X-Rev": Unprintable()}, ValueError),
    (NotFound, "errors", 5, TypeError),
    (NotFound, "errors", ["wrong"], TypeError),
    (NotFound, "errors", {"detail": "wrong"}, TypeError),
    (NotFound, "cache_for", "1", TypeError),
    (NotFound, "cache_for", -1, ValueError),
    (TooManyRequests, "cache_for", 60, ValueError),
]


@pytest.mark.parametrize(("cls", "argument", "value", "kind"), BAD)
def test_what_cannot_be_sent_is_refused_where_it_is_raised(cls, argument, value, kind):
    with pytest.raises(kind) as refused:
        cls(**{argument: value})
    assert type(refused.value) is kind
    assert f"{cls.__name__}({argument}=...)" in str(refused.value)


def test_a_challenge_made_to_be_slow_is_read_in_no_time():
    with pytest.raises(ValueError, match="challenge"):
        Unauthorized(challenge="a b=c" + ", a b=c" * 240 + ' , d="')


@given(st.dictionaries(st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True), st.text(max_size=60)))
def test_whatever_a_field_is_given_every_server_can_send_it(headers):
    for value in NotFound(headers=headers).headers.values():
        assert all(" " <= character <= "~" for character in value)
        assert value == value.strip()


def test_any_field_and_what_is_no_text_is_printed():
    error = Conflict(headers={"X-Rev": 7, "X-Name": "Zoë\r\nSet-Cookie: a=b"})
    assert error.headers == {"X-Rev": "7", "X-Name": "Zo? Set-Cookie: a=b"}


def test_the_field_of_a_code_wins_over_the_same_among_the_headers():
    error = MethodNotAllowed(["PUT"], headers={"allow": "GET"})
    assert {name.lower(): value for name, value in error.headers.items()} == {"allow": "PUT"}


# Words, errors, members --------------------------------------------------------------------------


def test_words_for_this_occurrence_leave_the_type_s_alone():
    error = NotFound("Order 12.", title="No order", explanation="We looked.", remedy="Ask.")
    assert (error.detail, error.title, error.explanation, error.remedy) == (
        "Order 12.",
        "No order",
        "We looked.",
        "Ask.",
    )
    assert NotFound().title is NotFound.title


def test_any_other_keyword_is_a_member():
    error = Conflict("Edited meanwhile.", rev=7, by=["Ann"])
    assert error.members == {"rev": 7, "by": ["Ann"]}


@pytest.mark.parametrize(
    "name",
    ["type", "status", "code", "help", "reference", "instance", "errors_left_out"],
)
def test_a_member_that_the_problem_sets_itself_is_refused(name):
    with pytest.raises(TypeError, match=rf"^Conflict\({name}=\.\.\.\)"):
        Conflict(**{name: 1})
    with pytest.raises(TypeError, match=rf"^RoomFull\({name}=\.\.\.\)"):
        RoomFull(sku="A1", available=2, **{name: 1})


def test_errors_are_copied():
    error = {"pointer": "#/a", "detail": "At most 5."}
    raised = UnprocessableContent(errors=(found for found in [error]))
    error["detail"] = "changed"
    assert raised.errors == [{"pointer": "#/a", "detail": "At most 5."}]


# A project's own types ---------------------------------------------------------------------------


def test_a_type_takes_the_fields_that_it_declares():
    error = RoomFull(sku="A1", available=2)
    assert (error.sku, error.available) == ("A1", 2)
    assert error.members == {"sku": "A1", "available": 2}
    assert (error.status, error.problem_type) == (409, "room-full")


def test_fields_are_inherited_and_may_have_defaults():
    assert Backordered.fields == ("sku", "available", "weeks")
    assert Backordered(sku="A1", available=0).members == {"sku": "A1", "available": 0, "weeks": 2}
    assert Backordered(sku="A1", available=0, weeks=5).weeks == 5


def test_fields_of_several_parents_are_all_there():
    class Timed(Conflict):
        hours: int

    class TimedRoomFull(RoomFull, Timed):
        shelf: str

    assert TimedRoomFull.fields == ("sku", "available", "hours", "shelf")
    assert TimedRoomFull(sku="A", available=1, hours=3, shelf="B").hours == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sku": "A1"}, r"^RoomFull\(\) is missing the field 'available'"),
        ({"sku": "A1", "available": 1, "colour": "red"}, r"^RoomFull\(\) has no field 'colour'"),
        ({"sku": "A1", "available": 1, "weeks": 3}, "its fields: sku, available"),
    ],
)
def test_a_type_takes_no_other_fields(given, message):
    with pytest.raises(TypeError, match=message):
        RoomFull(**given)


def test_a_type_without_fields_takes_no_members():
    class Sleeping(Gone):
        title = "Sleeping"

    assert Sleeping("Until noon.").detail == "Until noon."
    with pytest.raises(TypeError, match=r"^Sleeping\(\) has no field 'until'; its fields: none"):
        Sleeping(until="noon")


def test_a_type_takes_the_arguments_of_its_status_too():
    class QuotaExceeded(TooManyRequests):
        plan: str

    error = QuotaExceeded("Used up.", plan="free", retry_after=30, headers={"X-A": "1"})
    assert error.members == {"plan": "free", "retry_after": 30}
    assert error.headers == {"X-A": "1", "Retry-After": "30"}


@pytest.mark.parametrize(
    "name",
    [
        *("type", "status", "code", "help", "reference", "instance", "errors_left_out"),
        *("detail", "headers", "title", "explanation", "remedy", "errors", "cache_for"),
        *("path", "method", "host", "retry_after", "allowed"),
        *("members", "origin", "args", "fields", "problem_type", "from_status", "_private"),
    ],
)
def test_a_field_with_a_name_that_means_something_already_is_refused(name):
    with pytest.raises(TypeError, match=f"^Clashing declares a field '{name}'"):
        type(Conflict)("Clashing", (Conflict,), {"__annotations__": {name: str}})


def test_a_field_with_the_name_of_an_argument_of_its_status_is_refused():
    with pytest.raises(TypeError, match=r"^Clashing declares a field 'allow'"):
        type(Conflict)("Clashing", (MethodNotAllowed,), {"__annotations__": {"allow": str}})


def test_a_type_may_have_an_init_of_its_own():
    class OrderOverdue(PaymentRequired):
        order: int

        def __init__(self, order):
            super().__init__(f"Order {order} is due.", order=order)

    for error in (OrderOverdue(7), copy.copy(OrderOverdue(7))):
        assert (error.detail, error.members) == ("Order 7 is due.", {"order": 7})


@pytest.mark.parametrize("status", [200, 419, 500, "409", None])
def test_a_type_of_a_status_that_is_none_of_the_29_is_refused(status):
    with pytest.raises(TypeError, match=r"^Odd has the status"):
        type(Conflict)("Odd", (ClientError,), {"status": status})


@pytest.mark.parametrize("status", [401, 405, 407, 426])
@pytest.mark.parametrize("parent", [ClientError, NotFound])
def test_a_type_cannot_leave_out_the_field_that_its_status_needs(parent, status):
    needed = CLASSES[status]
    with pytest.raises(TypeError, match=f"ByItself.*{status}.*{needed.__name__}"):
        type(parent)("ByItself", (parent,), {"status": status})
    assert type(parent)("Derived", (needed,), {"status": status}).status == status


@pytest.mark.parametrize("name", ["Out of stock", "../out", "", 5, "größe"])
def test_a_name_that_could_stand_in_no_address_is_refused(name):
    with pytest.raises(TypeError, match=r"^Odd needs a problem_type"):
        type(Conflict)("Odd", (Conflict,), {"problem_type": name})


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("RoomIsFull", "room-is-full"),
        ("URITooLong", "uri-too-long"),
        ("HTTP2Required", "http2-required"),
        ("_Private", "private"),
        ("Snake_Case", "snake-case"),
    ],
)
def test_the_name_of_a_type_is_that_of_its_class(class_name, name):
    assert type(Conflict)(class_name, (Conflict,), {}).problem_type == name


def test_a_type_may_choose_its_name_and_its_children_have_their_own():
    class SoldOut(Conflict):
        problem_type = "sold-out-2"

    class SoldOutForGood(SoldOut):
        pass

    assert (SoldOut.problem_type, SoldOutForGood.problem_type) == (
        "sold-out-2",
        "sold-out-for-good",
    )


def test_a_type_is_registered_by_being_defined():
    class JustDefined(Gone):
        pass

    class WithoutStatus(ClientError):
        """What types have in common; it is none itself."""

    found = list(problem_types())
    assert JustDefined in found
    assert RoomFull in found
    assert set(CLASSES.values()) <= set(found)
    assert WithoutStatus not in found
    assert len(found) == len(set(found))


# Pickling, copying, printing ---------------------------------------------------------------------

CARRIED = [
    NotFound(),
    NotFound("Order 12.", title="No order", headers={"X-A": "1"}, rev=7),
    NotFound(_("Page not found"), remedy=_("Page not found")),
    MethodNotAllowed(["GET"], "Not so."),
    UpgradeRequired("TLS/1.2"),
    UnprocessableContent(errors=[{"pointer": "#/a", "detail": _("Page not found")}]),
    TooManyRequests(retry_after=30, cache_for=None),
    RoomFull(sku="A1", available=2),
    Backordered("Soon.", sku="A1", available=0, weeks=3),
]


@pytest.mark.parametrize(
    "carried_over",
    [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("error", CARRIED, ids=repr)
def test_an_error_survives_pickling_and_copying(error, carried_over):
    again = carried_over(error)
    assert type(again) is type(error)
    assert again.args == error.args
    assert (again.headers, again.errors, again.members) == (
        error.headers,
        error.errors,
        error.members,
    )
    assert repr(again) == repr(error)
    for name in ("status", "detail", "title", "explanation", "remedy", "code", *error.fields):
        assert getattr(again, name) == getattr(error, name)


def test_a_lazy_text_is_still_lazy_in_a_copy():
    for again in (
        copy.deepcopy(NotFound(_("Home"))),
        pickle.loads(pickle.dumps(NotFound(_("Home")))),
    ):
        assert isinstance(again.detail, Promise)
        with override("de"):
            assert str(again) == "Start"


def test_what_is_changed_in_a_deep_copy_is_not_changed_in_the_original():
    error = NotFound(headers={"X-A": "1"}, tags=["a"])
    again = copy.deepcopy(error)
    again.headers["X-A"] = "2"
    again.members["tags"].append("b")
    assert (error.headers, error.members) == ({"X-A": "1"}, {"tags": ["a"]})


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (NotFound(), "NotFound(404)"),
        (NotFound("There is no order 12."), "NotFound(404, 'There is no order 12.')"),
        (NotFound(_("It's gone")), """NotFound(404, "It's gone")"""),
        (RoomFull("None.", sku="A1", available=0), "RoomFull(409, 'None.')"),
    ],
)
def test_repr_shows_class_status_and_detail(error, shown):
    assert repr(error) == shown


def test_repr_does_not_fail_where_the_detail_cannot_be_printed():
    assert repr(NotFound(Unprintable())).startswith("NotFound(404, <tests.test_exceptions.Unpr")


def test_str_is_the_detail_else_the_title():
    assert str(NotFound("There is no order 12.")) == "There is no order 12."
    assert str(NotFound()) == "Page not found"


# What a type checker sees ------------------------------------------------------------------------

TYPED = """
from datetime import timedelta

from django_http4xx.exceptions import (
    ClientError, Conflict, MethodNotAllowed, NotAcceptable, NotFound, RangeNotSatisfiable,
    TooManyRequests, Unauthorized, UnavailableForLegalReasons, UnsupportedMediaType,
)


class OutOfStock(Conflict):
    title = "Out of stock"
    sku: str
    available: int = 0


class Quota(TooManyRequests):
    plan: str


class ReadOnly(MethodNotAllowed):
    until: str


class SignIn(Unauthorized):
    pass


class Media(UnsupportedMediaType):
    pass


class Range(RangeNotSatisfiable):
    pass


class Blocked(UnavailableForLegalReasons):
    pass


class Formats(NotAcceptable):
    pass


NotFound()
NotFound("No order.", title="No", headers={"X-A": "1"}, rev=7)
MethodNotAllowed(["GET"], "Not so.")
ClientError.from_status(410, "Gone.")
OutOfStock(sku="A1")
OutOfStock("None.", sku="A1", available=2, headers={"X-A": "1"}, cache_for=3)
Quota(plan="free", retry_after=timedelta(seconds=3))
Quota(plan="free")
ReadOnly(allow="GET", until="noon")
SignIn(challenge="Bearer")
SignIn()
Media(accept=["image/png"], accept_encoding="gzip")
Range(complete_length=1000)
Blocked(blocked_by="https://isp.example/")
Formats(available="text/html")
length: int = len(OutOfStock(sku="A1").sku)

OutOfStock()  # E: Missing named argument "sku"
OutOfStock(sku=1)  # E: Argument "sku" to "OutOfStock" has incompatible type "int"
OutOfStock(sku="A1", colour="red")  # E: Unexpected keyword argument "colour"
Quota(plan="free", retry_after="soon")  # E: Argument "retry_after" to "Quota" has incompatible type
MethodNotAllowed()  # E: Missing positional argument "allow"
"""


def test_mypy_sees_the_fields_that_a_type_declares(tmp_path):
    pytest.importorskip("mypy")
    module = tmp_path / "typed.py"
    module.write_text(TYPED)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", str(module)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        int(line.split(":")[1]): line.split("error: ")[1]
        for line in run.stdout.splitlines()
        if "typed.py" in line and "error: " in line
    }
    expected = {
        number: line.split("# E: ")[1]
        for number, line in enumerate(TYPED.splitlines(), 1)
        if "# E: " in line
    }
    assert found.keys() == expected.keys(), run.stdout + run.stderr
    for number, message in expected.items():
        assert found[number].startswith(message)
