"""Texts move from one site's admin to another's, as a file that is looked at first."""

import io
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client

from django_http4xx.models import Explanation
from tests.editors import LIST, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

EDITOR = ("view", "add", "change")
FIELDS = (
    *("problem_type", "language", "host", "path_prefix", "title", "explanation", "remedy"),
    *("help_url", "help_label", "is_active", "note"),
)


def rows():
    return sorted(Explanation.objects.values_list(*FIELDS))


def some_texts():
    new = Explanation.objects.create
    new(problem_type="not-found", language="zh-hans", title="找不到", help_url="/help/")
    new(problem_type="not-found", path_prefix="/shop", host="tea.example", title="{path}?")
    new(problem_type="gone", explanation='"Quoted"\n\n* and\n* long', note="Ours")
    new(problem_type="gone", title="An earlier one", is_active=False)
    new(problem_type="gone", title="Another draft", is_active=False)


def uploaded(client, content, **more):
    file = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
    file.name = "texts.json"
    return client.post(f"{LIST}import/", {"file": file, **more})


def confirmed(client, page, **more):
    texts = page.context["texts"]
    return client.post(f"{LIST}import/", {"texts": texts, "confirmed": "Import", **more})


def outcomes(page):
    return [(str(row), str(outcome)) for row, outcome in page.context["steps"]]


def test_the_way_there_and_back_changes_nothing():
    some_texts()
    before = rows()
    client = signed_in(*EDITOR)
    file = client.get(f"{LIST}export/")
    assert file["Content-Disposition"] == 'attachment; filename="explanations.json"'
    Explanation.objects.all().delete()
    page = uploaded(client, file.content)
    assert rows() == []  # it was only looked at
    confirmed(client, page)
    assert rows() == before
    assert {one.changed_by for one in Explanation.objects.all()} == {"ana"}
    assert client.get(f"{LIST}export/").content == file.content


def test_what_is_the_same_is_not_written_again():
    some_texts()
    client = signed_in(*EDITOR)
    page = uploaded(client, client.get(f"{LIST}export/").content, replace="on")
    assert {outcome for _, outcome in outcomes(page)} == {"is the same already"}
    confirmed(client, page, replace="on")
    assert not LogEntry.objects.exists()


def test_what_is_there_stays_unless_it_is_to_be_replaced():
    row = Explanation.objects.create(problem_type="gone", title="Ours", note="Keep")
    client = signed_in(*EDITOR)
    theirs = [{"problem_type": "gone", "title": "Theirs"}]
    page = uploaded(client, theirs)
    [(_, outcome)] = outcomes(page)
    assert "stays" in outcome
    confirmed(client, page)
    assert Explanation.objects.get().title == "Ours"

    page = uploaded(client, theirs, replace="on")
    assert "replaces" in outcomes(page)[0][1]
    confirmed(client, page, replace="on")
    row.refresh_from_db()
    assert (row.title, row.note, row.changed_by) == ("Theirs", "", "ana")
    history = client.get(f"{LIST}{row.pk}/history/").content.decode()
    assert "Ours" in history
    assert "ana" in history


def test_a_draft_takes_no_published_text_out_of_use():
    Explanation.objects.create(problem_type="gone", title="Ours")
    client = signed_in(*EDITOR)
    draft = [{"problem_type": "gone", "title": "Theirs", "is_active": False}]
    confirmed(client, uploaded(client, draft, replace="on"), replace="on")
    assert set(Explanation.objects.values_list("title", "is_active")) == {
        ("Ours", True),
        ("Theirs", False),
    }


@pytest.mark.parametrize("permissions", [(), ("view",), ("change",), ("view", "change")])
def test_who_may_not_add_may_not_import(permissions):
    client = signed_in(*permissions)
    assert client.get(f"{LIST}import/").status_code == 403
    theirs = [{"problem_type": "gone", "title": "Theirs"}]
    assert uploaded(client, theirs, confirmed="Import").status_code == 403
    assert not Explanation.objects.exists()
    if "view" in permissions:
        assert f"{LIST}import/" not in client.get(LIST).content.decode()


def test_who_may_not_change_replaces_nothing():
    Explanation.objects.create(problem_type="gone", title="Ours")
    client = signed_in("view", "add")
    assert 'name="replace"' not in client.get(f"{LIST}import/").content.decode()
    theirs = [{"problem_type": "gone", "title": "Theirs"}]
    uploaded(client, theirs, replace="on", confirmed="Import")
    assert Explanation.objects.get().title == "Ours"


@pytest.mark.parametrize(
    "permissions, status", [((), 403), (("add",), 403), (("view",), 200), (("change",), 200)]
)
def test_who_may_look_may_export(permissions, status):
    assert signed_in(*permissions).get(f"{LIST}export/").status_code == status


def test_a_form_of_another_site_imports_nothing():
    client = signed_in(*EDITOR)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    theirs = [{"problem_type": "gone", "title": "Theirs"}]
    assert uploaded(strict, theirs, confirmed="Import").status_code == 403
    assert not Explanation.objects.exists()


@pytest.mark.parametrize(
    "content, said",
    [
        (b"\xff\xfe", "texts.json cannot be read"),
        (b"[" * 100_000, "texts.json cannot be read"),
        ({"problem_type": "gone"}, "texts.json does not contain a list"),
        ([], "The list is empty"),
        ([{"problem_type": "<lost>"}], "problem_type: There is no such error"),
        ([{"problem_type": "gone", "<b>": ""}], "unknown field &#x27;&lt;b&gt;&#x27;"),
        ([{"problem_type": "gone"}] * 2, "There are two texts for one place: "),
        (b" " * (1024 * 1024 + 1), "The file is too large: there is room for 1.0"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(content, said):
    page = uploaded(signed_in(*EDITOR), content, confirmed="Import").content.decode()
    assert said in page
    assert not Explanation.objects.exists()


def test_a_large_file_arrives_whole():
    texts = [
        {
            "problem_type": "gone",
            "language": "en",
            "path_prefix": f"/{n}",
            "explanation": "茶" * 2000,
        }
        for n in range(150)
    ]
    client = signed_in(*EDITOR)
    page = uploaded(client, json.dumps(texts, ensure_ascii=False).encode())
    confirmed(client, page)
    assert Explanation.objects.count() == 150


class TestTheCommands:
    def run(self, *arguments):
        out = io.StringIO()
        call_command(*map(str, arguments), stdout=out)
        return out.getvalue()

    def test_the_way_there_and_back_changes_nothing(self, tmp_path):
        some_texts()
        before = rows()
        file = tmp_path / "texts.json"
        self.run("export_explanations", file)
        assert self.run("export_explanations") == file.read_text(encoding="utf-8")
        Explanation.objects.all().delete()
        assert "5 texts added, 0 replaced" in self.run("import_explanations", file)
        assert rows() == before
        assert "5 the same already" in self.run("import_explanations", file, "--replace")

    def test_a_dry_run_writes_nothing(self, tmp_path):
        some_texts()
        file = tmp_path / "texts.json"
        self.run("export_explanations", file)
        Explanation.objects.filter(language="zh-hans").delete()
        Explanation.objects.filter(note="Ours").update(note="Mine")
        before = rows()
        said = self.run("import_explanations", file, "--replace", "--dry-run")
        assert "1 text added, 1 replaced, 0 kept as they are, 3 the same already" in said
        assert rows() == before

    def test_the_history_names_the_user(self, tmp_path):
        client = signed_in(*EDITOR)
        row = Explanation.objects.create(problem_type="gone", title="Ours")
        file = tmp_path / "texts.json"
        file.write_text('[{"problem_type": "gone", "title": "Theirs"}, {"problem_type": "locked"}]')
        self.run("import_explanations", file, "--replace", "--user", "ana")
        assert {one.changed_by for one in Explanation.objects.all()} == {"ana"}
        assert LogEntry.objects.filter(user__username="ana").count() == 2
        assert "Ours" in client.get(f"{LIST}{row.pk}/history/").content.decode()

    def test_a_user_that_does_not_exist_is_said(self, tmp_path):
        file = tmp_path / "texts.json"
        file.write_text('[{"problem_type": "gone", "title": "Theirs"}]')
        with pytest.raises(CommandError, match="There is no user 'bob'"):
            self.run("import_explanations", file, "--user", "bob")
        assert not Explanation.objects.exists()

    def test_a_folder_that_does_not_exist_is_said(self, tmp_path):
        with pytest.raises(CommandError, match="cannot be written"):
            self.run("export_explanations", tmp_path / "none" / "texts.json")
