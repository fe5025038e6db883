"""Logging for the error path. It never raises: a broken handler must not turn a 4xx into a 500."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def _escaped(value: object) -> object:
    """The value with line breaks and control characters escaped, as a client may have chosen it."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value)
    if text.isascii() and text.isprintable() and not (isinstance(value, str) and "\\" in text):
        return value
    return text.encode("unicode_escape").decode("ascii")


_FORMATTER = logging.Formatter()


def _indent_traceback(record: logging.LogRecord) -> bool:
    """Indent a traceback, so that text from a request in it cannot pass for a line of the log."""
    if record.exc_info and not record.exc_text:
        lines = _FORMATTER.formatException(record.exc_info).splitlines()
        record.exc_text = "\n".join(f"  {_printable(line)}" for line in lines)
    return True


def _printable(line: str) -> str:
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
    return line if line.isprintable() else "".join(escaped)


class SafeLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that escapes every string in its messages and records.

    It prints errors of its handlers to ``stderr``, as ``logging`` does. It indents tracebacks, but
    only for this package's loggers: Django's keep Django's format.
    """

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name), {})
        if name.partition(".")[0] == __package__:
            self.logger.addFilter(_indent_traceback)

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        return msg, kwargs

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        try:
            if isinstance(extra := kwargs.get("extra"), Mapping):
                kwargs["extra"] = {
                    # Some handlers need other values, such as the request, as they are.
                    name: _escaped(value) if isinstance(value, str) else value
                    for name, value in extra.items()
                }
            text = msg if isinstance(msg, str) else _escaped(msg)
            # The record has to name the caller's line, not this one.
            super().log(level, text, *map(_escaped, args), **{"stacklevel": 2, **kwargs})
        except Exception:
            if logging.raiseExceptions:
                traceback.print_exc()


logger = SafeLogger("django_http4xx")
