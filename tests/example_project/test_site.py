"""The shop as somebody sees it who clicks through it."""

import pytest

from .conftest import manage


@pytest.mark.parametrize("path", ["/", "/shop/", "/account/login/", "/admin/login/"])
def test_pages_open(any_site, path):
    answer = any_site.ask(path)
    assert answer.status == 200
    assert answer.headers.get_content_type() == "text/html"


def test_static_files_are_served_by_every_server(any_site):
    assert any_site.ask("/static/admin/css/base.css").status == 200


def test_the_home_page_links_every_code_at_every_door(site):
    page = site.ask("/").text
    for code in (400, 418, 451):
        for door in ("/raise/", "/async/raise/", "/bare/"):
            assert f'href="{door}{code}/"' in page


def test_migrating_again_changes_nothing(folder):
    before = manage(folder, "dumpdata", "shop", "auth.user")
    manage(folder, "migrate", "--verbosity", "0")
    assert manage(folder, "dumpdata", "shop", "auth.user") == before


def test_the_project_has_no_faults(folder):
    assert "no issues" in manage(folder, "check")
    assert "No changes" in manage(folder, "makemigrations", "--check", "shop")
