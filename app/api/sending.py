"""Sending stored bytes: conditions, ranges, and the quickest way out (RFC 9110).

Small contents go out of memory in one piece. Larger files are sent by the kernel where the server
offers to (ASGI's *zero copy send*), else read in large pieces.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Name of the extension, and type of its message.
ZERO_COPY = "http.response.zerocopysend"

#: Bytes that are read at once where the server cannot send files.
CHUNK = 1024 * 1024

_RANGE = re.compile(r"bytes=\s*(\d{1,18})?-(\d{1,18})?\s*", re.IGNORECASE)

#: Request headers that decide what is sent.
_DECIDING = frozenset({b"if-none-match", b"if-modified-since", b"if-range", b"range"})

#: Raw headers, as ASGI takes them.
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Content:
    """What can be sent.

    Attributes:
        data: the bytes, or the file that holds them.
        size: bytes.
        etag: entity tag without quotes.
        modified: UTC, whole seconds.
        headers: of every answer with it, ``ETag``, ``Last-Modified`` and ``Content-Type`` among
            them; lengths and ranges are added here.
    """

    data: bytes | Path
    size: int
    etag: str
    modified: datetime
    headers: Headers


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer carries: a status, and which bytes."""

    status: int
    start: int
    count: int


class Sending(Response):
    """An answer with the whole of a content, a range of it, or nothing.

    Args:
        elsewhere: path under which the proxy in front finds the bytes, so that it sends them;
            ranges are its business too then.

    Raises:
        FileNotFoundError: the file is gone.
    """

    def __init__(self, scope: Scope, content: Content, *, elsewhere: str = "") -> None:
        ranges = scope["method"] == "GET" and not elsewhere
        part = choose(_deciding(scope), content, ranges=ranges)
        headers = list(content.headers)
        if elsewhere and part.status == 200:
            part = Part(200, 0, 0)
            headers.append((b"x-accel-redirect", elsewhere.encode()))
        self.status_code = part.status
        self._part = part
        self._data = content.data
        self._file = -1
        self._silent = scope["method"] == "HEAD" or part.count == 0
        if isinstance(content.data, Path) and not self._silent:
            self._file = os.open(content.data, os.O_RDONLY | os.O_CLOEXEC)
        self.raw_headers = headers + _lengths(part, content.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        try:
            await send(start)
            if self._file >= 0:
                await self._send_file(scope, send)
                await send({"type": "http.response.body", "body": b""})
            else:
                await send({"type": "http.response.body", "body": self._bytes()})
        finally:
            if self._file >= 0:
                os.close(self._file)

    def _bytes(self) -> bytes:
        if self._silent or isinstance(self._data, Path):
            return b""
        start, count = self._part.start, self._part.count
        return self._data if count == len(self._data) else self._data[start : start + count]

    async def _send_file(self, scope: Scope, send: Send) -> None:
        at, end = self._part.start, self._part.start + self._part.count
        if ZERO_COPY in (scope.get("extensions") or {}):
            await send(
                {
                    "type": ZERO_COPY,
                    "file": self._file,
                    "offset": at,
                    "count": end - at,
                    "more_body": True,
                }
            )
            return
        while at < end:
            data = await to_thread.run_sync(os.pread, self._file, min(CHUNK, end - at), at)
            if not data:
                raise OSError("the file is shorter than it was")
            at += len(data)
            await send({"type": "http.response.body", "body": data, "more_body": True})


def choose(asked: Mapping[bytes, str], content: Content, *, ranges: bool) -> Part:
    """Decide by the request's headers what is sent.

    A range that cannot be read, and several ranges at once, stand for the whole.

    Args:
        asked: the deciding headers by lower-case name.
        ranges: whether the method knows ranges.
    """
    if asked and _unchanged(asked, content):
        return Part(304, 0, 0)
    whole = Part(200, 0, content.size)
    match = _RANGE.fullmatch(asked.get(b"range", "")) if asked and ranges else None
    if match is None or not (match[1] or match[2]) or not _same(asked.get(b"if-range"), content):
        return whole
    if match[1] is None:  # the last so many bytes
        count = min(int(match[2]), content.size)
        return Part(206, content.size - count, count) if count else Part(416, 0, 0)
    start = int(match[1])
    last = min(int(match[2]), content.size - 1) if match[2] else content.size - 1
    if match[2] and int(match[2]) < start:
        return whole
    return Part(206, start, last - start + 1) if start < content.size else Part(416, 0, 0)


def _deciding(scope: Scope) -> dict[bytes, str]:
    return {name: value.decode("latin-1") for name, value in scope["headers"] if name in _DECIDING}


def _unchanged(asked: Mapping[bytes, str], content: Content) -> bool:
    match = asked.get(b"if-none-match")
    if match is not None:  # then dates do not count
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in match.split(",")}
        return "*" in tags or content.etag in tags
    since = _date(asked.get(b"if-modified-since", ""))
    return since is not None and content.modified <= since


def _same(condition: str | None, content: Content) -> bool:
    """Whether a range may be taken from this content (``If-Range``)."""
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition.strip('"') == content.etag
    return _date(condition) == content.modified


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return date if date.tzinfo else None


def _lengths(part: Part, size: int) -> Headers:
    if part.status == 304:
        return []
    headers = [(b"content-length", b"%d" % part.count), (b"accept-ranges", b"bytes")]
    if part.status == 206:
        last = part.start + part.count - 1
        headers.append((b"content-range", b"bytes %d-%d/%d" % (part.start, last, size)))
    if part.status == 416:
        headers.append((b"content-range", b"bytes */%d" % size))
    return headers
