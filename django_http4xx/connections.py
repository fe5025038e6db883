"""The database connections of this thread, found in less time than Django takes."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def connection_at(alias: str) -> BaseDatabaseWrapper:
    """The connection of this thread or task, like ``connections[alias]``.

    Private: asgiref's ``Local`` raises an exception each time to find out that no event loop runs.
    If none runs, its storage belongs to this thread. If it keeps something else, Django is asked.

    >>> connection_at("default") is connections["default"]
    True
    """
    storage = getattr(connections._connections, "_storage", None)  # type: ignore[attr-defined]
    if type(storage) is threading.local and asyncio._get_running_loop() is None:
        connection: BaseDatabaseWrapper | None = getattr(storage, alias, None)
        if connection is not None:
            return connection
    return connections[alias]
