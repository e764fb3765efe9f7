"""Conditions and ranges (RFC 9110), and what goes onto the wire."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.api.sending import CHUNK, ZERO_COPY, Content, Part, Sending, choose

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
LATER, EARLIER = "Fri, 02 Jan 2026 03:04:06 GMT", "Fri, 02 Jan 2026 03:04:04 GMT"
WHOLE, NOTHING, NONE = Part(200, 0, 100), Part(304, 0, 0), Part(416, 0, 0)


def content(data: bytes | Path = bytes(100), size: int = 100) -> Content:
    return Content(data, size, "abc", MODIFIED, [(b"etag", b'"abc"')])


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({}, WHOLE),
        ({b"if-none-match": '"abc"'}, NOTHING),
        ({b"if-none-match": 'W/"abc"'}, NOTHING),
        ({b"if-none-match": '"x", "abc"'}, NOTHING),
        ({b"if-none-match": "*"}, NOTHING),
        ({b"if-none-match": '"x"'}, WHOLE),
        ({b"if-none-match": '"x"', b"if-modified-since": LATER}, WHOLE),
        ({b"if-modified-since": DATE}, NOTHING),
        ({b"if-modified-since": LATER}, NOTHING),
        ({b"if-modified-since": EARLIER}, WHOLE),
        ({b"if-modified-since": "yesterday"}, WHOLE),
        ({b"range": "bytes=0-0"}, Part(206, 0, 1)),
        ({b"range": "bytes=10-19"}, Part(206, 10, 10)),
        ({b"range": "bytes=90-"}, Part(206, 90, 10)),
        ({b"range": "bytes=90-999"}, Part(206, 90, 10)),
        ({b"range": "bytes=-7"}, Part(206, 93, 7)),
        ({b"range": "bytes=-700"}, Part(206, 0, 100)),
        ({b"range": "bytes=100-"}, NONE),
        ({b"range": "bytes=-0"}, NONE),
        ({b"range": "bytes=9-8"}, WHOLE),
        ({b"range": "bytes=-"}, WHOLE),
        ({b"range": "bytes=0-1,5-6"}, WHOLE),
        ({b"range": "lines=1-2"}, WHOLE),
        ({b"range": "bytes=10-19", b"if-none-match": '"abc"'}, NOTHING),
        ({b"range": "bytes=10-19", b"if-range": '"abc"'}, Part(206, 10, 10)),
        ({b"range": "bytes=10-19", b"if-range": '"x"'}, WHOLE),
        ({b"range": "bytes=10-19", b"if-range": 'W/"abc"'}, WHOLE),
        ({b"range": "bytes=10-19", b"if-range": DATE}, Part(206, 10, 10)),
        ({b"range": "bytes=10-19", b"if-range": LATER}, WHOLE),
    ],
)
def test_what_is_chosen(asked: dict[bytes, str], part: Part) -> None:
    assert choose(asked, content(), ranges=True) == part


def exchange(
    found: Content, method: str = "GET", *, zero_copy: bool = False, **headers: str
) -> tuple[int, dict[bytes, bytes], bytes, list[dict[str, Any]]]:
    """Status, headers, body and messages of one answer."""
    scope = {
        "type": "http",
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "extensions": {ZERO_COPY: {}} if zero_copy else {},
    }
    messages: list[dict[str, Any]] = []
    body = bytearray()

    async def send(message: Any) -> None:
        messages.append(message)
        body.extend(message.get("body", b""))
        if message["type"] == ZERO_COPY:
            body.extend(os.pread(message["file"], message["count"], message["offset"]))

    async def receive() -> Any:
        raise AssertionError("nothing is to be read")

    asyncio.run(Sending(scope, found)(scope, receive, send))
    return messages[0]["status"], dict(messages[0]["headers"]), bytes(body), messages


@pytest.mark.parametrize("where", ["memory", "file", "zero-copy"])
def test_wholes_ranges_and_heads(tmp_path: Path, where: str) -> None:
    data = os.urandom(2 * CHUNK + 17)
    (tmp_path / "file").write_bytes(data)
    found = content(data if where == "memory" else tmp_path / "file", len(data))
    zero_copy = where == "zero-copy"
    status, headers, body, messages = exchange(found, zero_copy=zero_copy)
    assert (status, body) == (200, data)
    assert headers[b"content-length"] == str(len(data)).encode() and b"etag" in headers
    assert not messages[-1].get("more_body")
    assert any(message["type"] == ZERO_COPY for message in messages) == zero_copy
    asked = {"range": f"bytes=5-{CHUNK + 5}"}
    status, headers, body, _ = exchange(found, zero_copy=zero_copy, **asked)
    assert (status, body) == (206, data[5 : CHUNK + 6])
    assert headers[b"content-range"] == f"bytes 5-{CHUNK + 5}/{len(data)}".encode()
    status, headers, body, _ = exchange(found, "HEAD", zero_copy=zero_copy, **asked)
    assert (status, body) == (200, b"")
    assert headers[b"content-length"] == str(len(data)).encode()
    status, headers, body, _ = exchange(found, **{"range": "bytes=99999999-"})
    assert (status, body, headers[b"content-range"]) == (416, b"", b"bytes */%d" % len(data))
    status, headers, body, _ = exchange(found, **{"if-none-match": '"abc"'})
    assert (status, body) == (304, b"") and b"content-length" not in headers


def test_files_are_closed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        exchange(content(tmp_path / "file"), zero_copy=True)
    # Each event loop has some of its own until it is collected.
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 20


def test_a_file_that_was_cut_short_is_not_passed_off_as_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 50)
    with pytest.raises(OSError, match="shorter"):
        exchange(content(tmp_path / "file"))
