"""206 and 416: send parts of a file, for downloads that resume and for media players."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from django.http import FileResponse
from django.utils import timezone
from django.utils.http import http_date, parse_http_date_safe, quote_etag

from django_http4xx import header_fields
from django_http4xx.exceptions import RangeNotSatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

# A server may ignore many small ranges, to resist denial of service (RFC 9110 §14.2, §17.15).
_MAX_LENGTH = 1000

_specifier = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(.*)").fullmatch
_int_range = re.compile(r"([0-9]+)-([0-9]*)").fullmatch
_suffix_range = re.compile(r"-([0-9]+)").fullmatch


def satisfiable_range(
    request: HttpRequest,
    complete_length: int,
    *,
    etag: str | None = None,
    last_modified: datetime | None = None,
) -> range | None:
    """The bytes to send, as ``range(first, last + 1)`` (RFC 9110 §14.2); ``None`` to send them all.

    ``complete_length``: the number of bytes that there are. ``etag`` and ``last_modified``: the
    validators of the content, for ``If-Range``.

    Returns ``None`` without ``Range``, if it is malformed or not in bytes, for methods other than
    ``GET``, if ``If-Range`` does not match, and if several ranges leave a gap, since multipart
    responses are not supported.

    >>> request = RequestFactory().get("/", headers={"Range": "bytes=0-99"})
    >>> satisfiable_range(request, 1000)
    range(0, 100)

    Raises ``RangeNotSatisfiable`` if none of the requested bytes exist.
    """
    size = header_fields.length(complete_length, "satisfiable_range(complete_length=...)")
    wanted = _byte_ranges(request)
    if not wanted or not _if_range_holds(request, etag, last_modified):
        return None
    parts = sorted(
        (part for part in (_part(ends, size) for ends in wanted) if part is not None),
        key=lambda part: part.start,
    )
    if not parts:
        raise RangeNotSatisfiable(complete_length=size, headers={"Accept-Ranges": "bytes"})
    joined = parts[0]
    for part in parts[1:]:
        if part.start > joined.stop:
            return None
        joined = range(joined.start, max(joined.stop, part.stop))
    # The last bytes of an empty file are empty: no Content-Range can say so, so send a 200.
    return joined or None


def _byte_ranges(request: HttpRequest) -> list[tuple[int | None, int | None]]:
    """First and last byte of each range; the last ``count`` bytes of a file as ``(None, count)``.

    Empty if the field must be ignored.
    """
    field = request.META.get("HTTP_RANGE", "")
    if request.method != "GET" or not field or len(field) > _MAX_LENGTH:
        return []
    specifier = _specifier(field.strip(" \t"))
    if specifier is None or specifier[1].lower() != "bytes":
        return []
    ranges = [_ends(member) for member in _members(specifier[2])]
    return [] if None in ranges else [ends for ends in ranges if ends is not None]


def _members(listed: str) -> Iterator[str]:
    # Empty members of a list must be ignored (RFC 9110 §5.6.1.2).
    return filter(None, (member.strip(" \t") for member in listed.split(",")))


def _ends(member: str) -> tuple[int | None, int | None] | None:
    """First and last byte of one range; ``None`` if it is malformed."""
    if match := _suffix_range(member):
        return None, int(match[1])
    if match := _int_range(member):
        first, last = int(match[1]), int(match[2]) if match[2] else None
        return None if last is not None and last < first else (first, last)
    return None


def _part(ends: tuple[int | None, int | None], size: int) -> range | None:
    """The bytes of a file that are in a range; ``None`` if there are none (§14.1.2)."""
    first, last = ends
    if first is None:
        return range(max(0, size - last), size) if last else None
    if first >= size:
        return None
    return range(first, size if last is None else min(last + 1, size))


def _if_range_holds(request: HttpRequest, etag: str | None, last_modified: datetime | None) -> bool:
    """Whether the client's part is of this version, or ``If-Range`` is missing (§13.1.5)."""
    field = request.META.get("HTTP_IF_RANGE")
    if field is None:
        return True
    field = field.strip(" \t")
    if field.startswith(('"', "W/")):
        # Weak validators do not promise the same bytes.
        return etag is not None and not field.startswith("W/") and field == quote_etag(etag)
    if last_modified is None or parse_http_date_safe(field) != _timestamp(last_modified):
        return False
    # A date is strong only if it is older than a second (§8.8.2.2).
    return _aware(last_modified) <= datetime.now(UTC) - timedelta(seconds=1)


def _aware(moment: datetime) -> datetime:
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)


def _timestamp(moment: datetime) -> int:
    return int(_aware(moment).timestamp())


class RangedFileResponse(FileResponse):
    """Send a file, or the part that the client asks for (RFC 9110 §14, §15.3.7).

    Takes the request, then the arguments of ``FileResponse``. ``etag`` and ``last_modified`` are
    sent; with them, a client resumes a download only if the file is still the same. ::

        def manual(request):
            return RangedFileResponse(request, open("manual.pdf", "rb"), as_attachment=True)

    A file that cannot seek is sent as a whole. Closes the file before it raises
    ``RangeNotSatisfiable``.
    """

    def __init__(
        self,
        request: HttpRequest,
        open_file: IO[bytes],
        *,
        etag: str | None = None,
        last_modified: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(open_file, **kwargs)
        if etag is not None:
            self.headers["ETag"] = quote_etag(etag)
        if last_modified is not None:
            self.headers["Last-Modified"] = http_date(_timestamp(last_modified))
        if not _can_be_positioned(open_file):
            self.headers["Accept-Ranges"] = "none"
            return
        self.headers["Accept-Ranges"] = "bytes"
        size = int(self.headers["Content-Length"])
        try:
            part = satisfiable_range(request, size, etag=etag, last_modified=last_modified)
        except RangeNotSatisfiable:
            open_file.close()
            raise
        if part is not None:
            self._narrow_to(part, size, open_file)

    def has_header(self, header: str) -> bool:
        """Pretend that a part has ``Content-Encoding``, so that ``GZipMiddleware`` leaves it alone.

        The offsets in ``Content-Range`` count the bytes before compression (RFC 9110 §14.4).
        """
        is_part = "Content-Range" in self.headers
        return (is_part and header.lower() == "content-encoding") or super().has_header(header)

    def _narrow_to(self, part: range, size: int, open_file: IO[bytes]) -> None:
        self.status_code = 206
        self.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        self.headers["Content-Length"] = str(len(part))
        open_file.seek(open_file.tell() + part.start)
        # An iterator: a server that sends the file itself (wsgi.file_wrapper) would send it to the
        # end. Closing the response still closes the file.
        self.streaming_content = self._blocks(open_file, len(part))

    def _blocks(self, open_file: IO[bytes], left: int) -> Iterator[bytes]:
        while left > 0 and (block := open_file.read(min(left, self.block_size))):
            left -= len(block)
            yield block


def _can_be_positioned(open_file: IO[bytes]) -> bool:
    return hasattr(open_file, "seek") and hasattr(open_file, "tell") and open_file.seekable()
