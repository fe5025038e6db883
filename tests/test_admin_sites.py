"""An admin site of another name, beside the default one and instead of it: no link leads out of it."""

import html
import re
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_http4xx.models import Explanation

LIST = "/editors/django_http4xx/explanation/"
TEXTS = {
    "problem_type": "locked",
    "language": "en",
    "title": "First",
    **dict.fromkeys(("explanation", "remedy", "help_url", "help_label"), ""),
    **dict.fromkeys(("host", "path_prefix", "note"), ""),
    "is_active": "on",
}
# What leaves the admin on purpose.
OUTSIDE = ("/static/", "#", "https://", "/")


@pytest.fixture(
    params=["tests.editors_beside_urls", "tests.editors_urls"], ids=["beside", "instead"]
)
def editor(db, request, settings):
    settings.ROOT_URLCONF = request.param
    settings.STATIC_URL = "/static/"
    client = Client()
    client.force_login(User.objects.create_superuser("ana"))
    return client


def links(response, address):
    """Every address that a page leads or sends to."""
    page = response.content.decode()
    found = re.findall(r'(?:href|action|formaction|data-url|data-page-url)="([^"]*)"', page)
    targets = {urljoin(address, html.unescape(link)) for link in found if link[:1] != "#"}
    return {target for target in targets if target not in OUTSIDE and "/static/" not in target}


def test_every_way_stays_on_the_site(editor):
    first = Explanation.objects.create(problem_type="not-found", language="en", title="Nope")
    Explanation.objects.create(problem_type="not-found", path_prefix="/shop", title="Nope")
    Explanation.objects.create(problem_type="old-error", title="Old")
    start = f"{LIST}{first.pk}/change/"
    editor.post(start, {**TEXTS, "problem_type": "not-found", "title": "Second"})
    addresses = [LIST, f"{LIST}?q=x", f"{LIST}add/", start, f"{LIST}{first.pk}/history/"]
    addresses += [link for link in links(editor.get(addresses[-1]), LIST) if "bring_back" in link]
    assert len(addresses) == 6
    for address in addresses:
        response = editor.get(address)
        assert response.status_code == 200
        found = links(response, address)
        assert found
        assert {link for link in found if not link.startswith("/editors/")} == set(), address


def test_an_editor_customises_saves_and_brings_back(editor):
    overview = editor.get(LIST)
    queries = "problem_type=locked&language=en"
    (customise,) = (link for link in links(overview, LIST) if link.endswith(queries))
    form = editor.get(customise)
    assert form.status_code == 200
    for address in (f"{LIST}preview/", f"{LIST}preview/draft/", f"{LIST}preview/page/"):
        assert address in links(form, customise)
        assert editor.post(address, TEXTS).status_code == 200
    saved = editor.post(f"{LIST}add/", TEXTS)
    assert saved.headers["Location"] == LIST
    row = Explanation.objects.get()
    again = editor.post(f"{LIST}{row.pk}/change/", {**TEXTS, "title": "Second"})
    assert again.headers["Location"] == LIST
    history = f"{LIST}{row.pk}/history/"
    (back,) = (link for link in links(editor.get(history), history) if "bring_back" in link)
    assert 'value="First"' in editor.get(back).content.decode()
    chosen = {"action": "return_to_built_in_words", "_selected_action": [row.pk]}
    assert editor.post(LIST, chosen).headers["Location"] == LIST


def test_the_preview_without_javascript_leads_back_into_the_site(editor):
    response = editor.post(f"{LIST}preview/", TEXTS)
    assert {link for link in links(response, LIST) if not link.startswith("/editors/")} == set()
