"""Rows are known by where they are: each database, schema and tenant has words of its own."""

from __future__ import annotations

import pytest
from django.core import checks
from django.db import connection, connections
from django.test import Client

from django_http4xx.models import Explanation
from django_http4xx.words import snapshots
from tests.editors import FORM, LIST, signed_in

from .test_freshness import (
    BUILT_IN,
    committing,
    fresh_process,  # noqa: F401 - a fixture
    queries,
    told,
    written_elsewhere,
)

HERE = "tests.explanations.test_tenants"
tenant = {"key": "anna"}


def rows_key():
    return tenant["key"]


def failing_key():
    raise LookupError("Nobody is here.")


def unhashable_key():
    return ["anna"]


def by_function(settings):
    settings.HTTP4XX |= {"ROWS_KEY": f"{HERE}.rows_key"}

    def switch(name, explanation):
        tenant["key"] = name
        written_elsewhere(explanation)

    return switch


def by_schema(settings):
    # What the connection says is what counts, where it says something.
    settings.HTTP4XX |= {"ROWS_KEY": f"{HERE}.failing_key"}
    connection.schema_name = "anna"

    def switch(name, explanation):
        connection.schema_name = name
        written_elsewhere(explanation)

    return switch


def by_database(settings):
    def switch(name, explanation):
        connection.settings_dict["NAME"] = name
        written_elsewhere(explanation)

    return switch


@pytest.fixture(params=[by_function, by_schema, by_database])
def switch(request, settings):
    """Switches to another tenant, in whose place rows say something else."""
    name = connection.settings_dict["NAME"]
    # What was read once is never read again, but by who wrote.
    settings.HTTP4XX = {"EXPLANATIONS_MAX_AGE": None}
    tenant["key"] = "anna"
    yield request.param(settings)
    connection.settings_dict["NAME"] = name
    connections["default"].__dict__.pop("schema_name", None)


@committing
class TestEachTenant:
    def test_has_words_of_its_own(self, switch):
        switch("anna", BUILT_IN)
        Explanation.objects.create(problem_type="not-found", explanation="Ask Anna.")
        assert told() == "Ask Anna."
        switch("bert", "Call Bert.")
        assert told() == "Call Bert."
        switch("anna", "This is not read.")
        assert told() == "Ask Anna."

    def test_uses_what_it_wrote_at_once(self, switch):
        row = Explanation.objects.create(problem_type="not-found", explanation="Ask Anna.")
        for name in ("anna", "bert", "anna"):
            switch(name, "Not yet.")
            told()
            row.explanation = f"Written by {name}."
            row.save()
            assert told() == f"Written by {name}."

    def test_uses_what_another_wrote_into_a_table_that_they_share(self, switch):
        row = Explanation.objects.create(problem_type="not-found", explanation="Before.")
        for name in ("anna", "bert"):
            switch(name, "Before.")
            assert told() == "Before."
        row.explanation = "After."
        row.save()
        switch("anna", "After.")
        assert told() == "After."

    @pytest.mark.urls("tests.admin_urls")
    def test_has_a_preview_of_its_own(self, switch):
        Explanation.objects.create(problem_type="locked", explanation="Ask Anna.")
        editor = signed_in("view", "add", "change")

        def previewed():
            return editor.post(f"{LIST}preview/draft/", {**FORM, "title": "Shut"}).json()["json"]

        assert "Ask Anna." in previewed()
        switch("bert", "Call Bert.")
        assert "Call Bert." in previewed()

    def test_is_forgotten_when_its_database_is_migrated(self, switch):
        Explanation.objects.create(problem_type="not-found", explanation="Ask Anna.")
        for name in ("bert", "anna"):
            switch(name, "Before.")
            told()
        snapshots.forget("default")
        for name in ("bert", "anna"):
            switch(name, f"Migrated by {name}.")
            assert told() == f"Migrated by {name}."


@committing
def test_a_thousand_tenants_are_known_and_the_least_used_one_goes(settings):
    settings.HTTP4XX = {"EXPLANATIONS_MAX_AGE": None, "ROWS_KEY": f"{HERE}.rows_key"}
    for key in (*range(1000), 0, 1000):
        tenant["key"] = key
        snapshots.current()

    with queries() as seen:
        for key in (0, 2, 1000):
            tenant["key"] = key
            snapshots.current()
    assert seen == []
    with queries() as seen:
        tenant["key"] = 1
        snapshots.current()
    assert seen


@committing
@pytest.mark.parametrize("name", ["failing_key", "unhashable_key"])
def test_where_nobody_can_tell_the_tenant_the_words_are_built_in(name, settings, caplog):
    Explanation.objects.create(problem_type="not-found", explanation="Ask Anna.")
    assert told() == "Ask Anna."
    settings.HTTP4XX = {"ROWS_KEY": f"{HERE}.{name}"}

    response = Client().get("/nowhere/", headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["explanation"]) == (404, BUILT_IN)
    [record] = [r for r in caplog.records if r.name == "django_http4xx" and r.exc_info]
    assert record.getMessage() == "The explanations cannot be looked up."
    # Rows can be written all the same.
    Explanation.objects.create(problem_type="conflict", explanation="Ask Anna.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (5, "HTTP4XX['ROWS_KEY'] takes a dotted path to a function"),
        ("tests.settings.DEBUG", "HTTP4XX['ROWS_KEY'] takes a dotted path to a function"),
        ("tests.nowhere.key", "HTTP4XX['ROWS_KEY'] names the function 'tests.nowhere.key'"),
    ],
)
def test_the_check_says_what_the_setting_takes(value, said, settings):
    settings.HTTP4XX = {"ROWS_KEY": value}
    assert any(said in message.msg for message in checks.run_checks())
