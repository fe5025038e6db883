"""What never was, and what was removed on purpose."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.exceptions import FieldError
from django.db.models import Q

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


def test_what_is_there_takes_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        get_object_or_gone(User, deleted=REMOVED, username="ada")


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
