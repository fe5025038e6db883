"""The log of the error path, which never fails: a handler that raises must not make a 500 of a 4xx."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def _escaped(value: object) -> object:
    """A value that prints without line breaks and control characters, which a client may have chosen."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value)
    if text.isascii() and text.isprintable() and not (isinstance(value, str) and "\\" in text):
        return value
    return text.encode("unicode_escape").decode("ascii")


_FORMATTER = logging.Formatter()


def _indent_traceback(record: logging.LogRecord) -> bool:
    """Indent a traceback, so that no exception's text, which tells of a request, begins a line."""
    if record.exc_info and not record.exc_text:
        lines = _FORMATTER.formatException(record.exc_info).splitlines()
        record.exc_text = "\n".join(f"  {_printable(line)}" for line in lines)
    return True


def _printable(line: str) -> str:
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
    return line if line.isprintable() else "".join(escaped)


class SafeLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger by its name, which escapes every text that is put into a message or a record.

    What its handlers raise goes to ``stderr``, as in ``logging``. The tracebacks of our own loggers
    are indented; those of Django's loggers are as Django has them.
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
                    # What is no text, such as the request, is for handlers that know it.
                    name: _escaped(value) if isinstance(value, str) else value
                    for name, value in extra.items()
                }
            text = msg if isinstance(msg, str) else _escaped(msg)
            # The record tells the line that logged, not this one.
            super().log(level, text, *map(_escaped, args), **{"stacklevel": 2, **kwargs})
        except Exception:
            if logging.raiseExceptions:
                traceback.print_exc()


logger = SafeLogger("django_http4xx")
