"""The log of the error path, which never fails: a handler that raises must not make a 500 of a 4xx."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def _escaped(value: object) -> object:
    """A text without line breaks and control characters, which a client may have chosen."""
    if not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    return value.encode("unicode_escape").decode("ascii")


class SafeLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger by its name, which escapes every text that is put into a message or a record.

    What its handlers raise goes to ``stderr``, as in ``logging``.
    """

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name), {})

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return msg, kwargs

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        try:
            if isinstance(extra := kwargs.get("extra"), Mapping):
                kwargs["extra"] = {name: _escaped(value) for name, value in extra.items()}
            # The record tells the line that logged, not this one.
            super().log(level, msg, *map(_escaped, args), **{"stacklevel": 2, **kwargs})
        except Exception:
            if logging.raiseExceptions:
                traceback.print_exc()


logger = SafeLogger("django_http4xx")
