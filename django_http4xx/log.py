"""The log of the error path, which never fails: a handler that raises must not make a 500 of a 4xx."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class SafeLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger by its name. What its handlers raise goes to ``stderr``, as in ``logging``."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name), {})

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


logger = SafeLogger("django_http4xx")
