from __future__ import annotations

import json

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.settings import spectacular_settings


@pytest.fixture
def spectacular(monkeypatch):
    """Set some of ``SPECTACULAR_SETTINGS``, which are read once."""

    def change(**values) -> None:
        for name, value in values.items():
            monkeypatch.setattr(spectacular_settings, name, value)

    return change


@pytest.fixture
def generate():
    """The schema of URL patterns, or of the URLconf, as a client reads it; and what was warned of."""

    def generate(patterns=None) -> dict:
        with GENERATOR_STATS.silence():
            schema = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
        return json.loads(OpenApiJsonRenderer().render(schema, renderer_context={}))

    return generate


@pytest.fixture
def warnings():
    """What drf-spectacular has warned of since it was last asked for a schema."""
    return lambda: [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
