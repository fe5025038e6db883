"""The log of the error path, which never fails: a handler that raises must not make a 500 of a 4xx."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class _SafeLogger(logging.LoggerAdapter[logging.Logger]):
    """The logger ``django_http4xx``. What its handlers raise goes to ``stderr``, as in ``logging``."""

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return msg, kwargs

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        try:
            # The record tells the line that logged, not this one.
            super().log(level, msg, *args, **{"stacklevel": 2, **kwargs})
        except Exception:
            if logging.raiseExceptions:
                traceback.print_exc()


logger = _SafeLogger(logging.getLogger("django_http4xx"), {})
