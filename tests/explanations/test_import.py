"""``manage.py import_explanations``: texts that a project has become rows, and editors' stay."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from django_http4xx.models import Explanation
from tests.documents import page

pytestmark = pytest.mark.django_db


def imported(*arguments):
    out = io.StringIO()
    call_command("import_explanations", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def in_file(tmp_path, rows):
    file = tmp_path / "texts.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    return file


def test_a_file_without_rows_says_that_nothing_was_there(tmp_path):
    assert "nothing to import" in imported(in_file(tmp_path, []))


def test_rows_come_from_a_file(tmp_path):
    rows = [
        {
            "problem_type": "not-found",
            "language": "en",
            "path_prefix": "/shop/",
            "title": "Sold out",
        },
        {"problem_type": "gone", "is_active": False, "remedy": "Ask us at {host}."},
    ]
    imported(in_file(tmp_path, rows))
    assert set(Explanation.objects.values_list("problem_type", "path_prefix", "is_active")) == {
        ("not-found", "/shop", True),
        ("gone", "", False),
    }


def test_the_file_that_the_readme_shows_is_one(tmp_path):
    document = page("reference/explanations")
    file = tmp_path / "texts.json"
    file.write_text(re.search(r"```json\n(\[.*?\])\n```", document, re.DOTALL)[1])
    imported(file)
    body = Client().get("/lost/", headers={"Accept": "application/json"}).json()
    assert body["title"] == "We looked everywhere"
    assert body["detail"] == "There is nothing at /lost/."


@pytest.mark.parametrize("is_active", [True, False])
def test_what_editors_wrote_stays(tmp_path, is_active):
    Explanation.objects.create(problem_type="gone", title="Ours", is_active=is_active)
    said = imported(in_file(tmp_path, [{"problem_type": "gone", "title": "Theirs"}]))
    assert "exists already" in said
    assert Explanation.objects.get().title == "Ours"


def test_twice_is_once(tmp_path):
    file = in_file(tmp_path, [{"problem_type": "gone", "title": "Away"}])
    imported(file)
    imported(file)
    assert Explanation.objects.count() == 1


@pytest.mark.parametrize(
    "row, said",
    [
        (7, "Item 2 of .* is not an object"),
        ({"problem_type": "gone", "titel": "x"}, "Item 2 .*'titel'. Use problem_type"),
        ({"problem_type": "no-such-error"}, "Item 2 .*problem_type: There is no such error"),
        ({"problem_type": "gone", "title": "{secret}"}, "title: {secret} is not a placeholder"),
        ({"problem_type": "gone", "title": None}, "Item 2 .*title"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(tmp_path, row, said):
    with pytest.raises(CommandError, match=said):
        imported(in_file(tmp_path, [{"problem_type": "forbidden", "title": "Fine"}, row]))
    assert not Explanation.objects.exists()


def test_a_file_without_a_list_is_refused(tmp_path):
    with pytest.raises(CommandError, match="does not contain a list"):
        imported(in_file(tmp_path, {"problem_type": "gone"}))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[1", "[" + "9" * 10_000 + "]"])
def test_a_file_that_is_no_json_that_can_be_read_is_refused(tmp_path, text):
    file = tmp_path / "texts.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="cannot be read"):
        imported(file)


@pytest.mark.parametrize(
    "field", ["language", "host", "path_prefix", "title", "explanation", "remedy", "help_label"]
)
@pytest.mark.parametrize("character", ["\0", "\ud800"])
def test_a_text_that_no_database_holds_is_refused(tmp_path, field, character):
    rows = [{"problem_type": "gone", field: f"a{character}"}]
    with pytest.raises(CommandError, match=f"Item 1 .*{field}: .*cannot be stored"):
        imported(in_file(tmp_path, rows))


def test_a_value_of_another_kind_is_named_however_it_is_nested(tmp_path):
    deep = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(CommandError, match=r"Item 1 .*: title must be a string"):
        imported(in_file(tmp_path, [{"problem_type": "gone", "title": deep}]))


def test_a_database_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="invalid choice: 'elsewhere'"):
        imported(in_file(tmp_path, []), "--database", "elsewhere")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        imported(tmp_path / "none.json")
