"""Each tenant's visitors read what its own editors wrote, and nobody else's."""

from __future__ import annotations

import asyncio
import json

import pytest

from .packages import needs
from .site import MIDDLEWARE, postgresql, site

CONTENT_TYPES = "django.contrib.contenttypes"
SCHEMAS = ("public", "anna", "bert")


def tenants(request, *, ours_in, **settings):
    """A site with the public schema and two tenants; our app is in these lists of apps."""
    lists = {
        "SHARED_APPS": ["django_tenants", "tests.company.shops", CONTENT_TYPES],
        "TENANT_APPS": [CONTENT_TYPES],
    }
    for name in ours_in:
        lists[name].append("django_http4xx")

    async def refuse(request):
        from django_http4xx.exceptions import NotFound

        raise NotFound

    def urlpatterns():
        from django.urls import path

        return [path("refuse/", refuse)]

    client = site(
        urlpatterns,
        migrate=False,
        **lists,
        INSTALLED_APPS=list(dict.fromkeys(lists["SHARED_APPS"] + lists["TENANT_APPS"])),
        MIDDLEWARE=["django_tenants.middleware.main.TenantMainMiddleware", MIDDLEWARE[0]],
        ALLOWED_HOSTS=["*"],
        TENANT_MODEL="shops.Shop",
        TENANT_DOMAIN_MODEL="shops.Address",
        DATABASES={"default": postgresql(request, "django_tenants.postgresql_backend")},
        DATABASE_ROUTERS=["django_tenants.routers.TenantSyncRouter"],
        MIGRATION_MODULES={"shops": None},
        HTTP4XX={"EXPLANATIONS_MAX_AGE": None},
        **settings,
    )
    from django.core.management import call_command

    call_command("migrate_schemas", shared=True, run_syncdb=True, verbosity=0)
    from .shops.models import Address, Shop

    for schema in SCHEMAS:
        shop = Shop(schema_name=schema)
        shop.save(verbosity=0)
        Address.objects.create(domain=f"{schema}.test", tenant=shop, is_primary=True)
    return client


def write(schema, words):
    from django_tenants.utils import schema_context

    from django_http4xx.models import Explanation

    with schema_context(schema):
        Explanation.objects.update_or_create(
            problem_type="not-found", defaults={"explanation": words}
        )


def told(client, *schemas):
    headers = {"accept": "application/json"}
    return [
        client.get("/nowhere/", headers={**headers, "host": f"{schema}.test"}).json()["detail"]
        for schema in schemas
    ]


async def told_under_asgi(*schemas):
    from asgiref.testing import ApplicationCommunicator
    from django.core.asgi import get_asgi_application

    application = get_asgi_application()
    found = []
    for schema in schemas:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/refuse/",
            "query_string": b"",
            "headers": [(b"host", f"{schema}.test".encode()), (b"accept", b"application/json")],
        }
        server = ApplicationCommunicator(application, scope)
        await server.send_input({"type": "http.request", "body": b""})
        await server.receive_output(10)
        found.append(json.loads((await server.receive_output(10))["body"])["detail"])
    return found


@needs("django-tenants")
@pytest.mark.parametrize("ours_in", [("TENANT_APPS",), ("SHARED_APPS", "TENANT_APPS")])
def test_each_tenant_has_its_own_words(request, ours_in):
    client = tenants(request, ours_in=ours_in)
    write("anna", "Ask Anna.")
    write("bert", "Call Bert.")

    assert told(client, "anna", "bert", "anna") == ["Ask Anna.", "Call Bert.", "Ask Anna."]
    write("bert", "Write to Bert.")
    assert told(client, "anna", "bert") == ["Ask Anna.", "Write to Bert."]


@needs("django-tenants")
def test_each_tenant_has_its_own_page(request, tmp_path):
    loader = "django_tenants.template.loaders.filesystem.Loader"
    for name in ("public", "anna", "bert"):
        (tmp_path / name).mkdir()
    (tmp_path / "bert" / "404.html").write_text("Bert's page.")
    client = tenants(
        request,
        ours_in=("TENANT_APPS",),
        MULTITENANT_TEMPLATE_DIRS=[str(tmp_path)],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [loader, "django.template.loaders.app_directories.Loader"]},
            }
        ],
    )

    def page(schema):
        headers = {"accept": "text/html", "host": f"{schema}.test"}
        return client.get("/nowhere/", headers=headers).content.decode()

    # Who is asked first decides for nobody else.
    assert "There is nothing at this address." in page("anna")
    assert page("bert") == "Bert's page."
    assert "There is nothing at this address." in page("anna")


@needs("django-tenants")
def test_all_tenants_have_the_words_of_an_app_that_they_share(request):
    client = tenants(request, ours_in=("SHARED_APPS",))
    write("public", "Ask us.")

    assert told(client, *SCHEMAS) == ["Ask us."] * 3
    write("anna", "Ask us again.")
    assert told(client, *SCHEMAS) == ["Ask us again."] * 3


@needs("django-tenants")
def test_each_tenant_has_its_own_words_under_asgi(request):
    client = tenants(request, ours_in=("TENANT_APPS",))
    write("anna", "Ask Anna.")
    write("bert", "Call Bert.")
    told(client, "anna", "bert")

    assert asyncio.run(told_under_asgi("anna", "bert", "anna")) == [
        "Ask Anna.",
        "Call Bert.",
        "Ask Anna.",
    ]
