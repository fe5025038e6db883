"""The rows: one active for a place, moved between sites, and every write told to the catalogue."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from django_http4xx.models import CatalogueRevision, Explanation

pytestmark = pytest.mark.django_db


def revision():
    return CatalogueRevision.objects.filter(pk=1).values_list("revision", flat=True).first()


def row(**fields):
    return Explanation(**{"problem_type": "not-found", "title": "Nothing here", **fields})


def saved(**fields):
    new = row(**fields)
    new.save()
    return new


def test_the_database_keeps_one_active_row_for_a_place():
    saved(language="en")
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(language="en")


@pytest.mark.parametrize(
    "difference",
    [
        {"problem_type": "gone"},
        {"language": "zh-hans"},
        {"host": "shop.example"},
        {"path_prefix": "/shop"},
        {"path_prefix": "/SHOP"},
        {"is_active": False},
    ],
)
def test_another_place_or_a_draft_is_no_clash(difference):
    saved(language="en", path_prefix="/sHop")
    saved(**{"language": "en", "path_prefix": "/sHop", **difference})
    assert Explanation.objects.count() == 2


def test_a_second_row_for_a_place_is_refused_in_words():
    saved()
    with pytest.raises(ValidationError, match="already"):
        row().full_clean()


def test_a_draft_for_a_place_that_is_taken_is_fine():
    saved()
    row(is_active=False).full_clean()


@pytest.mark.parametrize("language", ["en", "en-us", "en-US"])
def test_words_may_be_in_the_language_that_the_site_answers_in(settings, language):
    settings.LANGUAGE_CODE = "en-us"  # as `startproject` writes it, beside Django's own LANGUAGES
    words = row(language=language, title="From the editors")
    words.full_clean()
    words.save()
    assert Client().get("/nowhere/", headers={"accept": "application/json"}).json()["title"] == (
        "From the editors"
    )


def test_two_drafts_may_wait_and_only_one_goes_live():
    drafts = [saved(is_active=False), saved(is_active=False)]
    Explanation.objects.filter(pk=drafts[0].pk).update(is_active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Explanation.objects.filter(pk=drafts[1].pk).update(is_active=True)


def test_rows_may_change_places():
    first, second = saved(language="en"), saved(language="zh-hans")
    first.language, second.language = second.language, first.language
    Explanation.objects.bulk_update([first, second], ["language"])
    for moved in (first, second):
        moved.refresh_from_db()
        assert moved.digest == moved.current_digest()


def test_a_conflict_that_is_an_update_keeps_the_digest_right():
    one = saved()
    one.is_active = False
    Explanation.objects.bulk_create(
        [one], update_conflicts=True, unique_fields=["id"], update_fields=["is_active"]
    ) if connection.features.supports_update_conflicts_with_target else one.save()
    one.refresh_from_db()
    assert one.digest is None


def test_saving_some_fields_keeps_the_digest_right():
    one = saved()
    one.is_active = False
    one.save(update_fields=["is_active"])
    one.refresh_from_db()
    assert one.digest is None


def test_saving_a_row_that_was_loaded_in_part_keeps_the_digest_right():
    saved()
    part = Explanation.objects.only("title").get()
    part.host = "shop.example"
    part.save()
    part.refresh_from_db()
    assert part.digest == part.current_digest()


WRITES = {
    "create": lambda one: saved(language="en"),
    "save": lambda one: one.save(),
    "delete": lambda one: one.delete(),
    "update": lambda one: Explanation.objects.update(title="Other"),
    "bulk_create": lambda one: Explanation.objects.bulk_create([row(language="en")]),
    "bulk_update": lambda one: Explanation.objects.bulk_update([one], ["title"]),
    "get_or_create": lambda one: Explanation.objects.get_or_create(problem_type="gone"),
    "update_or_create": lambda one: Explanation.objects.update_or_create(problem_type="gone"),
    "delete many": lambda one: Explanation.objects.all().delete(),
    "deserialize": lambda one: next(
        serializers.deserialize("json", serializers.serialize("json", [one]))
    ).save(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_way_of_writing_changes_the_revision(write):
    one = saved()
    before = revision()
    write(one)
    assert revision() != before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_revision_is_changed_in_the_transaction_of_the_write(write):
    one = saved()
    before = revision()
    with transaction.atomic():
        write(one)
        transaction.set_rollback(True)
    assert revision() == before


def test_reading_changes_nothing():
    saved()
    before = revision()
    list(Explanation.objects.all())
    assert revision() == before


def moved(texts, tmp_path):
    fixture = tmp_path / "texts.json"
    fixture.write_text(texts)
    call_command("loaddata", str(fixture), verbosity=0)


def dumped():
    out = io.StringIO()
    call_command("dumpdata", "django_http4xx", natural_primary=True, stdout=out)
    return out.getvalue()


def test_texts_move_between_sites_and_come_twice_without_harm(tmp_path):
    saved(language="en", title="Ours")
    monday = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    saved(is_active=False, note="first draft", created_at=monday)
    saved(is_active=False, note="second draft", created_at=monday + timedelta(milliseconds=1))
    texts = dumped()
    Explanation.objects.all().delete()
    moved(texts, tmp_path)
    moved(texts, tmp_path)
    assert sorted(Explanation.objects.values_list("title", "note", "is_active")) == [
        ("Nothing here", "first draft", False),
        ("Nothing here", "second draft", False),
        ("Ours", "", True),
    ]


def test_a_moved_text_takes_the_place_of_the_one_that_is_there(tmp_path):
    saved(title="Theirs")
    texts = dumped()
    Explanation.objects.update(title="Ours")
    moved(texts, tmp_path)
    assert Explanation.objects.get().title == "Theirs"


def test_a_revision_that_was_dumped_along_does_not_come_again(tmp_path):
    saved()
    texts, before = dumped(), revision()
    assert before in texts
    moved(json.dumps([row for row in json.loads(texts) if "revision" in row["model"]]), tmp_path)
    assert revision() != before


@pytest.mark.parametrize(
    "settings_change",
    [
        {"LANGUAGES": [("fr", "French")], "LANGUAGE_CODE": "fr"},
        {"DEFAULT_AUTO_FIELD": "django.db.models.AutoField"},
    ],
)
def test_no_setting_asks_for_another_migration(settings, settings_change):
    for name, value in settings_change.items():
        setattr(settings, name, value)
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
