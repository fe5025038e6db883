"""What never was, and what was removed on purpose."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.exceptions import FieldError
from django.db import OperationalError, connection, transaction
from django.db.models import DecimalField, F, Q
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from django_http4xx.decorators import aget_object_or_gone, get_object_or_gone, gone
from django_http4xx.exceptions import Gone, NotFound

pytestmark = pytest.mark.django_db

REMOVED = Q(is_active=False)


@pytest.fixture(autouse=True)
def users():
    User.objects.create_user("ada")
    User.objects.create_user("bob", is_active=False)


def sync(source, *args, **lookup):
    return get_object_or_gone(source, *args, deleted=REMOVED, **lookup)


def asynchronous(source, *args, **lookup):
    async def get():
        return await aget_object_or_gone(source, *args, deleted=REMOVED, **lookup)

    return async_to_sync(get)()


@pytest.mark.parametrize("get", [sync, asynchronous])
class TestGetObjectOrGone:
    @pytest.mark.parametrize("source", [User, User.objects, User.objects.all()])
    def test_what_is_there(self, get, source):
        assert get(source, username="ada").username == "ada"

    def test_what_was_removed(self, get):
        with pytest.raises(Gone):
            get(User, username="bob")

    def test_what_never_was(self, get):
        with pytest.raises(NotFound):
            get(User, username="eve")

    @pytest.mark.parametrize("key", ["abc", "1.5", "", "1x", None, [], 10**30, float("inf")])
    def test_a_key_that_nothing_can_have(self, get, key):
        with pytest.raises(NotFound):
            get(User, pk=key)

    def test_a_condition(self, get):
        with pytest.raises(NotFound):
            get(User, Q(is_staff=True), username="ada")

    def test_several_are_a_mistake_of_ours(self, get):
        User.objects.create_user("adam")
        with pytest.raises(User.MultipleObjectsReturned):
            get(User, username__startswith="ad")

    def test_a_field_that_does_not_exist_is_a_mistake_of_ours(self, get):
        with pytest.raises(FieldError):
            get(User, no_such_field=1)


# What no column holds, or no driver sends.
IMPOSSIBLE = {
    "a NUL": {"username": "a\0b"},
    "a NUL in a part": {"email__icontains": "a\0b"},
    "half a character": {"username": "\ud800"},
    "a moment beyond time": {"date_joined": "9999-12-31T23:59:59-23:59"},
    "a moment before it": {"date_joined": "0001-01-01T00:00:00+23:59"},
    "no day of any year": {"date_joined": "2020-13-45"},
    "a number beyond numbers": {"price": "1e999999"},
    "no number": {"price": "sNaN"},
    "one that is infinite": {"price": "Infinity"},
}
if connection.vendor == "postgresql":
    # Others say of this that the query is at fault.
    IMPOSSIBLE["no expression"] = {"username__regex": "("}
PRICED = User.objects.annotate(price=Cast(F("pk"), DecimalField(max_digits=5, decimal_places=2)))


@pytest.mark.parametrize("lookup", IMPOSSIBLE)
@pytest.mark.parametrize("get", [sync, asynchronous])
def test_a_value_that_is_refused_is_of_nothing_and_leaves_the_transaction_usable(get, lookup):
    with transaction.atomic(), pytest.raises(NotFound):
        get(PRICED.all(), **IMPOSSIBLE[lookup])
    assert User.objects.filter(username="ada").exists()


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_nothing_but_the_object_is_asked_for():
    with CaptureQueriesContext(connection) as queries:
        get_object_or_gone(User, deleted=REMOVED, username="ada")
    assert [query["sql"][:6] for query in queries] == ["SELECT"]


def test_inside_of_one_the_query_has_a_savepoint():
    with CaptureQueriesContext(connection) as queries:
        get_object_or_gone(User, deleted=REMOVED, username="ada")
    assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "SELECT", "RELEASE"]


def test_a_database_that_is_down_is_no_missing_object():
    """What says "broken" is no 404."""

    def down(*args):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(down), pytest.raises(OperationalError):
        get_object_or_gone(User.objects.all(), deleted=REMOVED, username="ada")


def test_what_was_removed_can_be_told_of():
    with pytest.raises(Gone, match="Bob has left"):
        get_object_or_gone(User, deleted=REMOVED, detail="Bob has left.", username="bob")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
def test_an_address_whose_content_is_gone(method, serve, ask):
    serve(gone("The sale ended in August."))
    response = ask(method)
    assert response.status_code == 410
    if method != "HEAD":
        assert response.json()["detail"] == "The sale ended in August."


def test_no_token_is_needed_to_hear_that_it_is_gone(serve, ask):
    ask.client.handler.enforce_csrf_checks = True
    serve(gone())
    assert ask("POST").status_code == 410


def test_what_gone_does_not_take_fails_where_it_is_written():
    with pytest.raises(ValueError, match=r"Gone\(headers=...\)"):
        gone(headers={"Content-Length": "1"})
