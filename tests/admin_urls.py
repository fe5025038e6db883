"""The admin, with the views of ``tests.urls`` that produce a 4xx."""

from django.contrib import admin
from django.urls import path
from django.utils.functional import lazystr

from django_http4xx.exceptions import Gone

from . import urls

# What the type below says; a test changes it.
said = {"title": "", "explanation": "", "remedy": ""}


class Saying:
    def __init__(self, name):
        self.name = name

    def __str__(self):
        return said[self.name]


class TeaSays(Gone):
    title = lazystr(Saying("title"))
    explanation = lazystr(Saying("explanation"))
    remedy = lazystr(Saying("remedy"))
    tea: str


def say(request):
    raise TeaSays(tea="Assam")


urlpatterns = [path("admin/", admin.site.urls), path("say/", say), *urls.urlpatterns]
