"""``manage.py check``: what is wrong with a set-up, and what to do about it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks
from django.http import HttpResponse
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from django_http4xx.exceptions import ClientError, Conflict, Gone
from django_http4xx.responses import problem_response

OURS = "django_http4xx.middleware.Http4xxMiddleware"
ROOT = Path(__file__).parent.parent

urlpatterns = []


def handler400(request, exception):
    return HttpResponse("Bad.", status=400)


def found(id_=None, **kwargs):
    ours = [
        message
        for message in checks.run_checks(**kwargs)
        if (message.id or "").startswith("django_http4xx.")
    ]
    return ours if id_ is None else [message for message in ours if message.id.endswith(id_)]


@pytest.fixture(autouse=True)
def _types_of_other_tests_are_forgotten():
    gc.collect()


def test_a_project_that_is_set_up_as_the_readme_says_has_no_faults():
    assert found() == []
    assert found(include_deployment_checks=True) == []


def test_every_message_says_what_to_do(settings):
    settings.HTTP4XX = {"NONSENSE": 1}
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[2:], OURS]
    settings.ALLOWED_HOSTS = ["*"]
    messages = found(include_deployment_checks=True)
    assert {message.id for message in messages} >= {
        *("django_http4xx.E001", "django_http4xx.W001", "django_http4xx.W002"),
        "django_http4xx.W004",
    }
    assert all(message.hint for message in messages)


def test_two_types_with_one_name():
    first = type("SoldOutHere", (Conflict,), {"__module__": "shop"})
    second = type("SoldOutHere", (Gone,), {"__module__": "cafe"})
    (message,) = found("E004")
    assert message.msg == (
        "2 problem types have the name 'sold-out-here': shop.SoldOutHere, cafe.SoldOutHere."
    )
    assert "problem_type" in message.hint
    del first, second


PLACEHOLDERS = [
    ({"explanation": "We have {availble} left."}, ["{availble}"]),
    ({"explanation": _("We have {availble} left.")}, ["{availble}"]),
    ({"title": _("{Available}"), "remedy": "{available:d}, {sku.name}"}, 3 * [""]),
    ({"explanation": _("Reference: %(reference)s {x}")}, ["{x}"]),
    ({"title": "{status} {{x}}", "explanation": "{available} of {path} { x }"}, []),
]


@pytest.mark.usefixtures("forgotten_types")
@pytest.mark.parametrize(("texts", "placeholders"), PLACEHOLDERS)
def test_a_placeholder_without_a_value(texts, placeholders):
    namespace = {"__module__": "shop", "__annotations__": {"available": int}, **texts}
    tea = type("OutOfTea", (Conflict,), namespace)
    messages = found("W005")
    assert len(messages) == len(placeholders)
    for message, placeholder in zip(messages, placeholders, strict=True):
        assert "of shop.OutOfTea has the placeholder {" in message.msg
        assert placeholder in message.msg
        assert "These have values: available, path, method" in message.hint
    del tea


@pytest.mark.usefixtures("forgotten_types")
def test_a_placeholder_of_a_parent_without_a_status_is_a_field_of_its_children():
    parent = type("Taken", (ClientError,), {"title": "{room} is taken"})
    child = type("RoomTaken", (parent, Conflict), {"__annotations__": {"room": int}})
    assert found("W005") == []
    del parent, child


@pytest.mark.usefixtures("forgotten_types")
def test_a_placeholder_without_a_value_is_found_in_a_class_that_nothing_else_holds():
    type("OutOfTea", (Conflict,), {"__module__": "shop", "title": "{availble}"})
    gc.collect()
    assert len(found("W005")) == 1


@pytest.mark.usefixtures("forgotten_types")
def test_a_placeholder_without_a_value_in_a_translation():
    told = {"en": "{available} left.", "zh-hans": "还有{availabel}。"}
    text = lazy(lambda: told.get(get_language(), told["en"]), str)()
    namespace = {"__module__": "shop", "__annotations__": {"available": int}, "explanation": text}
    tea = type("OutOfTea", (Conflict,), namespace)
    (message,) = found("W005")
    assert "{availabel}" in message.msg
    del tea


@pytest.mark.usefixtures("forgotten_types")
def test_a_placeholder_without_a_value_is_logged_once_for_each_language(rf, caplog):
    tea = type("OutOfTea", (Conflict,), {"__module__": "shop", "remedy": _("Wait {minuets}.")})
    for _time in range(3):
        assert b"{minuets}" in problem_response(rf.get("/"), tea()).content
    told = [text for record in caplog.records if "OutOfTea" in (text := record.getMessage())]
    assert told == ["OutOfTea has no value for {minuets} in its texts."]
    del tea


@pytest.mark.parametrize(
    "above",
    [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ],
)
def test_the_middleware_below_one_that_refuses_or_chooses(settings, above):
    settings.MIDDLEWARE = [above, OURS]
    (message,) = found("W001")
    assert message.msg == f"{OURS} should be above {above} in MIDDLEWARE."
    settings.MIDDLEWARE = [OURS, above]
    assert found("W001") == []


@pytest.mark.parametrize(
    "below",
    [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "corsheaders.middleware.CorsMiddleware",
    ],
)
def test_the_middleware_above_one_that_changes_what_it_sends(settings, below):
    settings.MIDDLEWARE = [OURS, below]
    (message,) = found("W001")
    assert message.msg == f"{OURS} should be below {below} in MIDDLEWARE."
    settings.MIDDLEWARE = [below, OURS]
    assert found("W001") == []


def test_csrf_failures_that_are_not_explained(settings):
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
    (message,) = found("W002")
    assert "django_http4xx.handlers.csrf_failure" in message.hint
    settings.CSRF_FAILURE_VIEW = "shop.views.own_csrf_failure"
    assert found("W002") == []


@pytest.mark.urls(__name__)
def test_a_handler_that_swallows_our_statuses(settings):
    assert found("W003") == []
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != OURS]
    (message,) = found("W003")
    assert OURS in message.hint


@pytest.mark.parametrize(
    ("hosts", "is_reported"),
    [
        (["shop.example"], False),
        ([], False),
        (["shop.example", "www.shop.example"], True),
        ([".shop.example"], True),
        (["*"], True),
    ],
)
def test_type_uris_that_differ_by_host(settings, hosts, is_reported):
    settings.ALLOWED_HOSTS = hosts
    assert found("W004") == []
    assert bool(found("W004", include_deployment_checks=True)) is is_reported
    settings.HTTP4XX = {"TYPE_BASE_URI": "https://shop.example/problems/"}
    assert found("W004", include_deployment_checks=True) == []


SETTINGS = """
from tests.settings import *
LANGUAGES = {languages}
LANGUAGE_CODE = {code!r}
DEFAULT_AUTO_FIELD = "django.db.models.{auto_field}"
"""
OWN_TYPE = """
from django_http4xx.exceptions import Conflict
class Resting(Conflict):
    until: str
"""


@pytest.mark.parametrize(
    ("languages", "code", "auto_field", "types"),
    [
        ([("en", "English")], "en", "AutoField", ""),
        ([("zh-hans", "中文"), ("ar", "العربية")], "zh-hans", "BigAutoField", OWN_TYPE),
        ([("eo", "Esperanto")], "eo", "SmallAutoField", ""),
    ],
)
def test_no_migration_is_missing_whatever_a_project_s_settings(
    tmp_path, languages, code, auto_field, types
):
    text = SETTINGS.format(languages=languages, code=code, auto_field=auto_field)
    (tmp_path / "project_settings.py").write_text(text, encoding="utf-8")
    (tmp_path / "project_types.py").write_text(types, encoding="utf-8")
    script = (
        "import django; django.setup()\n"
        "import project_types\n"
        "from django.core.management import call_command\n"
        "call_command('makemigrations', 'django_http4xx', check=True, dry_run=True)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "project_settings",
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "No changes detected" in run.stdout
