"""What views declare of their errors, where there is a schema to tell it in."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("drf_spectacular"):
    from django_http4xx.rest_framework.openapi import raises
else:

    def raises(*problem_types):
        return lambda view: view


__all__ = ["raises"]
