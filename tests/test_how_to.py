"""Who follows a how-to page gets what it promises."""

from __future__ import annotations

import json
import re
import shutil

import polib
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import path

from django_http4xx.exceptions import Conflict

from .documents import README, blocks, page, python
from .followed import Project
from .requirements import missing

SITE = "http://127.0.0.1:8000"
SETTINGS_OF_THE_PAGES = re.compile(r"^# settings\.py", re.MULTILINE)


def how_to(name):
    """The text of a page, for the project of the README."""
    return SETTINGS_OF_THE_PAGES.sub("# mysite/settings.py", page(f"how-to/{name}"))


@pytest.fixture
def project(tmp_path):
    """What somebody has who has done what the README says."""
    start = f"from django.core import management as m; m.call_command('startproject', 'mysite', {str(tmp_path)!r})"
    python(tmp_path, start)
    project = Project(tmp_path, "mysite")
    project.follow(README.read_text().partition("## Add it to your project")[2])
    yield project
    project.restart()


@pytest.fixture
def _gettext():
    if not shutil.which("msgfmt"):
        missing("GNU gettext is not installed.")


def conflict(request):
    raise Conflict("Edited meanwhile.")


urlpatterns = [path("conflict/", conflict)]


@pytest.mark.parametrize(
    "address, status, shown",
    [
        ("/nowhere/", 404, ["<h1>Page not found</h1>", "<p>There is nothing at this address.</p>"]),
        ("/conflict/", 409, ["Edited meanwhile.", "Reload the page"]),
    ],
)
def test_ones_own_pages_show_what_the_page_says(address, status, shown, settings, tmp_path):
    (tmp_path / "base.html").write_text("<body class=ours>{% block content %}{% endblock %}</body>")
    for block in blocks(page("how-to/use-your-own-404-page")):
        file = tmp_path / block.file.removeprefix("templates/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.ROOT_URLCONF = __name__
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://example.com/problems/"}
    response = Client().get(address, headers={"Accept": "text/html"})
    text = response.content.decode()
    assert response.status_code == status
    assert "<body class=ours>" in text
    assert response.problem.short_reference in text
    assert [part for part in shown if part not in text] == []


@pytest.mark.usefixtures("_gettext")
def test_ones_own_types_are_translated(project):
    collect, translate, rest = how_to("translate-your-types").partition("**4.**")
    # The README has the class already.
    project.follow(collect.partition("**2.**")[2])
    (file,) = project.folder.glob("locale/fr/LC_MESSAGES/django.po")
    catalogue = polib.pofile(str(file))
    (entry,) = polib.pofile(blocks(rest)[0].text)
    found = catalogue.find(entry.msgid)
    found.msgstr = entry.msgstr
    catalogue.save()
    project.follow(translate + rest)
    body = json.loads(
        project.ask(f"{SITE}/buy/", Accept="application/json", Accept_Language="fr")["content"]
    )
    assert body["detail"] == "Il reste 2 POT-1."


@pytest.mark.usefixtures("_gettext")
def test_a_project_may_add_a_language(project):
    text = page("how-to/add-a-language").partition("## Translate it in your project")[2]
    copy, compile_, *_ = (block for block in blocks(text) if block.language == "console")
    assert "django_http4xx.__path__" in copy.text
    package = project.run(
        "python", "-c", "import django_http4xx; print(*django_http4xx.__path__)"
    ).strip()
    folder = project.folder / "locale" / "it" / "LC_MESSAGES"
    shutil.copytree(
        f"{package}/locale/fr/LC_MESSAGES", folder, ignore=shutil.ignore_patterns("*.mo")
    )
    catalogue = polib.pofile(str(folder / "django.po"))
    (entry,) = polib.pofile(next(block.text for block in blocks(text) if block.language == "po"))
    assert catalogue.find(entry.msgid, msgctxt=entry.msgctxt)
    few = polib.POFile()
    few.metadata = {**catalogue.metadata, "Language": "it"}
    few.append(entry)
    few.save(str(folder / "django.po"))
    with (project.folder / "mysite" / "settings.py").open("a") as settings:
        settings.write(
            'LANGUAGES = [("en", "English"), ("it", "Italian")]\nLOCALE_PATHS = [BASE_DIR / "locale"]\n'
        )
    project.run(*compile_.text.split())
    answer = project.ask(f"{SITE}/nowhere/", Accept="application/json", Accept_Language="it")
    assert json.loads(answer["content"])["title"] == "Pagina non trovata"


def test_it_can_be_removed_with_its_tables(project):
    text = how_to("install-and-remove").partition("## Remove it")[2]
    project.follow(
        re.sub("^ {3}", "", text, flags=re.MULTILINE).replace(
            "contenttypes", "contenttypes --no-input"
        )
    )
    tables = project.run("python", "manage.py", "inspectdb")
    assert "DjangoHttp4Xx" not in tables
    assert "AuthUser" in tables


def test_failed_logins_are_limited(project):
    project.follow(how_to("limit-logins").replace("# accounts/views.py", "# orders/logins.py"))
    (project.folder / "orders" / "templates" / "registration").mkdir(parents=True)
    form = project.folder / "orders" / "templates" / "registration" / "login.html"
    form.write_text("{{ form }}{% csrf_token %}")
    with (project.folder / "mysite" / "urls.py").open("a") as urls:
        urls.write(
            "from orders import logins\nurlpatterns += [path('login/', logins.Login.as_view())]\n"
        )
    page_of_form = project.ask(f"{SITE}/login/")["content"]
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page_of_form)[1]

    def attempt(name):
        content = f"username={name}&password=guess&csrfmiddlewaretoken={token}"
        return project.ask(f"{SITE}/login/", "POST", content, Accept="application/json")

    answers = [attempt("zoe") for _ in range(6)]
    assert [answer["status"] for answer in answers] == [200] * 5 + [429]
    body = json.loads(answers[-1]["content"])
    assert body["code"] == "too-many-logins"
    assert attempt("yan")["status"] == 200


@pytest.mark.django_db
def test_texts_can_be_imported_with_each_deployment(tmp_path):
    text = page("how-to/move-texts-to-production")
    file = tmp_path / "texts.json"
    file.write_text(next(block.text for block in blocks(text) if block.language == "json"))
    for _ in range(2):
        call_command("import_explanations", str(file), verbosity=0)
    body = Client().get("/shop/lost/", headers={"Accept": "application/json"}).json()
    assert body["detail"] == "There is nothing at /shop/lost/."
