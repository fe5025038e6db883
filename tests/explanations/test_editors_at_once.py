"""Two editors press Save in the same moment, on each database: one is saved, the other is told."""

import os

import pytest

from .test_databases import SERVERS, in_process, running

AT_ONCE = """
import django
django.setup()
import threading
from django.db import connection, connections
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
connection.creation.create_test_db(verbosity=0, autoclobber=True)
from django.contrib.auth.models import User
from django_http4xx.models import Explanation

try:
    names = ["ana", "ben", "eve", "joe"]
    clients = {}
    for name in names:
        clients[name] = Client()
        clients[name].force_login(User.objects.create_superuser(name))
    for turn in range(5):
        row = Explanation.objects.create(
            problem_type="locked", language="en", path_prefix=f"/{turn}", title="At first"
        )
        address = f"/admin/django_http4xx/explanation/{row.pk}/change/"
        form = clients["ana"].get(address).context["adminform"].form
        start = threading.Barrier(len(names))
        statuses = {}

        def save(name):
            sent = {"title": f"By {name}", "is_active": "on", "opened_with": form.state}
            start.wait()
            try:
                statuses[name] = clients[name].post(address, sent).status_code
            finally:
                connections.close_all()

        threads = [threading.Thread(target=save, args=[name]) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses.values()) == [200, 200, 200, 302], statuses
        (saved,) = [name for name, status in statuses.items() if status == 302]
        row.refresh_from_db()
        assert row.title == f"By {saved}", (row.title, saved)
finally:
    connection.creation.destroy_test_db("default", verbosity=0)
"""


@pytest.mark.parametrize("name", ["SQLite", *SERVERS])
def test_one_of_four_is_saved_and_the_others_are_told(name, tmp_path):
    if name == "SQLite":
        test = {"NAME": str(tmp_path / "db")}
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": test["NAME"], "TEST": test}
        database["OPTIONS"] = {"timeout": 30}
    else:
        database = {**running(name), "TEST": {"NAME": f"test_http4xx_editors_{os.getpid()}"}}
    failed, said = in_process(
        ["-c", AT_ONCE], {"default": database}, ROOT_URLCONF="tests.admin_urls"
    )
    assert not failed, said
